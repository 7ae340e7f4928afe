"""A painter that takes so long that there is time to stop it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from core.ports import StepReport
from tests.fakes.story_painters import InstantPainter

LOOKS = 600  # how often it asks whether to go on
PAUSE_S = 0.05


class PatientPainter(InstantPainter):
    """Half a minute a picture, unless it is told to stop."""

    def paint(self, *given: Any) -> list[Image.Image]:
        on_step: Callable[[StepReport], None] = given[-1]
        for _ in range(LOOKS):
            time.sleep(PAUSE_S)
            on_step(StepReport(1, 2))
        return super().paint(*given)
