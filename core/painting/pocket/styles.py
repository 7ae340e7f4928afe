"""Styles as filters over a finished 256 x 256 picture; the same picture always gives the same result."""

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from core.painting.pocket.sprites import CELL_PX, SIDE_PX

_PAPER = (253, 250, 242)


def apply_style(image: Image.Image, style: str) -> Image.Image:
    """The picture in that style; a sticker's rim belongs to its thing, so the picture stays as it is."""
    return image if style == "sticker" else _FILTERS[style](image)


def _watercolor(image: Image.Image) -> Image.Image:
    soft = image.filter(ImageFilter.GaussianBlur(1.2))
    pale = Image.blend(soft, Image.new("RGB", image.size, _PAPER), 0.25)
    blotched = ImageChops.multiply(pale, _blotches())
    return Image.composite(blotched, Image.new("RGB", image.size, _PAPER), _painted_area())


def _pencil(image: Image.Image) -> Image.Image:
    grey = image.convert("L")
    glow = ImageOps.invert(grey).filter(ImageFilter.GaussianBlur(5))
    tones, light = np.asarray(grey, np.float32), np.asarray(glow, np.float32)
    dodged = (tones * 255 / (256 - light)).clip(0, 255)
    lines = Image.fromarray((0.85 * dodged + 0.15 * tones).astype(np.uint8))
    return lines.convert("RGB")


def _pixel_art(image: Image.Image) -> Image.Image:
    return image.reduce(CELL_PX // 2).resize(image.size, Image.Resampling.NEAREST)


def _oil(image: Image.Image) -> Image.Image:
    """Broad dabs of a few strong colours."""
    dabs = image.filter(ImageFilter.ModeFilter(9))
    strong = ImageEnhance.Color(dabs).enhance(1.5)
    return ImageChops.multiply(ImageOps.posterize(strong, 4), _canvas())


def _neon(image: Image.Image) -> Image.Image:
    """Glowing edges in the dark, in the colours that they had."""
    vivid = ImageEnhance.Color(image.filter(ImageFilter.GaussianBlur(1))).enhance(2.5)
    tones = np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(1)), np.float32)
    across, down = np.gradient(tones)
    strength = (np.hypot(across, down) * 9).clip(0, 255).astype(np.uint8)
    lines = Image.fromarray(strength).filter(ImageFilter.MaxFilter(3))
    glow = lines.filter(ImageFilter.GaussianBlur(4))
    lit = Image.composite(
        vivid, Image.new("RGB", image.size, (10, 8, 24)), ImageChops.lighter(lines, glow)
    )
    white = lines.point([level // 3 for level in range(256)])
    return ImageChops.screen(lit, Image.merge("RGB", (white, white, white)))


@cache
def _blotches() -> Image.Image:
    """How paint pools on this sheet of paper: always the same sheet, so that it can be learned."""
    levels = np.random.default_rng(5).integers(226, 256, (12, 12)).astype(np.uint8)
    sheet = Image.fromarray(levels).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    return Image.merge("RGB", (sheet, sheet, sheet))


@cache
def _canvas() -> Image.Image:
    """The weave of a canvas that shows through the paint."""
    across = np.where(np.arange(SIDE_PX) % 4 < 2, 255, 238).astype(np.uint8)
    weave = Image.fromarray(np.minimum.outer(across, across))
    return Image.merge("RGB", (weave, weave, weave))


@cache
def _painted_area() -> Image.Image:
    """A mask that leaves an uneven border of the paper bare."""
    reach = np.random.default_rng(7).integers(0, 256, (24, 24)).astype(np.uint8)
    rough = Image.fromarray(reach).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    edge = np.minimum.reduce(np.meshgrid(*[np.minimum(np.arange(256), np.arange(256)[::-1])] * 2))
    depth = edge.astype(np.float32) - 4 - np.asarray(rough, np.float32) / 255 * 12
    mask = Image.fromarray((depth.clip(0, 4) * 63).astype(np.uint8))
    return mask.filter(ImageFilter.GaussianBlur(1))


_FILTERS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "watercolor": _watercolor,
    "pencil": _pencil,
    "pixel art": _pixel_art,
    "oil": _oil,
    "neon": _neon,
}
