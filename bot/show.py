"""`easel show ID`: the recipe of a picture, from the database alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from bot.store.files import PictureFiles
from bot.store.store import open_store
from core.errors import BadInput, StoreError, UnknownPicture
from core.painting.picture_file import export
from core.types import Picture

_KINDS: dict[str, Literal["png", "jpeg", "webp"]] = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
}


def show(data_dir: Path, picture_id: str, save: Path | None) -> int:
    """Prints the picture as JSON and writes it to `save`. Raises `UnknownPicture`, `BadInput`, `StoreError`."""
    picture = asyncio.run(_find(data_dir, picture_id))
    print(json.dumps(asdict(picture), indent=2, ensure_ascii=False))
    if save:
        _save(picture, PictureFiles(data_dir / "pictures"), save)
    return 0


async def _find(data_dir: Path, picture_id: str) -> Picture:
    async with open_store(data_dir, read_only=True) as store:
        picture = await store.find_picture(picture_id)
    if picture is None:
        raise UnknownPicture(
            f"no picture {picture_id}", f"There is no picture “{picture_id}” here."
        )
    return picture


def _save(picture: Picture, files: PictureFiles, target: Path) -> None:
    kind = _KINDS.get(target.suffix.lower())
    if kind is None:
        raise BadInput("unknown kind of file", f"Save as {', '.join(_KINDS)}, not “{target.name}”.")
    if picture.sha256 is None:
        raise UnknownPicture("picture has no file", f"Picture {picture.number} was never finished.")
    try:
        data = export(files.read(picture.sha256), kind)
    except OSError as error:
        raise StoreError(f"Picture {picture.number} cannot be read: {error}.") from error
    try:
        target.write_bytes(data)
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}.") from error
