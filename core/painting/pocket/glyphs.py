"""Emoji cut from the colour font, which training and scoring need."""

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONT_NAME = "NotoColorEmoji.ttf"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_FONT_PX = 109  # the only size the bitmap font has


@cache
def find_font() -> Path | None:
    """Where the emoji font lies on this machine, None where it is not installed."""
    for folder in _FONT_FOLDERS:
        for path in sorted(Path(folder).expanduser().rglob(_FONT_NAME)):
            return path
    return None


@cache
def cut_glyph(emoji: str) -> Image.Image:
    """The emoji's glyph as RGBA, cropped to its own edges."""
    path = find_font()
    if path is None:
        raise FileNotFoundError(
            f"{_FONT_NAME} is not installed; on Debian: apt install fonts-noto-color-emoji"
        )
    font = ImageFont.truetype(str(path), _FONT_PX)
    canvas = Image.new("RGBA", (160, 150))
    ImageDraw.Draw(canvas).text((0, 0), emoji, font=font, embedded_color=True)
    return canvas.crop(canvas.getbbox())
