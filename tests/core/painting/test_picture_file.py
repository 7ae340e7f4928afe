from __future__ import annotations

import asyncio
import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import NotAPicture, PictureTooLarge
from core.painting import picture_file
from core.painting.picture_file import (
    CheckedUpload,
    check_upload,
    encode,
    export,
    inspect_upload,
    kind_of,
    recipe_of,
)
from core.painting.recipe import Recipe, Technique
from core.regions import NAMES

ROOT = Path(__file__).parents[3]
RECIPE = Recipe("pocket", "a “dog” <& 'cat'> 🦊", 7, 4, 5.0, 64, 48)
BITS = st.integers(0, 2**32 - 1)
SHARES = st.none() | st.floats(0, 1)
RECIPES = st.builds(
    Recipe,
    model=st.text().filter(lambda name: not name.startswith("/")),
    prompt=st.text(),
    seed=BITS,
    steps=st.integers(1, 100),
    guidance=st.floats(0, 30),
    width=st.integers(8, 2048),
    height=st.integers(8, 2048),
    negative=st.text(st.characters(codec=None)),
    technique=st.sampled_from(Technique),
    source=st.none() | st.text(),
    strength=SHARES,
    region=st.sampled_from(("", *NAMES)),
    mask=st.none() | st.text(min_size=1),
    others=st.lists(st.text(min_size=1), max_size=4).map(tuple),
)


def noise(width: int = 64, height: int = 48) -> Image.Image:
    return Image.effect_noise((width, height), 90).convert("RGB")


