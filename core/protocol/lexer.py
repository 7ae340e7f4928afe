"""An answer as it streams -> tokens: plain text, tags, tool calls, backticks and picture links.

The split does not depend on how the answer was cut into chunks, but for where text tokens end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.protocol.call_scan import JsonScan
from core.protocol.link_scans import MarkdownScan, TickScan, UrlScan
from core.protocol.scan import Scan, Verdict
from core.protocol.tag_scan import TagScan
from core.protocol.tokens import Text, Token

_STARTERS: dict[str, type[Scan]] = {
    **dict.fromkeys("<＜&", TagScan),
    **dict.fromkeys("{[", JsonScan),
    **dict.fromkeys("!]", MarkdownScan),
    **dict.fromkeys("hHsSdD", UrlScan),
    "`": TickScan,
}
_PLAIN = re.compile(rf"[^{re.escape(''.join(_STARTERS))}]+")


class Lexer:
    def __init__(self) -> None:
        self._text = ""  # what is not yet certain, and what was just fed
        self._start = 0  # where the running scan began
        self._at = 0
        self._scan: Scan | None = None
        self._no_json_before = 0

    def feed(self, chunk: str) -> Iterator[Token]:
        """Tokens that are certain by now; take them all before feeding again."""
        cut = self._start if self._scan else self._at
        self._text = self._text[cut:] + chunk
        self._start, self._at = 0, self._at - cut
        self._no_json_before = max(0, self._no_json_before - cut)
        yield from self._run()

    def close(self) -> Iterator[Token]:
        """The rest, now that nothing follows."""
        yield from self._run()
        while self._scan is not None:
            yield self._settle(self._scan, self._scan.finish())
            yield from self._run()

    def _run(self) -> Iterator[Token]:
        while self._at < len(self._text):
            scan = self._scan
            if scan is None:
                token = self._begin()
                if token:
                    yield token
                continue
            verdict = scan.push(self._text[self._at])
            self._at += 1
            if verdict is not Verdict.WAIT:
                yield self._settle(scan, verdict)

    def _begin(self) -> Token | None:
        plain = _PLAIN.match(self._text, self._at)
        if plain:
            self._at = plain.end()
            return Text(plain.group())
        char = self._text[self._at]
        kind = _STARTERS[char]
        self._at += 1
        if kind is JsonScan and self._at <= self._no_json_before:
            return Text(char)
        self._start, self._scan = self._at - 1, kind(char)
        return None

    def _settle(self, scan: Scan, verdict: Verdict) -> Token:
        token = None
        if verdict is Verdict.ACCEPT:
            token = scan.token(self._text[self._start : self._start + scan.end])
        if token is None and scan.once:
            self._no_json_before = self._start + scan.size
        self._at = self._start + (scan.end if token else 1)
        self._scan = None
        return token or Text(self._text[self._start])
