"""Painters without a model for tests of the pool; a worker process imports them by name.

The prompt is a script: words with an optional `=value`, done in order at the first step.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from core.errors import ModelBroken, OutOfMemory, PaintingError, WorkerLost
from core.painting.recipe import Recipe, Source
from core.painting.settings import PainterSettings
from core.ports import StepReport


class ScriptedPainter:
    """Paints squares of one colour, the seed's.

    `wait=FILE`   goes on stepping until the file exists
    `hang`        never comes back
    `crash`       ends the process as kill -9 does
    `crash_unless=FILE`  the same, the first time
    `fail=WORDS`  raises PaintingError; `stray` raises KeyError; `device` raises WorkerLost
    `fits=N`      raises OutOfMemory for more than N pictures
    """

    def __init__(self, settings: PainterSettings) -> None:
        self.device = "cpu"
        self.device_count = 1

    def load(self) -> None:
        pass

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image.Image]:
        steps = recipes[0].steps
        for word in recipes[0].prompt.split():
            self._play(word, len(recipes), steps, on_step)
        for step in range(1, steps + 1):
            on_step(StepReport(step, steps, lambda: b"jpeg"))
        return [_square(recipe) for recipe in recipes]

    def _play(  # noqa: C901 - a list of words and what they do
        self, word: str, count: int, steps: int, on_step: Callable[[StepReport], None]
    ) -> None:
        name, _, value = word.partition("=")
        match name:
            case "wait":
                while not Path(value).exists():
                    on_step(StepReport(1, steps))
                    time.sleep(0.005)
            case "hang":
                on_step(StepReport(1, steps))
                time.sleep(3600)
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "crash_unless":
                if not Path(value).exists():
                    Path(value).touch()
                    os.kill(os.getpid(), signal.SIGKILL)
            case "fail":
                raise PaintingError("a test asked for it", value)
            case "stray":
                raise KeyError("a bug")
            case "device":
                raise WorkerLost("CUDA error: device-side assert triggered")
            case "fits" if count > int(value):
                raise OutOfMemory(f"{count} pictures do not fit")


class PairPainter(ScriptedPainter):
    """Claims the first of two CUDA devices, or the one it is told."""

    def __init__(self, settings: PainterSettings) -> None:
        super().__init__(settings)
        self.device = "cuda:0" if settings.device == "auto" else settings.device
        self.device_count = 2


class BrokenPainter(ScriptedPainter):
    def load(self) -> None:
        raise ModelBroken("The model folder X has no unet/diffusion_pytorch_model.safetensors.")


class HiccupPainter(ScriptedPainter):
    """Cannot load while the file that `model` names is missing, as without a network."""

    def __init__(self, settings: PainterSettings) -> None:
        super().__init__(settings)
        self._gate = Path(settings.model)

    def load(self) -> None:
        if not self._gate.exists():
            raise OSError("We couldn't connect to the hub")


class StillbornPainter(ScriptedPainter):
    def load(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def _square(recipe: Recipe) -> Image.Image:
    colour = (recipe.seed % 256, recipe.steps % 256, 0)
    return Image.new("RGB", (recipe.width, recipe.height), colour)
