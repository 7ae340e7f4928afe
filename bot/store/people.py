"""What is kept of one person on one platform: to be shown, handed over, or deleted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.store.rows import PICTURE_COLUMNS, TURN_COLUMNS, marks, pictures_of, to_json, turns_of
from core.types import Mark, Picture, PictureState, ThreadRef, Turn, UserRef

_OF_PERSON = "user_platform = ? AND user_id = ?"
_TITLE_LENGTH = 80  # characters


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture with where it is and who asked for it."""

    picture: Picture
    thread: ThreadRef
    owner: UserRef


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a person's turns, oldest first, with where they happened and their pictures."""

    turns: tuple[tuple[Turn, ThreadRef], ...]
    pictures: tuple[Picture, ...]
    last: int  # to ask for the next page with


def seen(connection: sqlite3.Connection, picture_ids: Sequence[str]) -> list[Seen]:
    """Those that exist, each with its place and its owner."""
    rows = connection.execute(
        f"SELECT {_prefixed('pictures', PICTURE_COLUMNS)}, conversations.platform, workspace,"
        " channel, thread, user_platform, user_id, user_name FROM pictures"
        " JOIN conversations ON conversations.id = pictures.conversation_id"
        " JOIN turns ON turns.id = pictures.turn_id"
        f" WHERE pictures.id IN ({marks(picture_ids)})",
        list(picture_ids),
    ).fetchall()
    pictures = pictures_of([row[:-7] for row in rows])
    return [
        Seen(picture, ThreadRef(*row[-7:-3]), UserRef(*row[-3:]))
        for picture, row in zip(pictures, rows, strict=True)
    ]


def ending(connection: sqlite3.Connection, text: str) -> list[Seen]:
    """Pictures whose id is, or ends in, these six or more characters, in any case."""
    end = text.strip().upper()
    rows = connection.execute("SELECT id FROM pictures WHERE substr(id, -6) = ?", (end[-6:],))
    return seen(connection, [key for (key,) in rows.fetchall() if key.endswith(end)])


def painted_for(connection: sqlite3.Connection, user: UserRef, limit: int) -> list[Picture]:
    """Finished pictures that this person had painted, newest first; not copies of them."""
    query = (
        f"SELECT {_prefixed('pictures', PICTURE_COLUMNS)} FROM turns"
        " JOIN jobs ON jobs.turn_id = turns.id"
        " JOIN pictures ON pictures.turn_id = turns.id AND pictures.job_id = jobs.id"
        f" WHERE {_OF_PERSON} AND pictures.state = 'ready'"
        " ORDER BY turns.seq DESC, pictures.number DESC LIMIT ?"
    )
    return pictures_of(connection.execute(query, (user.platform, user.id, limit)).fetchall())


def delete_picture(connection: sqlite3.Connection, picture_id: str) -> None:
    """Number and recipe stay; the file is noted, for `files_to_delete`. It is no longer the one at hand."""
    connection.execute(
        "INSERT OR IGNORE INTO forgotten_files SELECT sha256 FROM pictures"
        " WHERE id = ? AND sha256 IS NOT NULL",
        (picture_id,),
    )
    connection.execute(
        "UPDATE pictures SET state = ?, sha256 = NULL WHERE id = ?",
        (PictureState.DELETED, picture_id),
    )
    connection.execute("DELETE FROM marks WHERE picture_id = ?", (picture_id,))
    rows = connection.execute("SELECT id FROM conversations WHERE current_id = ?", (picture_id,))
    for (conversation_id,) in rows.fetchall():
        _mend_current(connection, conversation_id)


def set_mark(
    connection: sqlite3.Connection, picture_id: str, user_key: str, mark: Mark, on: bool, now: float
) -> bool:
    """False: there is no such picture."""
    if not connection.execute("SELECT 1 FROM pictures WHERE id = ?", (picture_id,)).fetchone():
        return False
    if on:
        row = (picture_id, user_key, mark, now)
        connection.execute("INSERT OR IGNORE INTO marks VALUES (?, ?, ?, ?)", row)
    else:
        connection.execute(
            "DELETE FROM marks WHERE picture_id = ? AND user_key = ? AND mark = ?",
            (picture_id, user_key, mark),
        )
    return True


def marks_of(connection: sqlite3.Connection, user_key: str) -> list[tuple[str, Mark]]:
    """(picture, mark), oldest first."""
    query = "SELECT picture_id, mark FROM marks WHERE user_key = ? ORDER BY created_at, picture_id"
    return [(key, Mark(mark)) for key, mark in connection.execute(query, (user_key,))]


