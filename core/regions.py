"""The parts of a picture that an edit can be limited to, by name: what buttons and menus offer, what recipes keep."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import BadInput

Box = tuple[float, float, float, float]  # left, top, right, bottom, each 0..1 of the side

BOXES: Mapping[str, Box] = {
    "top": (0.0, 0.0, 1.0, 0.5),
    "bottom": (0.0, 0.5, 1.0, 1.0),
    "left": (0.0, 0.0, 0.5, 1.0),
    "right": (0.5, 0.0, 1.0, 1.0),
    "middle": (0.25, 0.25, 0.75, 0.75),
}
MASK = "mask"  # where a picture that came along is white
NAMES = (*BOXES, MASK)

_PHRASES = {
    "top": "the top half",
    "bottom": "the bottom half",
    "left": "the left half",
    "right": "the right half",
    "middle": "the middle",
    MASK: "what the mask leaves open",
}


def check(name: str) -> str:
    """The name itself, or "" for the whole picture. Raises `BadInput` with the names there are."""
    if name and name not in NAMES:
        known = ", ".join(NAMES)
        raise BadInput(
            f"unknown region {name}", f"I know no part called “{name[:20]}”; I know {known}."
        )
    return name


def phrase(name: str) -> str:
    """ "the top half", for sentences."""
    return _PHRASES[name]
