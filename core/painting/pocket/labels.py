"""What a scene shows, as numbers that a classifier can learn and be asked for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD,
    POSES,
    SIZES,
    STYLES,
    THINGS,
    WORN,
    Scene,
    Thing,
)

NOT_ASKED = -1

_POSITIONS = ("left", "center", "right")
CHOICES = {
    "background": len(BACKGROUNDS),
    "style": 1 + len(STYLES),
    "color": 1 + len(COLORS),
    "position": len(_POSITIONS),
    "size": 1 + len(SIZES),
    "count": 2,
    "pose": 1 + len(POSES),
    "worn": 1 + len(WORN),
    "held": 1 + len(HELD),
}
"""An aspect of a scene besides its things, and how many answers there are."""

_ALTERATIONS = ("color", "pose", "worn", "held")  # what makes a thing look unlike itself

ASPECTS = ("thing", *CHOICES)

DIFFICULTIES = ("plain", "altered", "posed", "pair")
"""Scenes from those learned soonest to those learned last: a plain one shows one thing as it always is."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is in each of N scenes, in the order of the vocabulary; what cannot be asked is -1.

    `things` is (N, 66), the others (N,), of which all but background, style and count are those of a lone
    thing. 0 stands for none, its own colour, the usual size; the position runs from left to right.
    """

    things: NDArray[np.bool_]
    background: NDArray[np.int64]
    style: NDArray[np.int64]
    color: NDArray[np.int64]
    position: NDArray[np.int64]
    size: NDArray[np.int64]
    pose: NDArray[np.int64]
    worn: NDArray[np.int64]
    held: NDArray[np.int64]

    @property
    def count(self) -> NDArray[np.int64]:
        """0 where one thing is shown, 1 where two are."""
        counts: NDArray[np.int64] = self.things.sum(axis=1) - 1
        return counts

    @property
    def difficulty(self) -> NDArray[np.int64]:
        """What makes each scene (N,) hard to learn, an index of `DIFFICULTIES`."""
        plain: NDArray[np.bool_] = self.style == 0
        for aspect in _ALTERATIONS:
            plain = plain & (self.choice(aspect) == 0)
        difficulty = np.where(plain, 0, 1)
        difficulty[self.pose > 0] = DIFFICULTIES.index("posed")
        difficulty[self.count == 1] = DIFFICULTIES.index("pair")
        return difficulty

    def choice(self, aspect: str) -> NDArray[np.int64]:
        """The answers (N,) for one of `CHOICES`."""
        answers: NDArray[np.int64] = getattr(self, aspect)
        return answers


LABELS = tuple(field.name for field in fields(Labels))


def label_scenes(scenes: list[Scene]) -> Labels:
    """What each scene should show."""
    names, places = list(THINGS), list(BACKGROUNDS)
    things = np.zeros((len(scenes), len(names)), np.bool_)
    for row, scene in zip(things, scenes, strict=True):
        for thing in scene.things:
            row[names.index(thing.name)] = True
    return Labels(
        things,
        _numbers(places.index(scene.background or "plain") for scene in scenes),
        _numbers([None, *STYLES].index(scene.style) for scene in scenes),
        _of_lone(scenes, lambda thing: [None, *COLORS].index(thing.color)),
        _of_lone(scenes, lambda thing: _POSITIONS.index(thing.position or "center")),
        _of_lone(scenes, lambda thing: [None, *SIZES].index(thing.size)),
        _of_lone(scenes, lambda thing: [None, *POSES].index(thing.pose)),
        _of_lone(scenes, lambda thing: [None, *WORN].index(thing.worn)),
        _of_lone(scenes, lambda thing: [None, *HELD].index(thing.held)),
    )


def _of_lone(scenes: list[Scene], answer: Callable[[Thing], int]) -> NDArray[np.int64]:
    return _numbers(
        answer(scene.things[0]) if len(scene.things) == 1 else NOT_ASKED for scene in scenes
    )


def _numbers(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)
