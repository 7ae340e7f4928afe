"""The web page as a `Platform`: one small server, loopback only unless it has a token."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from adapters.web.api import Api, Health
from adapters.web.guard import Guard
from adapters.web.listeners import Listeners
from adapters.web.settings import WebSettings
from core.errors import ConfigError
from core.ports import Desk
from core.types import Answer, Progress

SHUTDOWN_S = 3.0  # for requests that are still running when the server stops


class WebPlatform:
    """Serves the page; `started` is set and `url` is known once it answers."""

    def __init__(
        self, settings: WebSettings, token: str = "", health: Health | None = None
    ) -> None:
        """`health` feeds /healthz, which is 200 while its "ready" is true. Raises `ConfigError`."""
        settings.check_token(token)
        self._settings = settings
        self._guard = Guard(settings, token)
        self._health = health or _always_ready
        self._listeners = Listeners()
        self.started = asyncio.Event()
        self.url = ""

    @property
    def name(self) -> str:
        return "web"

    async def serve(self, desk: Desk) -> None:
        """Runs until cancelled. Raises `ConfigError` when the address cannot be had."""
        api = Api(desk, self._settings, self._guard, self._listeners, self._health)
        runner = web.AppRunner(api.application(), access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await self._listen(runner)
            await asyncio.Event().wait()
        finally:
            self.started.clear()
            await self._listeners.close()
            await runner.cleanup()

    async def show(self, progress: Progress) -> None:
        self._listeners.tell(progress.thread.thread, progress)

    async def deliver(self, answer: Answer) -> str:
        """Tells the open pages to read the turn; the page shows what `Desk.view` says, so nothing comes twice."""
        self._listeners.tell(answer.thread.thread, answer.turn.id)
        return answer.turn.id

    async def _listen(self, runner: web.AppRunner) -> None:
        host, port = self._settings.host, self._settings.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ConfigError(
                f"Cannot serve the page on {host}:{port}: {os.strerror(error.errno or 0)}. "
                "Set another [web] port, or stop what uses this one."
            ) from error
        address = runner.addresses[0]
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        self.url = f"http://{shown}:{address[1]}"
        self.started.set()


def _always_ready() -> Mapping[str, Any]:
    return {"ready": True}
