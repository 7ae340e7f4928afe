"""Files that are whole or not there: written beside their place, then moved into it."""

import os
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Has `write` fill a file next to `path`, then puts it there in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name keeps its ending: numpy adds one where it does not know it.
    unfinished = path.with_name(f".unfinished-{path.name}")
    write(unfinished)
    os.replace(unfinished, path)
