"""Turns, pictures and answers as a platform gets them, and what Discord would say to a card made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.painting.recipe import Recipe
from core.types import (
    Answer,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    Press,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
    new_id,
)

THREAD = ThreadRef("discord", "1", "2", "3")
ANN = UserRef("discord", "4", "Ann")


def picture(
    number: int,
    caption: str = "a red fox",
    state: PictureState = PictureState.READY,
    parent: Picture | None = None,
    verb: Verb = Verb.GENERATE,
) -> Picture:
    recipe = Recipe("pocket", caption, number, 8, 4.0, 256, 256)
    return Picture(
        new_id(), "conversation", number, new_id(), "job", parent.id if parent else None, verb,
        recipe, caption, state, "f" * 64, 256, 256, 12.3,
    )  # fmt: skip


def turn(
    *parts: Part,
    text: str = "a red fox",
    state: TurnState = TurnState.DONE,
    error: str = "",
    press: Press | None = None,
) -> Turn:
    return Turn(
        new_id(), "conversation", "event", ANN, text, state, press, parts=parts, error=error
    )  # fmt: skip


def answer(
    *parts: str | Sequence[Picture],
    state: TurnState = TurnState.DONE,
    error: str = "",
    known: Sequence[Picture] = (),
) -> Answer:
    """Texts and groups of pictures in the order said; `known`: pictures it names beside them."""
    said: list[Part] = []
    pictures = list(known)
    for part in parts:
        if isinstance(part, str):
            said.append(TextPart(part))
        else:
            said.append(PicturesPart(tuple(p.id for p in part), part[0].verb or Verb.GENERATE))
            pictures.extend(part)
    whole = turn(*said, state=state, error=error)
    return Answer(whole.id, THREAD, whole, tuple(pictures))


def every(components: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """All components of a message, also those inside others."""
    for component in components:
        yield component
        yield from every(component.get("components", ()))
