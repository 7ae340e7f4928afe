"""The assistant that needs no language model: rules over the pocket painter's vocabulary.

It speaks the tags that every model of Easel speaks, and never claims to be more than it is.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator

from core.llm.offline.conversation import answer
from core.llm.offline.rewrites import refined, rewritten, varied
from core.llm.offline.tags import plain, safe, tag
from core.ports import ChatRequest, ModelInfo, Situation, Task, TextDelta
from core.types import Action

_PIECES = re.compile(r"\S+\s*|\s+")


class OfflineChat:
    """`ChatModel` by rules. The same request always gets the same answer.

    `vocabulary_only`: descriptions hold only words that the pocket painter knows; False for a painter that
    takes any words.
    """

    def __init__(self, vocabulary_only: bool = True) -> None:
        self._knows_words = vocabulary_only
        self._info = ModelInfo(name="offline", context_tokens=1_000_000)

    @property
    def info(self) -> ModelInfo:
        return self._info

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta]:
        """The answer word by word. Raises nothing: there is nothing to be away."""
        for piece in _PIECES.findall(self.answer(request)):
            yield TextDelta(piece)

    async def warm(self) -> None:
        """Nothing has to be loaded."""

    async def close(self) -> None:
        """Nothing is held open."""

    def answer(self, request: ChatRequest) -> str:
        """The whole answer: text with tags for CHAT, descriptions one a line for the other tasks."""
        if request.task is Task.CHAT:
            situation = request.situation or Situation(_last_words(request))
            return _written(answer(situation, self._knows_words))
        old, count = plain(request.description), request.count
        if request.task is Task.REFINE:
            return "\n".join(refined(old, count, self._knows_words))
        if request.task is Task.VARY:
            return "\n".join(varied(old, count, self._knows_words))
        return rewritten(old, plain(request.instruction), self._knows_words)


def _last_words(request: ChatRequest) -> str:
    return next((m.text for m in reversed(request.messages) if m.role == "user"), "")


def _written(pieces: list[str | Action]) -> str:
    """Text and tags, each on its own line."""
    return "\n".join(tag(piece) if isinstance(piece, Action) else safe(piece) for piece in pieces)
