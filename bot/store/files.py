"""Picture files by the hash of their content: the same picture twice is one file."""

from __future__ import annotations

import errno
import hashlib
import os
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
            if not path.exists():
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


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
