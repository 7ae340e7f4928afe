"""Descriptions refined, varied and rewritten in the painter's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from random import Random
from zlib import crc32

from core.llm.offline.changes import changed
from core.llm.offline.phrasing import edited_words
from core.llm.offline.reading import outfit_refused, read, scene_of
from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    POSITIONS,
    SIZES,
    Scene,
    caption,
)

_TRIES = 40  # wordings looked at for each one wanted


def refined(description: str, count: int, knows_words: bool) -> list[str]:
    """`count` wordings of the same scene, the painter's usual one first; all different while wordings last."""
    scene = scene_of(description) if knows_words else None
    if scene is None:
        return _repeated(description, count)
    return _distinct(_wordings(scene, description), count)


def varied(description: str, count: int, knows_words: bool) -> list[str]:
    """`count` descriptions of the same idea; each leaves the scene by one thing that was not said."""
    scene = scene_of(description) if knows_words else None
    if scene is None:
        return _repeated(description, count)
    return _distinct(_neighbors(scene, description), count)


def rewritten(description: str, instruction: str, knows_words: bool) -> str:
    """The description after the instruction."""
    scene = scene_of(description) if knows_words else None
    if scene is None:
        return edited_words(description, instruction)
    return caption(changed(scene, instruction).scene)


def shortened(description: str) -> str:
    """What to tell people where the painter's words say less than the description; empty where they say it all."""
    reading = read(description)
    if not reading.things:
        return "My painter knows nothing of this, so the picture may show anything."
    scene = reading.scene()
    is_less = reading.unknown or reading.unshown or reading.crowded
    if not (is_less or any(map(outfit_refused, reading.things))):
        return ""
    return f"My painter knows few words, so I asked it for “{caption(scene)}”."


def _repeated(description: str, count: int) -> list[str]:
    return [" ".join(description.split())] * count


def _wordings(scene: Scene, seed: str) -> Iterator[str]:
    rng = Random(crc32(seed.encode()))
    yield caption(scene)
    while True:
        yield caption(scene, rng)


def _neighbors(scene: Scene, seed: str) -> Iterator[str]:
    """The scene with one open attribute filled in, in an order of its own for each description.

    Colour and style stay: another one would be another thing to the person who asked for more like it.
    """
    rng = Random(crc32(seed.encode()))
    first, rest = scene.things[0], scene.things[1:]
    options = [
        [replace(scene, things=(replace(first, position=p), *rest)) for p in POSITIONS]
        if first.position is None and not rest
        else [],
        [replace(scene, background=place) for place in BACKGROUNDS]
        if scene.background is None
        else [],
        [replace(scene, things=(replace(first, size=size), *rest)) for size in SIZES]
        if first.size is None
        else [],
    ]
    for group in options:
        rng.shuffle(group)
    while any(options):
        for group in options:
            if group:
                yield caption(group.pop())
    yield from _wordings(scene, seed)


def _distinct(texts: Iterator[str], count: int) -> list[str]:
    """The first `count` different texts; repeats only when there are no more."""
    seen = list(dict.fromkeys(islice(texts, count * _TRIES)))[:count]
    return [seen[i % len(seen)] for i in range(count)]
