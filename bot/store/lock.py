"""The lock that keeps a second Easel off a data folder. The kernel frees it when the process dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from core.errors import DatabaseInUse


def lock_folder(directory: Path) -> IO[str]:
    """An open file that holds the lock until it is closed. Raises `DatabaseInUse` at once, without waiting."""
    path = directory / "easel.lock"
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip()
        file.close()
        raise DatabaseInUse(
            f"Another Easel{f' (process {owner})' if owner else ''} is using {directory}. "
            "Stop it first, or give this one a data folder of its own."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