def save(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def load(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image


def png_header_only(width: int, height: int, packed: bytes) -> bytes:
    """A one-bit PNG of any size on paper, without the memory to draw it here."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


# -- inside and out --------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.data(), RECIPES)
def test_a_stored_picture_keeps_every_pixel_and_its_recipe(
    width: int, height: int, data: st.DataObject, recipe: Recipe
) -> None:
    pixels = data.draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))
    image = Image.frombytes("RGB", (width, height), pixels)

    stored = encode(image, recipe)

    assert load(stored).convert("RGB").tobytes() == pixels
    assert recipe_of(stored) == recipe
    assert kind_of(stored) == "webp"


def test_a_picture_without_a_recipe_has_none() -> None:
    assert recipe_of(encode(noise())) is None
    assert recipe_of(save(noise(), "JPEG")) is None


@pytest.mark.parametrize(
    "packet", [b"<x", b"<x/>", b'<x xmlns:e="urn:easel:recipe" e:recipe="{}"/>']
)
def test_metadata_of_strangers_is_not_a_recipe(packet: bytes) -> None:
    assert recipe_of(save(noise(), "WEBP", xmp=packet)) is None


def test_the_folder_of_a_model_stays_private() -> None:
    found = recipe_of(
        encode(noise(), Recipe("/home/ann/secret/my-model", "a dog", 1, 4, 5.0, 8, 8))
    )

    assert found is not None and found.model == "my-model"


def test_a_png_for_outside_is_exact_and_carries_the_recipe() -> None:
    image = noise()

    png = export(encode(image, RECIPE), "png", 10**6)

    assert kind_of(png) == "png"
    assert load(png).tobytes() == image.tobytes()
    assert recipe_of(png) == RECIPE


def test_a_stored_picture_that_fits_goes_out_as_it_is() -> None:
    stored = encode(noise(), RECIPE)

    assert export(stored, "webp", len(stored)) is stored


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("limit_bytes", [60_000, 20_000, 5_000])
def test_an_export_is_made_smaller_until_it_fits(kind: Any, limit_bytes: int) -> None:
    stored = encode(noise(256, 200), RECIPE)

    sent = export(stored, kind, limit_bytes)

    assert len(sent) <= limit_bytes
    assert kind_of(sent) == ("webp" if kind == "webp" else "jpeg")
    assert recipe_of(sent) == RECIPE
    width, height = load(sent).size
    assert abs(width / height - 256 / 200) < 0.05


def test_an_export_that_cannot_fit_is_refused() -> None:
    with pytest.raises(PictureTooLarge, match="100 bytes"):
        export(encode(noise(), RECIPE), "png", 100)


# -- uploads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "JPEG"])
def test_pictures_of_the_usual_kinds_are_taken(kind: str) -> None:
    upload = inspect_upload(save(Image.new("RGB", (30, 20), (200, 30, 40)), kind))

    picture = load(upload.data)
    assert (upload.width, upload.height, picture.size) == (30, 20, (30, 20))
    red, green, blue = picture.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
    assert abs(red - 200) + abs(green - 30) + abs(blue - 40) < 12


@pytest.mark.parametrize(
    "data",
    [b"", b"dear diary", b"%PDF-1.7", b"<svg/>", save(Image.new("RGB", (4, 4)), "BMP")],
    ids=["empty", "text", "pdf", "svg", "bmp"],
)
async def test_other_files_are_refused_with_what_would_do(data: bytes) -> None:
    with pytest.raises(NotAPicture, match="PNG, JPEG, WebP or GIF"):
        await check_upload(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_pictures_that_broke_off_are_refused(kind: str, share: float) -> None:
    whole = save(noise(200, 200), kind)

    with pytest.raises(NotAPicture, match="damaged"):
        inspect_upload(whole[: int(len(whole) * share)])


def test_only_the_first_frame_of_an_animation_is_taken() -> None:
    colours = ("red", "lime", "blue")
    frames = [Image.new("RGB", (10, 10), colour) for colour in colours]
    gif = save(frames[0], "GIF", save_all=True, append_images=frames[1:])

    picture = load(inspect_upload(gif).data)

    assert picture.convert("RGB").getpixel((0, 0)) == (255, 0, 0)
    assert getattr(picture, "n_frames", 1) == 1


def test_a_turned_photo_is_set_upright_and_loses_its_metadata() -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste("black", (0, 0, 20, 20))  # the left half
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    exif[0x010E] = "taken at 47.37 N"
    photo = save(image, "JPEG", exif=exif, comment=b"for mum", quality=95)

    upload = inspect_upload(photo)

    picture = load(upload.data)
    assert (upload.width, upload.height) == (20, 40)
    assert picture.convert("L").getpixel((10, 5)) < 20  # type: ignore[operator]
    assert not {"exif", "xmp", "comment"} & picture.info.keys()
    assert b"47.37" not in upload.data and b"mum" not in upload.data


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("LA", (4, 4), (0, 0)), (255, 255, 255)),
        (Image.new("I;16", (4, 4), 0x8000), (128, 128, 128)),
        (Image.new("1", (4, 4), 1), (255, 255, 255)),
        (Image.new("L", (4, 4), 77), (77, 77, 77)),
    ],
    ids=["transparent", "transparent grey", "16 bit", "1 bit", "grey"],
)
def test_unusual_pngs_look_as_they_should(image: Image.Image, expected: tuple[int, ...]) -> None:
    picture = load(inspect_upload(save(image, "PNG")).data)

    assert picture.convert("RGB").getpixel((1, 1)) == expected


def test_a_jpeg_for_printing_is_taken() -> None:
    picture = load(inspect_upload(save(Image.new("CMYK", (8, 8), (255, 0, 0, 0)), "JPEG")).data)

    red, green, blue = picture.convert("RGB").getpixel((1, 1))  # type: ignore[misc]
    assert red < 10 and green > 245 and blue > 245


def test_large_pictures_are_scaled_down_to_what_is_stored() -> None:
    upload = inspect_upload(save(Image.new("RGB", (4096, 100)), "PNG"))

    assert (upload.width, upload.height) == (2048, 50)


@pytest.mark.parametrize(
    ("width", "height"), [(4097, 10), (10, 5000), (4096, 4000), (13300, 1200), (20000, 20000)]
)
def test_too_many_pixels_are_refused_by_the_header_alone(width: int, height: int) -> None:
    with pytest.raises(PictureTooLarge, match="smaller|at most 4096"):
        inspect_upload(png_header_only(width, height, b""))


async def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PictureTooLarge, match="at most 10 MB"):
        await check_upload(bytes(10 * 2**20 + 1))


# -- the child ---------------------------------------------------------------------------------------


async def test_the_child_gives_what_it_found() -> None:
    data = save(noise(), "PNG")

    assert await check_upload(data) == inspect_upload(data)


async def test_a_bomb_is_refused_and_the_next_picture_is_taken() -> None:
    rows = zlib.compress(bytes((20000 // 8 + 1) * 20000), 9)
    bomb = png_header_only(20000, 20000, rows)
    assert len(bomb) < 100_000

    with pytest.raises(PictureTooLarge):
        await check_upload(bomb)

    assert (await check_upload(save(noise(), "PNG"))).width == 64


async def test_damage_is_told_apart_from_size() -> None:
    whole = save(noise(200, 200), "PNG")

    with pytest.raises(NotAPicture, match="damaged"):
        await check_upload(whole[: len(whole) // 2])


async def test_a_webp_too_large_for_the_memory_of_the_child_is_refused() -> None:
    canvas = (16000 - 1).to_bytes(3, "little") * 2
    header = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    data = b"RIFF" + struct.pack("<I", len(header)) + header

    with pytest.raises((PictureTooLarge, NotAPicture)):
        await check_upload(data)


async def test_the_child_is_ended_when_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_file, "_CHILD_WALL_S", 0.0)

    with pytest.raises(PictureTooLarge, match="takes too much"):
        await check_upload(save(noise(), "PNG"))


async def test_the_child_ends_with_its_caller() -> None:
    checking = asyncio.create_task(check_upload(save(noise(), "PNG")))
    await asyncio.sleep(0)
    checking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await checking


async def test_many_uploads_at_once_all_get_through() -> None:
    pictures = [save(noise(), "PNG") for _ in range(5)]

    uploads = await asyncio.gather(*(check_upload(data) for data in pictures))

    assert all(isinstance(upload, CheckedUpload) for upload in uploads)
    assert len({upload.data for upload in uploads}) == 5


def test_importing_this_imports_neither_pillow_nor_torch() -> None:
    code = "import sys, core.painting.picture_file; print({'PIL', 'torch'} & sys.modules.keys())"

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert said.stdout.strip() == "set()"
