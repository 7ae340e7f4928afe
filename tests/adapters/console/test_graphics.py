import base64
import io
import random
import re
from pathlib import Path

import pytest
from PIL import Image

from adapters.console.graphics import (
    Graphics,
    Room,
    draw,
    graphics_of,
    half_blocks,
    iterm2,
    kitty,
)
from adapters.console.sixel import sixel

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


@pytest.mark.parametrize(
    ("environ", "graphics"),
    [
        ({"TERM": "xterm-kitty"}, Graphics.KITTY),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Graphics.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty"}, Graphics.KITTY),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230800"}, Graphics.KITTY),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "200400"}, Graphics.BLOCKS_256),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Graphics.ITERM2),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Graphics.ITERM2),
        ({"TERM": "foot"}, Graphics.SIXEL),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Graphics.BLOCKS),
        ({"TERM": "xterm-256color"}, Graphics.BLOCKS_256),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/t"}, Graphics.BLOCKS_256),
        ({"TERM": "vt100"}, Graphics.PATHS),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, Graphics.PATHS),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, Graphics.PATHS),
        ({}, Graphics.PATHS),
    ],
)
def test_the_environment_tells_what_a_terminal_can_show(
    environ: dict[str, str], graphics: Graphics
) -> None:
    assert graphics_of(environ, is_terminal=True) is graphics


def test_a_pipe_gets_only_paths() -> None:
    assert graphics_of({"TERM": "xterm-kitty"}, is_terminal=False) is Graphics.PATHS


def test_half_blocks_put_two_pixels_in_a_cell() -> None:
    picture = _picture([[RED, GREEN], [BLUE, WHITE]])

    assert half_blocks(picture, true_colour=True) == (
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;0;255;0;48;2;255;255;255m▀\x1b[0m\n"
    )


def test_half_blocks_in_256_colours_use_the_nearest_of_cube_and_greys() -> None:
    picture = _picture([[RED, (128, 128, 128)], [(100, 130, 180), WHITE]])

    assert half_blocks(picture, true_colour=False) == (
        "\x1b[38;5;196;48;5;67m▀\x1b[38;5;244;48;5;231m▀\x1b[0m\n"
    )


def test_cells_of_the_same_colours_are_coloured_once() -> None:
    picture = _picture([[RED, RED], [BLUE, BLUE]])

    assert half_blocks(picture, true_colour=True) == "\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[0m\n"


def test_below_an_odd_last_row_the_terminal_keeps_its_colour() -> None:
    assert half_blocks(_picture([[RED]]), true_colour=True) == "\x1b[38;2;255;0;0;49m▀\x1b[0m\n"


def test_a_picture_for_kitty_comes_in_chunks_of_4096_letters() -> None:
    png = random.Random(1).randbytes(9000)

    text = kitty(png, columns=32)

    commands = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in commands) + "\n" == text
    assert [keys for keys, _ in commands] == ["a=T,f=100,c=32,q=2,m=1", "m=1", "m=0"]
    assert [len(data) for _, data in commands] == [4096, 4096, 3808]
    assert base64.b64decode("".join(data for _, data in commands), validate=True) == png


def test_a_small_picture_for_kitty_is_one_command() -> None:
    assert kitty(b"png", columns=4) == "\x1b_Ga=T,f=100,c=4,q=2,m=0;cG5n\x1b\\\n"


def test_a_picture_for_iterm2_tells_its_size() -> None:
    assert iterm2(b"png", columns=4) == (
        "\x1b]1337;File=inline=1;size=3;width=4;height=auto;preserveAspectRatio=1:cG5n\x07\n"
    )


def test_sixel_draws_each_colour_of_a_band_over_the_other() -> None:
    picture = _picture([[RED] * 5 + [BLUE]] * 7)

    text = sixel(picture)

    assert text.startswith('\x1bP0;1q"1;1;6;7') and text.endswith("\x1b\\\n")
    red, blue = _register(text, "100;0;0"), _register(text, "0;0;100")
    bands = text.split("-")
    assert bands[0].endswith(f"{red}!5~?${blue}!5?~")
    assert bands[1] == f"{red}!5@?${blue}!5?@\x1b\\\n"


@pytest.mark.parametrize("graphics", [Graphics.KITTY, Graphics.ITERM2])
def test_a_picture_file_becomes_a_png_no_larger_than_the_room(
    graphics: Graphics, tmp_path: Path
) -> None:
    path = _file(tmp_path, 256, 512)

    text = draw(path, graphics, Room(columns=80, rows=16))

    assert ("c=16," if graphics is Graphics.KITTY else "width=16;") in text
    data = "".join(re.findall(r"[;:]([A-Za-z0-9+/=]+)(?:\x1b\\|\x07)", text))
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (256, 512)


def test_half_blocks_fill_the_room_and_keep_the_shape(tmp_path: Path) -> None:
    path = _file(tmp_path, 256, 256)

    lines = draw(path, Graphics.BLOCKS, Room(columns=80, rows=10)).splitlines()

    assert (len(lines), lines[0].count("▀")) == (10, 20)


def test_only_a_path_needs_no_file(tmp_path: Path) -> None:
    assert draw(tmp_path / "gone.webp", Graphics.PATHS, Room(80, 24)) == ""


def test_a_broken_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "broken.webp").write_bytes(b"RIFF")

    with pytest.raises(OSError, match="cannot identify"):
        draw(tmp_path / "broken.webp", Graphics.BLOCKS, Room(80, 24))


def _picture(rows: list[list[tuple[int, int, int]]]) -> Image.Image:
    picture = Image.new("RGB", (len(rows[0]), len(rows)))
    for y, row in enumerate(rows):
        for x, pixel in enumerate(row):
            picture.putpixel((x, y), pixel)
    return picture


def _file(folder: Path, width: int, height: int) -> Path:
    path = folder / "picture.webp"
    Image.effect_noise((width, height), 40).convert("RGB").save(path, lossless=True)
    return path


def _register(text: str, colour: str) -> str:
    found = re.search(rf"(#\d+);2;{colour}", text)
    assert found
    return found[1]
