"""Text made to fit: cut at word ends, split into messages, never inside a code fence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discord.utils import escape_markdown

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_FENCE_HEAD = re.compile(r"```(?:[\w+.#-]+(?=\n))?\n?")
_FENCE_END = "\n```"
_ENDS = ("\n\n", "\n", ". ", "! ", "? ", " ")  # where prose may be cut, the best first


def clip(text: str, limit: int) -> str:
    """One line of at most `limit` characters, cut at a word's end with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    at = line[:limit].rfind(" ")
    return f"{line[: at if at > limit // 2 else limit - 1]}…"


def plain(text: str, limit: int) -> str:
    """As `clip`, for other people's words inside ours: no Markdown of theirs takes effect."""
    size = limit
    while len(escaped := escape_markdown(clip(text, size))) > limit:
        size -= max(1, len(escaped) - limit)
        if size < 2:
            return ""
    return escaped


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, cut at sensible places; a code block that must be cut is closed and
    opened again. Empty text gives no piece.
    """
    pieces: list[str] = []
    for unit in _units(text.strip(), limit):
        if pieces and len(pieces[-1]) + len(unit) <= limit:
            pieces[-1] += unit
        elif pieces or unit.strip():
            pieces.append(unit if not pieces else unit.lstrip("\n"))
    return [piece.strip() for piece in pieces if piece.strip()]


def _units(text: str, limit: int) -> Iterator[str]:
    """The text in parts that are not cut any more: code blocks and paragraphs, smaller ones where they are too long."""
    start = 0
    for fence in _FENCE.finditer(text):
        yield from _prose(text[start : fence.start()], limit)
        yield from _code(_closed(fence[0]), limit)
        start = fence.end()
    yield from _prose(text[start:], limit)


def _prose(text: str, limit: int, ends: tuple[str, ...] = _ENDS) -> Iterator[str]:
    if len(text) <= limit and ends is not _ENDS:
        if text:
            yield text
        return
    if not ends:
        yield from (text[at : at + limit] for at in range(0, len(text), limit))
        return
    for part in re.split(f"(?<={re.escape(ends[0])})", text):
        yield from _prose(part, limit, ends[1:])


def _closed(fence: str) -> str:
    return fence if len(fence) >= 6 and fence.endswith("```") else f"{fence}{_FENCE_END}"


def _code(fence: str, limit: int) -> Iterator[str]:
    if len(fence) <= limit:
        yield fence
        return
    head_match = _FENCE_HEAD.match(fence)
    head = (head_match[0] if head_match else "```").rstrip("\n") + "\n"
    body = fence[head_match.end() if head_match else 3 : -3]
    room = limit - len(head) - len(_FENCE_END)
    for piece in _filled(_prose(body.strip("\n"), room, ("\n",)), room):
        yield f"{head}{piece.rstrip(chr(10))}{_FENCE_END}\n"


def _filled(parts: Iterator[str], room: int) -> Iterator[str]:
    """Neighbours joined as long as they fit."""
    full = ""
    for part in parts:
        if full and len(full) + len(part) > room:
            yield full
            full = ""
        full += part
    if full:
        yield full
