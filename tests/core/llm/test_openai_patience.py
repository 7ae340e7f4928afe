"""A language model over HTTP: what is tried again, what ends, and when it is left alone."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from core.errors import LlmBusy, LlmError, LlmRefused, LlmTimeout, LlmUnavailable
from core.llm.circuit import Circuit
from core.llm.openai_chat import OpenAIChat
from tests.fakes.llm_reader import Opener, fail, request, say
from tests.fakes.llm_server import DONE, LlmServer, event

# -- what is tried again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_or_broken_server_is_asked_again(
    server: LlmServer, open_chat: Opener, status: int
) -> None:
    server.status(status)
    server.status(status, retry_after=0)
    server.say("ok")

    assert await say(open_chat()) == "ok"
    assert len(server.requests) == 3


async def test_a_connection_lost_before_the_first_word_is_tried_again(
    server: LlmServer, open_chat: Opener
) -> None:
    server.break_off("", after_chars=0)
    server.say("ok")

    assert await say(open_chat()) == "ok"


async def test_retries_end(server: LlmServer, open_chat: Opener) -> None:
    for _ in range(3):
        server.status(503)

    _, error = await fail(open_chat(retries=2))

    assert isinstance(error, LlmUnavailable)
    assert len(server.requests) == 3


async def test_without_retries_there_is_one_attempt(server: LlmServer, open_chat: Opener) -> None:
    server.status(429)

    _, error = await fail(open_chat(retries=0))

    assert isinstance(error, LlmBusy)
    assert len(server.requests) == 1


async def test_a_server_that_wants_to_rest_longer_than_we_may_wait_is_not_asked_again(
    server: LlmServer, open_chat: Opener
) -> None:
    server.status(429, retry_after=3600)

    _, error = await fail(open_chat())

    assert isinstance(error, LlmBusy)
    assert "3600 seconds" in error.reply
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_is_final(server: LlmServer, open_chat: Opener, status: int) -> None:
    server.status(status)

    _, error = await fail(open_chat())

    assert isinstance(error, LlmRefused)
    assert not error.retryable
    assert len(server.requests) == 1


async def test_a_server_that_is_not_there_is_unavailable(open_chat: Opener) -> None:
    chat = open_chat(base_url="http://127.0.0.1:1/v1")

    _, error = await fail(chat)

    assert isinstance(error, LlmUnavailable)
    assert "can't reach" in error.reply


# -- what ends --------------------------------------------------------------------------------------------------------


async def test_an_answer_that_breaks_off_is_kept_and_told_but_not_repeated(
    server: LlmServer, open_chat: Opener
) -> None:
    server.break_off("Once upon a time there was a fox", after_chars=16)

    said, error = await fail(open_chat())

    assert said == "Once upon a time"
    assert isinstance(error, LlmUnavailable)
    assert "broke off" in error.reply
    assert len(server.requests) == 1


async def test_an_answer_without_an_end_is_broken_off(server: LlmServer, open_chat: Opener) -> None:
    server.events(event({"content": "Once upon"}), DONE)

    said, error = await fail(open_chat())

    assert said == "Once upon"
    assert "broke off" in error.reply


@pytest.mark.parametrize("after_headers", [True, False])
async def test_a_first_word_that_does_not_come_is_a_timeout(
    server: LlmServer, open_chat: Opener, after_headers: bool
) -> None:
    if after_headers:
        server.hang("")
    else:
        server.hang_before_headers()

    _, error = await fail(open_chat(first_token_timeout_s=0.2))

    assert isinstance(error, LlmTimeout)
    assert "first word did not come within 0.2 s" in str(error)
    assert len(server.requests) == 1
    await server.until_disconnected()


async def test_an_answer_that_stops_half_way_is_a_timeout(
    server: LlmServer, open_chat: Opener
) -> None:
    server.hang("Once upon a time")
    chat = open_chat(first_token_timeout_s=1, total_timeout_s=1)

    said, error = await fail(chat)

    assert said == "Once upon a time"
    assert isinstance(error, LlmTimeout)
    await server.until_disconnected()


async def test_a_slow_answer_has_the_total_time(server: LlmServer, open_chat: Opener) -> None:
    server.say("abcd", chunk_size=1, delay_s=0.2)
    chat = open_chat(first_token_timeout_s=0.7)

    assert await say(chat) == "abcd"


async def test_an_endless_answer_is_cut_at_its_length(server: LlmServer, open_chat: Opener) -> None:
    server.endless(event({"content": "x" * 1000}))

    said, error = await fail(open_chat())

    assert 65_000 < len(said) < 68_000
    assert "would not stop" in error.reply
    await server.until_disconnected()


@pytest.mark.parametrize("piece", [b": keep-alive\n\n", event({}), b"data: [],\n"])
async def test_a_server_that_never_gets_to_the_point_is_a_timeout(
    server: LlmServer, open_chat: Opener, piece: bytes
) -> None:
    server.endless(piece)

    said, error = await fail(open_chat(first_token_timeout_s=0.2))

    assert said == ""
    assert isinstance(error, LlmTimeout)
    await server.until_disconnected()


async def test_a_line_that_would_fill_the_memory_is_cut(
    server: LlmServer, open_chat: Opener
) -> None:
    server.endless(b"x" * 2**20)

    _, error = await fail(open_chat(retries=0))

    assert "more than 16777216 bytes" in str(error)
    await server.until_disconnected()


async def test_an_empty_answer_is_an_error(server: LlmServer, open_chat: Opener) -> None:
    server.empty()

    _, error = await fail(open_chat())

    assert isinstance(error, LlmUnavailable)
    assert "empty answer" in error.reply


async def test_a_reader_who_is_cancelled_closes_the_connection(
    server: LlmServer, open_chat: Opener
) -> None:
    server.hang("Once upon a time")
    began = asyncio.Event()

    async def read(chat: OpenAIChat) -> None:
        async for _ in chat.stream(request()):
            began.set()

    reader = asyncio.create_task(read(open_chat()))
    await began.wait()
    reader.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reader
    await server.until_disconnected()


async def test_a_reader_who_has_enough_closes_the_connection(
    server: LlmServer, open_chat: Opener
) -> None:
    server.hang("Once upon a time")

    async with aclosing(open_chat().stream(request())) as chunks:
        await anext(chunks)

    await server.until_disconnected()


async def test_a_closed_chat_asks_nothing(server: LlmServer, open_chat: Opener) -> None:
    chat = open_chat()
    await chat.warm()
    await chat.close()

    _, error = await fail(chat)

    assert "shutting down" in error.reply
    assert server.requests == []


async def test_an_answer_that_is_read_while_the_chat_closes_is_an_error(
    server: LlmServer, open_chat: Opener
) -> None:
    server.hang("Once upon a time")
    chat = open_chat(retries=0)
    chunks = chat.stream(request())
    await anext(chunks)

    await chat.close()

    with pytest.raises(LlmError):
        [chunk async for chunk in chunks]
    await server.until_disconnected()


# -- the circuit ------------------------------------------------------------------------------------------------------


async def test_the_circuit_opens_rests_probes_and_closes(
    server: LlmServer, open_chat: Opener
) -> None:
    time = [100.0]
    chat = open_chat(circuit=Circuit(lambda: time[0]), retries=0)
    for _ in range(5):
        server.status(500)
        await fail(chat)

    _, resting = await fail(chat)
    asked_while_open = len(server.requests)
    time[0] += 15
    server.say("I am back")
    probe = await say(chat)
    server.say("for good")
    after = await say(chat)

    assert "short rest" in resting.reply
    assert asked_while_open == 5
    assert (probe, after) == ("I am back", "for good")


async def test_retries_stop_when_the_circuit_opens(server: LlmServer, open_chat: Opener) -> None:
    chat = open_chat(circuit=Circuit(failures=2), retries=10)
    server.status(500)
    server.status(500)

    _, error = await fail(chat)

    assert len(server.requests) == 2
    assert "has trouble" in error.reply, "the real reason, not the circuit"
