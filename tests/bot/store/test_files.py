from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from bot.store.files import PictureFiles
from core.errors import DiskFull, StoreError


@pytest.fixture
def files(tmp_path: Path) -> PictureFiles:
    files = PictureFiles(tmp_path / "pictures")
    files.sweep()
    return files


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_picture_is_found_by_the_hash_of_its_content(files: PictureFiles) -> None:
    sha256 = files.put(b"pixels")

    assert sha256 == hashlib.sha256(b"pixels").hexdigest()
    assert files.read(sha256) == files.path(sha256).read_bytes() == b"pixels"


def test_the_same_picture_twice_is_one_file_written_once(
    files: PictureFiles, tmp_path: Path
) -> None:
    first = files.path(files.put(b"pixels")).stat()

    second = files.path(files.put(b"pixels")).stat()

    assert first.st_ino == second.st_ino
    assert len(stored(tmp_path)) == 1


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_nothing_behind(
    files: PictureFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    files.put(b"another in the same place")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, step, full)
        with pytest.raises(DiskFull, match="disk is full"):
            files.put(b"pixels")

    assert len(stored(tmp_path)) == 1
    assert files.read(files.put(b"pixels")) == b"pixels"


@pytest.mark.parametrize("step", ["mkdir", "open", "fsync", "replace"])
def test_other_errors_of_the_disk_are_said_and_not_called_full(
    files: PictureFiles, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, step, broken)

    with pytest.raises(StoreError, match="could not be saved .Input/output error") as told:
        files.put(b"pixels")
    assert not isinstance(told.value, DiskFull)


def test_a_folder_that_was_removed_is_said(files: PictureFiles, tmp_path: Path) -> None:
    (tmp_path / "pictures").rmdir()

    with pytest.raises(StoreError, match="No such file or directory"):
        files.put(b"pixels")


def test_half_written_files_are_swept_and_whole_ones_kept(
    files: PictureFiles, tmp_path: Path
) -> None:
    kept = files.put(b"pixels")
    (tmp_path / "pictures" / ".writing-abc").write_bytes(b"pix")

    files.sweep()

    assert stored(tmp_path) == [files.path(kept)]


def test_a_removed_picture_is_gone_and_may_be_removed_again(files: PictureFiles) -> None:
    sha256 = files.put(b"pixels")

    files.remove(sha256)
    files.remove(sha256)

    assert not files.path(sha256).exists()


def test_a_file_that_is_stored_again_is_young_again(files: PictureFiles) -> None:
    sha256, other = files.put(b"pixels"), files.put(b"other")
    for name in (sha256, other):
        os.utime(files.path(name), (1000, 1000))

    files.put(b"pixels")

    assert files.stored_before(2000) == [other]
    assert not files.remove_older(sha256, 2000) and files.path(sha256).exists()
    assert files.remove_older(other, 2000) and not files.path(other).exists()
    assert not files.remove_older("0" * 64, 2000)
