"""Models that think aloud: `<think>...</think>` before the answer is not part of the answer."""

from __future__ import annotations

import re

_OPEN = re.compile(r"\s*<(think|thinking|reasoning)>", re.IGNORECASE)
_LONGEST_OPEN = 64  # characters, white space included


class ThinkingFilter:
    """Takes the thoughts out of an answer as it streams; only those at its very beginning count.

    Some servers swallow the opening tag, so that an answer holds only `</think>`: then what came before it was shown
    already and stays, and the tag is text.
    """

    def __init__(self) -> None:
        self._held = ""  # begins an answer that may begin with thoughts, or may end them
        self._end: re.Pattern[str] | None = None  # while thinking
        self._is_over = False
        self._is_trimming = False  # white space between the thoughts and the answer

    def feed(self, text: str) -> str:
        """The part of the answer that is meant for people, as far as it is certain."""
        if self._is_over:
            return self._trimmed(text)
        self._held += text
        if self._end is None:
            opened = _OPEN.match(self._held)
            if opened is None:
                return "" if _may_open(self._held) else self._release()
            self._end = re.compile(rf"</{opened[1]}>", re.IGNORECASE)
            self._held = self._held[opened.end() :]
        ended = self._end.search(self._held)
        if ended is None:
            self._held = self._held[-_LONGEST_OPEN:]
            return ""
        self._held = self._held[ended.end() :]
        self._is_trimming = True
        return self._trimmed(self._release())

    def close(self) -> str:
        """What is left when nothing follows; thoughts that never ended are dropped."""
        if self._end is not None and not self._is_over:
            self._held = ""
        return self._release()

    def _trimmed(self, text: str) -> str:
        if self._is_trimming:
            text = text.lstrip()
            self._is_trimming = not text
        return text

    def _release(self) -> str:
        self._is_over = True
        text, self._held = self._held, ""
        return text


def _may_open(text: str) -> bool:
    """True while `text` may still become an opening tag."""
    stripped = text.lstrip().lower()
    tags = ("<think>", "<thinking>", "<reasoning>")
    return len(text) < _LONGEST_OPEN and any(tag.startswith(stripped) for tag in tags)
