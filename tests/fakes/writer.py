"""A chat model that answers with given words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from core.errors import LlmError
from core.ports import ChatChunk, ChatRequest, ModelInfo, TextDelta


class Writer:
    """Keeps the requests. `error` is raised after the words; a `silent` one never answers."""

    def __init__(
        self, words: str = "", error: LlmError | None = None, silent: bool = False
    ) -> None:
        self.requests: list[ChatRequest] = []
        self._words, self._error, self._silent = words, error, silent

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("writer")

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
        self.requests.append(request)
        if self._silent:
            await asyncio.Event().wait()
        for start in range(0, len(self._words), 7):
            yield TextDelta(self._words[start : start + 7])
        if self._error:
            raise self._error

    async def warm(self) -> None:
        pass

    async def close(self) -> None:
        pass
