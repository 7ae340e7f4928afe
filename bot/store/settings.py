"""Preferences of a user, a channel or a conversation: text by (scope, key)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.store.rows import marks


def setting(connection: sqlite3.Connection, scope: str, key: str) -> str | None:
    query = "SELECT value FROM settings WHERE scope = ? AND key = ?"
    row = connection.execute(query, (scope, key)).fetchone()
    return row[0] if row else None


def settings(connection: sqlite3.Connection, scopes: Sequence[str]) -> list[dict[str, str]]:
    """All choices of each scope, in the order of the scopes."""
    found: dict[str, dict[str, str]] = {scope: {} for scope in scopes}
    query = f"SELECT scope, key, value FROM settings WHERE scope IN ({marks(scopes)})"
    for scope, key, value in connection.execute(query, list(scopes)):
        found[scope][key] = value
    return [found[scope] for scope in scopes]


def set_setting(connection: sqlite3.Connection, scope: str, key: str, value: str | None) -> None:
    """None removes it."""
    if value is None:
        connection.execute("DELETE FROM settings WHERE scope = ? AND key = ?", (scope, key))
    else:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", (scope, key, value))
