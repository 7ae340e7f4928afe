"""Reads the pieces of a streamed completion and gathers tool calls; distrusts every field.

Compatible servers differ: all calls under index 0, no index at all, the name repeated in each piece, text as a list of
parts. What cannot be understood is skipped; `core/llm/openai_chat.py` notices an answer in which nothing was left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.ports import ChatChunk, TextDelta, ToolCall


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a tool call."""

    index: int | None
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Delta:
    text: str = ""
    is_thinking: bool = False  # the model reasons aloud: a sign of life, not part of the answer
    fragments: tuple[Fragment, ...] = ()
    finish: str = ""  # why the answer ended; empty: it goes on


def delta_of(chunk: object) -> Delta:
    """The first choice of one event of the stream; an empty `Delta` for anything else."""
    choices = getattr(chunk, "choices", None)
    if not isinstance(choices, list) or not choices:
        return Delta()
    piece = getattr(choices[0], "delta", None)
    calls = getattr(piece, "tool_calls", None)
    return Delta(
        text=_text_of(getattr(piece, "content", None)) or _string(piece, "refusal"),
        is_thinking=bool(_string(piece, "reasoning_content") or _string(piece, "reasoning")),
        fragments=tuple(map(_fragment_of, calls)) if isinstance(calls, list) else (),
        finish=_string(choices[0], "finish_reason"),
    )


def _string(holder: object, name: str) -> str:
    value = getattr(holder, name, None)
    return value if isinstance(value, str) else ""


def _text_of(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))


def _fragment_of(call: object) -> Fragment:
    index = getattr(call, "index", None)
    function = getattr(call, "function", None)
    return Fragment(
        index=index if isinstance(index, int) else None,
        id=_string(call, "id"),
        name=_string(function, "name"),
        arguments=_string(function, "arguments"),
    )


@dataclass(slots=True)
class Gatherer:
    """Turns deltas into chunks: text at once, a tool call when its last piece is in, both in the order sent."""

    size: int = 0  # characters so far
    has_answer: bool = False  # anything but white space came
    _index: int | None = None
    _id: str = ""
    _name: str = ""
    _arguments: list[str] = field(default_factory=list)

    def feed(self, delta: Delta) -> Iterator[ChatChunk]:
        if delta.text:
            if delta.text.strip():
                yield from self.flush()
                self.has_answer = True
            self.size += len(delta.text)
            yield TextDelta(delta.text)
        for fragment in delta.fragments:
            if self._begins_anew(fragment):
                yield from self.flush()
            self._take(fragment)

    def flush(self) -> Iterator[ChatChunk]:
        """The call that was being gathered, if any."""
        if self._name:
            self.has_answer = True
            yield ToolCall(self._name, "".join(self._arguments))
        self._index, self._id, self._name = None, "", ""
        self._arguments.clear()

    def _begins_anew(self, fragment: Fragment) -> bool:
        other_index = fragment.index is not None and fragment.index != self._index
        other_id = bool(fragment.id and self._id) and fragment.id != self._id
        unnumbered = fragment.index is None and not fragment.id and bool(fragment.name)
        return other_index or other_id or unnumbered

    def _take(self, fragment: Fragment) -> None:
        if fragment.index is not None:
            self._index = fragment.index
        self._id = self._id or fragment.id
        self._name = self._name or fragment.name
        if self._name:
            self._arguments.append(fragment.arguments)
        self.size += len(fragment.arguments)
