"""Text of people and of LLMs as Slack's mrkdwn: escaped, so that it pings nobody, and cut where it may be cut.

Slack's rules: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re

FENCE = "```"
ELLIPSIS = "…"
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_FENCE_LANGUAGE = re.compile(r"^```[A-Za-z0-9_+-]*\n")
_PICTURE = re.compile(r"!\[([^\]\n]*)\]\([^)\s]*\)")
_LINK = re.compile(r"\[([^\]\n|]{1,300})\]\((https?://[^)\s|]{1,1000})\)")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_BULLET = re.compile(r"^([ \t]*)[-*+][ \t]+", re.MULTILINE)
_QUOTE = re.compile(r"^&gt;[ \t]?", re.MULTILINE)
_STRONG_MARK = "\x01"  # stands for mrkdwn's * until single * (Markdown's italic) are dealt with
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# What a cut must not go through: a link, an entity, a word, a run of spaces.
_ATOM = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|\s+|[^\s<&]+|.", re.DOTALL)


def escape(text: str) -> str:
    """The words themselves: nothing in them is a mention, a broadcast or a link."""
    text = _CONTROL.sub("", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def from_markdown(text: str) -> str:
    """Markdown as an LLM writes it, as mrkdwn; half-written Markdown does no harm."""
    text = escape(text)
    if text.count(FENCE) % 2:
        text += f"\n{FENCE}"
    pieces = _CODE.split(text)
    return "".join(_code(p) if i % 2 else _prose(p) for i, p in enumerate(pieces))


def clip(text: str, limit: int) -> str:
    """Plain text of at most `limit` characters, cut at a word's end and marked with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if text[limit - 1] != " " and " " in cut[limit // 2 :]:
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip() + ELLIPSIS


def escaped_clip(text: str, limit: int) -> str:
    """`clip`, then `escape`, with the escaped text within the limit as well."""
    size = limit
    while len(escaped := escape(clip(text, size))) > limit:
        size -= max(1, (len(escaped) - limit) // 4)
    return escaped


def pieces(text: str, limit: int) -> list[str]:
    """mrkdwn in pieces of at most `limit` characters, each with its code fences closed.

    Cut between paragraphs where that serves, else at a word's end. At least one piece, none empty but a lone first.
    """
    found: list[str] = []
    for block in _blocks(text, limit):
        if found and len(found[-1]) + 1 + len(block) <= limit:
            found[-1] += f"\n{block}"
        else:
            found.append(block)
    return found or [""]


def _code(text: str) -> str:
    return _FENCE_LANGUAGE.sub(f"{FENCE}\n", text)


def _prose(text: str) -> str:
    text = _PICTURE.sub(r"\1", text)
    text = _LINK.sub(r"<\2|\1>", text)
    text = _BULLET.sub(r"\1• ", text)
    text = _HEADING.sub(rf"{_STRONG_MARK}\1{_STRONG_MARK}", text)
    text = _STRONG.sub(rf"{_STRONG_MARK}\1{_STRONG_MARK}", text)
    text = _ITALIC.sub(r"_\1_", text)
    text = _STRUCK.sub(r"~\1~", text)
    text = _QUOTE.sub(">", text)
    return re.sub(f"{_STRONG_MARK}+", "*", text)


def _blocks(text: str, limit: int) -> list[str]:
    """Paragraphs' lines and whole code fences, in order, each within the limit."""
    parts = text.split(FENCE)
    found: list[str] = []
    for index, part in enumerate(parts):
        if index % 2:
            room = limit - 2 * len(FENCE) - 2
            body = [chunk.strip("\n") for chunk in _lines(part, room)]
            found += [f"{FENCE}\n{chunk}\n{FENCE}" for chunk in body if chunk.strip()]
        else:
            found += [line for line in _paragraphs(part, limit) if line.strip()]
    return found


def _paragraphs(text: str, limit: int) -> list[str]:
    found: list[str] = []
    for paragraph in re.split(r"\n(?=[ \t]*\n)", text):
        paragraph = paragraph.rstrip() if found else paragraph.strip("\n").rstrip()
        found += _lines(paragraph, limit)
    return found


def _lines(text: str, limit: int) -> list[str]:
    """`text` itself where it fits, else cut between lines, a long line between words, a long word anywhere."""
    if len(text) <= limit:
        return [text]
    found = [""]
    for line in text.splitlines(keepends=True):
        for atom in [line] if len(line) <= limit else _atoms(line, limit):
            if len(found[-1]) + len(atom) > limit:
                found.append(atom)
            else:
                found[-1] += atom
    return [piece.rstrip() for piece in found if piece.strip()]


def _atoms(line: str, limit: int) -> list[str]:
    atoms: list[str] = []
    for atom in _ATOM.findall(line):
        atoms += [atom[i : i + limit] for i in range(0, len(atom), limit)]
    return atoms
