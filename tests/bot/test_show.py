"""`easel show`: the recipe of a picture, and its file."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from bot.show import show
from bot.store.rows import RenderedFile
from bot.store.store import open_store
from core.errors import BadInput, StoreError, UnknownPicture
from core.painting.picture_file import encode
from tests.fakes.sayings import message, order, plan


@pytest.fixture
def painted(tmp_path: Path) -> tuple[Path, str]:
    """A data folder and the id of a picture in it."""
    folder = tmp_path / "data"
    return folder, asyncio.run(_paint(folder))


async def _paint(folder: Path) -> str:
    painting = order()
    async with open_store(folder) as store:
        receipt = await store.accept(message("e1"))
        await store.save_plan(receipt.turn_id, plan(painting))
        await store.start_job(painting.job_id, "me", 60)
        image = Image.new("RGB", (8, 4), "teal")
        sha256 = await store.put_picture(encode(image, painting.recipes[0]))
        file = RenderedFile(painting.picture_ids[0], sha256, 8, 4)
        await store.finish_job(painting.job_id, "me", [file], 1.0)
    return painting.picture_ids[0]


def test_a_picture_is_printed_with_its_recipe_and_written_as_asked(
    painted: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, picture_id = painted

    show(folder, picture_id[-6:], tmp_path / "dog.png")

    printed = json.loads(capsys.readouterr().out)
    assert (printed["id"], printed["recipe"]["prompt"]) == (picture_id, "a dog")
    with Image.open(io.BytesIO((tmp_path / "dog.png").read_bytes())) as saved:
        assert (saved.format, saved.size) == ("PNG", (8, 4))


@pytest.mark.parametrize("name", ["missing/dog.png", f"{'a' * 300}.png"])
def test_a_place_that_cannot_be_written_is_said(
    painted: tuple[Path, str], tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadInput, match="cannot be written: ") as told:
        show(*painted, tmp_path / name)

    assert "Errno" not in told.value.reply


def test_a_picture_whose_file_is_gone_is_said(painted: tuple[Path, str], tmp_path: Path) -> None:
    for file in painted[0].rglob("*.webp"):
        file.unlink()

    with pytest.raises(StoreError, match="Picture 1 cannot be read"):
        show(*painted, tmp_path / "dog.png")


def test_what_does_not_exist_or_has_no_form_is_said(
    painted: tuple[Path, str], tmp_path: Path
) -> None:
    with pytest.raises(UnknownPicture):
        show(painted[0], "nothing", None)
    with pytest.raises(BadInput, match="unknown kind"):
        show(*painted, tmp_path / "dog.gif")
