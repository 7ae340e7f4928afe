"""What the store does per second, and how fast it reads when it is old and full.

    python -m bench.store --turns 1000000

Durable accepts per second by many writers at once, beside the disk's own flush time, which bounds them; then the time
to load a conversation's last 50 turns and pictures among `--turns` turns, each with a picture of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import quantiles

from bot.store.schema import migrate
from bot.store.sqlite import connect_writer
from bot.store.store import Store, open_store
from core.painting.recipe import Recipe
from core.types import Inbound, ThreadRef, UserRef

_USER = UserRef("web", "1", "Ann")
_TURNS_PER_CONVERSATION = 100
_SAMPLES = 2000
_PROMPT = (
    "a watercolour of a hedgehog on a green meadow beside a river, evening light, soft colours"
)
_RECIPE = Recipe("pocket", _PROMPT, 0, 20, 5.0, 256, 256).to_json()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--turns", type=int, default=1_000_000, help="turns in the full database")
    parser.add_argument("--accepts", type=int, default=20_000, help="messages to accept")
    parser.add_argument("--writers", type=int, default=100, help="of them at the same time")
    parser.add_argument("--folder", type=Path, help="where to write; by default a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="easel-bench-") as name:
        folder = Path(name)
        _show("flush of 4 KiB to this disk", _flushes(folder / "flush", 200))
        asyncio.run(_measure_accepts(folder / "accepts", options.accepts, options.writers))
        _fill(folder / "full", options.turns)
        asyncio.run(_measure_views(folder / "full", options.turns))


def _show(what: str, seconds: Iterable[float]) -> None:
    cuts = quantiles(seconds, n=100)
    print(f"{what}: p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms", flush=True)


def _flushes(path: Path, count: int) -> Iterator[float]:
    with path.open("wb") as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            yield time.perf_counter() - began


async def _measure_accepts(folder: Path, count: int, writers: int) -> None:
    async with open_store(folder) as store:
        began = time.perf_counter()
        each = await asyncio.gather(
            *(_accept_many(store, writer, count // writers) for writer in range(writers))
        )
        elapsed = time.perf_counter() - began
    times = [seconds for one in each for seconds in one]
    print(f"durable accepts, {writers} writers: {len(times) / elapsed:,.0f} a second")
    _show("one accept", times)


async def _accept_many(store: Store, writer: int, count: int) -> list[float]:
    thread = ThreadRef("web", "", "", f"thread-{writer}")
    times = []
    for index in range(count):
        began = time.perf_counter()
        await store.accept(Inbound(f"{writer}-{index}", thread, _USER, _PROMPT))
        times.append(time.perf_counter() - began)
    return times


def _fill(folder: Path, turns: int) -> None:
    """Turns of all conversations in turn, so that those of one lie far apart in the file."""
    began = time.perf_counter()
    folder.mkdir()
    connection = connect_writer(folder / "easel.db")
    migrate(connection)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -1000000")
    conversations = max(1, turns // _TURNS_PER_CONVERSATION)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO conversations VALUES (?, 'web', '', '', ?, 'title', NULL, '{}', 0, ?)",
        ((f"C{index:025}", str(index), index) for index in range(conversations)),
    )
    connection.executemany(
        "INSERT INTO turns (id, conversation_id, event_id, user_platform, user_id, user_name, text,"
        " state, planned, parts, created_at, finished_at)"
        " VALUES (?, ?, ?, 'web', '1', 'Ann', ?, 'done', 1, ?, 0, 1)",
        (
            (f"T{index:025}", f"C{index % conversations:025}", str(index), _PROMPT, _parts(index))
            for index in range(turns)
        ),
    )
    connection.executemany(
        "INSERT INTO pictures VALUES (?, ?, ?, ?, NULL, NULL, 'generate', ?, ?, 'ready', ?, 256,"
        " 256, 1.0, 0)",
        (
            (f"P{index:025}", f"C{index % conversations:025}", index // conversations + 1,
             f"T{index:025}", _recipe(index), _PROMPT, f"{index:064x}")
            for index in range(turns)
        ),
    )  # fmt: skip
    connection.execute("COMMIT")
    connection.close()
    size = (folder / "easel.db").stat().st_size / 2**20
    took = time.perf_counter() - began
    print(f"{turns:,} turns and pictures written in {took:.0f} s: {size:,.0f} MiB", flush=True)


def _recipe(seed: int) -> str:
    return _RECIPE.replace('"seed":0', f'"seed":{seed}')


def _parts(index: int) -> str:
    pictures = {"pictures": [f"P{index:025}"], "verb": "generate", "job": None}
    return json.dumps([{"text": "Here is your hedgehog."}, pictures])


async def _measure_views(folder: Path, turns: int) -> None:
    began = time.perf_counter()
    async with open_store(folder) as store:
        print(f"opened and checked in {time.perf_counter() - began:.2f} s")
        conversations = max(1, turns // _TURNS_PER_CONVERSATION)
        dice = random.Random(1)
        times = []
        for _ in range(_SAMPLES):
            thread = ThreadRef("web", "", "", str(dice.randrange(conversations)))
            began = time.perf_counter()
            view = await store.view(thread)
            times.append(time.perf_counter() - began)
            assert view is not None and len(view.turns) == len(view.pictures) == 50
    _show(f"last 50 turns and pictures of one of {conversations:,} conversations", times)


if __name__ == "__main__":
    main()
