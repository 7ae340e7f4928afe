"""Raw requests to the fake Discord, as a client other than discord.py might send them."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

from .discord import FakeDiscord
from .uploads import Attachable, upload_of


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> int:
        """Discord's error code."""
        return int(self.body["code"])


class Rest:
    def __init__(self, fake: FakeDiscord, token: str = "") -> None:
        self._base = fake.api_base
        agent = "DiscordBot (https://example.com, 1)"
        self._headers = {"Authorization": f"Bot {token or fake.token}", "User-Agent": agent}

    async def __call__(self, method: str, path: str, body: Any = None, *files: Attachable) -> Reply:
        """`body` as JSON, or with the files as multipart."""
        sent: dict[str, Any] = {"data": _form(body, files)} if files else {"json": body}
        async with (
            aiohttp.ClientSession(headers=self._headers) as session,
            session.request(method, self._base + path, **sent) as reply,
        ):
            answer = None if reply.status == 204 else await reply.json(content_type=None)
            return Reply(reply.status, answer, dict(reply.headers))


def _form(body: Any, files: tuple[Attachable, ...]) -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", json.dumps(body))
    for i, value in enumerate(files):
        file = upload_of(value)
        form.add_field(f"files[{i}]", io.BytesIO(file.data), filename=file.filename)
    return form
