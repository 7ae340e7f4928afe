"""A painter whose first picture fails."""

from __future__ import annotations

from typing import Any

from PIL import Image

from core.errors import PaintingError
from tests.fakes.story_painters import InstantPainter


class MoodyPainter(InstantPainter):
    """Breaks once, then paints like the others."""

    has_failed = False

    def paint(self, *given: Any) -> list[Image.Image]:
        if not MoodyPainter.has_failed:
            MoodyPainter.has_failed = True
            raise PaintingError("the brush is lost", "I lost my brush.")
        return super().paint(*given)
