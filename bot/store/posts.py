"""Where on a platform the messages of Easel's are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from bot.store.rows import to_json
from core.types import Post

_COLUMNS = "key, platform, channel, message, turn_id, picture_ids"


def remember(connection: sqlite3.Connection, post: Post) -> None:
    """Replaces what was known under this key and of this message; nothing where the turn was forgotten."""
    connection.execute(
        f"INSERT OR REPLACE INTO posts ({_COLUMNS}) SELECT ?, ?, ?, ?, id, ? FROM turns WHERE id = ?",
        (post.key, post.platform, post.channel, post.message, to_json(post.picture_ids), post.turn_id),
    )  # fmt: skip


def post(connection: sqlite3.Connection, place: tuple[str, str, str]) -> Post | None:
    """By (platform, channel, message)."""
    found = _posts(connection, "platform = ? AND channel = ? AND message = ?", place)
    return found[0] if found else None


def posts_of_turn(connection: sqlite3.Connection, turn_id: str) -> list[Post]:
    """In the order of their keys; ":10" comes after ":2"."""
    return _posts(connection, "turn_id = ? ORDER BY length(key), key", (turn_id,))


def _posts(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Post]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM posts WHERE {where}", values).fetchall()
    return [
        Post(key, platform, channel, message, turn_id, tuple(json.loads(picture_ids)))
        for key, platform, channel, message, turn_id, picture_ids in rows
    ]
