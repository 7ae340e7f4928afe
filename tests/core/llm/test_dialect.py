from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.llm.dialect import Dialect, body_of, dialect_of, plainer
from core.llm.settings import LlmSettings
from core.ports import ChatMessage, ChatRequest, Task

PNG = b"\x89PNG\r\n\x1a\nrest"
TOOLS: list[dict[str, Any]] = [{"type": "function", "function": {"name": "generate"}}]
FULL = Dialect(tools=True, vision=True)
LOCAL = "http://localhost:8080/v1"


def settings(model: str = "m", base_url: str = LOCAL, **more: Any) -> LlmSettings:
    return LlmSettings(backend="openai", model=model, base_url=base_url, **more)


def request(task: Task = Task.CHAT, *pictures: bytes) -> ChatRequest:
    return ChatRequest(task, (ChatMessage("system", "s"), ChatMessage("user", "hi", pictures)))


@pytest.mark.parametrize(
    ("base_url", "model", "tools", "vision"),
    [
        ("https://api.openai.com/v1", "whatever-comes-next", True, True),
        (LOCAL, "mistral-7b-instruct", False, False),
        (LOCAL, "qwen2.5-vl-7b", False, True),
        (LOCAL, "Llama-3.2-11B-Vision-Instruct", False, True),
        ("https://openrouter.ai/api/v1", "anthropic/claude-sonnet-4", True, True),
        ("https://openrouter.ai/api/v1", "openai/gpt-4.1-mini", True, True),
        ("https://api.openai.com.example.org/v1", "m", False, False),
    ],
)
def test_auto_is_on_at_openai_and_for_known_models(
    base_url: str, model: str, tools: bool, vision: bool
) -> None:
    guess = dialect_of(settings(model, base_url))

    assert (guess.tools, guess.vision) == (tools, vision)


def test_on_and_off_overrule_the_guess() -> None:
    guess = dialect_of(settings("gpt-4o", tools="off", vision="off"))
    other = dialect_of(settings("unknown", tools="on", vision="on"))

    assert (guess.tools, guess.vision) == (False, False)
    assert (other.tools, other.vision) == (True, True)


def test_the_settings_overrule_what_the_task_asks_for() -> None:
    body = body_of(request(), settings(max_tokens=99, temperature=0.0), FULL, ())
    asked = body_of(request(), settings(), FULL, ())

    assert (body["max_tokens"], body["temperature"]) == (99, 0.0)
    assert (asked["max_tokens"], asked["temperature"]) == (1024, 0.7)


def test_openai_is_asked_with_its_own_name_of_the_token_limit() -> None:
    at_openai = settings("gpt-5", "https://api.openai.com/v1")

    body = body_of(request(), at_openai, dialect_of(at_openai), ())

    assert body["max_completion_tokens"] == 1024
    assert "max_tokens" not in body


@pytest.mark.parametrize("task", Task)
def test_tools_are_sent_for_chat_only(task: Task) -> None:
    body = body_of(request(task), settings(), FULL, TOOLS)

    assert ("tools" in body) == (task is Task.CHAT)


@pytest.mark.parametrize(
    ("picture", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF....WEBP", "image/webp"),
        (b"GIF89a", "image/gif"),
    ],
)
def test_a_users_pictures_become_data_urls(picture: bytes, kind: str) -> None:
    body = body_of(request(Task.CHAT, picture), settings(), FULL, ())

    text, image = body["messages"][1]["content"]
    assert text == {"type": "text", "text": "hi"}
    assert image["image_url"]["url"].startswith(f"data:{kind};base64,")


def test_pictures_are_left_out_for_a_model_that_does_not_see() -> None:
    body = body_of(request(Task.CHAT, PNG), settings(), replace(FULL, vision=False), ())

    assert body["messages"][1] == {"role": "user", "content": "hi"}


def test_bytes_that_are_no_picture_are_left_out() -> None:
    body = body_of(request(Task.CHAT, b"<svg/>"), settings(), FULL, ())

    assert body["messages"][1] == {"role": "user", "content": "hi"}


@pytest.mark.parametrize(
    ("status", "said", "changes"),
    [
        (400, "this model does not support tools", {"tools": False}),
        (404, "No endpoints found that support tool use", {"tools": False}),
        (404, "No endpoints found that support image input", {"vision": False}),
        (500, "tools param requires --jinja flag", {"tools": False}),
        (500, "image input is not supported - you may need the mmproj", {"vision": False}),
        (422, "Unexpected value", {"vision": False}),
        (400, "'temperature' does not support 0.7 with this model", {"temperature": False}),
        (
            400,
            "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            {"token_field": "max_completion_tokens"},
        ),
    ],
)
def test_what_a_server_refuses_is_left_out(status: int, said: str, changes: dict[str, Any]) -> None:
    body = body_of(request(Task.CHAT, PNG), settings(), FULL, TOOLS)

    assert plainer(FULL, body, status, said) == replace(FULL, **changes)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (None, "connection reset"),
        (401, "no tools for this key"),
        (429, "too many images"),
        (500, "failed to parse tool call"),
        (400, "This model's maximum context length is 8192 tokens, tools included"),
    ],
)
def test_a_refusal_for_another_reason_changes_nothing(status: int | None, said: str) -> None:
    body = body_of(request(Task.CHAT, PNG), settings(), FULL, TOOLS)

    assert plainer(FULL, body, status, said) is None


def test_an_unclear_refusal_of_a_plain_request_changes_nothing() -> None:
    body = body_of(request(), settings(), FULL, ())

    assert plainer(FULL, body, 400, "bad request") is None
