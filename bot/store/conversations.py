"""Conversations, their turns and their pictures: what can be asked about them, and how to forget one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.store.rows import (
    CONVERSATION_COLUMNS,
    PICTURE_COLUMNS,
    TURN_COLUMNS,
    conversation_of,
    marks,
    pictures_of,
    turns_of,
)
from core.errors import AmbiguousPicture
from core.types import (
    Conversation,
    ConversationView,
    Picture,
    PicturesPart,
    PromptUse,
    ThreadRef,
    Turn,
)

_SHORT_ID = 6  # characters at the end of a picture's id, enough to find it
LATEST_PICTURES = 50


def conversation(connection: sqlite3.Connection, key: ThreadRef | str) -> Conversation | None:
    """By thread or by id."""
    query = "id = ?"
    values: tuple[object, ...] = (key,)
    if isinstance(key, ThreadRef):
        query = "platform = ? AND workspace = ? AND channel = ? AND thread = ?"
        values = (key.platform, key.workspace, key.channel, key.thread)
    row = connection.execute(
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE {query}", values
    ).fetchone()
    return conversation_of(row) if row else None


def view(
    connection: sqlite3.Connection, key: ThreadRef | str, turns: int, pictures_limit: int | None
) -> ConversationView | None:
    """The last turns and pictures (None: all), and every older picture that these turns or the conversation name."""
    found = conversation(connection, key)
    if found is None:
        return None
    latest = _latest_turns(connection, found.id, turns)
    newest = _latest_pictures(connection, found.id, pictures_limit)
    shown = {picture.id: picture for picture in newest}
    missing = [name for name in _named(found, latest) if name not in shown]
    for picture in pictures(connection, missing):
        if picture.conversation_id == found.id:  # a press may name a picture of somebody else's
            shown[picture.id] = picture
    in_order = sorted(shown.values(), key=lambda picture: picture.number)
    return ConversationView(found, latest, tuple(in_order))


def _latest_turns(
    connection: sqlite3.Connection, conversation_id: str, limit: int
) -> tuple[Turn, ...]:
    rows = connection.execute(
        f"SELECT {TURN_COLUMNS} FROM turns WHERE conversation_id = ? ORDER BY seq DESC LIMIT ?",
        (conversation_id, limit),
    ).fetchall()
    return tuple(turns_of(rows[::-1]))


def _latest_pictures(
    connection: sqlite3.Connection, conversation_id: str, limit: int | None
) -> list[Picture]:
    return _pictures(
        connection,
        "conversation_id = ? ORDER BY number DESC LIMIT ?",
        (conversation_id, -1 if limit is None else limit),
    )


def _pictures(
    connection: sqlite3.Connection, where: str, values: Sequence[object]
) -> list[Picture]:
    query = f"SELECT {PICTURE_COLUMNS} FROM pictures WHERE {where}"
    return pictures_of(connection.execute(query, values).fetchall())


def _named(found: Conversation, turns: Iterable[Turn]) -> Iterable[str]:
    """Ids of the pictures that a reader of these turns needs to know."""
    if found.current_id:
        yield found.current_id
    yield from found.names.values()
    for turn in turns:
        yield from turn.upload_ids
        for part in turn.parts:
            if isinstance(part, PicturesPart):
                yield from part.picture_ids
        if turn.reply_to:
            yield turn.reply_to
        if turn.press:
            yield turn.press.picture_id


def threads(
    connection: sqlite3.Connection, platform: str, limit: int
) -> list[tuple[ThreadRef, str]]:
    """A platform's conversations with their titles, the one last spoken in first."""
    query = (
        f"SELECT {CONVERSATION_COLUMNS} FROM conversations WHERE platform = ?"
        " ORDER BY touched_at DESC LIMIT ?"
    )
    found = [conversation_of(row) for row in connection.execute(query, (platform, limit))]
    return [(conversation.thread, conversation.title) for conversation in found]


