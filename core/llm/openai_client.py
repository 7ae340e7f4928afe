"""The official OpenAI client, set up for Easel, and what its errors mean.

Importing this module imports `openai`, which takes 0.4 s and more: `core/llm/openai_chat.py` does it in a thread when
the first request is made.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from core.errors import LlmTimeout, LlmUnavailable
from core.llm.dialect import Body
from core.llm.failure import UNREADABLE, Failed, Failure, Refusal, failure_of_status
from core.llm.patience import Patience
from core.llm.settings import LlmSettings

MAX_ANSWER_BYTES = 16 * 2**20  # on the wire: 64 k characters, a token an event, long reasoning
LOOPBACK = ("localhost", "127.0.0.1", "::1")
END = object()
T = TypeVar("T")

UNREACHABLE = "I can't reach the language model right now; please try again in a minute."

# Everything the client raises when a server breaks the protocol: JSON that is none or too deep, text that is no UTF-8,
# an object where a list should be.
WIRE_ERRORS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    OSError,
    ValueError,
    TypeError,
    AttributeError,
    RecursionError,
)


class Wire:
    """Sends completions and reads their events. Raises `Failed`, and nothing else but cancellation."""

    def __init__(self, settings: LlmSettings, api_key: str) -> None:
        self._settings = settings
        self._api_key = api_key
        self._client = _client_of(settings, api_key)
        self._headers = {} if api_key else {"Authorization": openai.omit}

    async def events(self, body: Body, patience: Patience) -> AsyncGenerator[object]:
        """The chunks of one completion as the client gives them, of any shape if the server is out of order."""
        create: Any = self._client.chat.completions.create(**body, extra_headers=self._headers)
        stream: openai.AsyncStream[Any] = await self._within(patience, create)
        try:
            while (event := await self._within(patience, anext(stream, END))) is not END:
                yield event
        finally:
            await stream.close()

    async def close(self) -> None:
        await self._client.close()

    async def _within(self, patience: Patience, step: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout_at(patience.deadline) as limit:
                return await step
        except WIRE_ERRORS as error:
            is_late = limit.expired()
            failure = (
                patience.run_out() if is_late else failure_of(error, self._settings, self._api_key)
            )
        # Outside of the handler, so that no traceback carries the request and its headers along.
        raise Failed(failure)


def _client_of(settings: LlmSettings, api_key: str) -> openai.AsyncOpenAI:
    """A client that neither retries nor waits on its own."""
    is_local = urlsplit(settings.base_url).hostname in LOOPBACK
    timeout = httpx2.Timeout(None, connect=settings.connect_timeout_s)
    client = openai.AsyncOpenAI(
        api_key=api_key or "none",
        base_url=settings.base_url,
        timeout=timeout,
        max_retries=0,
        default_headers={"Accept-Encoding": "identity"},  # the byte limit counts what is read
        http_client=openai.DefaultAsyncHttpxClient(
            timeout=timeout,
            verify=_tls(),
            trust_env=not is_local,  # a proxy never knows this machine's loopback
            event_hooks={"response": [_limit_bytes]},
        ),
    )
    _load_the_rest(client)
    return client


def _load_the_rest(client: openai.AsyncOpenAI) -> None:
    """Loads here, in a thread, what the client would load on the event loop with its first request (0.1 s)."""
    _ = client.chat.completions
    ChatCompletionChunk.model_rebuild()
    anyio.run(anyio.sleep, 0)


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: reading the certificates takes longer than all the rest of them."""
    return httpx2.create_ssl_context()


async def _limit_bytes(response: httpx2.Response) -> None:
    response.stream = _Limited(cast(httpx2.AsyncByteStream, response.stream))


class _Limited(httpx2.AsyncByteStream):
    """Ends a body that would fill the memory: the client buffers a line of any length."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ANSWER_BYTES
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.ReadError(f"the answer has more than {MAX_ANSWER_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def failure_of(error: Exception, settings: LlmSettings, api_key: str) -> Failure:
    """What went wrong, without any trace of the key."""
    detail = redacted(_detail_of(error), api_key)
    if isinstance(error, openai.APIStatusError):
        wait = error.response.headers.get("retry-after", "")
        status = error.status_code
        return failure_of_status(Refusal(status, detail, wait, settings.model, bool(api_key)))
    if isinstance(error, openai.APITimeoutError):
        return Failure(
            LlmTimeout(
                f"no connection to {settings.base_url} within {settings.connect_timeout_s:g} s",
                UNREACHABLE,
            ),
            may_retry=True,
        )
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError | OSError):
        return Failure(
            LlmUnavailable(
                f"connection to {settings.base_url} failed: {detail}",
                UNREACHABLE,
            ),
            may_retry=True,
        )
    if isinstance(error, openai.APIError):  # an error event inside the stream
        code = str(error.code or "")
        status = int(code) if re.fullmatch(r"[45]\d\d", code) else 500
        return failure_of_status(Refusal(status, detail, "", settings.model, bool(api_key)))
    return Failure(
        LlmUnavailable(
            f"{settings.base_url} answered with something that is no chat completion: {detail}",
            UNREADABLE,
        )
    )


def _detail_of(error: Exception) -> str:
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        return f"{type(cause).__name__}: {cause}" if cause else error.message
    if isinstance(error, openai.APIError):
        body = error.body
        if isinstance(body, dict):
            inner = body.get("error", body.get("detail", body.get("message")))
            return json.dumps(body if inner is None else body, default=str, ensure_ascii=False)
        return str(body) if body else error.message
    return f"{type(error).__name__}: {error}"


def redacted(text: str, api_key: str) -> str:
    """One line of at most 300 characters in which neither this key nor anything like one is left."""
    if api_key:
        text = text.replace(api_key, "[key]")
    text = re.sub(r"\bsk-[\w*.-]+|(?i:\bbearer\s+)\S+", "[key]", text)
    text = " ".join(text.split())
    return text if len(text) <= 300 else text[:299] + "…"
