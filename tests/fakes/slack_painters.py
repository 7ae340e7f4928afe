"""A painter that leaves people time to change their mind."""

from __future__ import annotations

from tests.fakes.story_painters import InstantPainter

LEISURELY = f"{__name__}:LeisurelyPainter"


class LeisurelyPainter(InstantPainter):
    """Stops between two steps when it is asked to."""

    step_s = 3.0
