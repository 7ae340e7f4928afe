"""An OpenAI-compatible server on loopback that answers what a test wrote, or misbehaves as told.

    async with LlmServer() as server:
        settings = LlmSettings(backend="openai", base_url=server.base_url, model="fake")
        server.say("Here is <image id=1>a fox</image>.")     # the answer to the first request
        server.status(429, retry_after=0)                    # to the second
        server.call("generate", {"description": "a fox"})    # to the third
        ...
        assert server.requests[0].messages[-1]["content"] == "paint a fox"

Scripted answers are used up in order, one a request. After the last one, `answer_with(function)` decides: it is given
the messages of the request (a list of dicts with "role" and "content") and returns the text to stream, which makes
whole conversations short to write:

    server.answer_with(lambda messages: "<image id=1>a fox</image>" if "fox" in messages[-1]["content"] else "Hello!")

Without either, the answer is 501, which no client takes for a success. `requests` keeps what was asked (headers too),
`disconnected` counts the clients that left before their answer was complete; `until_disconnected()` waits for the next.
`server.base_url` ends in /v1; every path under it is served; GET answers the list of models.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

Message = dict[str, Any]
Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def messages(self) -> list[Message]:
        messages: list[Message] = self.body["messages"]
        return messages


def event(
    delta: Mapping[str, Any] | None = None, finish: str | None = None, **more: object
) -> bytes:
    """One event of a stream as OpenAI sends it."""
    choice = {"index": 0, "delta": dict(delta or {}), "finish_reason": finish}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "fake"}
    text = json.dumps({**chunk, "choices": [choice], **more}, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


DONE = b"data: [DONE]\n\n"


class LlmServer:
    """See the module. The scripting methods may be called at any time."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.disconnected = 0
        self.base_url = ""
        self._scripts: deque[Script] = deque()
        self._fallback: Callable[[list[Message]], str] | None = None
        self._left = asyncio.Event()
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/v1/{tail:.*}", self._models)
        app.router.add_post("/v1/{tail:.*}", self._serve)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, shutdown_timeout=0.1, access_log=None
        )

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._runner.cleanup()

    async def until_disconnected(self, timeout_s: float = 5.0) -> None:
        """Returns when a client left early since the last call. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            await self._left.wait()
        self._left.clear()

    async def until_idle(self, timeout_s: float = 5.0) -> None:
        """Returns when no client is connected. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout_s):
            while self._runner.server and self._runner.server.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    # -- what to answer ---------------------------------------------------------------------------------------------

    def answer_with(self, function: Callable[[list[Message]], str]) -> None:
        """Answers every request that has no script of its own."""
        self._fallback = function

    def say(self, text: str, chunk_size: int = 8, delay_s: float = 0.0) -> None:
        """Streams the text in pieces of `chunk_size` characters, `delay_s` before each."""
        self._scripts.append(_streaming([*spoken(text, chunk_size), DONE], delay_s))

    def call(self, tool: str, arguments: Mapping[str, Any] | str, text: str = "") -> None:
        """Streams a native tool call, its arguments in fragments, after `text`."""
        raw = arguments if isinstance(arguments, str) else json.dumps(arguments)
        self.events(*_called(tool, raw, text), DONE)

    def events(self, *pieces: bytes, delay_s: float = 0.0) -> None:
        """Streams exactly these bytes, one write each, and ends properly; see `event`."""
        self._scripts.append(_streaming(pieces, delay_s))

    def break_off(self, text: str, after_chars: int) -> None:
        """Streams the first `after_chars` characters and resets the connection."""
        self._scripts.append(_streaming(spoken(text[:after_chars], 8)[:-1], then=_reset))

    def hang(self, text: str = "") -> None:
        """Streams the text, then says nothing more and keeps the connection open."""
        self._scripts.append(_streaming(spoken(text, 8)[:-1], then=_wait_for_ever))

    def hang_before_headers(self) -> None:
        self._scripts.append(_never)

    def endless(self, piece: bytes | None = None) -> None:
        """Repeats one event (or these bytes) until the client leaves."""
        self._scripts.append(_repeating(piece or event({"content": "and so on, "})))

    def empty(self) -> None:
        """A proper answer without a word in it."""
        self.events(event({"role": "assistant", "content": ""}), event(finish="stop"), DONE)

    def nonsense(self, data: bytes, content_type: str = "text/event-stream") -> None:
        """Status 200 and these bytes."""

        async def script(request: web.Request) -> web.StreamResponse:
            return web.Response(body=data, headers={"Content-Type": content_type})

        self._scripts.append(script)

    def status(
        self, code: int, retry_after: float | str | None = None, message: str = "scripted"
    ) -> None:
        """An error status with OpenAI's error object around `message`."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

        async def script(request: web.Request) -> web.StreamResponse:
            error = {"message": message, "type": "error", "param": None, "code": None}
            return web.json_response({"error": error}, status=code, headers=headers)

        self._scripts.append(script)

    # -- answering --------------------------------------------------------------------------------------------------

    async def _models(self, request: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "fake", "object": "model"}]})

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(request.path, dict(request.headers), await request.json())
        self.requests.append(asked)
        try:
            return await self._script_for(asked)(request)
        except (asyncio.CancelledError, ConnectionResetError):
            self.disconnected += 1
            self._left.set()
            raise

    def _script_for(self, asked: Asked) -> Script:
        if self._scripts:
            return self._scripts.popleft()
        if self._fallback:
            return _streaming([*spoken(self._fallback(asked.messages), 16), DONE])
        self.status(501, message="the test has no answer for this request")
        return self._scripts.popleft()


def spoken(text: str, chunk_size: int) -> list[bytes]:
    """The events of an answer; the last one says that it is complete."""
    pieces = [text[start : start + chunk_size] for start in range(0, len(text), chunk_size)]
    first = event({"role": "assistant", "content": ""})
    return [first, *(event({"content": piece}) for piece in pieces), event(finish="stop")]


def _called(tool: str, arguments: str, text: str) -> Iterator[bytes]:
    if text:
        yield from spoken(text, 8)[:-1]
    head = {"index": 0, "id": "call_1", "type": "function"}
    yield event({"tool_calls": [{**head, "function": {"name": tool, "arguments": ""}}]})
    for start in range(0, len(arguments), 7):
        piece = {"index": 0, "function": {"arguments": arguments[start : start + 7]}}
        yield event({"tool_calls": [piece]})
    yield event(finish="tool_calls")


async def _open(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


def _streaming(
    pieces: Iterable[bytes],
    delay_s: float = 0.0,
    then: Callable[[web.Request], Awaitable[None]] | None = None,
) -> Script:
    async def script(request: web.Request) -> web.StreamResponse:
        response = await _open(request)
        for piece in pieces:
            await asyncio.sleep(delay_s)
            await response.write(piece)
        if then:
            await then(request)
        return response

    return script


def _repeating(piece: bytes) -> Script:
    async def script(request: web.Request) -> web.StreamResponse:
        response = await _open(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(0)

    return script


async def _reset(request: web.Request) -> None:
    if request.transport:
        request.transport.abort()


async def _wait_for_ever(request: web.Request) -> None:
    await asyncio.Event().wait()


async def _never(request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets this event")
