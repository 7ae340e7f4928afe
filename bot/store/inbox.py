"""What people send, safe on disk: the inbox row, the conversation, the turn and the uploaded pictures, in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.rows import press_json, to_json
from core.types import Inbound, PictureState, Receipt, ThreadRef, TurnState, new_id

_TITLE_LENGTH = 80  # characters


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A checked upload that lies in `PictureFiles` already."""

    sha256: str
    width: int
    height: int
    name: str


def accept(
    connection: sqlite3.Connection,
    inbound: Inbound,
    uploads: Sequence[UploadedFile],
    now: float,
) -> Receipt:
    """The turn this event began; a second delivery finds the first one's turn and changes nothing."""
    turn_id = new_id()
    key = (inbound.thread.platform, inbound.event_id)
    row = (*key, turn_id)
    if not connection.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?)", row).rowcount:
        return _known(connection, key)
    words = " ".join(_storable(inbound.text).split())
    title = words[:_TITLE_LENGTH] or (uploads[0].name if uploads else "")
    conversation_id = _open_conversation(connection, inbound.thread, title, now)
    picture_ids = [new_id() for _ in uploads]
    _insert_turn(connection, (turn_id, conversation_id), inbound, picture_ids, now)
    if uploads:
        number = next_number(connection, conversation_id)
        connection.executemany(
            "INSERT INTO pictures (id, conversation_id, number, turn_id, caption, state, sha256,"
            " width, height, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (picture_id, conversation_id, number + index, turn_id, upload.name,
                 PictureState.READY, upload.sha256, upload.width, upload.height, now)
                for index, (picture_id, upload) in enumerate(zip(picture_ids, uploads, strict=True))
            ],
        )  # fmt: skip
    return Receipt(conversation_id, turn_id, is_new=True)


def _known(connection: sqlite3.Connection, key: tuple[str, str]) -> Receipt:
    query = (
        "SELECT turns.conversation_id, turns.id FROM inbox JOIN turns ON turns.id = inbox.turn_id"
        " WHERE inbox.platform = ? AND inbox.event_id = ?"
    )
    conversation_id, turn_id = connection.execute(query, key).fetchone()
    return Receipt(conversation_id, turn_id, is_new=False)


def next_number(connection: sqlite3.Connection, conversation_id: str) -> int:
    """The number of the conversation's next picture."""
    query = "SELECT coalesce(max(number), 0) + 1 FROM pictures WHERE conversation_id = ?"
    number: int = connection.execute(query, (conversation_id,)).fetchone()[0]
    return number


def _open_conversation(
    connection: sqlite3.Connection, thread: ThreadRef, title: str, now: float
) -> str:
    """The id of the thread's conversation, made on first sight; an empty title is filled in later."""
    place = (thread.platform, thread.workspace, thread.channel, thread.thread)
    known = connection.execute(
        "UPDATE conversations SET touched_at = ?, title = CASE title WHEN '' THEN ? ELSE title END"
        " WHERE platform = ? AND workspace = ? AND channel = ? AND thread = ? RETURNING id",
        (now, title, *place),
    ).fetchall()
    conversation_id: str = known[0][0] if known else new_id()
    if not known:
        connection.execute(
            "INSERT INTO conversations (id, platform, workspace, channel, thread, title,"
            " created_at, touched_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (conversation_id, *place, title, now, now),
        )
    return conversation_id


def _insert_turn(
    connection: sqlite3.Connection,
    ids: tuple[str, str],
    inbound: Inbound,
    picture_ids: Sequence[str],
    now: float,
) -> None:
    user = inbound.user
    connection.execute(
        "INSERT INTO turns (id, conversation_id, event_id, user_platform, user_id, user_name, text,"
        " state, press, reply_to, upload_ids, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*ids, inbound.event_id, user.platform, user.id, _storable(user.name), _storable(inbound.text),
         TurnState.ACCEPTED, press_json(inbound.press), inbound.reply_to, to_json(picture_ids),
         inbound.received_at or now),
    )  # fmt: skip


def _storable(text: str) -> str:
    """Half a surrogate pair, which a platform's JSON may hold, cannot be written as UTF-8: it becomes `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")
