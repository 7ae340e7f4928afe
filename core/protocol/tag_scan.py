"""Recognises the tags of the wire form in any spelling."""

from __future__ import annotations

import html
import re

from core.protocol.pieces import TAGS
from core.protocol.scan import OPENERS, Scan, Verdict, entity_at_end
from core.protocol.tokens import Tag, Token

_BEGINNINGS = frozenset(name[:length] for name in TAGS for length in range(1, len(name) + 1))
_MAX_HEAD_SPACES = 3
_MAX_REGION = 2_600  # characters between a tag's name and its end: room for a description
_ATTRIBUTE = re.compile(
    r"""([A-Za-z_][\w-]*+)\s*+=\s*+("[^"]*+"|'[^']*+'|“[^”]*+”|[^\s"'<>/,]++)"""
)
_ATTRIBUTES = re.compile(rf"(?:[\s,]*+(?:{_ATTRIBUTE.pattern}))*+")


class TagScan(Scan):
    """A tag of ours in any of its spellings: `<Image id=1>`, `< edit prev_id='2' >`, `&lt;/image&gt;`, `＜image＞`."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self._in_entity = first == "&"
        self._closing = False
        self._spaces = 0
        self._name = ""
        self._region_at = 0  # where the attributes begin; 0: still in the name
        self._quote = ""
        self._last = ""  # the last character that is not white space
        self._hidden_end = 0  # after the first ">" inside quotes, should they never close
        self._is_whole = False

    def step(self, char: str) -> Verdict:
        if self._in_entity:
            return self._step_entity(char)
        if not self._region_at:
            return self._step_head(char)
        return self._step_region(char)

    def _step_entity(self, char: str) -> Verdict:
        tail = self._tail.lower()
        if any(opener.startswith(tail) for opener in OPENERS):
            self._in_entity = char != ";"
            return Verdict.WAIT
        return Verdict.REJECT

    def _step_head(self, char: str) -> Verdict:
        if char.isascii() and (char.isalpha() or char == "_"):
            self._name += char.lower()
            return Verdict.WAIT if self._name in _BEGINNINGS else Verdict.REJECT
        if self._name:
            if self._name not in TAGS or not (char.isspace() or char in "/>＞<＜&:=\"',"):
                return Verdict.REJECT
            self._region_at = self.size - 1
            return self._step_region(char)
        if char == "/" and not self._closing:
            self._closing = True
            return Verdict.WAIT
        self._spaces += 1
        return (
            Verdict.WAIT if char in " \t" and self._spaces <= _MAX_HEAD_SPACES else Verdict.REJECT
        )

    def _step_region(self, char: str) -> Verdict:
        entity, width = entity_at_end(self._tail)
        if char in "<＜" or entity == "<":
            return self._cut(max(width, 1))
        if char in ">＞" or entity == ">":
            if not self._quote:
                self._is_whole = True
                return self._accept()
            self._hidden_end = self._hidden_end or self.size
        elif self._closing and not char.isspace() and not self._may_be_entity():
            return self._accept(without=1)
        elif self.size - self._region_at > _MAX_REGION:
            return self._cut(0)
        self._step_quote(char)
        return Verdict.WAIT

    def _step_quote(self, char: str) -> None:
        if self._quote:
            self._quote = "" if char == self._quote else self._quote
        elif char in "\"'" and self._last == "=":
            self._quote = char
        self._last = self._last if char.isspace() else char

    def _may_be_entity(self) -> bool:
        """In a closing tag only white space and the end may stand, and the end may be written `&gt;`."""
        start = self._tail.rfind("&")
        tail = self._tail[start:].lower() if start >= 0 else ""
        return bool(tail) and any(e.startswith(tail) for e in ("&gt;", "&#62;", "&#x3e;"))

    def _cut(self, without: int) -> Verdict:
        """The tag has no end; `token` looks how much of it is attributes."""
        return self._accept(without)

    def finish(self) -> Verdict:
        if self._region_at or self._name in TAGS:
            return self._cut(0)
        return Verdict.REJECT

    def token(self, raw: str) -> Token | None:
        region_at = self._region_at or len(raw)
        if not self._is_whole:
            self.end = self._end_of_broken(raw, region_at)
            raw = raw[: self.end]
        region = html.unescape(raw[region_at:]).rstrip(">＞ \t\r\n")
        if region.count('"') % 2:
            region = region.replace('"', "")  # <image id="1>
        self_closing = region.endswith("/")
        words = _ATTRIBUTE.sub(" ", region.removesuffix("/")).strip(" \t\r\n,:=\"'")
        if self._spaces and (words or not self._is_whole):
            return None  # "if a < name and b > 0"
        attributes = {key.lower(): value for key, value in _ATTRIBUTE.findall(region)}
        cleaned = {key: value.strip("\"'“” ") for key, value in attributes.items()}
        return Tag(raw, self._name, self._closing, self_closing, cleaned, words)

    def _end_of_broken(self, raw: str, region_at: int) -> int:
        if self._hidden_end:
            return self._hidden_end
        found = _ATTRIBUTES.match(raw, region_at)
        return region_at if self._closing or found is None else found.end()
