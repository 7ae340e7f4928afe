"""Recognises what is not an action but must not be shown as it stands: picture links, and backticks around actions."""

from __future__ import annotations

import re

from core.protocol.scan import Scan, Verdict, entity_at_end
from core.protocol.tokens import Link, Text, Ticks, Token

_MAX_TICKS = 64


class TickScan(Scan):
    def __init__(self, first: str) -> None:
        super().__init__(first)
        self._run = 1
        self._after = ""  # "", then "language", then "space"

    def step(self, char: str) -> Verdict:
        if self.size > _MAX_TICKS:
            return self._accept(without=1)
        if char == "`" and not self._after:
            self._run += 1
            return Verdict.WAIT
        if self._run >= 3:
            if char.isspace():
                self._after = "space"
                return Verdict.WAIT
            if self._after != "space" and (char.isalnum() or char in "_+-"):
                self._after = "language"
                return Verdict.WAIT
        return self._accept(without=1)

    def finish(self) -> Verdict:
        return self._accept()

    def token(self, raw: str) -> Token | None:
        return Ticks(raw)


_SCHEMES = ("http://", "https://", "sandbox:/", "data:image/")
_BEGINNINGS = frozenset(scheme[:size] for scheme in _SCHEMES for size in range(1, len(scheme)))
_PICTURE_URL = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|svg|avif|tiff?)(?:[?#]|$)", re.I)
_MAX_URL = 2_048
_URL_END = frozenset("<>＜＞\"'`{}[]|()*\\!")


def is_picture_url(url: str) -> bool:
    return url.lower().startswith(("sandbox:", "data:")) or _PICTURE_URL.search(url) is not None


class UrlScan(Scan):
    """A bare URL: kept as text, unless it leads to a picture."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self._scheme = first.lower()

    def step(self, char: str) -> Verdict:
        if self._scheme:
            self._scheme += char.lower()
            if self._scheme in _SCHEMES:
                self._scheme = ""
                return Verdict.WAIT
            return Verdict.WAIT if self._scheme in _BEGINNINGS else Verdict.REJECT
        entity, width = entity_at_end(self._tail)
        if entity == "<":
            return self._accept(without=width)
        if char.isspace() or char in _URL_END or self.size > _MAX_URL:
            return self._accept(without=1)
        return Verdict.WAIT

    def finish(self) -> Verdict:
        return Verdict.REJECT if self._scheme else self._accept()

    def token(self, raw: str) -> Token | None:
        url = raw.rstrip(".,;:?")
        if not is_picture_url(url):
            return Text(raw)
        self.end = len(url)
        return Link(url)


_MAX_ALT = 500


class MarkdownScan(Scan):
    """`![a cat](https://...)`, a picture that is not there; and `](https://.../cat.png)` of a plain link."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self._is_picture = first == "!"
        self._left = "[](" if self._is_picture else "("  # what must still come before the URL
        self._url_at = 0

    def step(self, char: str) -> Verdict:
        if self._left:
            return self._step_text(char)
        if char == ")":
            return self._accept()
        if char in "<＜([`!" or char == "\n" or self.size - self._url_at > _MAX_URL:
            return Verdict.REJECT
        return Verdict.WAIT

    def _step_text(self, char: str) -> Verdict:
        if char == self._left[0]:
            self._left = self._left[1:]
            self._url_at = self.size
            return Verdict.WAIT
        is_alt = self._left == "]("
        if not is_alt or char in "\n[<＜&`{" or self.size > _MAX_ALT:
            return Verdict.REJECT
        return Verdict.WAIT

    def finish(self) -> Verdict:
        return Verdict.REJECT if self._left else self._accept()

    def token(self, raw: str) -> Token | None:
        url = raw[self._url_at :].strip(" )")
        if self._is_picture:
            return Link(raw)
        return Link(raw, "]") if is_picture_url(url) else None
