"""Pictures as files that Discord takes: the best form within the limit of the place."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord

from adapters.discord.texts import clip
from core.errors import PictureTooLarge
from core.painting.picture_file import export, kind_of
from core.ports import Desk
from core.types import Picture, PictureState

DEFAULT_LIMIT = 10 * 2**20  # bytes a file, where Discord says nothing else
SMALLEST_LIMIT = 256 * 2**10  # below this a refusal is not about the size
ALT_CHARACTERS = 1024
_AT_ONCE = 4  # files encoded side by side, in threads


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture ready to be uploaded, as often as need be."""

    name: str  # letters, digits and dashes: Discord changes other names
    data: bytes
    description: str  # alt text

    def upload(self) -> discord.File:
        """A fresh file object; each serves one request."""
        return discord.File(
            io.BytesIO(self.data), self.name, description=self.description or None, spoiler=False
        )


async def files_of(desk: Desk, pictures: Sequence[Picture], limit: int) -> dict[str, PictureFile]:
    """Picture id -> its file; without those that are not there any more or fit in no form."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(picture: Picture) -> PictureFile | None:
        async with gate:
            return await asyncio.to_thread(_file, picture, desk.picture_path(picture), limit)

    ready = [p for p in pictures if p.state is PictureState.READY]
    found = await asyncio.gather(*(one(picture) for picture in ready))
    return {p.id: file for p, file in zip(ready, found, strict=True) if file}


def names_of(files: Mapping[str, PictureFile]) -> dict[str, str]:
    return {picture_id: file.name for picture_id, file in files.items()}


def next_limit(limit: int) -> int:
    """The next rung after Discord refused files made for `limit`; 0 when there is none."""
    lower = limit // 3
    return lower if lower >= SMALLEST_LIMIT else 0


def _file(picture: Picture, path: Path, limit: int) -> PictureFile | None:
    try:
        data = export(path.read_bytes(), "png", limit)
    except (FileNotFoundError, PictureTooLarge):
        return None
    kind = kind_of(data)
    ending = "jpg" if kind == "jpeg" else kind
    return PictureFile(
        f"image-{picture.number}.{ending}", data, clip(picture.caption, ALT_CHARACTERS)
    )
