"""Text that is safe to send to a terminal, whoever wrote it."""

from __future__ import annotations

import re

_SEQUENCES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # the short ones, such as ESC c (reset)
)
# What is left of them, and what changes the order of reading: C0 but tab and newline, DEL, C1, bidi controls.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NEWLINES = re.compile("\r\n|\r|\u2028|\u2029")
_SURROGATES = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """The text without escape sequences and control characters; newlines and tabs stay."""
    text = _SEQUENCES.sub("", _NEWLINES.sub("\n", text))
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def plain_line(text: str) -> str:
    """The same on one line, for captions and file names."""
    return " ".join(plain(text).split())


def plain_piece(text: str) -> str:
    """A piece of a stream: a sequence may be cut in two, so only the control characters go and its letters stay."""
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _NEWLINES.sub("\n", text)))
