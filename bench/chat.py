"""Many conversations at once on Discord and on Slack, beside a bare echo bot under the same load.

    python -m bench.chat --conversations 200 --messages 2000 --minutes 3

Easel runs in a process of its own, with the built-in assistant and a painter that takes no time, against a loopback
server in this process; then a bot of discord.py (slack-bolt) alone that repeats what it hears. People write by the
clock, whether the bot keeps up or not; one message in five is a command. The table says how long they waited for the
acknowledgement (of a command on Discord, of every event on Slack), for the first thing they saw and for the answer,
whether an answer was missing or came twice, and how much memory the bot's process held.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.crowd import Ask, Crowd, DiscordCrowd, SlackCrowd  # noqa: E402
from tests.fakes.bot_process import ROOT, BotProcess  # noqa: E402
from tests.fakes.chat.discord import FakeDiscord  # noqa: E402
from tests.fakes.chat.slack import FakeSlack  # noqa: E402

GALLERY, SLACK_FILE = '"type": 12', '"slack_file"'
CONFIG = """
[limits]
queued_jobs = 100000
queued_jobs_per_person = 1000
[discord]
api_base = "{discord}"
gateway_url = "{gateway}"
[slack]
api_base = "{slack}"
"""
HEAD = (
    "bot",
    "messages",
    "acknowledged p50/p99/max",
    "first sign p50/p99/max",
    "answered p50/p99/max",
    "lost",
    "doubled",
    "MiB at start/middle/end",
)


@dataclass(frozen=True)
class Load:
    conversations: int
    messages: int
    minutes: float
    patience_s: float

    @property
    def turns(self) -> int:
        return max(1, self.messages // self.conversations)

    @property
    def every_s(self) -> float:
        return self.minutes * 60 / self.turns


@dataclass(frozen=True)
class Result:
    name: str
    asks: list[Ask]
    memory: tuple[int, int, int]

    def row(self) -> tuple[str, ...]:
        asks = self.asks
        return (
            self.name,
            str(len(asks)),
            _times(a.acknowledged - a.sent for a in asks if a.acknowledged is not None),
            _times(a.signed - a.sent for a in asks if a.signed is not None),
            _times(a.answered - a.sent for a in asks if a.answered is not None),
            str(sum(a.shown == 0 for a in asks)),
            str(sum(a.shown > 1 for a in asks)),
            "/".join(str(mebibytes) for mebibytes in self.memory),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--platform", choices=["discord", "slack", "both"], default="both")
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--messages", type=int, default=2000, help="of all conversations together")
    parser.add_argument("--minutes", type=float, default=3.0, help="in which they are sent")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds to wait at the end")
    options = parser.parse_args()
    load = Load(options.conversations, options.messages, options.minutes, options.patience)
    results = asyncio.run(_measure(options.platform, load))
    rows = [HEAD, *(result.row() for result in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def _times(seconds: Iterable[float]) -> str:
    values = sorted(seconds)
    if len(values) < 2:
        return "-"
    cuts = quantiles(values, n=100, method="inclusive")
    return f"{cuts[49]:.3f}/{cuts[98]:.3f}/{values[-1]:.3f} s"


async def _measure(platform: str, load: Load) -> list[Result]:
    results = []
    if platform in ("discord", "both"):
        results += [await _discord(load, echo=False), await _discord(load, echo=True)]
    if platform in ("slack", "both"):
        results += [await _slack(load, echo=False), await _slack(load, echo=True)]
    return results


async def _discord(load: Load, echo: bool) -> Result:
    async with FakeDiscord(check=False) as fake:
        crowd = DiscordCrowd(fake, "" if echo else GALLERY)
        crowd.settle_in(load.conversations)
        secrets = {"DISCORD_TOKEN": fake.token}
        command = ("discord", fake.api_base, fake.gateway_url)
        config = CONFIG.format(discord=fake.api_base, gateway=fake.gateway_url, slack="")
        async with _bot(secrets, config, command if echo else ()) as pid:
            await fake.wait_commands("imagine", limit_s=60)
            await fake.wait_ready(60)
            return await _run("discord.py echo" if echo else "Easel on Discord", crowd, load, pid)


async def _slack(load: Load, echo: bool) -> Result:
    async with FakeSlack(check=False) as fake:
        crowd = SlackCrowd(fake, "" if echo else SLACK_FILE)
        crowd.settle_in(load.conversations)
        secrets = {"SLACK_BOT_TOKEN": fake.bot_token, "SLACK_APP_TOKEN": fake.app_token}
        config = CONFIG.format(discord="", gateway="", slack=fake.api_base)
        async with _bot(secrets, config, ("slack", fake.api_base) if echo else ()) as pid:
            await fake.wait_ready(60)
            return await _run("slack-bolt echo" if echo else "Easel on Slack", crowd, load, pid)


@asynccontextmanager
async def _bot(
    secrets: Mapping[str, str], config: str, echo: tuple[str, ...]
) -> AsyncIterator[int]:
    """The pid of Easel, or of the echo bot, while it runs."""
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as folder, _environment(secrets):
        if echo:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.echo", *echo, cwd=ROOT
            )
            try:
                yield process.pid
            finally:
                process.kill()
                await process.wait()
            return
        settings = Path(folder) / "config.toml"
        settings.write_text(config, encoding="utf-8")
        async with BotProcess(Path(folder) / "data", "--config", str(settings)) as bot:
            yield bot.pid


async def _run(name: str, crowd: Crowd, load: Load, pid: int) -> Result:
    start = crowd.server.rec.elapsed() + 1.0
    watching = asyncio.create_task(crowd.watch())
    memory = [_memory(pid)]
    async with asyncio.TaskGroup() as tasks:
        for who in range(load.conversations):
            offset = start + who * load.every_s / load.conversations
            tasks.create_task(crowd.talk(who, load.turns, offset, load.every_s))
        await asyncio.sleep(load.minutes * 30)
        memory.append(_memory(pid))
    with suppress(TimeoutError):
        await crowd.server.until(lambda: not crowd.open_asks(), load.patience_s)
    await crowd.server.settle(1.0)
    watching.cancel()
    crowd.look()
    crowd.count_answers()
    return Result(name, list(crowd.asks.values()), (memory[0], memory[1], _memory(pid)))


def _memory(pid: int) -> int:
    """Resident MiB of the process itself, without its render workers."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


@contextmanager
def _environment(secrets: Mapping[str, str]) -> Iterator[None]:
    """The secrets are where a child process inherits them, and gone again at the end."""
    os.environ.update(secrets)
    try:
        yield
    finally:
        for name in secrets:
            del os.environ[name]


if __name__ == "__main__":
    main()
