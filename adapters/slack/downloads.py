"""What people attach: fetched with the bot's token, which goes to Slack's own hosts and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from adapters.slack.client import Refused, Unsure, again
from adapters.slack.workspaces import Workspaces
from core.errors import BadInput, NotAPicture, PictureTooLarge
from core.painting.picture_file import MAX_UPLOAD_BYTES, TOO_MANY_BYTES
from core.types import Attachment

log = logging.getLogger(__name__)

FILES = 10  # more than the core takes: it says so itself
_TRIES = 3
_HOSTS = ("slack.com", "slack-files.com")
_NOT_GIVEN = (
    "Slack did not give me that file. If it keeps happening, an administrator should reinstall the app "
    "so that it has the files:read permission."
)
_LATER = "Slack could not give me that file just now. Please send it once more."
_NOT_A_PICTURE = "I can look at pictures only: please send a PNG, JPEG, WebP or GIF."


class Downloads:
    def __init__(
        self, workspaces: Workspaces, session: aiohttp.ClientSession, api_base: str = ""
    ) -> None:
        self._workspaces, self._session = workspaces, session
        self._api_host = urlsplit(api_base).netloc

    async def fetch(self, team: str, files: Sequence[Mapping[str, Any]]) -> tuple[Attachment, ...]:
        """The files of a message or a modal, in order. Raises `BadInput` with a sentence for the sender."""
        return tuple([await self._one(team, file) for file in files[:FILES]])

    async def _one(self, team: str, file: Mapping[str, Any]) -> Attachment:
        if not file.get(
            "url_private"
        ):  # of another organisation in a shared channel, or in a modal
            file = await self._info(team, str(file.get("id") or ""))
        kind = str(file.get("mimetype") or "")
        if kind and not kind.startswith("image/"):
            raise NotAPicture(f"a file of type {kind}", _NOT_A_PICTURE)
        size = file.get("size")
        if isinstance(size, int) and size > MAX_UPLOAD_BYTES:
            raise PictureTooLarge(f"{size} bytes", TOO_MANY_BYTES)
        url = str(file.get("url_private") or "")
        if not trusted(url, self._api_host):
            raise BadInput(f"a file on a host that is not Slack's: {url[:80]}", _NOT_GIVEN)
        data = await self._patiently(team, url)
        return Attachment(str(file.get("name") or file.get("title") or "picture"), data)

    async def _info(self, team: str, file_id: str) -> Mapping[str, Any]:
        client = self._workspaces.one(team).client
        try:
            answer = await again(lambda: client.files_info(file=file_id))
        except (Refused, Unsure) as error:
            raise BadInput(f"files.info of {file_id}: {error}", _NOT_GIVEN) from error
        file = answer.get("file")
        return file if isinstance(file, dict) else {}

    async def _patiently(self, team: str, url: str) -> bytes:
        for left in reversed(range(_TRIES)):
            try:
                return await self._get(team, url)
            except (Unsure, aiohttp.ClientError, TimeoutError, OSError) as error:
                log.info("a download failed: %s", error)
                if left:
                    await asyncio.sleep(1.0)
        raise BadInput("the file could not be fetched", _LATER)

    async def _get(self, team: str, url: str) -> bytes:
        """Slack answers a request that it does not trust with its login page, and no error."""
        token = self._workspaces.one(team).client.token
        headers = {"Authorization": f"Bearer {token}"}
        async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
            if answer.status == 429 or answer.status >= 500:
                raise Unsure(f"status {answer.status}")
            if answer.status != 200 or answer.content_type == "text/html":
                raise BadInput(f"status {answer.status}, {answer.content_type}", _NOT_GIVEN)
            data = bytearray()
            async for chunk in answer.content.iter_chunked(65536):
                data += chunk
                if len(data) > MAX_UPLOAD_BYTES:
                    raise PictureTooLarge("more bytes than announced", TOO_MANY_BYTES)
        return bytes(data)


def trusted(url: str, api_host: str = "") -> bool:
    """True: the token may be sent there. `api_host` is the one of the configured Web API, with its port."""
    parts = urlsplit(url)
    if api_host and parts.netloc == api_host:
        return True
    host = (parts.hostname or "").lower()
    ours = any(host == known or host.endswith("." + known) for known in _HOSTS)
    return parts.scheme == "https" and ours and parts.port in (None, 443)
