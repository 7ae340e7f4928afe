"""The places a scene can be set in, painted from few pieces that all start on a cell's edge."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw

from core.painting.pocket.sprites import CELL_PX, SIDE_CELLS, SIDE_PX, Rgb, gradient, shape

Draw = Callable[[ImageDraw.ImageDraw, int], None]

WITHOUT_GROUND = frozenset({"space", "sky", "sea", "plain"})
"""Backgrounds in which things float in the middle and do not stand on anything."""

PLAIN_COLORS: tuple[Rgb, ...] = (
    (250, 250, 250),
    (252, 240, 216),
    (222, 238, 250),
    (250, 226, 232),
    (226, 244, 224),
)


@dataclass(frozen=True, slots=True)
class Bands:
    """A sky above a ground: the four colours of their gradients and the row where they meet."""

    sky_top: Rgb
    sky_bottom: Rgb
    ground_top: Rgb
    ground_bottom: Rgb
    horizon_row: int


_DAY: tuple[Rgb, Rgb] = ((110, 190, 250), (215, 238, 255))
_BANDS: dict[str, Bands] = {
    "meadow": Bands(*_DAY, (128, 206, 86), (70, 150, 50), 9),
    "river": Bands(*_DAY, (112, 188, 80), (80, 156, 60), 8),
    "beach": Bands((80, 180, 245), (200, 235, 250), (246, 224, 164), (226, 192, 124), 10),
    "snow": Bands((150, 180, 218), (222, 233, 245), (242, 247, 253), (208, 224, 242), 9),
    "forest": Bands((150, 205, 195), (200, 232, 212), (74, 124, 62), (40, 84, 40), 10),
    "desert": Bands((250, 180, 100), (255, 232, 184), (228, 172, 96), (190, 128, 68), 9),
    "city": Bands((176, 200, 224), (232, 236, 242), (122, 122, 128), (84, 84, 92), 11),
    "night": Bands((12, 18, 60), (48, 52, 112), (32, 62, 48), (16, 36, 26), 10),
    "room": Bands((240, 218, 190), (234, 208, 176), (172, 120, 78), (146, 98, 60), 11),
    "space": Bands((10, 8, 32), (24, 12, 48), (24, 12, 48), (44, 20, 72), 8),
    "sky": Bands((70, 150, 240), (130, 188, 248), (130, 188, 248), (196, 228, 255), 8),
    "sea": Bands((56, 168, 220), (32, 108, 172), (32, 108, 172), (14, 58, 126), 8),
}


def paint_background(name: str, rng: random.Random) -> Image.Image:
    """The place as a 256 x 256 RGB image; where its clouds, trees or stars are comes from `rng`."""
    if name == "plain":
        return Image.new("RGB", (SIDE_PX, SIDE_PX), rng.choice(PLAIN_COLORS))
    image = _empty_place(name).copy()
    _DETAILS[name](image, rng)
    return image


@cache
def _empty_place(name: str) -> Image.Image:
    bands = _BANDS[name]
    image = Image.new("RGB", (SIDE_PX, SIDE_PX))
    row = bands.horizon_row
    image.paste(gradient(bands.sky_top, bands.sky_bottom, row), (0, 0))
    ground = gradient(bands.ground_top, bands.ground_bottom, SIDE_CELLS - row)
    image.paste(ground, (0, row * CELL_PX))
    return image


def _put(image: Image.Image, piece: Image.Image, column: int, row: int) -> None:
    image.paste(piece, (column * CELL_PX, row * CELL_PX), piece)


def _scatter(
    image: Image.Image, piece: Image.Image, count: int, rows: range, rng: random.Random
) -> None:
    """Puts copies of a one-cell piece into `count` different cells of these rows."""
    cells = [(column, row) for row in rows for column in range(SIDE_CELLS)]
    for column, row in rng.sample(cells, count):
        _put(image, piece, column, row)


def _ellipses(*parts: tuple[float, float, float, float, Rgb]) -> Draw:
    """A drawing of ellipses: centre x, y and radii in cells, and a colour."""

    def draw(canvas: ImageDraw.ImageDraw, unit: int) -> None:
        for x, y, rx, ry, color in parts:
            box = [(x - rx) * unit, (y - ry) * unit, (x + rx) * unit, (y + ry) * unit]
            canvas.ellipse(box, fill=color)

    return draw


def _polygons(*parts: tuple[Rgb, tuple[float, ...]]) -> Draw:
    """A drawing of polygons: a colour and x, y, x, y... in cells."""

    def draw(canvas: ImageDraw.ImageDraw, unit: int) -> None:
        for color, points in parts:
            canvas.polygon([value * unit for value in points], fill=color)

    return draw


_WHITE: Rgb = (255, 255, 255)
_CLOUD = _ellipses(
    (1.0, 1.3, 0.8, 0.6, _WHITE), (2.0, 0.9, 1.0, 0.8, _WHITE), (3.0, 1.3, 0.8, 0.6, _WHITE)
)
_FLOWER = _ellipses(
    (0.5, 0.28, 0.2, 0.2, _WHITE),
    (0.5, 0.72, 0.2, 0.2, _WHITE),
    (0.28, 0.5, 0.2, 0.2, _WHITE),
    (0.72, 0.5, 0.2, 0.2, _WHITE),
    (0.5, 0.5, 0.18, 0.18, (250, 205, 60)),
)
_FLAKE = _ellipses((0.5, 0.5, 0.3, 0.3, _WHITE))
_BUBBLE = _ellipses((0.5, 0.5, 0.38, 0.38, (205, 236, 250)), (0.5, 0.5, 0.26, 0.26, (70, 160, 210)))
_SUN = _ellipses((1.5, 1.5, 1.4, 1.4, (255, 236, 130)), (1.5, 1.5, 1.1, 1.1, (255, 248, 190)))
_MOON = _ellipses((1.5, 1.5, 1.4, 1.4, (250, 244, 205)), (1.1, 1.2, 0.3, 0.3, (226, 216, 170)))
_STAR = _polygons(
    (
        (255, 250, 215),
        (0.5, 0.1, 0.6, 0.4, 0.9, 0.5, 0.6, 0.6, 0.5, 0.9, 0.4, 0.6, 0.1, 0.5, 0.4, 0.4),
    )
)
_PLANET = _ellipses(
    (2.0, 2.0, 1.9, 0.6, (222, 190, 150)),
    (2.0, 2.0, 1.5, 0.36, (70, 50, 100)),
    (2.0, 1.95, 1.2, 1.2, (214, 128, 92)),
    (1.7, 1.6, 0.6, 0.5, (232, 158, 118)),
)
_FIR = _polygons(
    ((104, 72, 44), (1.3, 4.0, 1.7, 4.0, 1.7, 5.0, 1.3, 5.0)),
    ((34, 98, 56), (1.5, 0.0, 2.6, 2.2, 0.4, 2.2)),
    ((28, 86, 50), (1.5, 1.2, 3.0, 4.2, 0.0, 4.2)),
)
_CACTUS = _polygons(
    ((60, 130, 70), (0.8, 0.3, 1.2, 0.3, 1.2, 4.0, 0.8, 4.0)),
    ((60, 130, 70), (0.1, 1.0, 0.4, 1.0, 0.4, 2.0, 0.8, 2.0, 0.8, 2.4, 0.1, 2.4)),
    ((60, 130, 70), (1.9, 0.8, 1.6, 0.8, 1.6, 1.6, 1.2, 1.6, 1.2, 2.0, 1.9, 2.0)),
)
_WEED = _polygons(
    ((36, 140, 96), (0.1, 4.0, 0.3, 2.0, 0.0, 0.6, 0.6, 2.0, 0.5, 4.0)),
    ((28, 120, 84), (0.6, 4.0, 0.7, 2.4, 1.0, 1.2, 0.95, 2.6, 0.9, 4.0)),
)
_HILLS = _ellipses((3.0, 3.2, 6.0, 2.6, (150, 212, 120)), (13.0, 3.4, 7.0, 2.4, (138, 204, 108)))
_DUNES = _ellipses((3.0, 3.4, 7.0, 2.6, (238, 190, 120)), (14.0, 3.6, 6.0, 2.2, (230, 180, 108)))
_DRIFTS = _ellipses((4.0, 3.2, 7.0, 2.4, (228, 238, 250)), (13.0, 3.4, 6.0, 2.8, (234, 242, 252)))
_WATER: Rgb = (66, 156, 226)
_RIVER = _polygons(
    (
        (186, 206, 130),
        (7.2, 0.0, 8.6, 0.0, 6.6, 2.0, 7.0, 4.0, 8.4, 8.0, 0.0, 8.0, 0.6, 5.0, 3.6, 2.4),
    ),
    (_WATER, (7.6, 0.0, 8.2, 0.0, 5.9, 2.0, 6.2, 4.0, 7.4, 8.0, 0.9, 8.0, 1.6, 5.0, 4.2, 2.4)),
    ((150, 205, 245), (3.0, 5.0, 4.6, 5.0, 4.4, 5.25, 2.9, 5.25)),
    ((150, 205, 245), (3.4, 6.6, 5.6, 6.6, 5.5, 6.9, 3.3, 6.9)),
    ((150, 205, 245), (4.8, 3.0, 5.6, 3.0, 5.5, 3.2, 4.7, 3.2)),
)


def _window(canvas: ImageDraw.ImageDraw, unit: int) -> None:
    canvas.rectangle([0, 0, 5 * unit, 5 * unit], fill=(252, 252, 250))
    for x, y in ((0.4, 0.4), (2.7, 0.4), (0.4, 2.7), (2.7, 2.7)):
        box = [x * unit, y * unit, (x + 1.9) * unit, (y + 1.9) * unit]
        canvas.rectangle(box, fill=(158, 210, 246))


def _frontage(canvas: ImageDraw.ImageDraw, unit: int) -> None:
    """The lit windows of one storey of a building, two cells wide."""
    for x in (0.3, 1.2):
        canvas.rectangle(
            [x * unit, 0.25 * unit, (x + 0.5) * unit, 0.8 * unit], fill=(252, 236, 150)
        )


def _clouds(image: Image.Image, count: int, rows: range, rng: random.Random) -> None:
    for column in rng.sample(range(0, SIDE_CELLS, 4), count):
        _put(image, shape(4, 2, _CLOUD), column, rng.choice(rows))


def _meadow(image: Image.Image, rng: random.Random) -> None:
    _clouds(image, 2, range(1, 4), rng)
    _put(image, shape(16, 3, _HILLS), 0, 6)
    _scatter(image, shape(1, 1, _FLOWER), 8, range(10, 16), rng)


def _river(image: Image.Image, rng: random.Random) -> None:
    _clouds(image, 2, range(1, 4), rng)
    water = shape(9, 8, _RIVER)
    if rng.random() < 0.5:
        _put(image, water, 0, 8)
    else:
        _put(image, water.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 7, 8)


def _beach(image: Image.Image, rng: random.Random) -> None:
    image.paste(gradient((34, 132, 200), (80, 180, 220), 3), (0, 7 * CELL_PX))
    image.paste((236, 248, 250), (0, 10 * CELL_PX, SIDE_PX, 10 * CELL_PX + 8))
    _put(image, shape(3, 3, _SUN), rng.choice((1, 12)), 1)


def _snow(image: Image.Image, rng: random.Random) -> None:
    _put(image, shape(16, 3, _DRIFTS), 0, 6)
    for column in rng.sample((0, 3, 10, 13), 2):
        _put(image, shape(3, 5, _FIR), column, 4)
    _scatter(image, shape(1, 1, _FLAKE), 14, range(16), rng)


def _forest(image: Image.Image, rng: random.Random) -> None:
    for row, columns in ((5, (1, 5, 9, 13)), (6, (-1, 3, 7, 11, 14))):
        for column in columns:
            if rng.random() < 0.75:
                _put(image, shape(3, 5, _FIR), column, row)


def _desert(image: Image.Image, rng: random.Random) -> None:
    _put(image, shape(3, 3, _SUN), rng.choice((1, 6, 12)), 1)
    _put(image, shape(16, 3, _DUNES), 0, 6)
    _put(image, shape(2, 4, _CACTUS), rng.choice((0, 2, 12, 14)), 7)


def _city(image: Image.Image, rng: random.Random) -> None:
    for column in range(0, SIDE_CELLS, 2):
        top = rng.randint(3, 8)
        shade = rng.choice(((120, 128, 150), (146, 128, 128), (96, 104, 124)))
        box = (column * CELL_PX, top * CELL_PX, (column + 2) * CELL_PX, 11 * CELL_PX)
        image.paste(shade, box)
        for row in range(top, 11):
            _put(image, shape(2, 1, _frontage), column, row)
    for column in range(0, SIDE_CELLS, 2):
        box = (column * CELL_PX, 15 * CELL_PX + 4, (column + 1) * CELL_PX, 15 * CELL_PX + 8)
        image.paste((236, 232, 210), box)


def _night(image: Image.Image, rng: random.Random) -> None:
    _scatter(image, shape(1, 1, _STAR), 14, range(9), rng)
    _put(image, shape(3, 3, _MOON), rng.choice((1, 12)), 1)


def _space(image: Image.Image, rng: random.Random) -> None:
    _scatter(image, shape(1, 1, _STAR), 24, range(16), rng)
    column, row = rng.choice(((0, 0), (12, 0), (0, 12), (12, 12)))
    _put(image, shape(4, 4, _PLANET), column, row)


def _sky(image: Image.Image, rng: random.Random) -> None:
    _clouds(image, 3, range(0, 6), rng)
    _clouds(image, 3, range(9, 14), rng)


def _sea(image: Image.Image, rng: random.Random) -> None:
    _scatter(image, shape(1, 1, _BUBBLE), 10, range(13), rng)
    image.paste(gradient((206, 190, 140), (176, 158, 110), 2), (0, 14 * CELL_PX))
    for column in rng.sample(range(SIDE_CELLS), 5):
        _put(image, shape(1, 4, _WEED), column, 11)


def _room(image: Image.Image, rng: random.Random) -> None:
    _put(image, shape(5, 5, _window), rng.choice((1, 5, 10)), 2)
    image.paste((250, 244, 234), (0, 11 * CELL_PX - 8, SIDE_PX, 11 * CELL_PX))


_DETAILS: dict[str, Callable[[Image.Image, random.Random], None]] = {
    "meadow": _meadow,
    "river": _river,
    "beach": _beach,
    "snow": _snow,
    "forest": _forest,
    "desert": _desert,
    "city": _city,
    "night": _night,
    "space": _space,
    "sky": _sky,
    "sea": _sea,
    "room": _room,
}
