"""Small pieces that scenes are built from: emoji glyphs and shapes, all cut to whole cells.

A cell is the 16 x 16 patch of pixels that one latent stands for. Pieces that start on a cell's edge
always have the same latents, which is most of what lets a small model learn them soon.
"""

from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from core.painting.pocket.figures import dress, pose_figure
from core.painting.pocket.glyphs import cut_glyph
from core.painting.pocket.vocabulary import COLORS, THINGS, Thing

CELL_PX = 16
SIDE_CELLS = 16
SIDE_PX = CELL_PX * SIDE_CELLS

Rgb = tuple[int, int, int]

_SHAPE_SCALE = 4  # shapes are drawn this much larger, then reduced to smooth their edges


@lru_cache(maxsize=3_000)  # dressed in every way they would fill the memory
def thing_sprite(thing: Thing, cells: int, outlined: bool) -> Image.Image:
    """The thing as RGBA in a box of `cells` by `cells`, standing on its lower edge.

    An outlined one has a sticker's white rim and lies in a box one cell larger on every side.
    """
    glyph = cut_glyph(THINGS[thing.name])
    if thing.color is not None:
        glyph = _tint(glyph, COLORS[thing.color])
    figure = pose_figure(dress(glyph, thing), thing.pose)
    box_px = cells * CELL_PX
    scale = box_px / max(figure.size)
    size = (max(1, round(figure.width * scale)), max(1, round(figure.height * scale)))
    figure = figure.resize(size, Image.Resampling.LANCZOS)
    box = Image.new("RGBA", (box_px, box_px))
    box.paste(figure, ((box_px - size[0]) // 2, box_px - size[1]))
    return _outline(box) if outlined else box


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


def _tint(glyph: Image.Image, hue_degrees: int) -> Image.Image:
    """The glyph in shades of one hue; even its greys and whites take it on."""
    _, saturation, value = glyph.convert("RGB").convert("HSV").split()
    hue = Image.new("L", glyph.size, int(hue_degrees / 360 * 255))
    saturation = saturation.point([max(level, 120) for level in range(256)])
    tinted = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    tinted.putalpha(glyph.getchannel("A"))
    return tinted


def _outline(box: Image.Image) -> Image.Image:
    """The box with a white rim and a faint shadow, one cell larger on every side."""
    size = box.width + 2 * CELL_PX
    alpha = Image.new("L", (size, size))
    alpha.paste(box.getchannel("A"), (CELL_PX, CELL_PX))
    blurred = alpha.filter(ImageFilter.GaussianBlur(5))
    rim = blurred.point([255 if level > 20 else 0 for level in range(256)])
    rim = rim.filter(ImageFilter.GaussianBlur(0.7))
    shadow = rim.filter(ImageFilter.GaussianBlur(3)).point([level // 2 for level in range(256)])
    sticker = Image.new("RGBA", (size, size))
    sticker.paste((90, 90, 100), (0, 0), shadow)
    sticker.putalpha(shadow)
    white = Image.new("RGBA", (size, size), (255, 255, 255, 255))
    white.putalpha(rim)
    sticker.alpha_composite(white)
    sticker.alpha_composite(box, (CELL_PX, CELL_PX))
    return sticker
