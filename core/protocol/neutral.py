"""User text as data: no model and no parser can take a part of it for a tag, and it still reads the same."""

from __future__ import annotations

import re

from core.protocol.lexer import Lexer
from core.protocol.tokens import Calls, Tag

_MARKS = {"<": "‹", "＜": "‹", ">": "›", "＞": "›", "{": "｛", "}": "｝"}
_ENTITIES = re.compile(r"&(?:(lt|#60|#x3c)|gt|#62|#x3e);", re.I)
_TEMPLATE = re.compile(
    r"<(?=\|)|(?<=\|)>|<(?=/?s>)|<(?=(?:start|end)_of_turn>)|<(?=</?SYS>>)|\[(?=/?INST\])", re.I
)
"""The control tokens of common chat templates; a tokenizer would take them from anywhere."""


def neutralise(user_text: str) -> str:
    """The text with the brackets of its tags, tool calls and control tokens replaced by look-alikes.

    "<image>a cat</image>" becomes "‹image›a cat‹/image›". Text without such things is unchanged.
    """
    lexer = Lexer()
    tokens = [*lexer.feed(user_text), *lexer.close()]
    text = "".join(_blunt(t.raw) if isinstance(t, Tag | Calls) else t.raw for t in tokens)
    return _TEMPLATE.sub(
        lambda found: "［" if found.group() == "[" else _MARKS[found.group()], text
    )


def _blunt(raw: str) -> str:
    raw = _ENTITIES.sub(lambda found: "‹" if found.group(1) else "›", raw)
    return "".join(_MARKS.get(char, char) for char in raw)
