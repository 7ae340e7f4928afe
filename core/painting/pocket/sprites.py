"""Small pieces that scenes are built from: emoji glyphs and shapes, all cut to whole cells.

A cell is the 16 x 16 patch of pixels that one latent stands for. Pieces that start on a cell's edge
always have the same latents, which is most of what lets a small model learn them soon.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import ceil

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


@dataclass(frozen=True, slots=True)
class Sprite:
    """RGBA in whole cells, and how many of them on each side lie beyond the box of the thing's body."""

    image: Image.Image
    left: int
    top: int
    right: int
    bottom: int


def thing_sprite(thing: Thing, cells: int, outlined: bool = False) -> Sprite:
    """The thing, its body standing on the lower edge of a box of `cells` by `cells`.

    So the body always looks the same, and what the thing wears and holds sticks out of the box. An outlined one
    has a sticker's white rim, which takes a cell more on every side.
    """
    return _placeless_sprite(replace(thing, size=None, position=None), cells, outlined)


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


@lru_cache(maxsize=3_000)  # dressed in every way they would fill the memory
def _placeless_sprite(thing: Thing, cells: int, outlined: bool) -> Sprite:
    sprite = _cut_sprite(_figure(thing), cells)
    return _outline(sprite) if outlined else sprite


@lru_cache(maxsize=1_000)
def _figure(thing: Thing) -> Figure:
    glyph = cut_glyph(THINGS[thing.name])
    if thing.color is not None:
        glyph = _tint(glyph, COLORS[thing.color])
    return draw_figure(glyph, thing)


def _cut_sprite(figure: Figure, cells: int) -> Sprite:
    """The figure scaled so that its body fits into the box, and as many cells about it as it needs."""
    left, top, right, bottom = figure.body
    unit = max(right - left, bottom - top) / cells  # the figure's pixels to a cell
    column, row = (left + right) / 2 - cells * unit / 2, bottom - cells * unit
    width, height = figure.image.size
    reach = [column, row, width - column - cells * unit, height - row - cells * unit]
    beyond = [max(0, ceil(pixels / unit - _SPILL_CELLS)) for pixels in reach]
    across, down = (cells + beyond[side] + beyond[side + 2] for side in (0, 1))
    x, y = column - beyond[0] * unit, row - beyond[1] * unit
    margin = figure.image.width + figure.image.height  # more than the cells beyond can need
    canvas = Image.new("RGBA", (width + 2 * margin, height + 2 * margin))
    canvas.paste(figure.image, (margin, margin))
    area = (x + margin, y + margin, x + across * unit + margin, y + down * unit + margin)
    size = (across * CELL_PX, down * CELL_PX)
    return Sprite(canvas.resize(size, Image.Resampling.LANCZOS, area), *beyond)


def _tint(glyph: Image.Image, hue_degrees: int) -> Image.Image:
    """The glyph in shades of one hue; even its greys and whites take it on."""
    _, saturation, value = glyph.convert("RGB").convert("HSV").split()
    hue = Image.new("L", glyph.size, int(hue_degrees / 360 * 255))
    saturation = saturation.point([max(level, 120) for level in range(256)])
    tinted = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    tinted.putalpha(glyph.getchannel("A"))
    return tinted


def _outline(sprite: Sprite) -> Sprite:
    """The sprite with a white rim and a faint shadow, one cell larger on every side."""
    size = (sprite.image.width + 2 * CELL_PX, sprite.image.height + 2 * CELL_PX)
    alpha = Image.new("L", size)
    alpha.paste(sprite.image.getchannel("A"), (CELL_PX, CELL_PX))
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
    sticker.alpha_composite(sprite.image, (CELL_PX, CELL_PX))
    reach = (sprite.left, sprite.top, sprite.right, sprite.bottom)
    return Sprite(sticker, *(cells + 1 for cells in reach))
