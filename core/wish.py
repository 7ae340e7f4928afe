"""Whether words plainly ask for a picture, judged without any model: for when the model gives nothing usable."""

from __future__ import annotations

import re

_MAKE = r"(?:draw|paint|sketch|generate|create|imagine|illustrate|render|design)"
_PICTURE = (
    r"(?:picture|image|painting|drawing|photo|illustration|sticker|logo|icon|portrait|sketch)"
)
_ASKS = re.compile(
    rf"\b{_MAKE}\b.*\w|\b(?:show|make|give|want|need|like)\b.*\b{_PICTURE}s?\b", re.I | re.S
)
_LEAD = re.compile(
    rf"^\s*(?:(?:hi|hello|hey|please|now|ok|okay|great|so)\b[\s,!.]*)*"
    rf"(?:(?:can|could|would|will)\s+(?:you|i)\s+)?(?:please\s+)?(?:i(?:'d| would)?\s+(?:want|like|need)\s+)?"
    rf"(?:you\s+)?(?:to\s+)?(?:{_MAKE}|show|make|give|see|have)?\s*(?:me|us)?\s*"
    rf"(?:(?:an?|the|some)\s+{_PICTURE}s?\s+(?:of|with|showing)\s+)?",
    re.I,
)
_CHANGES = re.compile(
    r"^\W*(?:please\s+|now\s+|can you\s+|could you\s+)*"
    r"(?:(?:make|turn|change|put|move|paint|colou?r)\s+(?:it|this|that|the|him|her|them)\b"
    r"|(?:add|remove|replace|erase|delete|swap)\b)",
    re.I,
)


def asks_for_picture(text: str) -> bool:
    """True for "draw me a fox" and "I want a picture of a fox", not for a question or a chat."""
    return bool(_ASKS.search(text[:2000]))


def asks_for_change(text: str) -> bool:
    """True for "make it night", "remove the hat": words that mean the picture at hand."""
    return bool(_CHANGES.search(text[:2000]))


def picture_words(text: str) -> str:
    """What is to be seen: the text without "can you please draw me a picture of"."""
    words = _LEAD.sub("", text[:2000], count=1).strip(" \t\n.!?")
    return words or text.strip()
