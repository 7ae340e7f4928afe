"""A loopback server that records what it is asked and can misbehave on request."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import BodyPartReader, web

from .calls import Call, Recorder
from .uploads import Upload

T = TypeVar("T")
Match = str | Callable[[Call], bool] | None
Json = dict[str, Any]
Body = tuple[Any, dict[str, Upload], list[str]]
BIGGEST_REQUEST = 128 * 1024 * 1024
HOST = "127.0.0.1"


@dataclass
class Fault:
    """Something that goes wrong with the next `left` matching requests."""

    left: int
    match: Callable[[Call], bool]
    status: int | None = None  # answered instead of the real answer
    body: Any = None
    headers: dict[str, str] | None = None
    delay: float = 0.0  # seconds to wait before the answer
    drop: bool = False  # closes the connection without an answer
    after: bool = False  # carries the request out first, then loses the answer

    @property
    def replaces(self) -> bool:
        """The request is not carried out."""
        return bool(self.status) or (self.drop and not self.after)


class FakeServer:
    """`async with` starts it on a free port of the loopback interface."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.rec = Recorder()
        self.faults: list[Fault] = []
        self.self_check: list[str] = []  # our own answers and events that break the schema
        self._runner: web.AppRunner | None = None

    async def start(self) -> Self:
        app = web.Application(client_max_size=BIGGEST_REQUEST)
        self.add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def ws_base(self) -> str:
        return f"ws://{HOST}:{self.port}"

    def add_routes(self, app: web.Application) -> None:
        raise NotImplementedError

    # -- faults ---------------------------------------------------------------------------------------

    def fail(self, n: int = 1, status: int = 500, match: Match = None, body: Any = None) -> None:
        """Answers the next n matching requests with an error status.

        `match` is a part of "METHOD /route/template", or a function of the call.
        """
        self.faults.append(Fault(n, matcher(match), status=status, body=body))

    def slow(self, seconds: float, n: int = 1, match: Match = None) -> None:
        """Delays the next n matching answers."""
        self.faults.append(Fault(n, matcher(match), delay=seconds))

    def cut(self, n: int = 1, match: Match = None, after: bool = False) -> None:
        """Closes the connection instead of answering (after=True: the request took effect)."""
        self.faults.append(Fault(n, matcher(match), drop=True, after=after))

    async def take_fault(self, call: Call) -> Fault | None:
        """The fault that is due for this call, its delay already over."""
        for fault in self.faults:
            if fault.left > 0 and fault.match(call):
                fault.left -= 1
                await asyncio.sleep(fault.delay)
                return fault
        return None

    @staticmethod
    def cut_connection(request: web.Request) -> web.Response:
        """Ends the connection; the response is for the framework only, nobody gets it."""
        if request.transport:
            request.transport.abort()
        return web.Response(status=500)

    # -- waiting --------------------------------------------------------------------------------------

    async def wait_for(
        self, predicate: Callable[[Call], bool], limit_s: float = 10.0, since: int = 0
    ) -> Call:
        """As `Recorder.wait_for`."""
        return await self.rec.wait_for(predicate, limit_s, since)

    async def until(
        self, check: Callable[[], T], limit_s: float = 10.0, what: str = "condition"
    ) -> T:
        """As `Recorder.until`."""
        return await self.rec.until(check, limit_s, what)

    async def settle(self, quiet: float = 0.3, limit_s: float = 10.0) -> None:
        """Returns once nothing new has been recorded for `quiet` seconds."""
        end = time.monotonic() + limit_s
        seen = -1
        while seen != len(self.rec.calls) and time.monotonic() < end:
            seen = len(self.rec.calls)
            await asyncio.sleep(quiet)


def matcher(match: Match) -> Callable[[Call], bool]:
    if match is None:
        return lambda call: True
    if callable(match):
        return match
    return lambda call: match in f"{call.method} {call.route or call.path}"


async def read_body(request: web.Request) -> Body:
    """(decoded body or None, files, problems) of a JSON, form or multipart request."""
    kind = request.content_type if "Content-Type" in request.headers else ""
    if kind == "multipart/form-data":
        return await _read_multipart(request)
    raw = await request.read()
    if not raw:
        return None, {}, []
    if kind == "application/json":
        try:
            return json.loads(raw), {}, []
        except ValueError as error:
            return None, {}, [f"body is not JSON: {error}"]
    if kind == "application/x-www-form-urlencoded":
        return dict(await request.post()), {}, []
    return raw, {}, [f"unexpected content type {kind!r}"]


async def _read_multipart(request: web.Request) -> Body:
    fields: Json = {}
    files: dict[str, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read(decode=True))
        if part.filename is not None:
            kind = part.headers.get("Content-Type", "")
            files[str(part.name)] = Upload(part.filename, data, kind)
        else:
            fields[str(part.name)] = data.decode()
    return fields, files, []
