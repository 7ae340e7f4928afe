"""The file with everything of one person, when something comes in between."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot import export
from bot.store.files import PictureFiles
from bot.store.inbox import UploadedFile
from bot.store.store import open_store
from core.types import Picture
from tests.fakes.sayings import ANN, message

LIMIT_S = 30.0


async def test_a_stopped_export_ends_as_stopped_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, is_writing, goes_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def slowly(archive: ZipFile, file: Path, picture: Picture) -> None:
        with archive.open(picture.id, "w"):
            loop.call_soon_threadsafe(is_writing.set)
            goes_on.wait(LIMIT_S)

    monkeypatch.setattr(export, "_add_picture", slowly)
    async with open_store(tmp_path) as store:
        upload = UploadedFile(await store.put_picture(b"x"), 1, 1, "a")
        await store.accept(message("e1"), [upload])
        exporting = asyncio.create_task(export.export_person(store, ANN, tmp_path / "out"))
        await is_writing.wait()
        exporting.cancel()
        await asyncio.wait([exporting], timeout=0)
        goes_on.set()
        await asyncio.wait([exporting])

    assert exporting.cancelled()
    assert list((tmp_path / "out").iterdir()) == []


async def test_a_picture_file_that_is_gone_is_left_out(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        upload = UploadedFile(await store.put_picture(b"x"), 1, 1, "a")
        await store.accept(message("e1"), [upload])
        PictureFiles(tmp_path / "pictures").remove(upload.sha256)

        with ZipFile(await export.export_person(store, ANN, tmp_path / "out")) as archive:
            names = archive.namelist()

    assert names == ["easel.json"]
