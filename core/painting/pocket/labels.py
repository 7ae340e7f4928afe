"""What a scene shows, as numbers that a classifier can learn and be asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.painting.pocket.vocabulary import BACKGROUNDS, COLORS, STYLES, THINGS, Scene

NOT_ASKED = -1

_POSITIONS = ("left", "center", "right")
CHOICES = {
    "background": len(BACKGROUNDS),
    "style": 1 + len(STYLES),
    "color": 1 + len(COLORS),
    "position": len(_POSITIONS),
    "count": 2,
}
"""An aspect of a scene besides its things, and how many answers there are. Sizes are not asked for."""

ASPECTS = ("thing", *CHOICES)


@dataclass(frozen=True, slots=True)
class Labels:
    """What is in each of N scenes, in the order of the vocabulary; what cannot be asked is -1.

    `things` is (N, 32), the others (N,). Style 0 is none and colour 0 the thing's own; colour and
    position are those of a lone thing, and the position runs from left over middle to right.
    """

    things: NDArray[np.bool_]
    background: NDArray[np.int64]
    style: NDArray[np.int64]
    color: NDArray[np.int64]
    position: NDArray[np.int64]

    @property
    def count(self) -> NDArray[np.int64]:
        """0 where one thing is shown, 1 where two are."""
        counts: NDArray[np.int64] = self.things.sum(axis=1) - 1
        return counts

    def choice(self, aspect: str) -> NDArray[np.int64]:
        """The answers (N,) for one of `CHOICES`."""
        answers: NDArray[np.int64] = getattr(self, aspect)
        return answers


LABELS = tuple(field.name for field in fields(Labels))


def label_scenes(scenes: list[Scene]) -> Labels:
    """What each scene should show."""
    names, places = list(THINGS), list(BACKGROUNDS)
    styles, colors = [None, *STYLES], [None, *COLORS]
    things = np.zeros((len(scenes), len(names)), np.bool_)
    for row, scene in zip(things, scenes, strict=True):
        for thing in scene.things:
            row[names.index(thing.name)] = True
    alone = [scene.things[0] if len(scene.things) == 1 else None for scene in scenes]
    return Labels(
        things,
        _numbers(places.index(scene.background or "plain") for scene in scenes),
        _numbers(styles.index(scene.style) for scene in scenes),
        _numbers(colors.index(thing.color) if thing else NOT_ASKED for thing in alone),
        _numbers(
            _POSITIONS.index(thing.position or "center") if thing else NOT_ASKED for thing in alone
        ),
    )


def _numbers(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