def threads_of(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, ThreadRef]:
    """By the conversations' ids; those that exist."""
    query = (
        "SELECT id, platform, workspace, channel, thread FROM conversations"
        f" WHERE id IN ({marks(ids)})"
    )
    return {row[0]: ThreadRef(*row[1:]) for row in connection.execute(query, ids)}


def turn(connection: sqlite3.Connection, turn_id: str) -> Turn | None:
    query = f"SELECT {TURN_COLUMNS} FROM turns WHERE id = ?"
    found = turns_of(connection.execute(query, (turn_id,)).fetchall())
    return found[0] if found else None


def open_turns(connection: sqlite3.Connection) -> list[Turn]:
    """Turns without their answer, oldest first."""
    query = f"SELECT {TURN_COLUMNS} FROM turns WHERE state IN ('accepted', 'painting') ORDER BY seq"
    return turns_of(connection.execute(query).fetchall())


def prompt_uses(connection: sqlite3.Connection, turn_id: str) -> list[PromptUse]:
    query = (
        "SELECT name, version, sha256, model, seconds, tokens FROM prompt_uses"
        " WHERE turn_id = ? ORDER BY seq"
    )
    return [PromptUse(*row) for row in connection.execute(query, (turn_id,))]


def pictures(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Picture]:
    """Those that exist, in the order asked for."""
    unique = list(dict.fromkeys(ids))
    rows = _pictures(connection, f"id IN ({marks(unique)})", unique) if unique else []
    found = {picture.id: picture for picture in rows}
    return [found[name] for name in unique if name in found]


def picture_by_number(
    connection: sqlite3.Connection, conversation_id: str, number: int
) -> Picture | None:
    found = _pictures(connection, "conversation_id = ? AND number = ?", (conversation_id, number))
    return found[0] if found else None


def find_picture(
    connection: sqlite3.Connection, text: str, conversation_id: str | None
) -> Picture | None:
    """By full id or by its last six or more characters, in any case; those of `conversation_id` come first.

    Raises `AmbiguousPicture` when several fit.
    """
    ending = text.strip().upper()
    similar = _pictures(connection, "substr(id, -6) = ?", (ending[-_SHORT_ID:],))
    found = [picture for picture in similar if picture.id.endswith(ending)]
    here = [picture for picture in found if picture.conversation_id == conversation_id]
    found = here or found
    if len(found) > 1:
        raise AmbiguousPicture(
            f"Several pictures end in '{ending}'. Give more of the id, or the picture's number.",
            tuple(sorted({picture.number for picture in found})),
        )
    return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How much of a conversation was deleted."""

    turns: int
    pictures: int
    jobs: int


def forget(connection: sqlite3.Connection, conversation_id: str) -> Forgotten:
    """Deletes all rows; files that nothing names any more are noted, for `files_to_delete`."""
    counts = [
        connection.execute(
            f"SELECT count(*) FROM {table} WHERE conversation_id = ?", (conversation_id,)
        ).fetchone()[0]
        for table in ("turns", "pictures", "jobs")
    ]
    connection.execute(
        "INSERT OR IGNORE INTO forgotten_files SELECT DISTINCT sha256 FROM pictures"
        " WHERE conversation_id = ? AND sha256 IS NOT NULL",
        (conversation_id,),
    )
    connection.execute(
        "DELETE FROM inbox WHERE (platform, event_id) IN (SELECT platform, event_id"
        " FROM turns JOIN conversations ON conversations.id = turns.conversation_id"
        " WHERE conversations.id = ?)",
        (conversation_id,),
    )
    connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
    return Forgotten(*counts)


def files_to_delete(connection: sqlite3.Connection) -> list[str]:
    """Hashes of noted files that no picture names."""
    query = (
        "SELECT sha256 FROM forgotten_files WHERE NOT EXISTS"
        " (SELECT 1 FROM pictures WHERE pictures.sha256 = forgotten_files.sha256)"
    )
    return [sha256 for (sha256,) in connection.execute(query).fetchall()]