def page(connection: sqlite3.Connection, user: UserRef, after: int, limit: int) -> Page | None:
    """The next turns after `after` (0: from the beginning); None when there are no more."""
    rows = connection.execute(
        f"SELECT {_prefixed('turns', TURN_COLUMNS)}, platform, workspace, channel, thread, seq"
        " FROM turns JOIN conversations ON conversations.id = turns.conversation_id"
        f" WHERE {_OF_PERSON} AND seq > ? ORDER BY seq LIMIT ?",
        (user.platform, user.id, after, limit),
    ).fetchall()
    if not rows:
        return None
    turns = turns_of([row[:-5] for row in rows])
    places = [ThreadRef(*row[-5:-1]) for row in rows]
    query = (
        f"SELECT {PICTURE_COLUMNS} FROM pictures WHERE turn_id IN ({marks(turns)}) ORDER BY number"
    )
    found = connection.execute(query, [turn.id for turn in turns]).fetchall()
    return Page(tuple(zip(turns, places, strict=True)), tuple(pictures_of(found)), rows[-1][-1])


def forget(connection: sqlite3.Connection, user: UserRef, scope: str) -> int:
    """Deletes the person's turns with all that came of them, the marks, and the settings of `scope`.

    What other people said stays; conversations that are left empty go. Files are noted, for `files_to_delete`.
    """
    person = (user.platform, user.id)
    turns = connection.execute(
        f"SELECT id, conversation_id, text FROM turns WHERE {_OF_PERSON}", person
    ).fetchall()
    connection.execute(
        "INSERT OR IGNORE INTO forgotten_files SELECT DISTINCT sha256 FROM pictures"
        f" JOIN turns ON turns.id = pictures.turn_id WHERE {_OF_PERSON} AND sha256 IS NOT NULL",
        person,
    )
    connection.executemany(
        "DELETE FROM inbox WHERE (platform, event_id) = (SELECT platform, event_id FROM turns"
        " JOIN conversations ON conversations.id = turns.conversation_id WHERE turns.id = ?)",
        [(turn_id,) for turn_id, _, _ in turns],
    )
    connection.execute(f"DELETE FROM turns WHERE {_OF_PERSON}", person)
    connection.execute("DELETE FROM marks WHERE user_key = ?", (":".join(person),))
    connection.execute("DELETE FROM settings WHERE scope = ?", (scope,))
    said: dict[str, list[str]] = {}
    for _, conversation_id, text in turns:
        said.setdefault(conversation_id, []).append(text.casefold())
    for conversation_id, texts in said.items():
        _mend(connection, conversation_id, texts)
    return len(turns)


def _mend(connection: sqlite3.Connection, conversation_id: str, texts: Iterable[str]) -> None:
    """What a conversation took from turns that are gone: title, names, the picture at hand; or all of it."""
    first = connection.execute(
        "SELECT text FROM turns WHERE conversation_id = ? ORDER BY text = '', seq LIMIT 1",
        (conversation_id,),
    ).fetchone()
    if first is None:
        connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        return
    (stored,) = connection.execute(
        "SELECT names FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    kept = {
        name: picture_id
        for name, picture_id in json.loads(stored).items()
        if _exists(connection, picture_id) and not any(name.casefold() in text for text in texts)
    }
    connection.execute(
        "UPDATE conversations SET title = ?, names = ? WHERE id = ?",
        (" ".join(first[0].split())[:_TITLE_LENGTH], to_json(kept), conversation_id),
    )
    _mend_current(connection, conversation_id)


def _exists(connection: sqlite3.Connection, picture_id: str) -> bool:
    row = connection.execute("SELECT 1 FROM pictures WHERE id = ?", (picture_id,)).fetchone()
    return row is not None


def _mend_current(connection: sqlite3.Connection, conversation_id: str) -> None:
    """The picture at hand, if it is gone, becomes what it was made from, else the latest that is there."""
    connection.execute(
        "UPDATE conversations SET current_id = coalesce("
        " (SELECT id FROM pictures WHERE id = current_id AND state = 'ready'),"
        " (SELECT parent.id FROM pictures AS parent JOIN pictures AS child"
        "  ON child.parent_id = parent.id WHERE child.id = current_id AND parent.state = 'ready'),"
        " (SELECT id FROM pictures WHERE conversation_id = conversations.id AND state = 'ready'"
        "  ORDER BY number DESC LIMIT 1))"
        " WHERE id = ?",
        (conversation_id,),
    )


def _prefixed(table: str, columns: str) -> str:
    """The columns with their table's name, for joins."""
    return ", ".join(f"{table}.{column.strip()}" for column in columns.split(","))
