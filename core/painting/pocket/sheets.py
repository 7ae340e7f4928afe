"""Sheets of pictures with their captions, for people to look at."""

import textwrap

from PIL import Image, ImageDraw, ImageFont

from core.painting.pocket.codec import Pixels

_PICTURE_PX = 128
_TEXT_PX = 26
_LINE_LETTERS = 25


def captioned_sheet(pixels: Pixels, captions: list[str], columns: int = 8) -> Image.Image:
    """The pictures (N, 256, 256, 3) at half size in rows, two lines of caption below each."""
    rows = -(-len(captions) // columns)
    size = (columns * _PICTURE_PX, rows * (_PICTURE_PX + _TEXT_PX))
    sheet = Image.new("RGB", size, "white")
    canvas, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=9)
    for index, (picture, text) in enumerate(zip(pixels, captions, strict=True)):
        x = index % columns * _PICTURE_PX
        y = index // columns * (_PICTURE_PX + _TEXT_PX)
        sheet.paste(Image.fromarray(picture).resize((_PICTURE_PX, _PICTURE_PX)), (x, y))
        lines = textwrap.wrap(text, _LINE_LETTERS, max_lines=2, placeholder="…")
        canvas.multiline_text((x + 2, y + _PICTURE_PX), "\n".join(lines), "black", font, spacing=2)
    return sheet
