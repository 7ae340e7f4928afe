"""How long to wait for the next event of an answer."""

from __future__ import annotations

import asyncio

from core.llm.deltas import Delta
from core.llm.failure import Failure, too_slow
from core.llm.settings import LlmSettings

AFTERWORD_S = 1.0  # for what a server still sends after it has said why it stopped


class Patience:
    """The deadlines of one attempt, as instants of the running loop's clock.

    First the time to the first word, then the time left of the whole request (`end`), at last a moment for the
    afterword. Reasoning aloud counts as a word; an empty or role-only event does not.
    """

    def __init__(self, settings: LlmSettings, end: float) -> None:
        first_word = now() + settings.first_token_timeout_s
        self._is_short = first_word < end
        self._settings = settings
        self._end = end
        self.deadline = min(first_word, end)
        self.finish = ""  # the server's `finish_reason`

    def hear(self, delta: Delta) -> None:
        if delta.text or delta.is_thinking or delta.fragments:
            self._is_short = False
            self.deadline = self._end
        if delta.finish:
            self.finish = delta.finish
            self.deadline = min(self._end, now() + AFTERWORD_S)

    def run_out(self) -> Failure:
        if self._is_short:
            return too_slow("first word", self._settings.first_token_timeout_s)
        return too_slow("whole answer", self._settings.total_timeout_s)


def now() -> float:
    return asyncio.get_running_loop().time()
