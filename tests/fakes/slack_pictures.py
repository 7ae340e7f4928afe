"""Turns, pictures and answers as a Slack card gets them."""

from __future__ import annotations

from collections.abc import Sequence

from core.painting.recipe import Recipe
from core.types import (
    Answer,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    Progress,
    Stage,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
    new_id,
)

THREAD = ThreadRef("slack", "T1", "C1", "1.0")
ANN = UserRef("slack", "T1:U1", "Ann")


def picture(
    number: int = 1,
    state: PictureState = PictureState.READY,
    caption: str = "a dog near a river",
    parent: Picture | None = None,
) -> Picture:
    recipe = Recipe("pocket", caption, 7, 8, 4.0, 256, 256)
    return Picture(
        new_id(), "conversation", number, "turn", "job", parent.id if parent else None,
        Verb.EDIT if parent else Verb.GENERATE, recipe, caption, state, "sha", 256, 256, 12.4,
    )  # fmt: skip


def answer(
    *said: str | Sequence[Picture], state: TurnState = TurnState.DONE, error: str = ""
) -> Answer:
    """Texts and batches of pictures, in the order shown."""
    parts: list[Part] = []
    pictures: list[Picture] = []
    for piece in said:
        if isinstance(piece, str):
            parts.append(TextPart(piece))
        else:
            parts.append(PicturesPart(tuple(p.id for p in piece), Verb.GENERATE, "job"))
            pictures += piece
    turn = Turn(
        new_id(), "conversation", "event", ANN, "a dog", state, parts=tuple(parts), error=error
    )
    return Answer(turn.id, THREAD, turn, tuple(pictures))


def files_of(answered: Answer) -> dict[str, str]:
    return {p.id: f"F{p.number}" for p in answered.pictures}


def progress(stage: Stage, **details: float) -> Progress:
    return Progress(THREAD, "turn", stage, **details)  # type: ignore[arg-type]
