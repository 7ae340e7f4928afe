"""A turn -> a plan: the model thinks, the protocol reads it, the planner decides.

Knows no platform and no database; posts nothing, paints nothing. What can be decided without a model (buttons,
"exactly: ...") is.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Literal

from core.errors import LlmError
from core.flags import Flags, parse_flags
from core.planning import Kitchen, Planner
from core.ports import ChatChunk, ChatModel, ChatRequest, Situation, TextDelta
from core.preferences import Preferences
from core.prompt_adapter import exact_words
from core.prompts import PromptLibrary
from core.protocol import ActionPiece, Parser, Piece, TextPiece
from core.recipes import fresh
from core.references import pointed_at
from core.transcript import PictureBytes, chat_request, situation_of
from core.types import Action, ConversationView, Plan, Turn, Verb
from core.wish import asks_for_change, asks_for_picture, picture_words

OnText = Callable[[str], None]
NO_PREFERENCES = Preferences()
_ONE = re.compile(r"\b(?:one|single|1)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Thought:
    """What a model answered, in order, and how it ended."""

    pieces: tuple[Piece, ...]
    dropped: tuple[str, ...] = ()  # sentences: what was left out, and why
    error: LlmError | None = None  # it broke off or never came

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(p.action for p in self.pieces if isinstance(p, ActionPiece))


class Engine:
    def __init__(
        self,
        model: ChatModel,
        library: PromptLibrary,
        kitchen: Kitchen,
        picture_bytes: PictureBytes | None = None,
    ) -> None:
        self._model, self._library, self._kitchen = model, library, kitchen
        self._picture_bytes = picture_bytes

    async def plan(
        self,
        view: ConversationView,
        turn: Turn,
        on_text: OnText,
        preferences: Preferences = NO_PREFERENCES,
    ) -> Plan:
        """Everything the turn will say and paint; flags come before preferences.

        `on_text` hears the model's text as it arrives. Raises `BadInput` and, when the model is away and no picture
        was plainly asked for, `LlmError`.
        """
        words, flags = parse_flags(turn.press.text if turn.press else turn.text)
        turn = replace(turn, text="" if turn.press else words)
        situation = situation_of(view, turn)
        planner = Planner(self._kitchen_for(preferences), view, turn, situation, flags)
        if turn.press:
            await planner.press(replace(turn.press, text=words))
        elif (own := exact_words(words)) is not None or (flags.raw and words.strip()):
            wish = Action(Verb.GENERATE, text=own or words, count=_count(turn, preferences))
            await planner.act(wish, exact=True)
        else:
            count = _count(turn, preferences)
            await self._converse(planner, view, turn, situation, on_text, count)
        _mention_unknown(planner, flags)
        return planner.finish()

    async def _converse(
        self,
        planner: Planner,
        view: ConversationView,
        turn: Turn,
        situation: Situation,
        on_text: OnText,
        count: int,
    ) -> None:
        info, knows = self._model.info, self._kitchen.profile.knows
        request, use = await asyncio.to_thread(  # it may read pictures for a model that sees
            chat_request, view, turn, info, self._library, self._picture_bytes, knows
        )
        start = time.monotonic()
        thought = await self._think(request, on_text)
        planner.used(replace(use, seconds=time.monotonic() - start))
        thought = _as_many(_guarded(thought, turn, situation), count)
        for piece in thought.pieces:
            if isinstance(piece, TextPiece):
                planner.say(piece.text)
            else:
                await planner.act(piece.action)
        await _make_good(planner, thought, turn, count)

    def _kitchen_for(self, preferences: Preferences) -> Kitchen:
        """With the rewriting and the shape of new pictures that are preferred."""
        kitchen = self._kitchen
        if preferences.rewrite is not None:
            mode: Literal["auto", "off"] = "auto" if preferences.rewrite else "off"
            kitchen = replace(kitchen, adapter=kitchen.adapter.in_mode(mode))
        if preferences.aspect is not None:
            shape = fresh(kitchen.profile, "", 0, Flags(aspect=preferences.aspect))
            profile = replace(kitchen.profile, width=shape.width, height=shape.height)
            kitchen = replace(kitchen, profile=profile)
        return kitchen

    async def _think(self, request: ChatRequest, on_text: OnText) -> Thought:
        parser, pieces = Parser(), []
        error: LlmError | None = None
        try:
            async with aclosing(self._model.stream(request)) as chunks:
                async for chunk in chunks:
                    for piece in parser.feed(_encodable(chunk)):
                        pieces.append(piece)
                        if isinstance(piece, TextPiece):
                            on_text(piece.text)
        except LlmError as broken:
            error = broken
        for piece in parser.close():
            pieces.append(piece)
            if isinstance(piece, TextPiece):
                on_text(piece.text)
        return Thought(tuple(pieces), tuple(dict.fromkeys(d.reason for d in parser.dropped)), error)


def _encodable(chunk: ChatChunk) -> ChatChunk:
    """Without lone surrogates, which some models produce and no database or file can hold."""
    if isinstance(chunk, TextDelta):
        return TextDelta(chunk.text.encode("utf-8", "replace").decode())
    return replace(chunk, arguments=chunk.arguments.encode("utf-8", "replace").decode())


def _guarded(thought: Thought, turn: Turn, situation: Situation) -> Thought:
    """ "Make it night" answered with a new picture is turned into an edit of the picture at hand.

    Chat models forget the source; to people an unrelated picture is the worst answer there is.
    """
    target = pointed_at(situation) or situation.current
    one_new = [a.verb for a in thought.actions] == [Verb.GENERATE] and thought.actions[0].count == 1
    if not (one_new and target and asks_for_change(turn.text)):
        return thought
    pieces = tuple(
        ActionPiece(replace(p.action, verb=Verb.EDIT, picture=target))
        if isinstance(p, ActionPiece)
        else p
        for p in thought.pieces
    )
    return replace(thought, pieces=pieces)


def _count(turn: Turn, preferences: Preferences) -> int:
    """How many pictures a wish without a number means."""
    return 1 if _ONE.search(turn.text) else preferences.count


def _as_many(thought: Thought, count: int) -> Thought:
    """The one new picture of an answer as the preferred number of pictures."""
    is_one_new = [(a.verb, a.count) for a in thought.actions] == [(Verb.GENERATE, 1)]
    if not is_one_new:
        return thought
    pieces = tuple(
        ActionPiece(replace(p.action, count=count)) if isinstance(p, ActionPiece) else p
        for p in thought.pieces
    )
    return replace(thought, pieces=pieces)


async def _make_good(planner: Planner, thought: Thought, turn: Turn, count: int) -> None:
    """What the model left undone, made good in the open: broke off, was away, talked but did not paint."""
    if thought.dropped:
        planner.say(f"\n\n({' '.join(thought.dropped)})")
    if thought.error and thought.pieces:
        planner.say("\n\n(My language model broke off here.)")
    if thought.actions:
        return
    if thought.error and not thought.pieces:
        if not asks_for_picture(turn.text):
            raise thought.error
        planner.say(f"{thought.error.reply} Meanwhile I paint your words as they are.")
    elif not asks_for_picture(turn.text) or _answers_with_text(thought):
        return
    else:
        planner.say("\n\n(My language model painted nothing, so I take your words as they are.)")
    wish = Action(Verb.GENERATE, text=picture_words(turn.text), count=count)
    await planner.act(wish, exact=True)


def _answers_with_text(thought: Thought) -> bool:
    """True when the text reads as a real answer (a question back, a refusal), not as a promised picture."""
    text = "".join(p.text for p in thought.pieces if isinstance(p, TextPiece)).lower()
    promises = ("here is", "here's", "here are", "here you", "certainly", "of course", "sure")
    return bool(text.strip()) and not text.lstrip("! ").startswith(promises)


def _mention_unknown(planner: Planner, flags: Flags) -> None:
    if flags.unknown:
        planner.say(f"\n\n(I do not know {', '.join(flags.unknown)} and left it out.)")
