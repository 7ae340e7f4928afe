from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import schema
from bot.store.schema import migrate
from bot.store.store import open_store
from core.errors import DatabaseTooNew
from core.types import Press, TextPart, ThreadRef, Verb
from tests.fakes.sayings import message

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


async def test_turns_and_presses_of_the_second_schema_are_read_as_they_were(
    database: sqlite3.Connection, tmp_path: Path
) -> None:
    migrate(database, last="2_settings")
    database.execute(
        "INSERT INTO conversations (id, platform, workspace, channel, thread, title, created_at,"
        " touched_at) VALUES ('c', 'web', '', '', 'old', 'old', 1, 1)"
    )
    database.execute(
        "INSERT INTO turns (id, conversation_id, event_id, user_platform, user_id, user_name, text,"
        " state, press, created_at) VALUES"
        " ('t', 'c', 'e', 'web', 'ann', 'Ann', '', 'done', '[\"vary\",\"p\",\"subtle\"]', 1)"
    )
    database.execute("INSERT INTO inbox VALUES ('web', 'e', 't')")

    async with open_store(tmp_path) as store:
        turn = await store.turn_of_event("web", "e")
        again = await store.accept(message("e", "a dog", "old"))

    assert turn is not None and turn.press == Press(Verb.VARY, "p", "subtle")
    assert (turn.origin, turn.adult) == ("", False)
    assert (again.turn_id, again.is_new) == ("t", False)


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
    monkeypatch.setitem(schema._STEPS, "99_broken", broken)

    with pytest.raises(sqlite3.OperationalError, match="turns already exists"):
        migrate(database)

    assert list(database.iterdump()) == before
