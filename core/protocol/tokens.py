"""The parts that the lexer sees in an answer; every token keeps the characters it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.ports import ToolCall


@dataclass(frozen=True, slots=True)
class Text:
    raw: str


@dataclass(frozen=True, slots=True)
class Tag:
    """`words` is what stood among the attributes without being one: `<image a cat>`."""

    raw: str
    name: str
    closing: bool = False
    self_closing: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Calls:
    """JSON that calls our tools; none where it was broken beyond reading but plainly meant one."""

    raw: str
    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class Ticks:
    """A run of backticks; three or more with the language and the white space that follow."""

    raw: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link to a picture that Easel did not make; `shown` is what remains of it."""

    raw: str
    shown: str = ""


Token = Text | Tag | Calls | Ticks | Link
