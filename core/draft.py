"""A plan as it is being written: what is said, what is ordered, which numbers the new pictures get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from core import records
from core.errors import UnknownPicture
from core.painting.recipe import Recipe
from core.ports import Situation
from core.sketches import Sketch
from core.types import (
    Action,
    ConversationView,
    PaintOrder,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    Plan,
    PromptUse,
    TextPart,
    Turn,
    Verb,
    new_id,
)

CAPTION_CHARACTERS = 1000
_UNUSABLE = {
    PictureState.FAILED: "Picture {number} was never finished.",
    PictureState.CANCELLED: "Picture {number} was never finished.",
    PictureState.DELETED: "Picture {number} was deleted, so there is nothing left to work on.",
}


def is_usable(picture: Picture) -> bool:
    """True: it can be shown or started from, now or when it is painted."""
    return picture.state not in _UNUSABLE


def check_usable(picture: Picture) -> Picture:
    """The picture itself. Raises `UnknownPicture` where there is nothing to start from."""
    if not is_usable(picture):
        raise UnknownPicture(
            f"picture is {picture.state}", _UNUSABLE[picture.state].format(number=picture.number)
        )
    return picture


class Draft:
    def __init__(self, view: ConversationView, turn: Turn, current: str | None) -> None:
        """`current`: the picture to be current after the turn, unless it shows or paints others."""
        self._turn_id, self._conversation_id = turn.id, view.conversation.id
        self._current = current
        self._by_number = {p.number: p for p in view.pictures}
        self._by_id = {p.id: p for p in view.pictures}
        self._next = max(self._by_number, default=0) + 1
        self._aliases: dict[int, int] = {}  # the number an LLM announced -> the number given
        self._parts: list[Part] = []
        self._orders: list[PaintOrder] = []
        self._uses: list[PromptUse] = []
        self._names: dict[str, str] = {}
        self._notes: dict[str, None] = {}  # sentences about how it was done, each said once

    # -- the pictures ---------------------------------------------------------------------------------

    @property
    def by_id(self) -> Mapping[str, Picture]:
        """With those of this draft."""
        return self._by_id

    def picture(self, picture_id: str) -> Picture:
        """Raises `UnknownPicture`."""
        picture = self._by_id.get(picture_id)
        if picture is None:
            raise UnknownPicture("picture id unknown", "That picture is no longer here.")
        return picture

    def numbered(self, number: int | None) -> Picture | None:
        """Also by the number that the model announced for a picture of this draft."""
        return None if number is None else self._by_number.get(self._aliases.get(number, number))

    def batch_of(self, picture: Picture) -> list[Picture]:
        """Those painted in one job with it, in order, and itself."""
        return [p for p in self._by_number.values() if p.job_id == picture.job_id]

    def ancestors(self, picture: Picture) -> Iterator[Picture]:
        """Its parent, that one's parent, and so on."""
        parent = self._by_id.get(picture.parent_id or "")
        while parent is not None:
            yield parent
            parent = self._by_id.get(parent.parent_id or "")

    def situation(self, before: Situation) -> Situation:
        """The situation with the pictures this very answer has planned so far."""
        notes = [
            note
            for order in self._orders
            for note in records.notes([self._by_id[i] for i in order.picture_ids], self._by_id)
        ]
        if not notes:
            return before
        pictures = (*before.pictures, *notes)
        current = notes[-1].batch[0]
        return replace(before, pictures=pictures, current=current, reply_to=None, uploads=())

    # -- writing --------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Adds text at this place of the answer; joins the text before it."""
        if self._parts and isinstance(self._parts[-1], TextPart):
            self._parts[-1] = TextPart(self._parts[-1].text + text)
        elif text.strip():
            self._parts.append(TextPart(text))

    def say_apart(self, text: str) -> None:
        """As a paragraph of its own."""
        self.say(("\n\n" if self._parts else "") + text)

    def tell(self, text: str) -> None:
        """As a paragraph of its own, where text comes before it."""
        before = self._parts[-1] if self._parts else None
        if isinstance(before, TextPart):
            self._parts[-1] = TextPart(before.text.rstrip() + "\n\n")
        self.say(text)

    def begin(self, sentence: str) -> None:
        """Puts a sentence before everything, if there is a picture for it to speak of."""
        if any(isinstance(part, PicturesPart) for part in self._parts):
            self._parts.insert(0, TextPart(sentence))

    def note(self, sentence: str) -> None:
        """A remark for the end of the answer, said once."""
        self._notes[sentence] = None

    def used(self, use: PromptUse | None) -> None:
        if use is not None:
            self._uses.append(use)

    def name(self, name: str, picture: Picture) -> None:
        self._names[name] = picture.id

    def show(self, picture: Picture, verb: Verb) -> None:
        self._current = picture.id
        self._parts.append(PicturesPart((picture.id,), verb))

    def paint(self, action: Action, sketch: Sketch, source: Picture | None, size: int) -> None:
        """Orders the pictures in batches of at most `size`; each gets its number now."""
        first = len(self._orders)
        for start in range(0, len(sketch.recipes), size):
            batch = slice(start, start + size)
            self._order(action, Sketch(sketch.recipes[batch], sketch.captions[batch]), source)
        self._current = self._orders[first].picture_ids[0]

    def finish(self) -> Plan:
        """The plan; an answer that would be empty says so instead."""
        for note in self._notes:
            self.tell(f"({note})")
        if not self._parts:
            self.say(records.silence(self._names, self._by_id))
        parts = tuple(
            p for p in self._parts if not (isinstance(p, TextPart) and not p.text.strip())
        )
        return Plan(parts, tuple(self._orders), self._current, dict(self._names), tuple(self._uses))

    def _order(self, action: Action, sketch: Sketch, source: Picture | None) -> None:
        job_id = new_id()
        pictures = [
            self._add(action.verb, job_id, recipe, caption, source)
            for recipe, caption in zip(sketch.recipes, sketch.captions, strict=True)
        ]
        if action.number is not None:
            self._aliases.setdefault(action.number, pictures[0].number)
        ids = tuple(p.id for p in pictures)
        waits = source is not None and source.state is PictureState.PLANNED
        order = PaintOrder(
            job_id=job_id,
            verb=action.verb,
            picture_ids=ids,
            recipes=sketch.recipes,
            captions=tuple(p.caption for p in pictures),
            parent_id=source.id if source else None,
            after=source.job_id if source and waits else None,
        )
        self._orders.append(order)
        self._parts.append(PicturesPart(ids, action.verb, job_id))

    def _add(
        self, verb: Verb, job_id: str, recipe: Recipe, caption: str, source: Picture | None
    ) -> Picture:
        picture = Picture(
            id=new_id(),
            conversation_id=self._conversation_id,
            number=self._next,
            turn_id=self._turn_id,
            job_id=job_id,
            parent_id=source.id if source else None,
            verb=verb,
            recipe=recipe,
            caption=caption[:CAPTION_CHARACTERS] or recipe.prompt[:CAPTION_CHARACTERS],
            state=PictureState.PLANNED,
        )
        self._next += 1
        self._by_number[picture.number] = self._by_id[picture.id] = picture
        return picture
