"""Picture files by the hash of their content: the same picture twice is one file."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import threading
from pathlib import Path
from tempfile import mkstemp

from bot.store.sqlite import DISK_FULL
from core.errors import DiskFull, StoreError

_TEMPORARY = ".writing-"
_NOT_WRITTEN = "The picture could not be saved ({reason}). Check the disk and the permissions of the data folder."


class PictureFiles:
    """All of it blocks: call it in a thread. Reading and writing may happen from several places at once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ages = threading.Lock()  # held from looking at a file's age until that has its effect

    def sweep(self) -> None:
        """Makes the folder and removes what a crash left half written; only while nobody else writes."""
        self._directory.mkdir(parents=True, exist_ok=True)
        for stray in self._directory.glob(f"{_TEMPORARY}*"):
            stray.unlink()

    def put(self, data: bytes) -> str:
        """The hash under which `data` is safe on disk. Raises `DiskFull` or `StoreError`, with nothing left behind."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        try:
            if not self._is_there(path):
                self._make_folder(path.parent)
                self._write(path, data)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise DiskFull(DISK_FULL) from error
            raise StoreError(_NOT_WRITTEN.format(reason=error.strerror or error)) from error
        return sha256

    def read(self, sha256: str) -> bytes:
        return self.path(sha256).read_bytes()

    def path(self, sha256: str) -> Path:
        return self._directory / sha256[:2] / sha256[2:4] / f"{sha256}.webp"

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def stored_before(self, until: float) -> list[str]:
        """Hashes of the files that nobody stored, first or again, since `until` (a time of the machine)."""
        folders = (inner for outer in _folders(self._directory) for inner in _folders(outer.path))
        files = (file for folder in folders for file in os.scandir(folder.path))
        return [
            Path(file.name).stem
            for file in files
            if file.name.endswith(".webp") and _stored_at(file) < until
        ]

    def remove_older(self, sha256: str, until: float) -> bool:
        """True: it was not stored again meanwhile, and is gone."""
        path = self.path(sha256)
        with self._ages:
            is_old = _stored_at(path) < until
            if is_old:
                path.unlink(missing_ok=True)
        return is_old

    def _is_there(self, path: Path) -> bool:
        """True: it is, and counts as stored just now."""
        with self._ages:
            if not path.exists():
                return False
            os.utime(path)
            return True

    def _make_folder(self, folder: Path) -> None:
        """Makes it durable too: a new folder is an entry in the one above."""
        for new in (folder.parent, folder):
            if not new.exists():
                new.mkdir(exist_ok=True)
                _flush_folder(new.parent)

    def _write(self, path: Path, data: bytes) -> None:
        handle, name = mkstemp(dir=self._directory, prefix=_TEMPORARY)
        try:
            with open(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            os.replace(name, path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)


def _folders(directory: Path | str) -> list[os.DirEntry[str]]:
    return [entry for entry in os.scandir(directory) if entry.is_dir()]


def _stored_at(path: Path | os.DirEntry[str]) -> float:
    """Seconds since 1970; a file that is gone was stored just now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return math.inf


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
