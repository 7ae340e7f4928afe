"""The ladder that a job climbs down when memory is short."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PIL import Image

from bot.pool.batches import MAX_BATCH, BatchLadder
from core.errors import OutOfMemory
from core.painting.recipe import Recipe, Source
from core.ports import StepReport


class CrampedPainter:
    """Has room for so many pictures, and for twice as many once it saves memory."""

    def __init__(self, room: float) -> None:
        self.room = room
        self.batches: list[int] = []
        self.is_saving = False

    def load(self) -> None:
        pass

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image.Image]:
        if len(recipes) > self.room:
            raise OutOfMemory("no room")
        self.batches.append(len(recipes))
        for step in (1, 2):
            on_step(StepReport(step, 2))
        return [Image.new("RGB", (8, 8), (recipe.seed, 0, 0)) for recipe in recipes]

    def save_memory(self) -> bool:
        if self.is_saving:
            return False
        self.is_saving, self.room = True, self.room * 2
        return True


def paint(ladder: BatchLadder, count: int) -> tuple[list[int], str, list[int]]:
    """(seeds in order, note, steps as reported)"""
    recipes = [Recipe("m", "", seed, 2, 1.0, 8, 8) for seed in range(count)]
    steps: list[int] = []
    images, note = ladder.paint(recipes, [None] * count, lambda report: steps.append(report.step))
    return [image.getpixel((0, 0))[0] for image in images], note, steps  # type: ignore[index]


def test_what_fits_is_painted_at_once_without_a_word() -> None:
    painter = CrampedPainter(room=8)

    seeds, note, steps = paint(BatchLadder(painter), 4)

    assert (seeds, note, steps, painter.batches) == ([0, 1, 2, 3], "", [1, 2], [4])


def test_what_does_not_fit_is_halved_in_order_and_remembered() -> None:
    painter = CrampedPainter(room=2)
    ladder = BatchLadder(painter)

    seeds, note, steps = paint(ladder, 5)
    again = paint(ladder, 4)

    assert seeds == [0, 1, 2, 3, 4]
    assert "Memory was short" in note and again[1] == ""
    assert painter.batches == [2, 2, 1, 2, 2]
    assert steps == sorted(steps) and max(steps) == 2


def test_the_last_rung_is_the_painters_own_saving_then_it_is_an_error() -> None:
    fits_then = BatchLadder(CrampedPainter(room=0.5))
    never_fits = BatchLadder(CrampedPainter(room=0.25))

    seeds, note, _ = paint(fits_then, 2)

    assert seeds == [0, 1] and note
    with pytest.raises(OutOfMemory):
        paint(never_fits, 2)


def test_large_jobs_are_painted_in_batches_of_bounded_size() -> None:
    painter = CrampedPainter(room=100)

    seeds, _, _ = paint(BatchLadder(painter), MAX_BATCH + 3)

    assert seeds == list(range(MAX_BATCH + 3))
    assert painter.batches == [MAX_BATCH, 3]
