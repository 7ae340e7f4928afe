"""The web page on a fake desk, in a thread of its own: for tests that block, as browsers do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from adapters.web.api import VISITOR, thread_of
from adapters.web.platform import WebPlatform
from adapters.web.settings import WebSettings
from core.types import Inbound, new_id
from tests.fakes.desk import FakeDesk

Result = TypeVar("Result")
LIMIT_S = 10.0


class Site:
    """Starts with `start`; `stop` and `start` again keep the port and what the desk knows."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._port = 0
        self._serving: asyncio.Task[None] | None = None
        self.desk = self.do(lambda: FakeDesk(folder))
        self.url = ""

    def do(self, action: Callable[[], Result]) -> Result:
        """Runs a plain call in the site's thread."""

        async def run() -> Result:
            return action()

        return self._wait(run())

    def hold(self) -> None:
        self.do(self.desk.hold)

    def release(self) -> None:
        self.do(self.desk.release)

    def post(self, conversation: str, text: str) -> None:
        """A message into a conversation of the page, as if from another window."""
        inbound = Inbound(new_id(), thread_of(conversation), VISITOR, text)
        self._wait(self.desk.receive(inbound))

    def start(self) -> None:
        self._wait(self._start())

    def stop(self) -> None:
        self._wait(self._stop())

    def close(self) -> None:
        self.stop()
        self._wait(self.desk.close())

    async def _start(self) -> None:
        platform = WebPlatform(WebSettings(port=self._port))
        self.desk.attend(platform)
        self._serving = asyncio.create_task(platform.serve(self.desk))
        await platform.started.wait()
        self.url = platform.url
        self._port = int(platform.url.rpartition(":")[2])

    async def _stop(self) -> None:
        assert self._serving
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_S)


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="site")
    thread.start()
    try:
        site = Site(folder, loop)
        site.start()
        yield site
        site.close()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LIMIT_S)
        loop.close()
