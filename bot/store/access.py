"""How the store reaches its rows and its files: one writer, some readers, one folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from bot.store.files import PictureFiles
from bot.store.reader import Reader
from bot.store.writer import Writer
from core.errors import StoreError
from core.types import Picture

T = TypeVar("T")


class Access:
    """What was accepted stays, also after a crash: every method that changes something returns after the commit."""

    def __init__(
        self,
        writer: Writer | None,
        reader: Reader,
        files: PictureFiles,
        clock: Callable[[], float],
    ) -> None:
        self._writer = writer  # None: this store is only read
        self._read = reader.read
        self._files = files
        self._clock = clock

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._the_writer().write(work)

    async def _run_alone(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._the_writer().run_alone(work)

    def _the_writer(self) -> Writer:
        if self._writer is None:
            raise StoreError("This store was opened to be read only.")
        return self._writer

    def _check_files(self, hashes: Sequence[str]) -> None:
        if not all(self._files.path(sha256).exists() for sha256 in hashes):
            raise StoreError("A picture file went missing while it was being saved; send it again.")

    def picture_path(self, picture: Picture) -> Path:
        """The WebP file of a READY picture."""
        if picture.sha256 is None:
            raise StoreError(f"Picture #{picture.number} is not painted.")
        return self._files.path(picture.sha256)
