"""From a tag or a tool's arguments to an `Action`: lenient with spelling, strict with ranges."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from core.protocol.pieces import Limits
from core.types import Action, Verb

_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,200}>|</?[A-Za-z_]*$")
_NOT_WORDS = re.compile(r"[<>＜＞\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "«": "»"}
_NUMBER = re.compile(r"\d{1,6}")
_ONLY_NUMBER = re.compile(
    r"(?:the\s)?(?:image|img|picture|pic|number|no|id)?[\s_#.:=-]{0,3}(\d{1,6})[.\s]?", re.I
)
_SOURCE_KEYS = (
    "prev_id", "source_id", "of", "source", "from", "to_id", "to", "image_id", "picture_id",
    "prev", "src_id", "parent", "picture",
)  # fmt: skip
_TEXT_KEYS = ("description", "prompt", "text", "caption")
_COUNT_KEYS = ("n", "count", "num", "amount")


def clean_description(text: str, limit: int) -> str:
    """Plain words on one line, without markup, entities or wrapping quotes, at most `limit` characters."""
    text = html.unescape(text[: limit * 2])
    text = " ".join(_NOT_WORDS.sub("", _MARKUP.sub(" ", text)).split())
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    if len(text) <= limit:
        return text
    return text[:limit].rpartition(" ")[0] or text[:limit]


def picture_number(value: object) -> int | None:
    """4 from 4, "4", "#4", "img_4" or "Image 4"; None where no number from 1 on is in it."""
    found = _NUMBER.search(str(value)) if value is not None else None
    return int(found.group()) or None if found else None


def is_number_only(text: str) -> bool:
    return _ONLY_NUMBER.fullmatch(text.strip()) is not None


def build_action(verb: Verb, fields: Mapping[str, str], body: str, limits: Limits) -> Action:
    """The action meant by a tag's attributes or a tool's arguments (`fields`) and a tag's body."""
    text = clean_description(body or _first(fields, _TEXT_KEYS), limits.description_chars)
    number = picture_number(fields.get("id"))
    source = next((n for key in _SOURCE_KEYS if (n := picture_number(fields.get(key)))), None)
    if verb is Verb.GENERATE and source is not None:
        verb = Verb.EDIT  # only an edit has a picture that it comes from
    if verb not in (Verb.GENERATE, Verb.EDIT):
        text, source, number = _pointing(verb, text, source, number)
    if verb is Verb.NAME:
        text = clean_description(text or fields.get("name", ""), limits.name_chars)
    return Action(
        verb=verb,
        text=text,
        instruction=clean_description(fields.get("instruction", ""), limits.description_chars),
        picture=source,
        number=number,
        count=_count(fields) if verb in (Verb.GENERATE, Verb.VARY) else 1,
        strength=_strength(fields.get("strength")),
    )


def is_empty(action: Action) -> bool:
    """True for an action that says nothing: no description, no name, no picture to select."""
    match action.verb:
        case Verb.GENERATE | Verb.NAME:
            return not action.text
        case Verb.EDIT:
            return not action.text and not action.instruction
        case Verb.SELECT:
            return action.picture is None and not action.text
        case _:
            return False


def _pointing(
    verb: Verb, text: str, source: int | None, number: int | None
) -> tuple[str, int | None, int | None]:
    """The body may be the picture's number (`<select id="4"> 2 </select>`), or `id` may."""
    if source is None and is_number_only(text):
        source, text = picture_number(text), ""
    makes_picture = verb in (Verb.VARY, Verb.REFINE)
    if source is None and not (makes_picture and text):
        source, number = number, None
    return ("" if verb in (Verb.DESCRIBE, Verb.DETAILS) else text), source, number


def _first(fields: Mapping[str, str], keys: tuple[str, ...]) -> str:
    return next((fields[key] for key in keys if fields.get(key)), "")


def _count(fields: Mapping[str, str]) -> int:
    return max(1, picture_number(_first(fields, _COUNT_KEYS)) or 1)


def _strength(value: str | None) -> float | None:
    """0..1; models also write percent ("60%", "60")."""
    try:
        strength = float(value.strip().rstrip("%")) if value else None
    except ValueError:
        return None
    if strength is None or not 0 <= strength <= 100:
        return None
    return strength / 100 if strength > 1 else strength
