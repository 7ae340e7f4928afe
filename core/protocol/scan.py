"""What all recognisers share: reading one character at a time until it is clear what stands there.

A scan is started at a character that may begin something, and is pushed the following ones until it accepts (its
first `end` characters are the thing), or rejects (the first character was plain text). What a scan holds back is
bounded, and a scan rejects at the character that would start another of its kind, so that the whole is linear.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from enum import Enum, auto

from core.protocol.tokens import Token


class Verdict(Enum):
    WAIT = auto()
    ACCEPT = auto()
    REJECT = auto()


class Scan(ABC):
    """The base: counts characters and keeps the last few, to see HTML entities end."""

    once = False  # True: after a rejection no scan of this kind starts within what it had read

    def __init__(self, first: str) -> None:
        self.size = 1
        self.end = 0
        self._tail = first

    def push(self, char: str) -> Verdict:
        self.size += 1
        self._tail = (self._tail + char)[-6:]
        return self.step(char)

    @abstractmethod
    def step(self, char: str) -> Verdict:
        """The verdict once this character has been seen too."""

    def finish(self) -> Verdict:
        """The verdict where the answer ends here."""
        return Verdict.REJECT

    @abstractmethod
    def token(self, raw: str) -> Token | None:
        """What was accepted; None where a closer look shows that it is plain text."""

    def _accept(self, without: int = 0) -> Verdict:
        self.end = self.size - without
        return Verdict.ACCEPT


_ENTITY = re.compile(r"&(?:(lt)|gt|#(?:(60)|62)|#x(?:(3c)|3e));$", re.I)
OPENERS = ("&lt;", "&#60;", "&#x3c;")


def entity_at_end(tail: str) -> tuple[str, int]:
    """("<" or ">" or "", its length) for the HTML entity that `tail` ends with."""
    found = _ENTITY.search(tail) if tail.endswith(";") else None
    if found is None:
        return "", 0
    return ("<" if any(found.groups()) else ">"), len(found.group())
