"""How many pictures someone asks for, in figures or words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.llm.offline import cues
from core.llm.offline.lexicon import NUMBERS
from core.llm.offline.reading import read
from core.llm.offline.tokens import Token, tokens_of

MAX_PICTURES = 8  # of one action
_STICKER_SHEET = 2
_IDEAS = 4
_SPELLED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
_BEFORE_A_REFERENCE = frozenset({"picture", "number", "image", "pic", "no"})
_ENDS_A_COUNT = frozenset(
    {"a", "an", "the", "with", "and", "in", "on", "at", "year", "years", "old", "more"}
)
_PICTURES = re.compile(
    r"^(?:pictures|images|pics|photos|paintings|drawings|versions|variations|options|ideas|stickers|sketches"
    r"|illustrations|different|designs|examples|takes|portraits|times)$"
)


def count_of(text: str) -> int:
    """How many pictures the words ask for, 1..8."""
    return max(1, min(pictures_wanted(text), MAX_PICTURES))


def pictures_wanted(text: str) -> int:
    """As `count_of`, but as many as were said."""
    tokens = tokens_of(text)
    things = read(text).names  # a balloon that is held is none of them
    counts = [n for at in range(len(tokens)) if (n := _count_at(tokens, at, things)) > 1]
    if counts and (len(things) <= 1 or any(_PICTURES.match(token.text) for token in tokens)):
        return counts[0]
    if cues.STICKERS.search(text) and re.search(r"\bstickers\b", text):
        return _STICKER_SHEET
    return _IDEAS if cues.IDEAS.search(text) else 1


def spelled(count: int) -> str:
    """'three' for 3, up to eight."""
    return _SPELLED[count]


def _count_at(tokens: Sequence[Token], at: int, things: tuple[str, ...]) -> int:
    """The number said here if it counts pictures or one of the things, else 0."""
    said = tokens[at].text
    number = int(said[:4]) if said.isdigit() else NUMBERS.get(said, 0)
    if number < 2 or (at and tokens[at - 1].text in _BEFORE_A_REFERENCE):
        return 0
    for following in tokens[at + 1 : at + 6]:
        if following.name in things or _PICTURES.match(following.text):
            return number
        if following.text in _ENDS_A_COUNT:
            return 0
    return 0
