"""Descriptions in the person's own words, for painters that take any: only the asking is taken away."""

from __future__ import annotations

import re

from core.llm.offline.clauses import impolite

_ASKING = re.compile(
    r"^(?:(?:draw|paint|sketch|generate|create|imagine|illustrate|render|design|produce"
    r"|show|give|make|get|do|send|bring)\b"
    r"|(?:i|we)(?:'d| would)? (?:want|need|like|love|wish)(?: to (?:see|have|get))?\b"
    r"|(?:can|could|may) (?:i|we) (?:see|have|get)\b|let me see\b|me\b|us\b|up\b|for me\b"
    r"|(?:an?|the|some|\d+|one|two|three|four|five|six|seven|eight|few"
    r"|several)? ?(?:pictures?|images?|paintings?|drawings?|photos?|pics?|illustrations?"
    r"|versions?|ideas?|options?) (?:of|with|showing|for)\b"
    r"|something like\b|please\b|what (?:would|does|do|might|could)\b|how (?:would|does|do"
    r"|might|could)\b|\s)+",
    re.I,
)
_CLOSING = re.compile(
    r"(?:[\s,]+(?:please|pls|plz|for me|thanks|thank you|look like|looks like|if you can|now))+$",
    re.I,
)
_MAKING = re.compile(
    r"^(?:(?:make|paint|draw|turn|change|put|set|move|show|have|let|render|convert"
    r"|transform|place)(?: (?:it|him|her|this|that|them))?(?: (?:to be|into|to|look|be|as"
    r"|like it is|so it is))?\b"
    r"|it(?:'s| is)?\b|but\b|and\b|now\b|with it\b|in it\b|\s)+",
    re.I,
)
_PLACES = re.compile(
    r"^(?:in|on|at|under|near|by|with|without|as|next to|beside|behind|during|inside|over"
    r"|wearing|holding|from)\b",
    re.I,
)
_SWAP = re.compile(
    r"(?:replace|swap|change|turn|exchange) (?:the |an? )?(?P<old>.+?) (?:with|by|for|into"
    r"|to) (?P<new>.+)|(?P<new2>.+?) instead of (?:the |an? )?(?P<old2>.+)",
    re.I,
)
_REMOVE = re.compile(
    r"\b(?:remove|delete|erase|without|no|lose|drop|get rid of)(?: the| an?)? (?P<what>.+)", re.I
)


def own_words(text: str) -> str:
    """The text without "can you please draw me a picture of"; empty when nothing else was said."""
    plain = " ".join(text.split()).strip(" .!?,;:")
    skipped = len(plain) - len(impolite(text)) if plain.lower().endswith(impolite(text)) else 0
    words = _CLOSING.sub("", _ASKING.sub("", plain[skipped:]))
    return words.strip(" .!?,;:")


def edited_words(description: str, instruction: str) -> str:
    """The old description with the instruction worked in: exchanged, taken out, or added at the end."""
    instruction = instruction.strip(" .!?,;:")
    if (swap := _SWAP.search(instruction)) and (text := _swapped(description, swap)):
        return text
    if (gone := _REMOVE.search(instruction)) and (text := _removed(description, gone["what"])):
        return text
    change = _CLOSING.sub("", _MAKING.sub("", instruction)).strip(" .!?,;:")
    if not change:
        return description
    change = re.sub(r"^(?:add(?:ing)?|give(?: it| him| her| them)?)\b", "with", change, flags=re.I)
    if not description:
        return change
    return f"{description} {change}" if _PLACES.match(change) else f"{description}, {change}"


def _swapped(description: str, swap: re.Match[str]) -> str | None:
    old, new = swap["old"] or swap["old2"], swap["new"] or swap["new2"]
    new = re.sub(r"^(?:the|an?|make it|use|put|draw|paint)\s+", "", new.strip(" ,"), flags=re.I)
    article = re.compile(rf"\b(?:an? )?{re.escape(old.strip())}\b", re.I)
    match = article.search(description)
    if match is None:
        return None
    if match[0].lower().startswith(("a ", "an ")):
        new = f"{'an' if new[:1].lower() in 'aeiou' else 'a'} {new}"
    return f"{description[: match.start()]}{new}{description[match.end() :]}"


def _removed(description: str, what: str) -> str | None:
    """The description without the words and what tied them to the rest; None when they are not in it."""
    tie = (
        r"(?:\s*,\s*|\s+)"
        r"(?:(?:and|with|in|on|at|near|by|beside|next to|wearing|under)\s+)?(?:the |an? )?"
    )
    text = re.sub(rf"{tie}{re.escape(what.strip())}\b", "", description, count=1, flags=re.I)
    return text if text != description and text.strip() else None
