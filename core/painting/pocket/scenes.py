"""Captioned scenes without any outside data set: composed at random, or drawn as asked."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from core.painting.pocket.backgrounds import WITHOUT_GROUND, paint_background
from core.painting.pocket.sprites import (
    CELL_PX,
    SIDE_CELLS,
    SIDE_PX,
    Sprite,
    covered_cells,
    thing_sprite,
)
from core.painting.pocket.styles import apply_style
from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD,
    POSES,
    STYLES,
    THINGS,
    WEARERS,
    WORN,
    Scene,
    Thing,
    caption,
)

_CELLS = {"small": 6, None: 9, "big": 12}  # a lone thing's box
_BESIDE_CELLS = 3  # for what a thing on the left or right holds
_PAIR_CELLS = 6
_PAIR_BIG_CELLS = 9
_FLIGHT_ROWS = 3
_GROUND_ROW = 14  # things stand on this row's upper edge
_STYLED_SHARE = 0.25
_PAIR_SHARE = 0.22
_TINT_SHARE = 0.2
_POSED_SHARE = 0.15
_WORN_SHARE = 0.15  # of those who can
_HELD_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Box:
    """Where a thing's square box lies, in cells."""

    column: int
    row: int
    cells: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn scene: 256 x 256 RGB, its caption, and which of the (16, 16) cells its things cover."""

    image: Image.Image
    caption: str
    scene: Scene
    covered: NDArray[np.bool_]


def compose_scene(rng: random.Random) -> Scene:
    """A scene such as people ask for: mostly one thing, mostly without a style."""
    background: str | None = rng.choice([*BACKGROUNDS, "plain"])
    style = rng.choice(list(STYLES)) if rng.random() < _STYLED_SHARE else None
    if style == "sticker" and rng.random() < 0.6:
        background = "plain"
    if background == "plain" and rng.random() < 0.75:
        background = None
    things = _compose_pair(rng) if rng.random() < _PAIR_SHARE else (_compose_single(rng),)
    return Scene(things, background, style)


def draw_scene(scene: Scene, rng: random.Random) -> Drawing:
    """The scene as asked; what it leaves open, and the wording of its caption, come from `rng`."""
    place = scene.background or "plain"
    grounded = place not in WITHOUT_GROUND
    image = paint_background(place, rng).convert("RGBA")
    layer = Image.new("RGBA", image.size)
    for thing, box in zip(scene.things, place_things(scene, rng), strict=True):
        if grounded and scene.style != "sticker" and thing.pose != "flying":
            _cast_shadow(image, box)
        _lay(layer, thing_sprite(thing, box.cells, scene.style == "sticker"), box)
    image.alpha_composite(layer)
    picture = image.convert("RGB")
    if scene.style is not None:
        picture = apply_style(picture, scene.style)
    return Drawing(picture, caption(scene, rng), scene, covered_cells(layer.getchannel("A")))


def place_things(scene: Scene, rng: random.Random) -> list[Box]:
    """A box for each thing's body, on whole cells; a lone thing may stand one cell off its usual place."""
    grounded = (scene.background or "plain") not in WITHOUT_GROUND
    if len(scene.things) == 1:
        thing = scene.things[0]
        cells = _CELLS[thing.size]
        usual = _single_column(thing.position, cells, rng)
        return [_box(thing, cells, usual, _single_room(thing.position, cells), grounded)]
    first, second = scene.things
    left_first = first.position != "right" and second.position != "left"
    left, right = (first, second) if left_first else (second, first)
    left_cells, right_cells = _pair_cells(left, right)
    middle = (SIDE_CELLS + left_cells - right_cells + (right_cells > left_cells)) // 2
    boxes = [
        _box(left, left_cells, 1, range(middle), grounded),
        _box(right, right_cells, SIDE_CELLS - 1 - right_cells, range(middle, SIDE_CELLS), grounded),
    ]
    return boxes if left_first else boxes[::-1]


def _compose_single(rng: random.Random) -> Thing:
    size = rng.choice((None, None, None, "small", "big"))
    position = rng.choice((None, None, "left", "right"))
    if position is None and rng.random() < 0.1:
        position = "center"
    return _adorn(Thing(rng.choice(list(THINGS)), None, size, position), rng)


