from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import schema
from bot.store.schema import migrate
from bot.store.store import open_store
from core.errors import DatabaseTooNew
from core.types import TextPart, ThreadRef

OLDEST = Path(__file__).with_name("version_1.sql")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "easel.db", isolation_level=None)
    yield connection
    connection.close()


def objects(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    return {
        (name, " ".join(sql.split()).replace('"', "")) for name, sql in connection.execute(query)
    }


async def test_the_oldest_database_is_brought_up_to_date_with_all_it_holds(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    database.executescript(OLDEST.read_text(encoding="utf-8"))

    async with open_store(tmp_path) as store:
        view = await store.view(ThreadRef("web", "", "", "old"))
        await store.set_setting("user", "size", "256")
        uses = await store.prompt_uses(view.turns[0].id) if view else None

    assert view is not None and view.turns[0].parts == (TextPart("Hello from version 1."),)
    assert (view.pictures[0].number, uses) == (1, [])


def test_an_old_and_a_fresh_database_end_with_the_same_tables(
    database: sqlite3.Connection,
) -> None:
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    migrate(fresh)
    database.executescript(OLDEST.read_text(encoding="utf-8"))

    migrate(database)

    assert objects(database) == objects(fresh)
    fresh.close()


def test_migrating_twice_changes_nothing(database: sqlite3.Connection) -> None:
    migrate(database)
    before = list(database.iterdump())

    migrate(database)

    assert list(database.iterdump()) == before


async def test_a_newer_database_is_refused_and_left_alone(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    migrate(database)
    database.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('easel', '99_future', 'later')"
    )
    before = list(database.iterdump())

    with pytest.raises(DatabaseTooNew, match="99_future.*Install the newer version"):
        async with open_store(tmp_path):
            pass

    assert list(database.iterdump()) == before


def test_a_step_that_fails_leaves_nothing_of_itself(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(database)
    before = list(database.iterdump())
    broken = "CREATE TABLE half (id TEXT);\nCREATE TABLE turns (id TEXT);\n"
    monkeypatch.setitem(schema._STEPS, "3_broken", broken)

    with pytest.raises(sqlite3.OperationalError, match="turns already exists"):
        migrate(database)

    assert list(database.iterdump()) == before
