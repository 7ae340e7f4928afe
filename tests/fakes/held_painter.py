"""A painter that waits half way, until the test lets it go on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL.Image import Image

from core.painting.recipe import Recipe, Source
from core.ports import StepReport
from tests.fakes.story_painters import InstantPainter

VARIABLE = "EASEL_TEST_GATE"  # the file that opens the gate
PAINTER = "tests.fakes.held_painter:HeldPainter"


class Gate:
    """Set it before the worker process starts: `monkeypatch.setenv(VARIABLE, str(gate.path))`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gate"

    def open(self) -> None:
        self.path.touch()


class HeldPainter(InstantPainter):
    """Can be cancelled while it waits."""

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image]:
        gate = Path(os.environ[VARIABLE])
        while not gate.exists():
            on_step(StepReport(1, recipes[0].steps))
            time.sleep(0.01)
        return super().paint(recipes, sources, on_step)
