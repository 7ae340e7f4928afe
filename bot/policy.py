"""The rules of the house about words: what is never painted, and what only where the platform calls a place adult."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from core.errors import BadInput, ConfigError, ContentRefused
from core.flags import parse_flags
from core.types import Plan

_REFUSED = "I do not paint that here; please ask for something else."
_ADULT_ONLY = "I paint that only in places that are marked as age-restricted."
# Scripts written without spaces: Thai to Khmer, kana, Chinese characters. A word there stands inside other letters.
_UNSPACED = (("\u0e00", "\u0eff"), ("\u1780", "\u17ff"), ("\u3040", "\u30ff"), ("\u3400", "\u9fff"))


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """[policy]: whole words or phrases, in any case."""

    refused_words: Sequence[str] = ()  # never painted
    adult_words: Sequence[str] = ()  # painted only where the platform says "age-restricted"

    def __post_init__(self) -> None:
        for name in ("refused_words", "adult_words"):
            for word in getattr(self, name):
                if not isinstance(word, str) or not _plain(word).strip():
                    raise ConfigError(f"[policy] {name} holds {word!r}, which is no word.")


class Policy:
    def __init__(self, settings: PolicySettings) -> None:
        self._refused = [_plain(word) for word in settings.refused_words]
        self._adult = [_plain(word) for word in settings.adult_words]

    def check_words(self, text: str, adult: bool) -> None:
        """What a person asks for; what follows `--no` may be anything. Raises `ContentRefused`."""
        with suppress(
            BadInput
        ):  # the answer says what is wrong with the flags; then all of the text counts
            text, _ = parse_flags(text)
        self._check([text], adult)

    def check_plan(self, plan: Plan, adult: bool) -> None:
        """What would be painted, whoever wrote the words. Raises `ContentRefused`."""
        prompts = (recipe.prompt for order in plan.orders for recipe in order.recipes)
        captions = (caption for order in plan.orders for caption in order.captions)
        self._check([*prompts, *captions], adult)

    def _check(self, texts: Iterable[str], adult: bool) -> None:
        for text in map(_plain, texts):
            if any(_is_in(word, text) for word in self._refused):
                raise ContentRefused("a refused word", _REFUSED)
            if not adult and any(_is_in(word, text) for word in self._adult):
                raise ContentRefused("an adult word in a place for everybody", _ADULT_ONLY)


def _plain(text: str) -> str:
    """The words in one case and form, one space before and after each; invisible characters are left out."""
    form = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = (c for c in form if unicodedata.category(c) != "Cf")
    letters = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in seen)
    return f" {' '.join(letters.split())} "


def _is_in(word: str, text: str) -> bool:
    bare = word.strip()
    is_unspaced = any(low <= c <= high for c in bare for low, high in _UNSPACED)
    return (bare if is_unspaced else word) in text
