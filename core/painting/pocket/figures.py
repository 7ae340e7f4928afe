"""Glyphs dressed and posed: a dog wearing a crown, holding a balloon, running, upside down."""

from PIL import Image

from core.painting.pocket.glyphs import cut_glyph
from core.painting.pocket.vocabulary import HELD, WEARERS, WORN, Thing

_HAT_SHARE = 0.46  # of the glyph's width
_HAT_SINKS = 0.3  # of the hat's height, into the head
_HELD_SHARE = 0.62  # of the glyph's height
_LEAN_DEGREES = 14  # to the left, where most glyphs look
_SOAR_DEGREES = 12


def dress(glyph: Image.Image, thing: Thing) -> Image.Image:
    """The glyph with what the thing wears and holds, larger by as much as that sticks out."""
    if thing.worn is not None:
        glyph = _put_on(glyph, cut_glyph(WORN[thing.worn]), WEARERS[thing.name])
    if thing.held is not None:
        glyph = _hand(glyph, cut_glyph(HELD[thing.held]))
    return glyph


def pose_figure(figure: Image.Image, pose: str | None) -> Image.Image:
    """The figure in that pose, with what is drawn to show a movement or sleep."""
    if pose == "running":
        return _add_dust(_turn(figure, _LEAN_DEGREES))
    if pose == "flying":
        return _add_wings(_turn(figure, -_SOAR_DEGREES))
    if pose == "sleeping":
        return _add_snores(figure.transpose(Image.Transpose.ROTATE_90))
    if pose == "upside down":
        return figure.transpose(Image.Transpose.ROTATE_180)
    return figure


def _put_on(glyph: Image.Image, hat: Image.Image, head: tuple[float, float]) -> Image.Image:
    hat = _with_width(hat, round(glyph.width * _HAT_SHARE))
    x = round(glyph.width * head[0] - hat.width / 2)
    y = round(glyph.height * head[1] - hat.height * (1 - _HAT_SINKS))
    return _combine([(glyph, 0, 0), (hat, x, y)])


def _hand(glyph: Image.Image, held: Image.Image) -> Image.Image:
    height = round(glyph.height * _HELD_SHARE)
    held = _with_width(held, round(held.width * height / held.height))
    return _combine([(glyph, 0, 0), (held, round(glyph.width * 0.86), round(glyph.height * 0.2))])


def _turn(figure: Image.Image, degrees: float) -> Image.Image:
    turned = figure.rotate(degrees, Image.Resampling.BICUBIC, expand=True)
    return turned.crop(turned.getbbox())


def _add_dust(figure: Image.Image) -> Image.Image:
    """A cloud of dust behind its feet."""
    dust = _with_width(cut_glyph("💨"), round(figure.width * 0.45))
    return _combine(
        [(figure, 0, 0), (dust, round(figure.width * 0.92), figure.height - dust.height)]
    )


def _add_wings(figure: Image.Image) -> Image.Image:
    """Wings behind it, one to each side."""
    wing = _with_width(cut_glyph("🪽"), round(figure.width * 0.55))
    other = wing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    out, top = round(wing.width * 0.72), -round(wing.height * 0.1)
    places = [(wing, figure.width - wing.width + out, top), (other, -out, top)]
    return _combine([*places, (figure, 0, 0)])


def _add_snores(figure: Image.Image) -> Image.Image:
    snores = _with_width(cut_glyph("💤"), round(figure.width * 0.42))
    return _combine([(figure, 0, 0), (snores, round(figure.width * 0.58), -snores.height)])


def _with_width(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((max(1, width), height), Image.Resampling.LANCZOS)


def _combine(pieces: list[tuple[Image.Image, int, int]]) -> Image.Image:
    """The pieces at their places, on a canvas that just holds them."""
    left, top = min(x for _, x, _ in pieces), min(y for _, _, y in pieces)
    right = max(x + piece.width for piece, x, _ in pieces)
    bottom = max(y + piece.height for piece, _, y in pieces)
    canvas = Image.new("RGBA", (right - left, bottom - top))
    for piece, x, y in pieces:
        canvas.alpha_composite(piece, (x - left, y - top))
    return canvas
