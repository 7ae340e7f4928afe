"""Everything kept of one person as a ZIP file: `easel.json` with words, recipes and choices, and the pictures."""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import IO, Any

from bot.store.people import Page
from bot.store.store import Store
from bot.visibility import user_key
from core.preferences import person_scope
from core.types import Picture, PicturesPart, PictureState, TextPart, ThreadRef, Turn, UserRef


async def export_person(store: Store, user: UserRef, folder: Path) -> Path:
    """A new file in `folder`. Page by page, so that the memory it takes does not grow with what there is."""
    handle, name = await asyncio.to_thread(_new_file, folder)
    try:
        with os.fdopen(handle, "w+b") as file, zipfile.ZipFile(file, "w") as archive:
            pictures = await _write_record(store, user, archive)
            for picture in pictures:
                await _to_the_end(_add_picture, archive, store.picture_path(picture), picture)
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)


async def _write_record(store: Store, user: UserRef, archive: zipfile.ZipFile) -> list[Picture]:
    """The pictures whose files are still to be added, without their recipes."""
    head = {
        "person": asdict(user),
        "exported_at": datetime.now(UTC).isoformat(),
        "settings": (await store.settings([person_scope(user)]))[0],
        "marks": [{"picture": key, "mark": mark} for key, mark in await store.marks_of(user_key(user))],
    }  # fmt: skip
    files: list[Picture] = []
    with archive.open(_deflated("easel.json"), "w", force_zip64=True) as record:
        record.write(json.dumps(head, ensure_ascii=False)[:-1].encode() + b', "turns": [\n')
        after, separator = 0, b""
        while page := await store.page(user, after):
            await _to_the_end(_write_page, record, page, separator)
            ready = (p for p in page.pictures if p.state is PictureState.READY)
            files += [replace(picture, recipe=None) for picture in ready]
            after, separator = page.last, b",\n"
        record.write(b"\n]}\n")
    return files


async def _to_the_end(work: Callable[..., None], *args: object) -> None:
    """In a thread; when cancelled it first ends there, because the archive cannot be closed under its writer."""
    writing = asyncio.create_task(asyncio.to_thread(work, *args))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await asyncio.wait([writing])
        raise


def _new_file(folder: Path) -> tuple[int, str]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return mkstemp(dir=folder, prefix="easel-", suffix=".zip")


def _deflated(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _write_page(record: IO[bytes], page: Page, separator: bytes) -> None:
    for text in _turn_texts(page):
        record.write(separator + text.encode("utf-8", "replace"))
        separator = b",\n"


def _turn_texts(page: Page) -> Iterator[str]:
    for turn, thread in page.turns:
        pictures = [p for p in page.pictures if p.turn_id == turn.id]
        yield json.dumps(_turn(turn, thread, pictures), ensure_ascii=False)


def _turn(turn: Turn, thread: ThreadRef, pictures: list[Picture]) -> dict[str, Any]:
    return {
        "id": turn.id,
        "at": datetime.fromtimestamp(turn.created_at, UTC).isoformat(),
        "place": asdict(thread),
        "text": turn.text,
        "press": asdict(turn.press) if turn.press else None,
        "reply_to": turn.reply_to,
        "state": turn.state,
        "answer": [_part(part) for part in turn.parts],
        "error": turn.error,
        "pictures": [_picture(picture) for picture in pictures],
    }


def _part(part: TextPart | PicturesPart) -> dict[str, Any]:
    return asdict(part)


def _picture(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.id,
        "number": picture.number,
        "caption": picture.caption,
        "state": picture.state,
        "made_by": picture.verb,
        "made_from": picture.parent_id,
        "recipe": asdict(picture.recipe) if picture.recipe else None,
        "file": _file_name(picture) if picture.state is PictureState.READY else None,
    }


def _file_name(picture: Picture) -> str:
    return f"pictures/{picture.id}.webp"


def _add_picture(archive: zipfile.ZipFile, file: Path, picture: Picture) -> None:
    """A file that was deleted meanwhile is left out; WebP is compressed already."""
    with suppress(FileNotFoundError):
        archive.write(file, _file_name(picture), zipfile.ZIP_STORED)
