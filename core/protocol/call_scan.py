"""Recognises tool calls that a model wrote as JSON into its text."""

from __future__ import annotations

import re

from core.protocol.scan import Scan, Verdict
from core.protocol.tokens import Calls, Token
from core.protocol.tools import MAX_DEPTH, read_calls

_CALL_STARTS = tuple(
    start + f'{{"{key}"'
    for start in ("", "[")
    for key in ("name", "arguments", "parameters", "function", "tool", "tool_name", "action", "type",
                "id", "tool_calls")
)  # fmt: skip
_BEGINNINGS = frozenset(start[:size] for start in _CALL_STARTS for size in range(1, len(start) + 1))
_MAX_JSON = 8_192
_MAX_JSON_SPACES = 64


class JsonScan(Scan):
    """A tool call written as JSON; everything else in braces is rejected as early as its first key."""

    once = True

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self._seen = first  # without white space, until the first key is complete
        self._spaces = 0
        self._matched = False
        self._closers = ["}" if first == "{" else "]"]
        self._quote = ""
        self._escaped = False
        self._missing = ""  # what would close it where the answer ends too early

    def step(self, char: str) -> Verdict:
        if not self._matched and not self._step_start(char):
            return Verdict.REJECT
        if self.size > _MAX_JSON:
            return Verdict.REJECT
        return self._step_body(char)

    def _step_start(self, char: str) -> bool:
        if char.isspace():
            self._spaces += 1
            return self._spaces <= _MAX_JSON_SPACES
        self._seen += '"' if char == "'" else char
        self._matched = self._seen in _CALL_STARTS
        return self._seen in _BEGINNINGS

    def _step_body(self, char: str) -> Verdict:
        if self._quote:
            if self._escaped or char == "\\":
                self._escaped = not self._escaped
            elif char == self._quote:
                self._quote = ""
        elif char == '"' or (char == "'" and self._tail[-2:-1] in (" ", ":", ",", "[", "{")):
            self._quote = char
        elif char in "{[":
            self._closers.append("}" if char == "{" else "]")
            return Verdict.WAIT if len(self._closers) <= MAX_DEPTH else Verdict.REJECT
        elif char in "}]":
            if self._closers.pop() != char:
                return Verdict.REJECT
            return Verdict.WAIT if self._closers else self._accept()
        return Verdict.WAIT

    def finish(self) -> Verdict:
        if not self._matched:
            return Verdict.REJECT
        self._missing = self._quote + "".join(reversed(self._closers))
        return self._accept()

    def token(self, raw: str) -> Token | None:
        calls = read_calls(raw + self._missing)
        if calls or (self._missing and re.search(r"[\"'](?:arguments|parameters)[\"']\s*:", raw)):
            return Calls(raw, calls)
        return None
