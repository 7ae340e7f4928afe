"""A message cut into wishes, each read once for all rules."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.llm.offline import cues
from core.llm.offline.reading import Reading, read
from core.llm.offline.sources import Pointer, pointer_in, target_of
from core.llm.offline.tokens import words_of
from core.ports import Situation
from core.types import Action

_MESSAGE_CHARACTERS, _WISH_CHARACTERS = 4_000, 600  # what is read of one; rules take time
_END = re.compile(r"(?<=[.!?;])[\s\"”)]+|\n+|(?<=[a-z]{3}[.!?])(?=[A-Z])")
_THEN = re.compile(
    r"[,\s]+(?=(?:and )?(?:then|after that|afterwards|also)\b[,\s]+(?!again))"
    r"|[,\s]+and (?=(?:please )?(?:call|name) (?:it|him|her|them|this|that)\b)"
    r"|[,\s]+and (?=(?:make|turn|change|refine|vary|describe|select|pick"
    r"|show)\b[^.]*(?:picture|image|number|#) ?\d)"
    r"|(?:,\s*(?:and |but |so )?| (?:and|but|so) )(?=(?:could|can|would|will) (?:you|u|i)\b)",
    re.I,
)
_POLITE = re.compile(
    r"^(?:[\s,.!?:;-]|(?:hi|hello|hey|yo|hiya)(?: (?:there|easel|bot|again|you))?\b"
    r"|please\b|pls\b|plz\b|okay\b|ok\b"
    r"|k\b|now\b|so\b|well\b|and\b|then\b|also\b|next\b(?! one)|after that\b|afterwards\b"
    r"|no\b(?=,| (?:i|draw|paint|make|not|the|it|put|that|a)\b)|great\b|cool\b|nice\b"
    r"|good\b|perfect\b|thanks\b|thank you\b"
    r"|hm+\b|um+\b|uh+\b|oh\b|ah\b|wow\b|yes\b|yeah\b|yep\b|sorry\b|actually\b|maybe\b"
    r"|perhaps\b|just\b|first\b|but\b"
    r"|(?:could|can|would|will|cud|wud) (?:you|u|ya)\b(?: (?:maybe|please|pls|perhaps"
    r"|kindly|try to|help me))*"
    r"|i(?:'d| would) like (?:you|u) to\b|i (?:want|need|wish) (?:you|u) to\b"
    r"|do you think you (?:can|could)\b"
    r"|would you mind\b|is it possible to\b|let'?s\b|how about (?:you )?|what about\b"
    r"|try to\b|go ahead and\b)+",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one wish leads to: text and actions in order. A weak reply is dropped beside a strong one."""

    pieces: tuple[str | Action, ...]
    weak: bool = False

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(piece for piece in self.pieces if isinstance(piece, Action))


@dataclass(frozen=True, slots=True)
class Clause:
    """One wish of a message."""

    text: str  # as written
    low: str  # in small letters, without politeness
    rest: str  # `low` with "it" for the words that name a picture
    reading: Reading  # of `rest`
    situation: Situation
    pointer: Pointer | None = None
    knows_words: bool = True  # False: a painter that takes any words

    @property
    def target(self) -> int | None:
        return target_of(self.situation)

    @property
    def words(self) -> list[str]:
        return words_of(self.rest)

    @property
    def seed(self) -> str:
        """The same wish is answered in other words later in a conversation."""
        return f"{self.low}|{len(self.situation.pictures)}"

    @property
    def next_number(self) -> int:
        return max((note.number for note in self.situation.pictures), default=0) + 1


def clause_of(text: str, situation: Situation, knows_words: bool) -> Clause:
    low = impolite(text)
    pointer = pointer_in(low, situation)
    rest = pointer.rest if pointer else low
    reading = read(cues.CALLED.sub(" ", rest))
    return Clause(text, low, rest, reading, situation, pointer, knows_words)


def impolite(text: str) -> str:
    """Small letters, plain quotes, one line, without "hi, could you please" and closing marks."""
    plain = text.lower().translate(_PLAIN)
    plain = " ".join(plain.split()).strip(" .!?,;:")
    return _POLITE.sub("", plain, count=1).strip(" .!?,;:") or plain


_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-"})


def wishes(text: str) -> list[str]:
    """The message in pieces that may each ask for something: at most eight, none endless."""
    sentences = _END.split(text[:_MESSAGE_CHARACTERS])
    pieces = [part[:_WISH_CHARACTERS] for sentence in sentences for part in _THEN.split(sentence)]
    kept = [piece.strip() for piece in pieces if any(c.isalnum() for c in piece)]
    return kept[:8]
