"""Hostile answers over HTTP: only typed errors, no hang, no leak, no key."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from contextlib import aclosing

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from core.errors import LlmError, LlmUnavailable
from core.llm.circuit import Circuit
from core.llm.openai_chat import OpenAIChat
from core.llm.settings import LlmSettings
from core.ports import ChatMessage, ChatRequest, Task, TextDelta, ToolCall
from tests.fakes.llm_server import DONE, LlmServer, event

KEY = "sk-test-0123456789"
REQUEST = ChatRequest(Task.CHAT, (ChatMessage("user", "paint a fox"),))


def chat_with(server: LlmServer, retries: int = 0) -> OpenAIChat:
    settings = LlmSettings(
        backend="openai",
        base_url=server.base_url,
        model="fake",
        retries=retries,
        first_token_timeout_s=10,
        total_timeout_s=10,
    )
    return OpenAIChat(settings, KEY, circuit=Circuit(failures=10**9), jitter=lambda: 0.0)


async def outcome(chat: OpenAIChat) -> LlmError | None:
    try:
        async with aclosing(chat.stream(REQUEST)) as chunks:
            async for chunk in chunks:
                assert isinstance(chunk, TextDelta | ToolCall)
    except LlmError as error:
        return error
    return None


HTML = b"<!doctype html><html><body>502 Bad Gateway</body></html>"
NONSENSE = {
    "nothing": b"",
    "html": HTML,
    "json": json.dumps({"choices": [{"message": {"content": "hi"}}]}).encode(),
    "json cut off": b'data: {"choices": [{"delta": {"content": "hi\n\n',
    "json of another kind": b"data: 5\n\ndata: []\n\ndata: null\n\ndata: {}\n\n",
    "no utf-8": b'data: {"choices": "\xff\xfe"}\n\n',
    "no end": b'data: {"choices": []}',
    "binary": bytes(range(256)) * 20,
    "deep": b"data: " + b"[" * 100_000 + b"\n\n",
    "an assistants event": b"event: thread.run\ndata: [1]\n\n",
    "an error as text": b'data: {"error": "out of memory"}\n\n',
    "an error as list": b'data: {"error": [1]}\n\n',
}


@pytest.mark.parametrize("name", NONSENSE)
@pytest.mark.parametrize("kind", ["text/event-stream", "text/html"])
async def test_nonsense_is_an_error_with_a_sentence(name: str, kind: str) -> None:
    async with LlmServer() as server:
        server.nonsense(NONSENSE[name], kind)
        chat = chat_with(server)

        error = await outcome(chat)
        await chat.close()

    assert isinstance(error, LlmUnavailable)
    assert "language model" in error.reply


async def test_a_compressed_answer_nobody_asked_for_is_an_error() -> None:
    async with LlmServer() as server:
        server.nonsense(b"\x1f\x8bnot gzip")
        chat = chat_with(server)

        error = await outcome(chat)
        await chat.close()

    assert isinstance(error, LlmUnavailable)
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("code", "sentence"), [(429, "busy"), (502, "has trouble"), ("rate_limit", "has trouble")]
)
async def test_an_error_event_inside_the_stream_is_understood(code: object, sentence: str) -> None:
    wire = json.dumps({"error": {"message": "provider failed", "code": code}}).encode()
    async with LlmServer() as server:
        server.nonsense(b"data: " + wire + b"\n\n")
        chat = chat_with(server)

        error = await outcome(chat)
        await chat.close()

    assert error and sentence in error.reply
    assert "provider failed" in str(error)


PIECES = st.sampled_from(
    [
        b"data: ",
        b"data:",
        b"event: x\n",
        b"id: 1\n",
        b"retry: 9\n",
        b": ping\n\n",
        b"\n",
        b"\n\n",
        b"\r\n",
        DONE,
        b'{"choices": [',
        b'{"delta": {"content": "a"}}',
        b"]}",
        b"null",
        b"\xf0\x9f",
        event({"content": "hi"}),
        event({"tool_calls": [{"index": 0, "function": {"name": "x", "arguments": "{"}}]}),
        event(finish="stop"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "content",
                    "tool_calls",
                    "function",
                    "arguments",
                    "name",
                    "error",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
EVENTS = st.lists(JSON, max_size=4).map(
    lambda values: b"".join(f"data: {json.dumps(value)}\n\n".encode() for value in values)
)
CHOICES = JSON.map(lambda value: event(value if isinstance(value, dict) else {"content": value}))
WIRE = st.binary(max_size=200) | st.lists(PIECES, max_size=12).map(b"".join) | EVENTS | CHOICES


def test_no_answer_whatever_gives_anything_but_chunks_or_typed_errors() -> None:
    server = LlmServer()

    async def open_all() -> OpenAIChat:
        await server.__aenter__()
        return chat_with(server)

    async def close_all(chat: OpenAIChat) -> None:
        await chat.close()
        await server.__aexit__(None, None, None)

    with asyncio.Runner() as runner:
        chat = runner.run(open_all())

        @given(WIRE)
        @examples(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        def holds(wire: bytes) -> None:
            server.nonsense(wire)
            error = runner.run(outcome(chat))
            assert error is None or error.reply

        holds()
        runner.run(close_all(chat))


async def misbehave(server: LlmServer) -> None:
    """One of each, in a fixed order."""
    server.say("all is well")
    server.break_off("Once upon a time", after_chars=4)
    server.status(500)
    server.status(401, message=f"Incorrect API key provided: {KEY}")
    server.status(400, message=f"headers were Authorization: Bearer {KEY}")
    server.nonsense(f"data: {KEY}\n\n".encode())
    server.nonsense(HTML, "text/html")
    server.nonsense(f'data: {{"error": "{KEY}"}}\n\n'.encode())
    server.endless(event({"content": KEY * 500}))
    server.empty()


async def test_after_every_fault_no_task_and_no_connection_is_left() -> None:
    before = asyncio.all_tasks()
    async with LlmServer() as server:
        await misbehave(server)
        chat = chat_with(server)
        for _ in range(10):
            await outcome(chat)

        await chat.close()
        await server.until_idle()

        assert len(server.requests) == 10
    async with asyncio.timeout(5):  # the loop may still be closing a generator that was collected
        await asyncio.gather(*(asyncio.all_tasks() - before))
    assert asyncio.all_tasks() == before


async def test_the_key_is_in_no_error_no_representation_and_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with LlmServer() as server:
        await misbehave(server)
        chat = chat_with(server)
        errors = [error for error in [await outcome(chat) for _ in range(10)] if error]
        shown = [repr(chat), repr(chat.info)]
        await chat.close()

    for error in errors:
        shown += [str(error), repr(error), error.reply, *traceback.format_exception(error)]
        assert error.__context__ is None and error.__cause__ is None
    assert len(errors) == 9
    assert [text for text in shown if KEY in text] == []
    assert KEY not in caplog.text
