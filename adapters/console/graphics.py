"""Pictures as the bytes a terminal draws them from: which way it understands, and how many cells they take.

The terminal is never asked: a query's answer arrives among the typed keys and stays there on terminals that are slow
or do not know it. The environment says enough, and `Graphics` can be given by hand.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

KITTY_CHUNK = (
    4096  # base64 letters, a multiple of 4: https://sw.kovidgoyal.net/kitty/graphics-protocol/
)
CELL_PX = (
    8,
    16,
)  # a common cell; real ones are larger, then a picture takes fewer pixels than it could
MAX_COLUMNS = 64

Pixel = tuple[int, int, int]
_LEVELS = (0, 95, 135, 175, 215, 255)


class Graphics(StrEnum):
    """The ways to show a picture, best first."""

    KITTY = "kitty"
    ITERM2 = "iterm2"
    SIXEL = "sixel"
    BLOCKS = "blocks"  # half-blocks in 24-bit colours
    BLOCKS_256 = "blocks256"
    PATHS = "paths"  # only the file's name


@dataclass(frozen=True, slots=True)
class Room:
    """What a picture may take of the terminal, in cells."""

    columns: int
    rows: int


def graphics_of(environ: Mapping[str, str], is_terminal: bool) -> Graphics:
    """What the terminal of this environment can show."""
    term = environ.get("TERM", "")
    if not is_terminal or environ.get("NO_COLOR") or term in ("", "dumb"):
        return Graphics.PATHS
    multiplexed = "TMUX" in environ or term.startswith(("tmux", "screen"))
    drawn = (
        None if multiplexed else _protocol(environ, term)
    )  # tmux and screen swallow the protocols
    return drawn or _blocks(environ, term)


def _protocol(environ: Mapping[str, str], term: str) -> Graphics | None:
    program = environ.get("TERM_PROGRAM", "")
    if "KITTY_WINDOW_ID" in environ or term in ("xterm-kitty", "xterm-ghostty"):
        return Graphics.KITTY
    if program == "ghostty" or _konsole(environ) >= 220400:
        return Graphics.KITTY
    if program in ("iTerm.app", "WezTerm", "mintty") or environ.get("LC_TERMINAL") == "iTerm2":
        return Graphics.ITERM2
    if "sixel" in term or term.startswith(("foot", "mlterm", "contour")):
        return Graphics.SIXEL
    return None


def _konsole(environ: Mapping[str, str]) -> int:
    version = environ.get("KONSOLE_VERSION", "")
    return int(version) if version.isdigit() else 0


def _blocks(environ: Mapping[str, str], term: str) -> Graphics:
    if environ.get("COLORTERM") in ("truecolor", "24bit") or term.endswith("-direct"):
        return Graphics.BLOCKS
    return Graphics.BLOCKS_256 if "256color" in term else Graphics.PATHS


def draw(path: Path, graphics: Graphics, room: Room) -> str:
    """The text that draws the picture file, ending with a newline; "" where only its path is to be shown.

    Raises `OSError` where the file is not there or is no picture.
    """
    if graphics is Graphics.PATHS:
        return ""
    from PIL import Image

    with Image.open(path) as file:
        picture = file.convert("RGB")
    if graphics in (Graphics.BLOCKS, Graphics.BLOCKS_256):
        return half_blocks(_fit(picture, room, (1, 2)), graphics is Graphics.BLOCKS)
    columns = _columns(picture, room)
    if graphics is Graphics.KITTY:
        return kitty(_png(picture), columns)
    if graphics is Graphics.ITERM2:
        return iterm2(_png(picture), columns)
    from adapters.console.sixel import sixel

    return sixel(_fit(picture, room, CELL_PX))


def kitty(png: bytes, columns: int) -> str:
    """Kitty's graphics protocol: transmit and show, quietly (an answer would land among the typed keys)."""
    data = base64.standard_b64encode(png).decode("ascii")
    chunks = [data[at : at + KITTY_CHUNK] for at in range(0, len(data), KITTY_CHUNK)]
    keys = [f"a=T,f=100,c={columns},q=2,", *[""] * (len(chunks) - 1)]
    more = [*[1] * (len(chunks) - 1), 0]
    parts = zip(keys, more, chunks, strict=True)
    return "".join(f"\x1b_G{key}m={m};{chunk}\x1b\\" for key, m, chunk in parts) + "\n"


def iterm2(png: bytes, columns: int) -> str:
    """iTerm2's inline images: https://iterm2.com/documentation-images.html"""
    data = base64.standard_b64encode(png).decode("ascii")
    keys = f"inline=1;size={len(png)};width={columns};height=auto;preserveAspectRatio=1"
    return f"\x1b]1337;File={keys}:{data}\x07\n"


def half_blocks(picture: Image, true_colour: bool) -> str:
    """Two pixels a cell: the upper half in the foreground's colour, the lower half in the background's."""
    colour = _rgb if true_colour else _indexed
    rows = [_row(picture, y, colour) for y in range(picture.height)]
    rows += [[""] * picture.width] * (
        picture.height % 2
    )  # below an odd last row: the terminal's own
    lines = (_line(upper, lower) for upper, lower in zip(rows[::2], rows[1::2], strict=True))
    return "".join(f"{line}\x1b[0m\n" for line in lines)


def _row(picture: Image, y: int, colour: Callable[[Pixel], str]) -> list[str]:
    data = picture.crop((0, y, picture.width, y + 1)).tobytes()
    return [colour((data[x], data[x + 1], data[x + 2])) for x in range(0, len(data), 3)]


def _line(upper: list[str], lower: list[str]) -> str:
    cells, last = [], ("", "")
    for above, below in zip(upper, lower, strict=True):
        background = f"48;{below}" if below else "49"
        same = (above, below) == last
        cells.append("▀" if same else f"\x1b[38;{above};{background}m▀")
        last = (above, below)
    return "".join(cells)


def _rgb(pixel: Pixel) -> str:
    return "2;{};{};{}".format(*pixel)


def _indexed(pixel: Pixel) -> str:
    """The nearest of the 6 x 6 x 6 cube (levels 0, 95, 135... 255) and the 24 greys (8, 18... 238) of xterm."""
    cube = [_level(value) for value in pixel]
    grey = min(23, max(0, round((sum(pixel) / 3 - 8) / 10)))
    cube_error = sum((_LEVELS[i] - value) ** 2 for i, value in zip(cube, pixel, strict=True))
    grey_error = sum((8 + 10 * grey - value) ** 2 for value in pixel)
    if grey_error < cube_error:
        return f"5;{232 + grey}"
    return f"5;{16 + 36 * cube[0] + 6 * cube[1] + cube[2]}"


def _level(value: int) -> int:
    return min(range(len(_LEVELS)), key=lambda index: abs(_LEVELS[index] - value))


def _columns(picture: Image, room: Room) -> int:
    """Cells across, so that the picture is not enlarged and its height stays within the room."""
    scale = _scale(picture, room, CELL_PX)
    return max(1, round(picture.width * scale / CELL_PX[0]))


def _scale(picture: Image, room: Room, cell_px: tuple[int, int]) -> float:
    width = min(room.columns, MAX_COLUMNS) * cell_px[0]
    return min(1.0, width / picture.width, room.rows * cell_px[1] / picture.height)


def _fit(picture: Image, room: Room, cell_px: tuple[int, int]) -> Image:
    scale = _scale(picture, room, cell_px)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if scale == 1.0 else picture.resize(size)


def _png(picture: Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()
