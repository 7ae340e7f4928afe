"""What people send, safe on disk: the inbox row, the conversation, the turn and the uploaded pictures, in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.store import adoption
from bot.store.rows import press_json, to_json
from core.types import Inbound, PictureState, Receipt, ThreadRef, TurnState, Verb, new_id

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
    """The turn this event began; a second delivery finds the first one's turn and changes nothing.

    Raises `UnknownPicture` for a press on, or a reply to, a picture that is no longer there.
    """
    platform = inbound.thread.platform
    if known := known_turn(connection, platform, inbound.event_id):
        return Receipt(*known, is_new=False)
    turn_id = new_id()
    connection.execute(
        "INSERT OR REPLACE INTO inbox VALUES (?, ?, ?, ?)",
        (platform, inbound.event_id, turn_id, now),
    )
    words = _first_words(inbound.text)
    title = words or (uploads[0].name if uploads else "")
    conversation_id = _open_conversation(connection, inbound.thread, title, now)
    picture_ids = [new_id() for _ in uploads]
    without_file = inbound.press is not None and inbound.press.verb is Verb.DETAILS
    home = (platform, conversation_id)
    adopted = adoption.look_up(connection, meant(inbound), home, without_file)
    ids = (turn_id, conversation_id)
    _insert_turn(connection, ids, _renamed(inbound, adopted.names, picture_ids), picture_ids, now)
    if uploads or adopted.copies:
        number = next_number(connection, conversation_id)
        _insert_uploads(connection, ids, list(zip(picture_ids, uploads, strict=True)), number, now)
        adoption.insert_copies(connection, adopted, ids[::-1], number + len(uploads), now)
    return Receipt(conversation_id, turn_id, is_new=True)


def known_turn(
    connection: sqlite3.Connection, platform: str, event_id: str
) -> tuple[str, str] | None:
    """The (conversation, turn) that an event began; also long after its inbox row is pruned."""
    row: tuple[str, str] | None = connection.execute(
        "SELECT turns.conversation_id, turns.id FROM turns"
        " JOIN conversations ON conversations.id = turns.conversation_id"
        " WHERE turns.event_id = ? AND conversations.platform = ?",
        (event_id, platform),
    ).fetchone()
    return row


def amend(connection: sqlite3.Connection, turn_id: str, text: str) -> bool:
    """True: the turn was waiting and has these words now; a title made of the old ones changes too."""
    row = connection.execute(
        "SELECT conversation_id, text FROM turns WHERE id = ? AND state = 'accepted'", (turn_id,)
    ).fetchone()
    if row is None:
        return False
    text = _storable(text)
    connection.execute("UPDATE turns SET text = ? WHERE id = ?", (text, turn_id))
    connection.execute(
        "UPDATE conversations SET title = ? WHERE id = ? AND title = ?",
        (_first_words(text), row[0], _first_words(row[1])),
    )
    return True


def _first_words(text: str) -> str:
    """A conversation's title."""
    return " ".join(_storable(text).split())[:_TITLE_LENGTH]


def meant(inbound: Inbound) -> Iterator[str]:
    """Ids of the pictures that the event is about."""
    if inbound.press:
        yield inbound.press.picture_id
        yield from inbound.press.others
    if inbound.reply_to:
        yield inbound.reply_to


def _renamed(inbound: Inbound, names: dict[str, str], uploads: Sequence[str]) -> Inbound:
    """With the ids that its pictures have in this conversation; an empty one is the first upload."""
    press = inbound.press
    if press:
        first = press.picture_id or next(iter(uploads), "")
        others = tuple(names.get(other, other) for other in press.others)
        press = replace(press, picture_id=names.get(first, first), others=others)
    reply_to = names.get(inbound.reply_to, inbound.reply_to) if inbound.reply_to else None
    return replace(inbound, press=press, reply_to=reply_to)


def _insert_uploads(
    connection: sqlite3.Connection,
    ids: tuple[str, str],
    uploads: Sequence[tuple[str, UploadedFile]],
    number: int,
    now: float,
) -> None:
    turn_id, conversation_id = ids
    connection.executemany(
        "INSERT INTO pictures (id, conversation_id, number, turn_id, caption, state, sha256,"
        " width, height, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (picture_id, conversation_id, number + index, turn_id, upload.name,
             PictureState.READY, upload.sha256, upload.width, upload.height, now)
            for index, (picture_id, upload) in enumerate(uploads)
        ],
    )  # fmt: skip


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
        " state, press, reply_to, upload_ids, created_at, origin, adult)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*ids, inbound.event_id, user.platform, user.id, _storable(user.name), _storable(inbound.text),
         TurnState.ACCEPTED, press_json(inbound.press), inbound.reply_to, to_json(picture_ids),
         inbound.received_at or now, _storable(inbound.origin), inbound.adult),
    )  # fmt: skip


def _storable(text: str) -> str:
    """Half a surrogate pair, which a platform's JSON may hold, cannot be written as UTF-8: it becomes `?`."""
    return text.encode("utf-8", "replace").decode("utf-8")
