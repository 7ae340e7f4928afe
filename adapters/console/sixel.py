"""Sixel, the picture format of DEC terminals: columns of six pixels, one colour at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

COLOURS = 256  # registers that terminals have
BAND = 6  # rows of pixels


def sixel(picture: Image) -> str:
    """The RGB picture in at most 256 colours: https://vt100.net/docs/vt3xx-gp/chapter14.html"""
    quantized = picture.quantize(COLOURS)
    indices = quantized.tobytes()
    width, height = quantized.size
    palette = quantized.getpalette() or []
    colours = "".join(_register(number, palette) for number in sorted(set(indices)))
    bands = "-".join(
        _band([indices[y * width : (y + 1) * width] for y in range(top, min(top + BAND, height))])
        for top in range(0, height, BAND)
    )
    return f'\x1bP0;1q"1;1;{width};{height}{colours}{bands}\x1b\\\n'


def _register(number: int, palette: list[int]) -> str:
    red, green, blue = (round(value * 100 / 255) for value in palette[3 * number : 3 * number + 3])
    return f"#{number};2;{red};{green};{blue}"


def _band(rows: list[bytes]) -> str:
    width = len(rows[0])
    masks: dict[int, bytearray] = {}
    for bit, row in enumerate(rows):
        for x, number in enumerate(row):
            masks.setdefault(number, bytearray(width))[x] |= 1 << bit
    return "$".join(f"#{number}{''.join(_runs(mask))}" for number, mask in masks.items())


def _runs(mask: bytearray) -> Iterator[str]:
    for bits, run in groupby(mask):
        length, letter = len(list(run)), chr(63 + bits)
        yield f"!{length}{letter}" if length > 3 else letter * length
