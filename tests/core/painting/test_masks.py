"""Which pixels may change, and how the new ones are laid over the old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.errors import PaintingError
from core.painting.masks import Opening, opening
from core.painting.recipe import Recipe, Source, Technique

RECIPE = Recipe(
    "pocket", "", 1, 4, 4.0, 64, 64,
    technique=Technique.PICTURE_TO_PICTURE, source="p1", strength=0.9, region="top",
)  # fmt: skip
MASKED = replace(RECIPE, region="mask", mask="p2")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Wider than high: 128 x 64, of which the middle 64 columns are seen."""
    path = tmp_path / "picture.png"
    Image.effect_noise((128, 64), 90).convert("RGB").save(path)
    return path


def masked(picture: Path, mask: Image.Image) -> Opening:
    path = picture.with_name("mask.png")
    mask.save(path)
    return opening(MASKED, Source(picture, path))


def white(part: Opening) -> tuple[int, int, int, int] | None:
    return part.mask.getbbox()


@pytest.mark.parametrize(
    ("region", "box"),
    [
        ("top", (0, 0, 64, 32)),
        ("bottom", (0, 32, 64, 64)),
        ("left", (0, 0, 32, 64)),
        ("right", (32, 0, 64, 64)),
        ("middle", (16, 16, 48, 48)),
    ],
)
def test_a_region_is_its_box(picture: Path, region: str, box: tuple[int, int, int, int]) -> None:
    part = opening(replace(RECIPE, region=region), Source(picture))

    assert white(part) == box
    assert np.asarray(part.mask.crop(box)).min() == 255


def test_a_mask_of_any_size_lies_over_the_whole_source(picture: Path) -> None:
    mask = Image.new("L", (40, 20), 0)
    mask.paste(255, (20, 0, 40, 10))  # the upper right quarter of the source

    assert white(masked(picture, mask)) == (32, 0, 64, 32)


def test_grey_counts_as_white_from_the_middle_on(picture: Path) -> None:
    mask = Image.new("L", (128, 64), 100)
    mask.paste(160, (64, 0, 128, 64))

    assert white(masked(picture, mask)) == (32, 0, 64, 64)


def test_a_mask_without_white_is_refused_with_a_sentence(picture: Path) -> None:
    with pytest.raises(PaintingError, match="paint white") as caught:
        masked(picture, Image.new("L", (128, 64), 0))

    assert caught.value.reply.startswith("The mask has no white")


def test_a_mask_or_a_source_that_is_no_picture_is_named(picture: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"nothing")

    with pytest.raises(PaintingError, match="mask cannot be read"):
        opening(MASKED, Source(picture, broken))
    with pytest.raises(PaintingError, match="starts from cannot be read"):
        opening(RECIPE, Source(broken))


def test_a_region_of_a_later_version_is_refused(picture: Path) -> None:
    with pytest.raises(PaintingError, match="sky"):
        opening(replace(RECIPE, region="sky"), Source(picture))


def test_outside_the_mask_the_source_stays_pixel_by_pixel(picture: Path) -> None:
    part = opening(replace(RECIPE, region="bottom"), Source(picture))
    old = np.asarray(part.picture).astype(int)

    new = np.asarray(part.over(Image.new("RGB", (64, 64), "red"))).astype(int)

    assert (new[:32] == old[:32]).all()
    assert (new[40:] == (255, 0, 0)).all()


def test_the_edge_is_soft_inside_the_mask_and_the_pictures_border_is_none() -> None:
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (0, 128, 256, 256))
    part = Opening(Image.new("RGB", (256, 256), "black"), mask)

    column = np.asarray(part.over(Image.new("RGB", (256, 256), "white")))[:, 5, 0].astype(int)

    assert (column[:128] == 0).all()
    assert (np.diff(column) >= 0).all()
    assert np.diff(column).max() < 100
    assert (column[150:] == 255).all()


def test_thin_lines_let_something_through_also_beside_large_areas() -> None:
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (0, 128, 256, 256))
    ImageDraw.Draw(mask).line((10, 60, 240, 60), fill=255, width=3)
    part = Opening(Image.new("RGB", (256, 256), "black"), mask)

    painted = np.asarray(part.over(Image.new("RGB", (256, 256), "white")))[:, :, 0]

    assert painted[60, 20:230].min() > 100
    assert (np.diff(painted[120:, 128].astype(int)) >= 0).all()
    assert (painted[np.asarray(mask) == 0] == 0).all()


def test_a_latent_with_one_white_pixel_may_change() -> None:
    mask = Image.new("L", (256, 256), 0)
    mask.putpixel((100, 30), 255)
    part = Opening(Image.new("RGB", (256, 256)), mask)

    cells = np.asarray(part.cells(16, 16))

    assert np.argwhere(cells == 255).tolist() == [[1, 6]]
