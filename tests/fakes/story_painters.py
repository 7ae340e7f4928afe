"""Painters for stories: real pictures in no time, whatever the words."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PIL import Image

from core.painting.masks import opening
from core.painting.recipe import Recipe, Source
from core.painting.settings import PainterSettings
from core.ports import StepReport


class InstantPainter:
    """One colour a seed; of an edit's source what its region leaves."""

    step_s = 0.0

    def __init__(self, settings: PainterSettings) -> None:
        self.device, self.device_count = "cpu", 1

    def load(self) -> None:
        """There is nothing to load."""

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image.Image]:
        steps = recipes[0].steps
        for step in range(1, steps + 1):
            time.sleep(self.step_s)
            on_step(StepReport(step, steps))
        return [_painted(*pair) for pair in zip(recipes, sources, strict=True)]


class SlowPainter(InstantPainter):
    """A second or so a picture, in steps that can be cancelled."""

    step_s = 0.04


def _painted(recipe: Recipe, source: Source | None) -> Image.Image:
    image = Image.new("RGB", (recipe.width, recipe.height), (recipe.seed % 256, 90, 160))
    return opening(recipe, source).over(image) if recipe.region and source else image
