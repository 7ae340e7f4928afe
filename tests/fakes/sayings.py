"""Messages and plans with only the interesting part spelled out."""

from __future__ import annotations

from core.painting.recipe import Recipe
from core.types import (
    Inbound,
    PaintOrder,
    PicturesPart,
    Plan,
    Press,
    TextPart,
    ThreadRef,
    UserRef,
    Verb,
    new_id,
)

ANN = UserRef("web", "ann", "Ann")


def thread(name: str = "t") -> ThreadRef:
    return ThreadRef("web", "w", "c", name)


def message(
    event_id: str, text: str = "a dog", place: str = "t", press: Press | None = None
) -> Inbound:
    return Inbound(event_id, thread(place), ANN, text, press=press)


def recipe(prompt: str = "a dog", seed: int = 1) -> Recipe:
    return Recipe("pocket", prompt, seed, steps=4, guidance=5.0, width=256, height=256)


def order(
    verb: Verb = Verb.GENERATE, count: int = 1, after: str | None = None, parent: str | None = None
) -> PaintOrder:
    return PaintOrder(
        new_id(),
        verb,
        tuple(new_id() for _ in range(count)),
        tuple(recipe(seed=seed) for seed in range(count)),
        tuple(f"dog {index}" for index in range(count)),
        parent_id=parent,
        after=after,
    )


def plan(*orders: PaintOrder, current_id: str | None = None) -> Plan:
    shown = [PicturesPart(o.picture_ids, o.verb, o.job_id) for o in orders]
    return Plan((TextPart("Here you are."), *shown), orders, current_id)
