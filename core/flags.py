"""Inline parameters such as `--n 4 --seed 7 --raw`: found anywhere in a message and taken out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import BadInput
from core.regions import BOXES

# Phones turn "--" into a typographic dash.
_FLAG = re.compile(r"(?:^|(?<=\s))(?:--|—|–)([a-z]+)\b", re.IGNORECASE)
_TAKES_NOTHING = ("raw",)
ASPECTS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "21:9")  # that forms offer for --ar
_KNOWN = ("n", "seed", "ar", "no", "strength", "part", "raw")
_GAPS = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Flags:
    """What the person fixed; None where nothing was said."""

    count: int | None = None  # --n 1..8
    seed: int | None = None  # --seed 0..2**32-1
    aspect: float | None = None  # --ar W:H, width over height, 1:4..4:1
    negative: str = ""  # --no words
    strength: float | None = None  # --strength 0..100, as 0..1
    region: str = ""  # --part top, bottom, left, right, middle: the part that an edit may change
    raw: bool = False  # --raw: my words, unchanged
    unknown: tuple[str, ...] = ()


def parse_flags(text: str) -> tuple[str, Flags]:
    """The text without its flags, and the flags.

    A known flag with a value that makes no sense raises `BadInput`; an unknown one is only listed.
    """
    matches = [m for m in _FLAG.finditer(text) if m[0].startswith("--") or m[1].lower() in _KNOWN]
    if not matches:
        return text, Flags()
    kept, values, unknown = [text[: matches[0].start()]], {}, []
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        rest = text[match.end() : following.start() if following else len(text)]
        name = match[1].lower()
        value, rest = _value_of(name, rest)
        kept.append(rest)
        if name in _KNOWN:
            values[name] = value
        else:
            unknown.append(match[0])
    return _GAPS.sub(" ", " ".join(kept)).strip(), _flags(values, tuple(unknown))


def _value_of(name: str, rest: str) -> tuple[str, str]:
    """The flag's value and the words after it: all words for --no, none for --raw, else one."""
    if name in _TAKES_NOTHING or name not in _KNOWN:
        return "", rest
    if name == "no":
        return rest.strip(), ""
    value, *after = rest.split(None, 1) or [""]
    return value, after[0] if after else ""


def _flags(values: dict[str, str], unknown: tuple[str, ...]) -> Flags:
    strength = _number(values, "strength", 0, 100)
    return Flags(
        count=_number(values, "n", 1, 8),
        seed=_number(values, "seed", 0, 2**32 - 1),
        aspect=_aspect(values["ar"]) if "ar" in values else None,
        negative=values.get("no", ""),
        strength=None if strength is None else strength / 100,
        region=_region(values["part"]) if "part" in values else "",
        raw="raw" in values,
        unknown=unknown,
    )


def _number(values: dict[str, str], name: str, low: int, high: int) -> int | None:
    if name not in values:
        return None
    text = values[name]
    if not (text.isascii() and text.isdigit() and low <= int(text[:12]) <= high):
        raise BadInput(f"--{name} takes a whole number from {low} to {high}, not “{text[:20]}”.")
    return int(text)


def _aspect(text: str) -> float:
    match = re.fullmatch(r"([1-9]\d{0,2})[:x]([1-9]\d{0,2})", text)
    aspect = int(match[1]) / int(match[2]) if match else 0.0
    if not 0.25 <= aspect <= 4:
        raise BadInput(f"--ar takes a shape from 1:4 to 4:1 such as 16:9, not “{text[:20]}”.")
    return aspect


def _region(text: str) -> str:
    if text.lower() not in BOXES:
        raise BadInput(
            f"--part takes a side or the middle ({', '.join(BOXES)}), not “{text[:20]}”."
        )
    return text.lower()