def _compose_pair(rng: random.Random) -> tuple[Thing, Thing]:
    first, second = rng.sample(list(THINGS), 2)
    sizes = rng.choice(((None, None), (None, None), (None, None), ("big", None), (None, "big")))
    places: tuple[str | None, str | None] = (None, None)
    if rng.random() < 0.2:
        places = rng.choice((("left", "right"), ("right", "left")))
    pair = (Thing(first, None, sizes[0], places[0]), Thing(second, None, sizes[1], places[1]))
    return (_adorn(pair[0], rng), _adorn(pair[1], rng))


def _adorn(thing: Thing, rng: random.Random) -> Thing:
    """The thing, now and then in a colour, in a pose, with something to wear or to hold."""
    wearer = thing.name in WEARERS
    return replace(
        thing,
        color=_perhaps(COLORS, _TINT_SHARE, rng),
        pose=_perhaps(POSES, _POSED_SHARE, rng),
        worn=_perhaps(WORN, _WORN_SHARE, rng) if wearer else None,
        held=_perhaps(HELD, _HELD_SHARE, rng) if wearer else None,
    )


def _perhaps(options: Iterable[str], share: float, rng: random.Random) -> str | None:
    return rng.choice(list(options)) if rng.random() < share else None


def _single_column(position: str | None, cells: int, rng: random.Random) -> int:
    if position == "left":
        return rng.choice((0, 1)) if cells < _CELLS["big"] else 0
    if position == "right":
        return SIDE_CELLS - cells - (rng.choice((0, 1)) if cells < _CELLS["big"] else 0)
    return (SIDE_CELLS - cells) // 2 + rng.choice((-1, 0, 1))


def _single_room(position: str | None, cells: int) -> range:
    """The columns a lone thing keeps to with all that sticks out, so that left and right stay apart."""
    width = cells + _BESIDE_CELLS
    if position == "left":
        return range(width)
    return range(SIDE_CELLS - width, SIDE_CELLS) if position == "right" else range(SIDE_CELLS)


def _pair_cells(left: Thing, right: Thing) -> tuple[int, int]:
    """The boxes' sides: only one of two can be big, there is no room for more."""
    if (left.size == "big") == (right.size == "big"):
        return _PAIR_CELLS, _PAIR_CELLS
    if left.size == "big":
        return _PAIR_BIG_CELLS, _PAIR_CELLS
    return _PAIR_CELLS, _PAIR_BIG_CELLS


def _box(thing: Thing, cells: int, usual_column: int, room: range, grounded: bool) -> Box:
    """The body's box: near its usual column, smaller where it and all that sticks out would not fit.

    It is on the ground, above it for what flies, or halfway up where there is no ground.
    """
    floor = _GROUND_ROW if grounded else SIDE_CELLS
    sprite = thing_sprite(thing, cells)
    columns = _columns(sprite, cells, room)
    while not columns or sprite.top + cells + sprite.bottom > floor:
        cells -= 1
        sprite = thing_sprite(thing, cells)
        columns = _columns(sprite, cells, room)
    column = min(max(usual_column, columns.start), columns.stop - 1)
    row = floor - cells if grounded else (SIDE_CELLS - cells) // 2
    if grounded and thing.pose == "flying":
        row -= _FLIGHT_ROWS
    return Box(column, min(max(row, sprite.top), floor - cells - sprite.bottom), cells)


def _columns(sprite: Sprite, cells: int, room: range) -> range:
    """Where the body may begin: in its room, out of which what it holds may reach by a cell."""
    start = max(room.start, room.start - 1 + sprite.left, sprite.left)
    stop = min(room.stop, room.stop + 1 - sprite.right, SIDE_CELLS - sprite.right) - cells
    return range(start, stop + 1)


def _cast_shadow(image: Image.Image, box: Box) -> None:
    left, bottom = box.column * CELL_PX, (box.row + box.cells) * CELL_PX
    width = box.cells * CELL_PX
    shadow = Image.new("RGBA", (SIDE_PX, SIDE_PX))
    edges = [left + width * 0.15, bottom - 6, left + width * 0.85, bottom + 6]
    ImageDraw.Draw(shadow).ellipse(edges, fill=(0, 0, 0, 64))
    image.alpha_composite(shadow)


def _lay(layer: Image.Image, sprite: Sprite, box: Box) -> None:
    """Lays the sprite on the layer, its body in the box; what hangs over the picture's edge is cut off."""
    x, y = (box.column - sprite.left) * CELL_PX, (box.row - sprite.top) * CELL_PX
    layer.alpha_composite(sprite.image, (max(0, x), max(0, y)), (max(0, -x), max(0, -y)))
