"""Small pieces that scenes are built from: emoji glyphs and shapes, all cut to whole cells.

A cell is the 16 x 16 patch of pixels that one latent stands for. Pieces that start on a cell's edge
always have the same latents, which is most of what lets a small model learn them soon.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from core.painting.pocket.figures import Figure, draw_figure
from core.painting.pocket.glyphs import cut_glyph
from core.painting.pocket.vocabulary import COLORS, THINGS, Thing

CELL_PX = 16
SIDE_CELLS = 16
SIDE_PX = CELL_PX * SIDE_CELLS

Rgb = tuple[int, int, int]

_SPILL_CELLS = 0.15  # what sticks out by less needs no cell of its own; it is cut off
_SHAPE_SCALE = 4  # shapes are drawn this much larger, then reduced to smooth their edges


class Reach(NamedTuple):
    """How many cells beyond its body's box a thing takes on each side."""

    left: int
    top: int
    right: int
    bottom: int


def thing_reach(thing: Thing, cells: int) -> Reach:
    """How far what the thing wears and holds sticks out when its body's box is `cells` by `cells`."""
    return _reach(_figure(_placeless(thing)), cells)


def thing_sprite(thing: Thing, cells: int, outlined: bool = False) -> Image.Image:
    """The thing as RGBA, its body standing on the lower edge of a box of `cells` by `cells`.

    So a body always looks the same, and the image is larger than the box by the thing's reach. An outlined
    one has a sticker's white rim, which takes a cell more on every side.
    """
    return _placeless_sprite(_placeless(thing), cells, outlined)


@cache
def shape(
    width_cells: int, height_cells: int, draw: Callable[[ImageDraw.ImageDraw, int], None]
) -> Image.Image:
    """What `draw` paints, as smooth RGBA; it is told how many units of its drawing make one cell."""
    unit = CELL_PX * _SHAPE_SCALE
    canvas = Image.new("RGBA", (width_cells * unit, height_cells * unit))
    draw(ImageDraw.Draw(canvas), unit)
    return canvas.reduce(_SHAPE_SCALE)


@cache
def gradient(top: Rgb, bottom: Rgb, height_cells: int) -> Image.Image:
    """A full-width RGB band of that many cells, from one colour down to the other."""
    share = np.linspace(0.0, 1.0, height_cells * CELL_PX)[:, None]
    rows = np.array(top) * (1 - share) + np.array(bottom) * share
    pixels = np.repeat(rows[:, None, :], SIDE_PX, axis=1)
    return Image.fromarray(pixels.round().astype(np.uint8))


def covered_cells(alpha: Image.Image) -> NDArray[np.bool_]:
    """Which cells of a 256 x 256 alpha channel hold something: (16, 16)."""
    cells = np.asarray(alpha).reshape(SIDE_CELLS, CELL_PX, SIDE_CELLS, CELL_PX)
    covered: NDArray[np.bool_] = cells.max(axis=(1, 3)) > 32
    return covered


def _placeless(thing: Thing) -> Thing:
    """The thing without what does not change its sprite, so that there are fewer to remember."""
    return replace(thing, size=None, position=None)


@lru_cache(maxsize=2_000)  # dressed in every way they would fill the memory
def _placeless_sprite(thing: Thing, cells: int, outlined: bool) -> Image.Image:
    sprite = _cut_sprite(_figure(thing), cells)
    return _outline(sprite) if outlined else sprite


@lru_cache(maxsize=2_000)
def _figure(thing: Thing) -> Figure:
    glyph = cut_glyph(THINGS[thing.name])
    if thing.color is not None:
        glyph = _tint(glyph, COLORS[thing.color])
    return draw_figure(glyph, thing)


def _box(figure: Figure, cells: int) -> tuple[float, float, float]:
    """The upper left corner of the body's box, and how many pixels of the figure are one of its cells."""
    left, top, right, bottom = figure.body
    side = max(right - left, bottom - top)
    return (left + right - side) / 2, bottom - side, side / cells


def _reach(figure: Figure, cells: int) -> Reach:
    x, y, cell_px = _box(figure, cells)
    width, height = figure.image.size
    beyond = (x, y, width - x - cells * cell_px, height - y - cells * cell_px)
    return Reach(*(max(0, ceil(pixels / cell_px - _SPILL_CELLS)) for pixels in beyond))


def _cut_sprite(figure: Figure, cells: int) -> Image.Image:
    """The figure at the scale at which its body fits into the box, with as many cells about it as it needs."""
    x, y, cell_px = _box(figure, cells)
    reach = _reach(figure, cells)
    columns, rows = cells + reach.left + reach.right, cells + reach.top + reach.bottom
    left, top = x - reach.left * cell_px, y - reach.top * cell_px
    right, bottom = left + columns * cell_px, top + rows * cell_px
    whole = figure.image.crop((floor(left), floor(top), ceil(right), ceil(bottom)))
    inside = (left - floor(left), top - floor(top), right - floor(left), bottom - floor(top))
    return whole.resize((columns * CELL_PX, rows * CELL_PX), Image.Resampling.LANCZOS, inside)


def _tint(glyph: Image.Image, hue_degrees: int) -> Image.Image:
    """The glyph in shades of one hue; even its greys and whites take it on."""
    _, saturation, value = glyph.convert("RGB").convert("HSV").split()
    hue = Image.new("L", glyph.size, int(hue_degrees / 360 * 255))
    saturation = saturation.point([max(level, 120) for level in range(256)])
    tinted = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    tinted.putalpha(glyph.getchannel("A"))
    return tinted


def _outline(sprite: Image.Image) -> Image.Image:
    """The sprite with a white rim and a faint shadow, one cell larger on every side."""
    size = (sprite.width + 2 * CELL_PX, sprite.height + 2 * CELL_PX)
    alpha = Image.new("L", size)
    alpha.paste(sprite.getchannel("A"), (CELL_PX, CELL_PX))
    blurred = alpha.filter(ImageFilter.GaussianBlur(5))
    rim = blurred.point([255 if level > 20 else 0 for level in range(256)])
    rim = rim.filter(ImageFilter.GaussianBlur(0.7))
    shadow = rim.filter(ImageFilter.GaussianBlur(3)).point([level // 2 for level in range(256)])
    sticker = Image.new("RGBA", size)
    sticker.paste((90, 90, 100), (0, 0), shadow)
    sticker.putalpha(shadow)
    white = Image.new("RGBA", size, (255, 255, 255, 255))
    white.putalpha(rim)
    sticker.alpha_composite(white)
    sticker.alpha_composite(sprite, (CELL_PX, CELL_PX))
    return sticker
