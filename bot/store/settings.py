"""Preferences of a user, a channel or a conversation: text by (scope, key)."""

from __future__ import annotations

import sqlite3


def setting(connection: sqlite3.Connection, scope: str, key: str) -> str | None:
    query = "SELECT value FROM settings WHERE scope = ? AND key = ?"
    row = connection.execute(query, (scope, key)).fetchone()
    return row[0] if row else None


def set_setting(connection: sqlite3.Connection, scope: str, key: str, value: str | None) -> None:
    """None removes it."""
    if value is None:
        connection.execute("DELETE FROM settings WHERE scope = ? AND key = ?", (scope, key))
    else:
        connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?, ?)", (scope, key, value))
