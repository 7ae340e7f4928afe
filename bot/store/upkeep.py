"""What grows for ever unless someone takes it away: rows that have done their work, files that nothing names."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.store.rows import marks

KEEP_S = (
    7 * 24 * 3600.0
)  # rows of answered events and sent answers; platforms redeliver for a day at most


def prune(connection: sqlite3.Connection, now: float) -> int:
    """How many rows went: events whose turn is over, and answers that were sent."""
    until = now - KEEP_S
    sent = connection.execute(
        "DELETE FROM outbox WHERE state = 'sent' AND created_at < ?", (until,)
    ).rowcount
    events = connection.execute(
        "DELETE FROM inbox WHERE accepted_at < ? AND turn_id NOT IN"
        " (SELECT id FROM turns WHERE state IN ('accepted', 'painting'))",
        (until,),
    ).rowcount
    return sent + events


def unnamed(connection: sqlite3.Connection, hashes: Sequence[str]) -> list[str]:
    """Those of these files that no picture names."""
    query = f"SELECT DISTINCT sha256 FROM pictures WHERE sha256 IN ({marks(hashes)})"
    named = {sha256 for (sha256,) in connection.execute(query, list(hashes))}
    return [sha256 for sha256 in hashes if sha256 not in named]
