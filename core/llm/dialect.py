"""What a server understands: which fields a request may carry, guessed at first and then learned from refusals."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

from core.llm.settings import LlmSettings, Switch
from core.ports import ChatMessage, ChatRequest, Task

Body = dict[str, Any]
TokenField = Literal["max_tokens", "max_completion_tokens"]

# Models known to call tools and to see, wherever they are served. A name counts after its last "/"
# ("anthropic/claude-sonnet-4" at a router). Everything else gets tags and text: those work everywhere.
WITH_TOOLS = ("gpt-4", "gpt-5", "chatgpt-4o", "o3", "o4", "claude-", "gemini-", "mistral-large")
WITH_EYES = (
    "gpt-4o",
    "gpt-4.",
    "gpt-4-turbo",
    "gpt-5",
    "chatgpt-4o",
    "o3",
    "o4",
    "claude-",
    "gemini-",
    "pixtral",
    "llava",
    "minicpm-v",
)
PICTURE_KINDS = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)
TOO_LONG = ("context_length", "context length", "context window", "too long", "too many tokens")
UNCLEAR = (400, 422)


@dataclass(frozen=True, slots=True)
class Dialect:
    tools: bool
    vision: bool
    temperature: bool = True
    token_field: TokenField = "max_tokens"


def dialect_of(settings: LlmSettings) -> Dialect:
    """The first guess. "auto" is on at api.openai.com and for models known to have it, else off."""
    at_openai = urlsplit(settings.base_url).hostname == "api.openai.com"
    is_there = at_openai and settings.backend == "openai"
    name = settings.model.rsplit("/", 1)[-1].lower()
    sees = name.startswith(WITH_EYES) or "-vl" in name or "vision" in name
    return Dialect(
        tools=_decide(settings.tools, is_there or name.startswith(WITH_TOOLS)),
        vision=_decide(settings.vision, is_there or sees),
        token_field="max_completion_tokens" if is_there else "max_tokens",
    )


def _decide(switch: Switch, guess: bool) -> bool:
    return guess if switch == "auto" else switch == "on"


def body_of(
    request: ChatRequest,
    settings: LlmSettings,
    dialect: Dialect,
    tools: Sequence[Mapping[str, Any]],
) -> Body:
    """The fields of one chat completion, without those the dialect lacks."""
    body: Body = {
        "model": settings.model,
        "messages": [_message_of(message, dialect.vision) for message in request.messages],
        "stream": True,
        dialect.token_field: settings.max_tokens or request.max_tokens,
    }
    if dialect.temperature:
        chosen = settings.temperature
        body["temperature"] = request.temperature if chosen is None else chosen
    if tools and dialect.tools and request.task is Task.CHAT:
        body["tools"] = list(tools)
    return body


def _message_of(message: ChatMessage, vision: bool) -> Body:
    urls = [_data_url(data) for data in message.pictures] if vision else []
    seen = [url for url in urls if url]
    if message.role != "user" or not seen:
        return {"role": message.role, "content": message.text}
    parts: list[Body] = [{"type": "text", "text": message.text}] if message.text else []
    parts += [{"type": "image_url", "image_url": {"url": url}} for url in seen]
    return {"role": "user", "content": parts}


def _data_url(data: bytes) -> str | None:
    kind = next((kind for start, kind in PICTURE_KINDS if data.startswith(start)), None)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}" if kind else None


def plainer(dialect: Dialect, body: Body, status: int | None, detail: str) -> Dialect | None:
    """The dialect without what this refusal is about; None if it is about something else.

    `detail` is the server's own sentence. Servers refuse unknown fields with 400, 404, 422 or even 500, so what is
    named in the sentence counts; when nothing is named, a plain 400 or 422 costs pictures first, then tools.
    """
    said = detail.lower()
    is_clear = status is not None and (
        status in (400, 404, 415, 422)
        or (status >= 500 and ("support" in said or "requires" in said))
    )
    if not is_clear or any(words in said for words in TOO_LONG):
        return None
    has_pictures = any(isinstance(message["content"], list) for message in body["messages"])
    has_tools = "tools" in body
    if has_pictures and any(word in said for word in ("image", "vision", "multimodal")):
        return replace(dialect, vision=False)
    if has_tools and any(word in said for word in ("tool", "function")):
        return replace(dialect, tools=False)
    if "temperature" in body and "temperature" in said:
        return replace(dialect, temperature=False)
    if dialect.token_field in said:
        return replace(dialect, token_field=OTHER_FIELD[dialect.token_field])
    if status not in UNCLEAR or not (has_pictures or has_tools):
        return None
    return replace(dialect, vision=False) if has_pictures else replace(dialect, tools=False)


OTHER_FIELD: Mapping[TokenField, TokenField] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}
