"""The reading end of an `LlmServer` in tests: opens chats, asks, and tells what came of it."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from core.errors import LlmError
from core.llm.circuit import Circuit
from core.llm.openai_chat import OpenAIChat
from core.llm.settings import LlmSettings
from core.ports import ChatChunk, ChatMessage, ChatRequest, Task, TextDelta
from tests.fakes.llm_server import LlmServer

KEY = "sk-test-0123456789"
TOOLS: list[dict[str, Any]] = [{"type": "function", "function": {"name": "generate"}}]
PNG = b"\x89PNG\r\n\x1a\nrest"


class Opener:
    """Opens chats on the server and closes them after the test."""

    def __init__(self, server: LlmServer) -> None:
        self.base_url = server.base_url
        self.opened: list[OpenAIChat] = []

    def __call__(
        self, key: str = KEY, circuit: Circuit | None = None, **settings: Any
    ) -> OpenAIChat:
        chosen = {"base_url": self.base_url, "model": "fake", "tools": "on", "vision": "on"}
        llm = LlmSettings(backend="openai", **{**chosen, **settings})
        chat = OpenAIChat(llm, key, TOOLS, circuit, jitter=lambda: 0.0)
        self.opened.append(chat)
        return chat


def request(task: Task = Task.CHAT, *pictures: bytes) -> ChatRequest:
    return ChatRequest(task, (ChatMessage("user", "paint a fox", pictures),))


async def ask(chat: OpenAIChat, asked: ChatRequest | None = None) -> list[ChatChunk]:
    async with aclosing(chat.stream(asked or request())) as chunks:
        return [chunk async for chunk in chunks]


async def say(chat: OpenAIChat) -> str:
    return "".join(chunk.text for chunk in await ask(chat) if isinstance(chunk, TextDelta))


async def fail(chat: OpenAIChat, asked: ChatRequest | None = None) -> tuple[str, LlmError]:
    """What was said before the error, and the error."""
    said = ""
    with pytest.raises(LlmError) as caught:
        async with aclosing(chat.stream(asked or request())) as chunks:
            async for chunk in chunks:
                said += chunk.text if isinstance(chunk, TextDelta) else ""
    return said, caught.value
