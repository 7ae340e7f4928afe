"""A language model over HTTP: what is asked and what arrives.

See test_openai_patience.py for what is tried again and what ends, test_openai_faults.py for hostile answers.
"""

from __future__ import annotations

import json
from contextlib import aclosing

import pytest

from core.errors import ConfigError, LlmRefused
from core.llm.openai_chat import OpenAIChat
from core.llm.settings import LlmSettings
from core.ports import Task, TextDelta, ToolCall
from tests.fakes.llm_reader import KEY, PNG, TOOLS, Opener, ask, fail, request, say
from tests.fakes.llm_server import DONE, LlmServer, event

# -- what arrives -----------------------------------------------------------------------------------------------------


async def test_text_arrives_as_it_is_said(server: LlmServer, open_chat: Opener) -> None:
    server.say("Here is <image id=1>a fox</image>.", chunk_size=10)

    chunks = await ask(open_chat())

    assert [chunk.text for chunk in chunks if isinstance(chunk, TextDelta)] == [
        "Here is <i",
        "mage id=1>",
        "a fox</ima",
        "ge>.",
    ]


async def test_the_first_word_is_there_before_the_last_is_sent(
    server: LlmServer, open_chat: Opener
) -> None:
    server.hang("Once upon a time")

    async with aclosing(open_chat().stream(request())) as chunks:
        first = await anext(chunks)

    assert first == TextDelta("Once upo")


async def test_a_native_tool_call_arrives_whole_and_after_its_text(
    server: LlmServer, open_chat: Opener
) -> None:
    arguments = {"description": "a fox in the snow"}
    server.call("generate", arguments, text="Sure! ")

    chunks = await ask(open_chat())

    assert chunks == [TextDelta("Sure! "), ToolCall("generate", json.dumps(arguments))]


async def test_letters_split_between_packets_stay_whole(
    server: LlmServer, open_chat: Opener
) -> None:
    wire = event({"content": "Füchse 🦊 狐"}) + event(finish="stop") + DONE
    server.events(*(wire[start : start + 1] for start in range(len(wire))))

    assert await say(open_chat()) == "Füchse 🦊 狐"


async def test_reasoning_aloud_is_not_part_of_the_answer(
    server: LlmServer, open_chat: Opener
) -> None:
    thought = event({"reasoning_content": "they want a fox"})
    server.events(thought, event({"content": "A fox."}), event(finish="stop"), DONE)

    assert await say(open_chat()) == "A fox."


async def test_a_server_that_never_says_done_is_understood(
    server: LlmServer, open_chat: Opener
) -> None:
    server.events(event({"content": "A fox."}), event(finish="stop"))

    assert await say(open_chat()) == "A fox."


async def test_a_connection_lost_after_the_finish_does_not_matter(
    server: LlmServer, open_chat: Opener
) -> None:
    server.events(event({"content": "A fox."}), event(finish="stop"), b"data: {broken\n\n")

    assert await say(open_chat()) == "A fox."


async def test_what_is_asked_is_a_streamed_completion_with_tools(
    server: LlmServer, open_chat: Opener
) -> None:
    server.say("ok")

    await ask(open_chat(), request(Task.CHAT, PNG))

    asked = server.requests[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == f"Bearer {KEY}"
    assert (asked.body["model"], asked.body["stream"], asked.body["tools"]) == ("fake", True, TOOLS)
    assert asked.messages[0]["content"][1]["image_url"]["url"].startswith("data:image/png")


async def test_without_a_key_none_is_sent(
    server: LlmServer, open_chat: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    server.say("ok")

    await ask(open_chat(key=""))

    assert "Authorization" not in server.requests[0].headers


async def test_a_proxy_is_not_asked_for_a_server_on_this_machine(
    server: LlmServer, open_chat: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.say("ok")

    assert await say(open_chat()) == "ok"


# -- what a server cannot do ------------------------------------------------------------------------------------------


async def test_tools_that_are_refused_are_left_out_from_then_on(
    server: LlmServer, open_chat: Opener
) -> None:
    server.status(400, message="fake does not support tools")
    server.say("ok")
    server.say("ok again")
    chat = open_chat()

    said = [await say(chat), await say(chat)]

    assert said == ["ok", "ok again"]
    assert ["tools" in asked.body for asked in server.requests] == [True, False, False]
    assert (chat.info.tools, chat.info.vision) == (False, True)


async def test_pictures_that_are_refused_are_left_out_from_then_on(
    server: LlmServer, open_chat: Opener
) -> None:
    server.status(400, message="image_url is only supported by certain models")
    server.say("ok")
    chat = open_chat()

    await ask(chat, request(Task.CHAT, PNG))

    assert server.requests[1].messages[0]["content"] == "paint a fox"
    assert (chat.info.tools, chat.info.vision) == (True, False)


async def test_a_refusal_that_stays_is_told_and_not_remembered(
    server: LlmServer, open_chat: Opener
) -> None:
    for _ in range(3):
        server.status(400, message="no")
    chat = open_chat()

    _, error = await fail(chat, request(Task.CHAT, PNG))

    assert isinstance(error, LlmRefused)
    assert len(server.requests) == 3, "without pictures, then without tools, each once"
    assert (chat.info.tools, chat.info.vision) == (True, True)


async def test_the_two_names_of_the_token_limit_are_tried_once_each(
    server: LlmServer, open_chat: Opener
) -> None:
    server.status(400, message="max_tokens is not supported")
    server.status(400, message="max_completion_tokens is not supported")

    await fail(open_chat(tools="off"))

    assert len(server.requests) == 2


def test_a_key_that_cannot_be_one_is_refused_at_the_start() -> None:
    settings = LlmSettings(backend="openai", model="m")

    with pytest.raises(ConfigError) as caught:
        OpenAIChat(settings, "sk-ab\ncd“")

    assert "copy it again" in str(caught.value)
    assert "sk-ab" not in str(caught.value)
