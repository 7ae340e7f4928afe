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
    covered_cells,
    thing_reach,
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

_CELLS = {"small": 6, None: 9, "big": 12}  # a lone thing's body
_PLAYFUL_COLUMNS = 7  # from so many on, what is on one side stands a column off now and then
# By whether the left and the right one are big: their boxes and where the right one's half begins. Only
# one of two can be big, there is no room for more.
_PAIR_LAYOUT = {
    (False, False): (6, 6, 8),
    (True, False): (9, 6, 9),
    (False, True): (6, 9, 7),
    (True, True): (6, 6, 8),
}
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
    """Where the square box of a thing's body lies, in cells."""

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
    outlined = scene.style == "sticker"
    for thing, box in zip(scene.things, place_things(scene, rng), strict=True):
        if grounded and not outlined and thing.pose != "flying":
            _cast_shadow(image, box)
        reach = thing_reach(thing, box.cells)
        column, row = box.column - reach.left - outlined, box.row - reach.top - outlined
        _lay(layer, thing_sprite(thing, box.cells, outlined), column, row)
    image.alpha_composite(layer)
    picture = image.convert("RGB")
    if scene.style is not None:
        picture = apply_style(picture, scene.style)
    return Drawing(picture, caption(scene, rng), scene, covered_cells(layer.getchannel("A")))


def place_things(scene: Scene, rng: random.Random) -> list[Box]:
    """A box for each thing's body, on whole cells, with room for what the thing wears and holds."""
    grounded = (scene.background or "plain") not in WITHOUT_GROUND
    if len(scene.things) == 1:
        thing = scene.things[0]
        cells, columns = _fit(thing, _CELLS[thing.size], range(SIDE_CELLS), grounded)
        return [_box(thing, cells, _single_column(thing.position, cells, columns, rng), grounded)]
    first, second = scene.things
    left_first = first.position != "right" and second.position != "left"
    left, right = (first, second) if left_first else (second, first)
    left_cells, right_cells, middle = _PAIR_LAYOUT[left.size == "big", right.size == "big"]
    left_cells, columns = _fit(left, left_cells, range(middle), grounded)
    boxes = [_box(left, left_cells, min(1, columns[-1]), grounded)]
    right_cells, columns = _fit(right, right_cells, range(middle, SIDE_CELLS), grounded)
    boxes.append(_box(right, right_cells, max(columns[0], columns[-1] - 1), grounded))
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


def _fit(thing: Thing, cells: int, room: range, grounded: bool) -> tuple[int, range]:
    """The side of the body's box, smaller where it must, and the columns of the room it may begin in.

    Alone in the picture there are at least three such columns: for the left, the middle and the right.
    """
    needed = 3 if len(room) == SIDE_CELLS else 1
    while True:
        reach = thing_reach(thing, cells)
        columns = range(room.start + reach.left, room.stop - reach.right - cells + 1)
        if len(columns) >= needed and reach.top + cells + reach.bottom <= _floor(thing, grounded):
            return cells, columns
        cells -= 1


def _single_column(position: str | None, cells: int, columns: range, rng: random.Random) -> int:
    """One of the columns, by a cell or so at random; what stands on the left never begins where others do."""
    play = 1 if len(columns) >= _PLAYFUL_COLUMNS else 0
    if position == "left":
        return columns[0] + rng.randint(0, play)
    if position == "right":
        return columns[-1] - rng.randint(0, play)
    middle = (SIDE_CELLS - cells) // 2 + rng.choice((-1, 0, 1))
    return min(max(middle, columns[0] + play + 1), columns[-1] - play - 1)


def _floor(thing: Thing, grounded: bool) -> int:
    """The row that the thing and all that hangs from it stay above."""
    if not grounded:
        return SIDE_CELLS
    return _GROUND_ROW - _FLIGHT_ROWS if thing.pose == "flying" else _GROUND_ROW


def _box(thing: Thing, cells: int, column: int, grounded: bool) -> Box:
    """A box on the ground, above it for what flies, or about halfway up where there is no ground."""
    reach, floor = thing_reach(thing, cells), _floor(thing, grounded)
    row = floor if grounded else (SIDE_CELLS - cells) // 2
    return Box(column, min(max(row, reach.top), floor - cells - reach.bottom), cells)


def _cast_shadow(image: Image.Image, box: Box) -> None:
    left, bottom = box.column * CELL_PX, _GROUND_ROW * CELL_PX
    width = box.cells * CELL_PX
    shadow = Image.new("RGBA", (SIDE_PX, SIDE_PX))
    edges = [left + width * 0.15, bottom - 6, left + width * 0.85, bottom + 6]
    ImageDraw.Draw(shadow).ellipse(edges, fill=(0, 0, 0, 64))
    image.alpha_composite(shadow)


def _lay(layer: Image.Image, sprite: Image.Image, column: int, row: int) -> None:
    """Lays the sprite on the layer; what hangs over the picture's edge is cut off."""
    x, y = column * CELL_PX, row * CELL_PX
    layer.alpha_composite(sprite, (max(0, x), max(0, y)), (max(0, -x), max(0, -y)))
