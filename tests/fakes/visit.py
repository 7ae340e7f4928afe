"""The web page's server on a fake desk, with a client that asks like the page does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from adapters.web.platform import WebPlatform
from adapters.web.settings import WebSettings
from tests.fakes.desk import FakeDesk

CONVERSATION = "a-conversation-of-tests"
LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One server, its desk, and a session that sends the page's own Origin."""

    platform: WebPlatform
    desk: FakeDesk
    http: ClientSession
    conversation: str = CONVERSATION

    async def post(self, path: str, body: Any, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.http.post(path, json=body, **options) as response:
            return response.status, await response.json()

    async def get(self, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        async with self.http.get(path, **options) as response:
            return response.status, await response.json()

    async def say(self, text: str, event_id: str, **fields: Any) -> tuple[int, dict[str, Any]]:
        path = f"/api/conversations/{self.conversation}/messages"
        return await self.post(path, {"event_id": event_id, "text": text, **fields})

    async def press(self, verb: str, picture_id: str, text: str = "") -> tuple[int, dict[str, Any]]:
        fields = {"event_id": f"press-{verb}-{picture_id}", "verb": verb, "picture_id": picture_id}
        return await self.post(
            f"/api/conversations/{self.conversation}/press", fields | {"text": text}
        )

    async def view(self) -> dict[str, Any]:
        return (await self.get(f"/api/conversations/{self.conversation}"))[1]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[ClientWebSocketResponse]:
        path = f"/api/conversations/{self.conversation}/events"
        async with self.http.ws_connect(path) as socket:
            yield socket

    async def paint(self, text: str, event_id: str) -> dict[str, Any]:
        """Says it and gives the view once it is answered."""
        async with self.listening() as socket:
            await self.say(text, event_id)
            await until_answer(socket)
        return await self.view()


async def until_answer(socket: ClientWebSocketResponse) -> list[dict[str, Any]]:
    """Everything the page is told up to the answer."""
    notes: list[dict[str, Any]] = []
    async with asyncio.timeout(LIMIT_S):
        while not notes or notes[-1]["type"] != "answer":
            notes.append(await socket.receive_json())
    return notes


@asynccontextmanager
async def open_visit(
    folder: Path, settings: WebSettings | None = None, token: str = ""
) -> AsyncIterator[Visit]:
    desk = FakeDesk(folder)
    platform = WebPlatform(settings or WebSettings(port=0), token)
    desk.attend(platform)
    serving = asyncio.create_task(platform.serve(desk))
    await platform.started.wait()
    async with ClientSession(platform.url, headers={"Origin": platform.url}) as http:
        yield Visit(platform, desk, http)
    await desk.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
