"""The words of a text and what each stands for in the painter's vocabulary: slips, plurals and phrases too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from core.llm.offline.lexicon import (
    CHARMING,
    GRIPS,
    IGNORED,
    KINDS,
    NUMBERS,
    PHRASES,
    UNSHOWN,
    kind_of,
)
from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    POSITIONS,
    STYLES,
    SYNONYMS,
    THINGS,
)

_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_ENDING = re.compile(r"'(?:s|ll|d|re|ve|m|t)$")
_LONGEST_PHRASE = 5
_FULL_WORD = 60  # characters of a word looked at; longer ones are noise


@dataclass(frozen=True, slots=True)
class Token:
    """A word or phrase; `kind` is empty when it shows nothing, "unknown" when it might but is not known."""

    text: str
    kind: str = ""
    name: str = ""


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation; typographic apostrophes count as plain ones."""
    plain = text.lower().replace("’", "'").replace("‘", "'")
    return [word[:_FULL_WORD] for word in _WORD.findall(plain)]


def tokens_of(text: str) -> list[Token]:
    """The words of a text, phrases joined, each with what it stands for."""
    words, tokens, i = words_of(text), [], 0
    while i < len(words):
        token, used = _phrase_at(words, i) or (_word(words[i]), 1)
        tokens.append(token)
        i += used
    return _without_owners(_without_noise(tokens))


def _phrase_at(words: Sequence[str], start: int) -> tuple[Token, int] | None:
    phrases = _phrases()
    for length in range(min(_LONGEST_PHRASE, len(words) - start), 1, -1):
        text = " ".join(words[start : start + length])
        if text in phrases:
            kind, name = phrases[text]
            return Token(text, kind, name), length
    return None


@cache
def _phrases() -> dict[str, tuple[str, str]]:
    own = {
        phrase: ("background", name) for name, phrases in BACKGROUNDS.items() for phrase in phrases
    }
    own |= {phrase: ("position", name) for name, phrases in POSITIONS.items() for phrase in phrases}
    own |= PHRASES
    return {phrase: known for phrase, known in own.items() if " " in phrase}


def _word(word: str) -> Token:
    bare = _ENDING.sub("", word)
    if word in CHARMING or word in GRIPS:
        return Token(word)
    if word in IGNORED and bare not in ("left", "right", "center"):
        return Token(word)
    for form in (word, bare):
        if known := kind_of(form):
            return Token(word, *known)
    if known := _kind_of_parts(word):
        return Token(word, *known)
    if bare in CHARMING or word.isdigit() or bare in NUMBERS:
        return Token(word)
    if bare in UNSHOWN:
        return Token(word, "unshown")
    if bare in IGNORED:
        return Token(word)
    if meant := _misspelt(bare):
        known = kind_of(meant)
        return Token(word, *known) if known else Token(word)
    return Token(bare, "unknown")


def _kind_of_parts(word: str) -> tuple[str, str] | None:
    """A "super-dog" is a dog and "snow-covered" is of snow, but "jet-black" is no airplane."""
    *leading, last = word.split("-")
    known = [kind for part in leading if (kind := kind_of(part)) and kind[0] != "thing"]
    return (kind_of(last) or next(iter(known), None)) if leading else None


@cache
def _spellings() -> tuple[str, ...]:
    ours = [*THINGS, *BACKGROUNDS, *COLORS, *(near for near in SYNONYMS if len(near) >= 6)]
    ours += [style for style in STYLES if " " not in style]
    return tuple(dict.fromkeys([*ours, *(f"{thing}s" for thing in THINGS)]))


@lru_cache(maxsize=4096)
def _misspelt(word: str) -> str | None:
    """The known word one slip of the finger away; None when the word is short or a word of its own."""
    if word in KINDS or word.rstrip("s") in KINDS or not word.isalpha():
        return None
    near = [known for known in _spellings() if known[0] == word[0] and _one_slip(word, known)]
    return min(near, key=lambda known: (abs(len(known) - len(word)), known)) if near else None


def _one_slip(word: str, known: str) -> bool:
    if len(word) == len(known):
        wrong = [i for i in range(len(word)) if word[i] != known[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            i, j = wrong
            return word[i] == known[j] and word[j] == known[i]
        return len(wrong) == 1 and len(word) >= 6
    short, long = sorted((word, known), key=len)
    if len(long) != len(short) + 1 or len(short) < 5:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def _without_noise(tokens: list[Token]) -> list[Token]:
    """ "Dark blue" is no night, and "birthday cake" no cake beside a cake."""
    kept: list[Token] = []
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else Token("")
        if token.text in ("dark", "light", "deep", "bright") and following.kind == "color":
            continue
        if token.kind == "thing" and (following.kind, following.name) == ("thing", token.name):
            continue
        if token.text == "sky" and following.kind == "color":
            continue
        kept.append(token)
    return kept


def _without_owners(tokens: list[Token]) -> list[Token]:
    """ "The dog's house" and "a house for the dog" show a house."""
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "thing" and token.text.endswith("'s") and _thing_soon(tokens[i + 1 :]):
            i += 1
            continue
        kept.append(token)
        if token.kind == "thing" and token.name in ("house", "castle"):
            i += _owner_length(tokens[i + 1 :])
        i += 1
    return kept


def _thing_soon(tokens: Sequence[Token]) -> bool:
    return any(token.kind == "thing" for token in tokens[:3])


def _owner_length(tokens: Sequence[Token]) -> int:
    """How many tokens after "house" only say whose it is."""
    if not tokens or tokens[0].text not in ("of", "for"):
        return 0
    for i, token in enumerate(tokens[1:4], start=2):
        if token.kind == "thing":
            return i
        if token.kind:
            return 0
    return 0
