"""Pictures as files within Discord's limits."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from adapters.discord.files import SMALLEST_LIMIT, files_of, names_of, next_limit
from core.painting.picture_file import encode, kind_of
from core.types import Picture, PictureState, Verb
from tests.fakes.chat_desk import ChatDesk

NOISY = Picture(
    "id", "c", 5, "t", None, None, Verb.GENERATE, None, "a dog " * 300, PictureState.READY, "noise"
)


@pytest.fixture
def desk(tmp_path: Path) -> ChatDesk:
    image = Image.frombytes("RGB", (512, 512), os.urandom(512 * 512 * 3))
    (tmp_path / "noise.webp").write_bytes(encode(image))
    return ChatDesk(tmp_path)


async def test_a_picture_goes_as_png_with_alt_text(desk: ChatDesk) -> None:
    files = await files_of(desk, [NOISY], 10_000_000)

    assert names_of(files) == {"id": "image-5.png"}
    assert kind_of(files["id"].data) == "png"
    assert len(files["id"].description) <= 1024


async def test_a_picture_too_large_as_png_goes_as_jpeg(desk: ChatDesk) -> None:
    files = await files_of(desk, [NOISY], 200_000)

    assert names_of(files) == {"id": "image-5.jpg"}
    assert len(files["id"].data) <= 200_000


async def test_pictures_that_are_not_there_or_fit_in_no_form_are_left_out(desk: ChatDesk) -> None:
    gone = replace(NOISY, id="gone", sha256="gone")
    deleted = replace(NOISY, id="deleted", state=PictureState.DELETED, sha256=None)

    assert await files_of(desk, [gone, deleted], 10_000_000) == {}
    assert await files_of(desk, [NOISY], 100) == {}


async def test_a_file_can_be_uploaded_again(desk: ChatDesk) -> None:
    file = (await files_of(desk, [NOISY], 10_000_000))["id"]

    assert file.upload().fp.read() == file.upload().fp.read() == file.data


def test_the_ladder_has_an_end() -> None:
    rungs = [10 * 2**20]
    while rungs[-1]:
        rungs.append(next_limit(rungs[-1]))

    assert rungs == sorted(rungs, reverse=True)
    assert rungs[-2] >= SMALLEST_LIMIT
    assert len(rungs) <= 6
