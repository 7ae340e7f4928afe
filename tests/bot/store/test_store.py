from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.store import open_store
from core.errors import DatabaseBroken, DatabaseInUse, StoreError
from core.types import TurnState
from tests.fakes.sayings import message, thread

ROOT = Path(__file__).parents[3]
WRITE_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from bot.store.store import open_store
from tests.fakes.sayings import message

async def write(store, writer):
    for index in range(100_000):
        await store.accept(message(f"{writer}-{index}"))
        print(f"{writer}-{index}", flush=True)

async def main():
    async with open_store(Path(sys.argv[1])) as store:
        await asyncio.gather(*(write(store, writer) for writer in range(20)))

asyncio.run(main())
"""
FILL_A_SMALL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from bot.store.store import open_store
from core.errors import StoreError
from tests.fakes.sayings import message

async def main():
    async with open_store(Path(sys.argv[1])) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
        for index in range(10_000):
            try:
                await store.accept(message(str(index), "x" * 2000))
            except StoreError as error:
                print("refused:", error.reply, flush=True)
                break
            print(index, flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await store.accept(message("with room again"))
        print("with room again", flush=True)

asyncio.run(main())
"""


def start(script: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Another process that accepts messages; and the first hundred that it said were accepted."""
    process = start(WRITE_UNTIL_KILLED, tmp_path)
    assert process.stdout is not None
    accepted = [process.stdout.readline().strip() for _ in range(100)]
    yield process, accepted
    process.kill()
    process.stdout.close()
    process.wait()


def kill(process: subprocess.Popen[str]) -> list[str]:
    """What it had still said before it was killed."""
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    said = process.stdout.read().split("\n")
    process.wait()
    return said[:-1]  # a last line without its end was cut off


async def test_what_was_accepted_outlives_kill_9(
    busy: tuple[subprocess.Popen[str], list[str]], tmp_path: Path
) -> None:
    process, accepted = busy

    accepted += await asyncio.to_thread(kill, process)

    async with open_store(tmp_path) as store:
        again = [await store.accept(message(event_id)) for event_id in accepted]
        assert not any(receipt.is_new for receipt in again)
        assert {turn.event_id for turn in await store.open_turns()} >= set(accepted)


async def test_a_second_process_is_turned_away_until_the_first_is_gone(
    busy: tuple[subprocess.Popen[str], list[str]], tmp_path: Path
) -> None:
    process, _ = busy

    with pytest.raises(DatabaseInUse, match=f"process {process.pid}.*Stop it first"):
        async with open_store(tmp_path):
            pass
    async with open_store(tmp_path, read_only=True) as store:
        assert await store.view(thread()) is not None

    await asyncio.to_thread(kill, process)
    async with open_store(tmp_path) as store:
        assert await store.view(thread()) is not None


async def test_a_disk_that_refuses_to_write_loses_nothing_and_is_used_again_later(
    tmp_path: Path,
) -> None:
    process = start(FILL_A_SMALL_DISK, tmp_path)

    said, _ = await asyncio.to_thread(process.communicate, timeout=60)

    *accepted, refusal, last = said.splitlines()
    assert process.returncode == 0 and len(accepted) > 10
    assert refusal.startswith("refused:") and "disk" in refusal
    async with open_store(tmp_path) as store:
        known = {turn.event_id for turn in await store.open_turns()}
    assert known == {*accepted, last}


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        receipt = await store.accept(message("e1"))
        await store.finish_turn(receipt.turn_id, TurnState.DONE)
        before = await store.view(thread())
    assert not (tmp_path / "easel.db-wal").exists()

    async with open_store(tmp_path) as store:
        assert await store.view(thread()) == before
        assert len(await store.pending_answers()) == 1


def fill(folder: Path) -> Path:
    async def write() -> None:
        async with open_store(folder) as store:
            for index in range(300):
                await store.accept(message(str(index), "words " * 20))

    asyncio.run(write())
    return folder / "easel.db"


def overwrite_pages(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 10)
        file.write(b"\xa5" * 4096 * 20)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def replace_by_text(path: Path) -> None:
    path.write_text("this is a letter, not a database\n" * 100, encoding="utf-8")


@pytest.mark.parametrize("damage", [overwrite_pages, cut_in_half, replace_by_text])
def test_a_damaged_database_is_refused_and_left_untouched(tmp_path: Path, damage: object) -> None:
    path = fill(tmp_path)
    assert callable(damage)
    damage(path)
    before = path.read_bytes()

    async def open_it() -> None:
        async with open_store(tmp_path):
            pass

    with pytest.raises(DatabaseBroken, match="damaged.*restore easel.db from a backup"):
        asyncio.run(open_it())

    assert path.read_bytes() == before


async def test_a_closed_store_says_that_it_is_closed(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        pass

    with pytest.raises(StoreError, match="shutting down"):
        await store.view(thread())
    with pytest.raises(StoreError, match="shutting down"):
        await store.accept(message("e1"))


async def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file/data cannot be used"):
        async with open_store(tmp_path / "file" / "data"):
            pass


async def test_a_store_for_reading_refuses_to_write_and_to_invent(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"):
        async with open_store(tmp_path, read_only=True):
            pass
    async with open_store(tmp_path):
        pass

    async with open_store(tmp_path, read_only=True) as store:
        with pytest.raises(StoreError, match="read only"):
            await store.accept(message("e1"))


async def test_files_noted_for_deletion_before_a_crash_are_deleted_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with open_store(tmp_path) as store:
        sha256 = await store.put_picture(b"secret")
    connection = sqlite3.connect(tmp_path / "easel.db")
    connection.execute("INSERT INTO forgotten_files VALUES (?)", (sha256,))
    connection.commit()
    connection.close()

    async with open_store(tmp_path):
        pass

    assert b"secret" not in contents(tmp_path / "pictures")


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
