"""A bot process as a person meets it: over HTTP, started again after each death."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

ROOT = Path(__file__).parent.parent.parent
START_S = 60.0


class BotProcess:
    """`python -m tests.fakes.bot` with these arguments; leaving the block kills it."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "tests.fakes.bot", "--data", str(data), *arguments]
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self.url = ""

    async def __aenter__(self) -> BotProcess:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout
        async with asyncio.timeout(START_S):
            line = (await self._process.stdout.readline()).decode()
        if not line.startswith("URL "):
            raise RuntimeError("the bot did not start; its words are on stderr")
        self.url = line.split()[1]
        self._session = aiohttp.ClientSession(self.url, headers={"Origin": self.url})
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._session:
            await self._session.close()
        await self.kill()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        return self._process is None or self._process.returncode is not None

    async def kill(self, with_signal: int = signal.SIGKILL) -> int:
        """Its exit code; its workers die with it."""
        assert self._process
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # it died by itself a moment ago
                os.kill(self._process.pid, with_signal)
        async with asyncio.timeout(30):
            return await self._process.wait()

    async def say(self, conversation: str, text: str, event_id: str = "") -> bool:
        """True: the bot has it safe. False: it died before it said so."""
        return await self._post(
            f"/api/conversations/{conversation}/messages",
            {"event_id": event_id or new_event(), "text": text},
        )

    async def press(
        self, conversation: str, verb: str, picture_id: str, event_id: str = "", text: str = ""
    ) -> bool:
        return await self._post(
            f"/api/conversations/{conversation}/press",
            {
                "event_id": event_id or new_event(),
                "verb": verb,
                "picture_id": picture_id,
                "text": text,
            },
        )

    async def view(self, conversation: str) -> Mapping[str, Any]:
        assert self._session
        async with self._session.get(f"/api/conversations/{conversation}") as response:
            response.raise_for_status()
            view: Mapping[str, Any] = await response.json()
            return view

    async def picture(self, picture_id: str) -> bytes:
        assert self._session
        async with self._session.get(f"/pictures/{picture_id}") as response:
            response.raise_for_status()
            return await response.read()

    async def settled(
        self, conversation: str, turns: int, limit_s: float = 60.0
    ) -> Mapping[str, Any]:
        """The view once it has so many turns and all are over."""
        async with asyncio.timeout(limit_s):
            while True:
                view = await self.view(conversation)
                states = [turn["state"] for turn in view["turns"]]
                if len(states) >= turns and not {"accepted", "painting"} & set(states):
                    return view
                await asyncio.sleep(0.05)

    async def _post(self, path: str, body: Mapping[str, str]) -> bool:
        assert self._session
        try:
            async with self._session.post(path, json=body) as response:
                if response.status >= 500:
                    return False
                response.raise_for_status()
                return True
        except (aiohttp.ClientConnectionError, ConnectionResetError):
            return False


def new_event() -> str:
    return uuid.uuid4().hex
