"""What the LLM wrote -> text for people and actions for the engine, in order, while it streams.

Three wire forms, freely mixed: tags (those of Mini-DALLE3, https://arxiv.org/abs/2310.07653 Figure 6, and of the third
prompt in its authors' repository), native tool calls, and tool calls written as text. Nothing a model writes raises,
and no tag of ours is ever shown.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from core.ports import ChatChunk, ToolCall
from core.protocol.actions import build_action, is_empty, is_number_only
from core.protocol.lexer import Lexer
from core.protocol.pieces import (
    PAINTING_VERBS,
    TAGS,
    ActionPiece,
    Dropped,
    Limits,
    Piece,
    TextPiece,
)
from core.protocol.thinking import ThinkingFilter
from core.protocol.tokens import Calls, Link, Tag, Text, Ticks, Token
from core.protocol.tools import read_calls, tool_action
from core.types import Action, Verb

_TAIL = 24
_HALF_TAG = re.compile(r"(?:[<＜]|&#?\w{0,4};?)[\s/]{0,4}\w{0,14}$")
_BODY_ROOM = 4  # a tag's body is held back up to so many times the length of a description


@dataclass
class _Open:
    """A tag whose end has not come yet."""

    tag: Tag
    body: list[str] = field(default_factory=list)
    size: int = 0
    ticks: str = ""  # what stood right before it
    has_calls: bool = False


class Parser:
    """Feed it one answer, close it once, and read `dropped`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.dropped: list[Dropped] = []
        self._limits = limits or Limits()
        self._thinking = ThinkingFilter()
        self._lexer = Lexer()
        self._out: list[Piece] = []
        self._said: list[str] = []  # text since the last action, not yet in `_out`
        self._tail = ""  # its last characters
        self._is_cut = False  # something was removed after them
        self._open: _Open | None = None
        self._ticks = ""  # backticks that may wrap an action: not shown until it is clear
        self._wrapped_in = 0  # so many such backticks were left out; so are the closing ones
        self._in_code = False
        self._in_fence = False
        self._literal: Counter[str] = Counter()  # open HTML tags that only look like ours
        self._actions = 0
        self._pictures = 0
        self._chars = 0

    def feed(self, chunk: ChatChunk) -> list[Piece]:
        if isinstance(chunk, ToolCall):
            self._end_text()
            self._call(chunk)
            return self._taken()
        room = self._limits.answer_chars - self._chars
        self._chars += len(chunk.text)
        if 0 <= room < len(chunk.text):
            self.dropped.append(Dropped(_TOO_LONG))
        text = self._thinking.feed(chunk.text[: max(0, room)])
        for token in self._lexer.feed(text):
            self._take(token)
        return self._taken()

    def close(self) -> list[Piece]:
        """The rest; what a broken-off answer left open counts as far as it goes."""
        self._end_text()
        return self._taken()

    def _end_text(self) -> None:
        for token in self._lexer.feed(self._thinking.close()):
            self._take(token)
        for token in self._lexer.close():
            self._take(token)
        self._finish(closed=False)
        self._release_ticks()
        self._lexer = Lexer()

    def _taken(self) -> list[Piece]:
        self._flush()
        pieces, self._out = self._out, []
        return pieces

    def _say(self, text: str) -> None:
        if not text:
            return
        if self._is_cut and _HALF_TAG.search(self._tail):
            text = f"…{text}"  # what stood around a removed thing must not become a tag
        self._is_cut = False
        self._tail = (self._tail + text)[-_TAIL:]
        self._said.append(text)

    def _flush(self) -> None:
        if self._said:
            self._out.append(TextPiece("".join(self._said)))
            self._said = []

    # -- tokens ---------------------------------------------------------------------------------------

    def _take(self, token: Token) -> None:
        match token:
            case Tag():
                self._take_tag(token)
            case Calls():
                self._take_calls(token)
            case _ if self._open is not None:
                self._hold(self._open, "" if isinstance(token, Link) else token.raw)
            case Ticks():
                self._take_ticks(token.raw)
            case Link():
                self._release_ticks()
                self._say(token.raw if self._in_fence else token.shown)
                self._is_cut = not self._in_fence
            case Text():
                self._release_ticks()
                self._say(token.raw)

    def _take_tag(self, tag: Tag) -> None:
        if self._is_plain(tag):
            if self._open is not None:
                self._hold(self._open, tag.raw)
                return
            self._literal[tag.name] += -1 if tag.closing else 1
            self._release_ticks()
            self._say(tag.raw)
        elif tag.closing:
            if self._open is None:
                self._release_ticks()
            self._is_cut = True
            self._finish(closed=True)  # whatever its name: the authors' prompt itself mixes them up
        else:
            self._is_cut = True
            self._finish(closed=False)
            self._open = _Open(tag, ticks=self._ticks)
            self._ticks = ""
            if tag.self_closing or (tag.name == "img" and "src" in tag.attributes):
                self._finish(closed=True)

    def _is_plain(self, tag: Tag) -> bool:
        """HTML and XML have some of our names: `<name>`, `<select><option>`, `<img src>` in code."""
        if tag.closing:
            return self._literal[tag.name] > 0
        if tag.name in ("name", "recipe"):
            return not tag.attributes
        in_fence = self._in_fence or self._ticks.startswith("```")
        return tag.name == "img" and "src" in tag.attributes and in_fence

    def _take_calls(self, token: Calls) -> None:
        if self._open is not None:
            if TAGS[self._open.tag.name] is not None:
                self._hold(self._open, token.raw)
                return
            self._open.has_calls = True
        self._is_cut = True
        self._unwrap(self._ticks)
        if not token.calls:
            self.dropped.append(Dropped(_BROKEN_CALL))
        for call in token.calls:
            self._call(call)

    def _take_ticks(self, raw: str) -> None:
        self._release_ticks()
        run = len(raw) - len(raw.lstrip("`"))
        if run == self._wrapped_in:
            self._wrapped_in = 0
            self._is_cut = True
            self._say(raw[run:])
            return
        self._ticks = raw
        if self._in_fence or self._in_code:  # these close: what follows is outside
            self._release_ticks()

    def _release_ticks(self) -> None:
        if self._ticks.startswith("```"):
            self._in_fence = not self._in_fence
        elif self._ticks:
            self._in_code = not self._in_code
        self._say(self._ticks)
        self._ticks = ""

    def _unwrap(self, ticks: str) -> None:
        """Leaves out the backticks before an action."""
        self._wrapped_in = len(ticks) - len(ticks.lstrip("`")) or self._wrapped_in
        self._ticks = ""

    # -- tags -----------------------------------------------------------------------------------------

    def _hold(self, opened: _Open, raw: str) -> None:
        opened.body.append(raw)
        opened.size += len(raw)
        if opened.tag.name == "select" and opened.size < 200:
            body = "".join(opened.body)
            if body.lstrip()[:4].lower() == "<opt":
                self._open = None
                self._literal["select"] += 1
                self._ticks = opened.ticks
                self._release_ticks()
                self._say(opened.tag.raw + body)
        elif opened.size > self._limits.description_chars * _BODY_ROOM:
            self._finish(closed=False)

    def _finish(self, closed: bool) -> None:
        opened, self._open = self._open, None
        if opened is None:
            return
        self._unwrap(opened.ticks)
        body, rest = "".join(opened.body), ""
        verb = TAGS[opened.tag.name]
        if verb is None:
            self._finish_wrapper(opened, body)
            return
        if opened.tag.name == "img" and "src" in opened.tag.attributes:
            return
        if not closed:
            body, rest = _split_unclosed(verb, opened.tag, body, self._limits)
        self._act(build_action(verb, opened.tag.attributes, body or opened.tag.words, self._limits))
        self._say(rest)

    def _finish_wrapper(self, opened: _Open, body: str) -> None:
        if opened.has_calls:
            return
        calls = read_calls(body)
        if not calls:
            self.dropped.append(Dropped(_BROKEN_CALL))
        for call in calls:
            self._call(call)

    # -- actions --------------------------------------------------------------------------------------

    def _call(self, call: ToolCall) -> None:
        action = tool_action(call, self._limits)
        if action is None:
            self.dropped.append(Dropped(_BROKEN_CALL))
        else:
            self._act(action)

    def _act(self, action: Action) -> None:
        limits = self._limits
        room = limits.pictures - self._pictures
        if is_empty(action):
            self.dropped.append(Dropped(_EMPTY, action))
        elif self._actions >= limits.actions:
            self._drop(f"One answer does at most {limits.actions} things.", action)
        elif action.verb in PAINTING_VERBS and room < action.count:
            if room > 0:
                self._emit(replace(action, count=room))
            self._drop(f"One answer paints at most {limits.pictures} pictures.", action)
        else:
            self._emit(action)

    def _drop(self, reason: str, action: Action) -> None:
        self.dropped.append(Dropped(reason, action))

    def _emit(self, action: Action) -> None:
        self._actions += 1
        self._pictures += action.count if action.verb in PAINTING_VERBS else 0
        self._flush()
        self._out.append(ActionPiece(action))


_TOO_LONG = "The answer was too long; its end was left out."
_BROKEN_CALL = "The model asked for something that could not be read."
_EMPTY = "The model asked for something without saying what."


def _split_unclosed(verb: Verb, tag: Tag, body: str, limits: Limits) -> tuple[str, str]:
    """A tag that never ends: its first line where that can be meant, and the rest, which is text."""
    stripped = body.lstrip()
    line = stripped.partition("\n")[0]
    rest = stripped[len(line) :]
    if verb in (Verb.GENERATE, Verb.EDIT):
        has_words = tag.words or any(key in tag.attributes for key in ("description", "prompt"))
        is_meant = not has_words
    elif verb is Verb.NAME:
        is_meant = len(line) <= limits.name_chars
    else:
        is_meant = is_number_only(line)
    return (line, rest) if is_meant else ("", body)
