"""Glyphs dressed and posed: a dog wearing a crown, holding a balloon, running, upside down."""

from dataclasses import dataclass

from PIL import Image, ImageOps

from core.painting.pocket.glyphs import cut_glyph
from core.painting.pocket.vocabulary import HELD, WEARERS, WORN, Thing

_HAT_SHARE = 0.46  # of the body's width
_HAT_SINKS = 0.3  # of the hat's height, into the head
_HELD_SHARE = 0.62  # of the body's height
_HELD_PLACE = (0.8, 0.2)  # of the body's width and height, where its upper left corner is
_LEAN_DEGREES = 14  # to the left, where most glyphs look
_SOAR_DEGREES = 12
_WING_SHARE = 0.5  # of the body's width
_WING_OUT = 0.4  # of the wing's width, beside the body
_WING_UP = 0.22  # of the wing's height, above the body
_DUST_SHARE = 0.3  # of the body's width
_DUST_OUT = 0.75  # of the dust's width, beside the body
_DUST_COLORS = ((150, 138, 124), (250, 246, 238))
_SNORES_SHARE = 0.38  # of the body's width
_SNORES_UP = 0.85  # of the snores' height, above the body
_FAINT = 16  # of 255: what turning leaves along a glyph's edge

Area = tuple[int, int, int, int]
"""Left, upper, right and lower edge, in pixels."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A thing's RGBA image, and its body alone as an "L" mask of the same size."""

    image: Image.Image
    mask: Image.Image

    @property
    def body(self) -> Area:
        """The area of the body, beyond which reaches what the thing wears and holds."""
        return _visible(self.mask)


def draw_figure(glyph: Image.Image, thing: Thing) -> Figure:
    """The glyph as that thing is dressed and posed; its body keeps the glyph's scale."""
    figure = Figure(glyph, glyph.getchannel("A"))
    if thing.worn is not None:
        figure = _put_on(figure, cut_glyph(WORN[thing.worn]), WEARERS[thing.name])
    if thing.held is not None:
        figure = _hand(figure, cut_glyph(HELD[thing.held]))
    return figure if thing.pose is None else _pose(figure, thing.pose)


def _pose(figure: Figure, pose: str) -> Figure:
    """The figure in that pose, with what is drawn to show a movement or sleep."""
    if pose == "running":
        return _add_dust(_turn(figure, _LEAN_DEGREES))
    if pose == "flying":
        return _add_wings(_turn(figure, -_SOAR_DEGREES))
    if pose == "sleeping":
        return _add_snores(_turn(figure, 90))
    return _turn(figure, 180)


def _put_on(figure: Figure, hat: Image.Image, head: tuple[float, float]) -> Figure:
    left, top, right, bottom = figure.body
    hat = _with_width(hat, round((right - left) * _HAT_SHARE))
    x = left + round((right - left) * head[0] - hat.width / 2)
    y = top + round((bottom - top) * head[1] - hat.height * (1 - _HAT_SINKS))
    return _combine(figure, [(hat, x, y)])


def _hand(figure: Figure, held: Image.Image) -> Figure:
    left, top, right, bottom = figure.body
    height = round((bottom - top) * _HELD_SHARE)
    held = _with_width(held, round(held.width * height / held.height))
    x = left + round((right - left) * _HELD_PLACE[0])
    return _combine(figure, [(held, x, top + round((bottom - top) * _HELD_PLACE[1]))])


def _turn(figure: Figure, degrees: float) -> Figure:
    """The figure turned counter-clockwise, cropped to its new edges."""
    image, mask = (
        layer.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        for layer in (figure.image, figure.mask)
    )
    area = _visible(image.getchannel("A"))
    return Figure(image.crop(area), mask.crop(area))


def _add_dust(figure: Figure) -> Figure:
    """A little dust behind its feet."""
    left, _, right, bottom = figure.body
    cloud = cut_glyph("💨")
    dust = ImageOps.colorize(cloud.convert("L"), *_DUST_COLORS)
    dust.putalpha(cloud.getchannel("A"))
    dust = _with_width(dust, round((right - left) * _DUST_SHARE))
    x = right - round(dust.width * (1 - _DUST_OUT))
    return _combine(figure, [(dust, x, bottom - dust.height)])


def _add_wings(figure: Figure) -> Figure:
    """Wings behind it, one to each side."""
    left, top, right, _ = figure.body
    wing = _with_width(cut_glyph("🪽"), round((right - left) * _WING_SHARE))
    other = wing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    out, y = round(wing.width * _WING_OUT), top - round(wing.height * _WING_UP)
    return _combine(figure, [(wing, right - wing.width + out, y), (other, left - out, y)], True)


def _add_snores(figure: Figure) -> Figure:
    left, top, right, _ = figure.body
    snores = _with_width(cut_glyph("💤"), round((right - left) * _SNORES_SHARE))
    y = top - round(snores.height * _SNORES_UP)
    return _combine(figure, [(snores, right - snores.width, y)])


def _with_width(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((max(1, width), height), Image.Resampling.LANCZOS)


def _combine(
    figure: Figure, pieces: list[tuple[Image.Image, int, int]], behind: bool = False
) -> Figure:
    """The figure with the pieces before or behind it, on a canvas that just holds them all."""
    layers = [*pieces, (figure.image, 0, 0)] if behind else [(figure.image, 0, 0), *pieces]
    left, top = min(x for _, x, _ in layers), min(y for _, _, y in layers)
    right = max(x + piece.width for piece, x, _ in layers)
    bottom = max(y + piece.height for piece, _, y in layers)
    canvas = Image.new("RGBA", (right - left, bottom - top))
    for piece, x, y in layers:
        canvas.alpha_composite(piece, (x - left, y - top))
    mask = Image.new("L", canvas.size)
    mask.paste(figure.mask, (-left, -top))
    return Figure(canvas, mask)


def _visible(alpha: Image.Image) -> Area:
    """The area of all that is more than faint in an "L" image."""
    area = alpha.point([255 * (level > _FAINT) for level in range(256)]).getbbox()
    return area or (0, 0, *alpha.size)
