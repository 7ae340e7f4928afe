"""Connections to the database file, and SQLite's errors in words for people."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from core.errors import DatabaseBroken, DatabaseInUse, DiskFull, StoreError

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # with group commit it costs little, and a commit then outlives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # FAST and OFF leave deleted text in the file
    "busy_timeout = 5000",
    "wal_autocheckpoint = 4000",  # pages; fewer and larger ones flush the same page less often
    "journal_size_limit = 67108864",
    "temp_store = MEMORY",
)


def connect_writer(path: Path) -> sqlite3.Connection:
    """The one connection that writes; may be used by one thread at a time."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot change anything."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def check(connection: sqlite3.Connection) -> None:
    """Raises `DatabaseBroken` when the file fails SQLite's quick check."""
    first = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if first != "ok":
        raise DatabaseBroken(_BROKEN.format(reason=first))


def explain(error: sqlite3.Error) -> StoreError | sqlite3.Error:
    """The typed error with its sentence; errors that only a programming mistake can cause stay as they are."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte: without the extended part
    match code:
        case sqlite3.SQLITE_FULL:
            return DiskFull(DISK_FULL)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseBroken(_BROKEN.format(reason=error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseInUse(
                "Another program holds the database locked; close it and try again."
            )
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            return StoreError(
                f"The database could not be read or written ({error}). Check the disk and the "
                "permissions of the data folder."
            )
    return error


SHUTTING_DOWN = "Easel is shutting down; please try again in a minute."
DISK_FULL = "The disk is full, so this could not be saved. Free some space and try again."
_BROKEN = (
    "The database file is damaged ({reason}). It was left untouched: restore easel.db from a backup, "
    "or move it away to start empty."
)
