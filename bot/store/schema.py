"""The tables, as numbered migrations. A database with a migration that is not listed here is newer than this program.

A migration that was released never changes again: what comes later is a new one. `seq` columns keep the order of
arrival, which ULIDs of the same millisecond do not.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from core.errors import DatabaseTooNew

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

_STEP_1 = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY NOT NULL,
    platform TEXT NOT NULL, workspace TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL,
    title TEXT NOT NULL,
    current_id TEXT,
    names TEXT NOT NULL DEFAULT '{}',
    created_at REAL NOT NULL,
    touched_at REAL NOT NULL,
    UNIQUE (platform, workspace, channel, thread)
);
CREATE INDEX conversations_latest ON conversations (platform, touched_at);

CREATE TABLE turns (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    user_platform TEXT NOT NULL, user_id TEXT NOT NULL, user_name TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    press TEXT,
    reply_to TEXT,
    upload_ids TEXT NOT NULL DEFAULT '[]',
    planned INTEGER NOT NULL DEFAULT 0,
    parts TEXT NOT NULL DEFAULT '[]',
    next_current_id TEXT,
    error TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    finished_at REAL
);
CREATE INDEX turns_of_conversation ON turns (conversation_id, seq);
CREATE INDEX turns_open ON turns (seq) WHERE state IN ('accepted', 'painting');

CREATE TABLE inbox (
    platform TEXT NOT NULL,
    event_id TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    PRIMARY KEY (platform, event_id)
) WITHOUT ROWID;

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    user_key TEXT NOT NULL,
    picture_ids TEXT NOT NULL,
    recipes TEXT NOT NULL,
    state TEXT NOT NULL,
    after TEXT,
    interactive INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until REAL,
    error TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    seconds REAL NOT NULL DEFAULT 0
);
CREATE INDEX jobs_of_conversation ON jobs (conversation_id);
CREATE INDEX jobs_of_turn ON jobs (turn_id);
CREATE INDEX jobs_open ON jobs (state, seq) WHERE state IN ('queued', 'running');

CREATE TABLE pictures (
    id TEXT PRIMARY KEY NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    job_id TEXT,
    parent_id TEXT,
    verb TEXT,
    recipe TEXT,
    caption TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    UNIQUE (conversation_id, number)
);
CREATE INDEX pictures_of_turn ON pictures (turn_id);
CREATE INDEX pictures_of_file ON pictures (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX pictures_short_id ON pictures (substr(id, -6));

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    platform_message_id TEXT,
    created_at REAL NOT NULL
);
CREATE INDEX outbox_of_turn ON outbox (turn_id);
CREATE INDEX outbox_open ON outbox (seq) WHERE state <> 'sent';
"""

_STEP_2 = """
CREATE TABLE settings (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) WITHOUT ROWID;

CREATE TABLE prompt_uses (
    seq INTEGER PRIMARY KEY,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    name TEXT NOT NULL, version TEXT NOT NULL, sha256 TEXT NOT NULL,
    model TEXT NOT NULL,
    seconds REAL NOT NULL,
    tokens INTEGER NOT NULL
);
CREATE INDEX prompt_uses_of_turn ON prompt_uses (turn_id);

CREATE TABLE forgotten_files (sha256 TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
"""

_STEP_3 = """
ALTER TABLE turns ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE turns ADD COLUMN adult INTEGER NOT NULL DEFAULT 0;
CREATE INDEX turns_of_event ON turns (event_id);
CREATE INDEX turns_of_user ON turns (user_platform, user_id, seq);
ALTER TABLE inbox ADD COLUMN accepted_at REAL NOT NULL DEFAULT 0;
UPDATE inbox SET accepted_at =
    coalesce((SELECT created_at FROM turns WHERE turns.id = inbox.turn_id), 0);

CREATE TABLE posts (
    platform TEXT NOT NULL,
    key TEXT NOT NULL,
    channel TEXT NOT NULL,
    message TEXT NOT NULL,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    picture_ids TEXT NOT NULL DEFAULT '[]',
    PRIMARY KEY (platform, key),
    UNIQUE (platform, channel, message)
) WITHOUT ROWID;
CREATE INDEX posts_of_turn ON posts (turn_id);

CREATE TABLE marks (
    picture_id TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
    user_key TEXT NOT NULL,
    mark TEXT NOT NULL,
    created_at REAL NOT NULL,
    PRIMARY KEY (picture_id, user_key, mark)
) WITHOUT ROWID;
CREATE INDEX marks_of_user ON marks (user_key);
"""

_STEPS = {"1_conversations": _STEP_1, "2_settings": _STEP_2, "3_platforms": _STEP_3}


def migrate(connection: sqlite3.Connection, last: str | None = None) -> None:
    """Brings the database to this program's schema (or to step `last`), each step whole or not at all.

    Raises `DatabaseTooNew` and changes nothing when a newer Easel wrote it.
    """
    from sqlite_utils import Database

    db = Database(connection, execute_plugins=False, recursive_triggers=False)
    steps = _migrations()
    unknown = sorted({done.name for done in steps.applied(db)} - _STEPS.keys())
    if unknown:
        raise DatabaseTooNew(
            f"This database was written by a newer Easel: it knows '{unknown[-1]}', this version "
            f"ends at '{list(_STEPS)[-1]}'. Install the newer version, or use another data folder."
        )
    names = list(_STEPS)
    steps.apply(db, stop_before=names[names.index(last) + 1 :] if last else None)


def _migrations() -> Migrations:
    from sqlite_utils.migrations import Migrations

    found = Migrations("easel")
    for name, script in _STEPS.items():
        found(name=name)(_step(script))
    return found


class _step:
    """A migration that runs a script, statement by statement: `executescript` would commit in between."""

    def __init__(self, script: str) -> None:
        self.__name__ = "step"
        self._statements = [text for text in script.split(";\n") if text.strip()]

    def __call__(self, db: Database) -> None:
        for statement in self._statements:
            db.execute(statement)
