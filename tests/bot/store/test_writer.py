from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.sqlite import connect_reader, connect_writer
from bot.store.writer import Work, Writer
from core.errors import DiskFull, StoreError


def insert(value: str) -> Work[int | None]:
    return lambda db: db.execute("INSERT INTO words VALUES (?)", (value,)).lastrowid


def words(folder: Path) -> set[str]:
    reader = connect_reader(folder / "x.db")
    try:
        return {word for (word,) in reader.execute("SELECT word FROM words")}
    finally:
        reader.close()


class Gate:
    """Work that keeps the writer's thread busy until it is opened, so that others queue up behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, connection: sqlite3.Connection) -> None:
        self.entered.set()
        assert self.opened.wait(30)


@pytest.fixture
def statements() -> list[str]:
    return []


@pytest.fixture
async def writer(tmp_path: Path, statements: list[str]) -> AsyncIterator[Writer]:
    connection = connect_writer(tmp_path / "x.db")
    connection.execute("CREATE TABLE words (word TEXT UNIQUE)")
    connection.set_trace_callback(statements.append)
    writer = Writer(connection)
    yield writer
    await writer.close()


async def queue_behind(gate: Gate, writer: Writer, *works: Work[object]) -> list[object]:
    """Runs `works` as one group; their results or errors."""
    first = asyncio.create_task(writer.write(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    tasks = [asyncio.create_task(writer.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.opened.set()
    await first
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_all_that_wait_share_one_commit(
    writer: Writer, statements: list[str], tmp_path: Path
) -> None:
    await queue_behind(Gate(), writer, *(insert(str(index)) for index in range(50)))

    assert statements.count("COMMIT") == 2  # the gate's own and theirs
    assert len(words(tmp_path)) == 50


async def test_one_failing_write_does_not_spoil_the_others(writer: Writer, tmp_path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO words VALUES ('half')")
        raise KeyError("broken in the middle")

    results = await queue_behind(Gate(), writer, insert("a"), half, insert("a"), insert("b"))

    assert isinstance(results[1], KeyError)
    assert isinstance(results[2], sqlite3.IntegrityError)
    assert words(tmp_path) == {"a", "b"}


async def test_a_write_that_finds_the_disk_full_says_so_and_later_ones_work(
    writer: Writer, tmp_path: Path
) -> None:
    pages = await writer.run_alone(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await writer.run_alone(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 2}").fetchall())

    results = await queue_behind(Gate(), writer, insert("a"), insert("x" * 100_000), insert("b"))

    assert isinstance(results[1], DiskFull) and "Free some space" in results[1].reply
    kept = {word for word, result in zip("a-b", results, strict=True) if isinstance(result, int)}
    assert words(tmp_path) == kept
    await writer.run_alone(lambda db: db.execute("PRAGMA max_page_count = 10000").fetchall())
    await writer.write(insert("c"))
    assert words(tmp_path) == kept | {"c"}


async def test_a_cancelled_caller_does_not_disturb_the_writer(
    writer: Writer, tmp_path: Path
) -> None:
    gate = Gate()
    caller = asyncio.create_task(writer.write(gate))
    await asyncio.to_thread(gate.entered.wait, 30)
    caller.cancel()
    gate.opened.set()

    await writer.write(insert("after"))

    assert caller.cancelled()
    assert words(tmp_path) == {"after"}


async def test_a_loop_that_was_closed_does_not_disturb_the_writer(
    writer: Writer, tmp_path: Path
) -> None:
    gate = Gate()

    def leave_in_the_middle() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(writer.write(gate))
        loop.run_until_complete(asyncio.sleep(0))
        gate.entered.wait(30)
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    await asyncio.to_thread(leave_in_the_middle)
    gate.opened.set()
    await writer.write(insert("after"))

    assert words(tmp_path) == {"after"}


async def test_closing_finishes_what_was_handed_in_and_takes_no_more(
    writer: Writer, tmp_path: Path
) -> None:
    tasks = [asyncio.create_task(writer.write(insert(str(index)))) for index in range(10)]
    await asyncio.sleep(0)

    await writer.close()

    await asyncio.gather(*tasks)
    assert len(words(tmp_path)) == 10
    with pytest.raises(StoreError, match="shutting down"):
        await writer.write(insert("late"))


async def test_closing_gives_up_after_its_time(writer: Writer) -> None:
    gate = Gate()
    caller = asyncio.create_task(writer.write(gate))
    await asyncio.to_thread(gate.entered.wait, 30)

    with pytest.raises(StoreError, match="did not finish"):
        await writer.close(timeout_s=0.01)

    gate.opened.set()
    await caller


async def test_work_alone_runs_outside_any_transaction(writer: Writer) -> None:
    assert await writer.run_alone(lambda db: db.in_transaction) is False
    assert await writer.write(lambda db: db.in_transaction) is True


def test_commits_outlive_a_power_cut_and_deleted_text_is_overwritten(tmp_path: Path) -> None:
    connection = connect_writer(tmp_path / "x.db")
    names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")

    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    connection.close()
    assert found == ["wal", 2, 1, 1]
