"""Pictures of one conversation that are used in another: a copy of the row, not of the file, with a number there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from bot.store import conversations
from core.errors import UnknownPicture
from core.types import Picture, PictureState, new_id

_NOT_USABLE = {
    PictureState.DELETED: "Picture {number} was deleted, so there is nothing left to work on.",
    PictureState.PLANNED: "Picture {number} is not finished yet; try again when it is.",
    PictureState.FAILED: "Picture {number} was never finished.",
    PictureState.CANCELLED: "Picture {number} was never finished.",
}


@dataclass(frozen=True, slots=True)
class Adoption:
    """Which pictures an event means in its own conversation."""

    names: dict[str, str]  # id in the event -> id here
    copies: tuple[tuple[Picture, str], ...]  # the picture elsewhere, and its id here


def look_up(
    connection: sqlite3.Connection,
    ids: Iterable[str],
    home: tuple[str, str],
    without_file: bool,
) -> Adoption:
    """What the ids of an event mean in `home`, a (platform, conversation). Ids unknown on the platform are left out.

    `without_file`: a picture that was deleted or never finished will do. Raises `UnknownPicture` otherwise, and for
    a picture of another conversation that is still being painted.
    """
    platform, conversation_id = home
    useless = set(_NOT_USABLE) if not without_file else {PictureState.PLANNED}
    names: dict[str, str] = {}
    copies: list[tuple[Picture, str]] = []
    for picture in conversations.pictures(connection, [i for i in ids if i]):
        if picture.conversation_id == conversation_id:
            _check(picture, useless & {PictureState.DELETED})
            names[picture.id] = picture.id
        elif _platform(connection, picture) == platform:
            _check(picture, useless)
            known = _copy_here(connection, picture, conversation_id)
            names[picture.id] = known or new_id()
            if known is None:
                copies.append((picture, names[picture.id]))
    return Adoption(names, tuple(copies))


def insert_copies(
    connection: sqlite3.Connection,
    adoption: Adoption,
    place: tuple[str, str],
    number: int,
    now: float,
) -> None:
    """Into (conversation, turn), numbered from `number`."""
    connection.executemany(
        "INSERT INTO pictures (id, conversation_id, number, turn_id, job_id, verb, recipe, caption,"
        " state, sha256, width, height, seconds, created_at)"
        " SELECT ?, ?, ?, ?, job_id, verb, recipe, caption, state, sha256, width, height, seconds, ?"
        " FROM pictures WHERE id = ?",
        [
            (here, place[0], number + index, place[1], now, picture.id)
            for index, (picture, here) in enumerate(adoption.copies)
        ],
    )


def _check(picture: Picture, refused: set[PictureState]) -> None:
    if picture.state in refused:
        raise UnknownPicture(
            f"picture {picture.id} is {picture.state}",
            _NOT_USABLE[picture.state].format(number=picture.number),
        )


def _platform(connection: sqlite3.Connection, picture: Picture) -> str:
    query = "SELECT platform FROM conversations WHERE id = ?"
    platform: str = connection.execute(query, (picture.conversation_id,)).fetchone()[0]
    return platform


def _copy_here(
    connection: sqlite3.Connection, picture: Picture, conversation_id: str
) -> str | None:
    """The id of an earlier copy: the same file of the same painting."""
    row = connection.execute(
        "SELECT id FROM pictures WHERE conversation_id = ? AND sha256 IS ? AND job_id IS ?"
        " AND state = ? AND (recipe, caption) IS (SELECT recipe, caption FROM pictures WHERE id = ?)",
        (conversation_id, picture.sha256, picture.job_id, picture.state, picture.id),
    ).fetchone()
    return row[0] if row else None
