"""Answers on their way out. A row is `sending` before the first byte leaves: after a crash only those are doubtful."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.store.rows import marks


class OutboxState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # it may or may not have been shown
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class OutboxItem:
    key: str  # the same for every attempt
    turn_id: str
    state: OutboxState
    attempts: int
    conversation_id: str


def answer_key(turn_id: str) -> str:
    return f"answer:{turn_id}"


def add(connection: sqlite3.Connection, turn_id: str, now: float) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO outbox (key, turn_id, state, created_at) VALUES (?, ?, ?, ?)",
        (answer_key(turn_id), turn_id, OutboxState.PENDING, now),
    )


def pending(
    connection: sqlite3.Connection, platforms: Sequence[str] | None = None
) -> list[OutboxItem]:
    """Answers that are not known to be shown, oldest first; those of these platforms, or of all."""
    where = f" AND platform IN ({marks(platforms)})" if platforms is not None else ""
    rows = connection.execute(
        "SELECT outbox.key, turn_id, outbox.state, attempts, conversation_id FROM outbox"
        " JOIN turns ON turns.id = outbox.turn_id"
        " JOIN conversations ON conversations.id = turns.conversation_id"
        f" WHERE outbox.state <> 'sent'{where} ORDER BY outbox.seq",
        list(platforms or ()),
    )
    return [OutboxItem(row[0], row[1], OutboxState(row[2]), *row[3:]) for row in rows]


def mark_sending(connection: sqlite3.Connection, key: str) -> bool:
    """False: it is sent already, or was forgotten."""
    cursor = connection.execute(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1"
        " WHERE key = ? AND state <> 'sent'",
        (key,),
    )
    return cursor.rowcount > 0


def mark_sent(connection: sqlite3.Connection, key: str, platform_message_id: str) -> None:
    connection.execute(
        "UPDATE outbox SET state = 'sent', platform_message_id = ? WHERE key = ?",
        (platform_message_id, key),
    )
