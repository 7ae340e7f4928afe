"""Paints a job in as large batches as memory allows, and remembers how large that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from core.errors import OutOfMemory
from core.painting.recipe import Recipe, Source
from core.ports import Painter, StepReport

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BATCH = 8  # pictures


@runtime_checkable
class Frugal(Protocol):
    """A painter that can trade speed for memory."""

    def save_memory(self) -> bool:
        """True: it needs less from now on; False: it did so already."""
        ...


class BatchLadder:
    """Whole job, then half batches down to single pictures, then the painter's own saving; then `OutOfMemory`."""

    def __init__(self, painter: Painter) -> None:
        self._painter = painter
        self._budget: float | None = None  # pixels of a batch that fits; None: nothing failed yet

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> tuple[list[Image], str]:
        """The pictures in order, and what the user should know ("")."""
        images: list[Image] = []
        note = ""
        while len(images) < len(recipes):
            size = self._batch_size(recipes[0], len(recipes) - len(images))
            batch = slice(len(images), len(images) + size)
            report = _Share(len(images), size, len(recipes), on_step)
            try:
                images += self._painter.paint(recipes[batch], sources[batch], report)
                continue
            except OutOfMemory:
                if size == 1 and not self._save_memory():
                    raise
            note = _NOTE
            if size > 1:
                self._budget = size // 2 * _pixels(recipes[0])
        return images, note

    def _batch_size(self, recipe: Recipe, wanted: int) -> int:
        if self._budget is None:
            return min(wanted, MAX_BATCH)
        return max(1, min(wanted, MAX_BATCH, int(self._budget // _pixels(recipe))))

    def _save_memory(self) -> bool:
        return isinstance(self._painter, Frugal) and self._painter.save_memory()


_NOTE = "Memory was short, so this was painted in smaller portions and took longer."


def _pixels(recipe: Recipe) -> int:
    return recipe.width * recipe.height


class _Share:
    """Steps of one batch as steps of the whole job, in which each picture takes an equal part."""

    def __init__(
        self, before: int, size: int, total: int, on_step: Callable[[StepReport], None]
    ) -> None:
        self._before = before
        self._size = size
        self._total = total
        self._on_step = on_step

    def __call__(self, report: StepReport) -> None:
        done = self._before * report.steps + self._size * report.step
        step = max(1, done // self._total)
        if self._size < self._total:
            report = replace(report, step=step)
        self._on_step(report)
