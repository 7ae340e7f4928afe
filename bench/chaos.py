"""kill -9 of the bot at random moments, and of its worker in the middle of jobs, many times in a row.

python bench/chaos.py [--kills 50] [--seed 1]

One person goes on talking to one conversation on one data folder and sends again what was not taken. At the end:
every message has exactly one answer, every picture its file, numbers run without a gap, the database is whole.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.fakes.bot_process import BotProcess, new_event  # noqa: E402

CONVERSATION = "chaos-conversation-1"
WISHES = ("a dog in the snow", "make it night", "a castle at the beach", "more like this")
SLOW = "tests.fakes.story_painters:SlowPainter"


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    luck = random.Random(options.seed)
    sent: list[str] = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        kills = {"bot": 0, "worker": 0}
        while sum(kills.values()) < options.kills:
            victim = luck.choice(["bot", "worker"])
            await _life(data, luck, sent, victim)
            kills[victim] += 1
            print(f"\r{kills}", end="", flush=True)
        await _reckon(data, sent)
    seconds = time.monotonic() - start
    print(
        f"\n{kills} kills, {len(sent)} messages in {seconds:.0f} s: nothing lost, nothing doubled"
    )


async def _life(data: Path, luck: random.Random, sent: list[str], victim: str) -> None:
    """One life of the bot: says something, then the victim dies at a random moment."""
    async with BotProcess(data, "--painter", SLOW) as bot:
        for event in sent[-2:]:
            await bot.say(CONVERSATION, "sent again", event)
        event = new_event()
        sent.append(event)
        await bot.say(CONVERSATION, luck.choice(WISHES), event)
        await asyncio.sleep(luck.uniform(0, 1.2))
        if victim == "worker":
            _kill_a_worker(bot.pid, luck)
            await asyncio.sleep(luck.uniform(0, 0.6))


def _kill_a_worker(bot_pid: int, luck: random.Random) -> None:
    children = Path(f"/proc/{bot_pid}/task/{bot_pid}/children").read_text().split()
    workers = [int(c) for c in children if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes()]
    if workers:
        os.kill(luck.choice(workers), signal.SIGKILL)


async def _reckon(data: Path, sent: list[str]) -> None:
    async with BotProcess(data) as bot:
        for event in sent:
            assert await bot.say(CONVERSATION, "sent again", event)
        await bot.settled(CONVERSATION, min(50, len(sent)), limit_s=300)
    with sqlite3.connect(data / "easel.db") as db:
        turns = db.execute("SELECT event_id, state FROM turns").fetchall()
        pictures = db.execute(
            "SELECT number, state, sha256 FROM pictures ORDER BY number"
        ).fetchall()
        answers = db.execute("SELECT key FROM outbox").fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert sorted(e for e, _ in turns) == sorted(sent), "a message was lost or doubled"
    assert {state for _, state in turns} == {"done"}, turns
    assert len(set(answers)) == len(answers) == len(sent)
    assert [n for n, _, _ in pictures] == list(range(1, len(pictures) + 1))
    for _, state, sha256 in pictures:
        assert state == "ready"
        Image.open(
            BytesIO((data / "pictures" / sha256[:2] / sha256[2:4] / f"{sha256}.webp").read_bytes())
        ).load()


if __name__ == "__main__":
    asyncio.run(main())
