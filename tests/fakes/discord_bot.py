"""The bot on a loopback Discord in a process of its own, to be killed: `python -m tests.fakes.discord_bot --help`.

Prints `UP` when everything is open; whether it has reached the gateway, the loopback Discord knows.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from bot.app import open_easel, serve
from bot.config import DataSettings, Secrets, Settings
from bot.serving import stop_on_signal
from core.painting.settings import PainterSettings
from tests.fakes.chat.discord import FakeDiscord
from tests.fakes.house import INSTANT

ROOT = Path(__file__).parent.parent.parent
START_S = 60.0


class DiscordBotProcess:
    """Serves until it is killed; leaving the block kills it."""

    def __init__(self, data: Path, discord: FakeDiscord, painter: str = INSTANT) -> None:
        self._discord = discord
        self._command = [
            sys.executable, "-m", "tests.fakes.discord_bot", "--data", str(data), "--painter", painter,
            "--api", discord.api_base, "--gateway", discord.gateway_url, "--token", discord.token,
        ]  # fmt: skip
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> DiscordBotProcess:
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout
        async with asyncio.timeout(START_S):
            line = (await self._process.stdout.readline()).decode()
        if line.strip() != "UP":
            raise RuntimeError("the bot did not start; its words are on stderr")
        await self._discord.wait_ready(START_S)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        """kill -9; its workers die with it."""
        assert self._process
        if self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
        async with asyncio.timeout(START_S):
            await self._process.wait()
        await self._discord.until(lambda: not self._discord.gateway.live, START_S)


async def main(options: argparse.Namespace) -> None:
    settings = replace(
        Settings(), data=DataSettings(str(options.data)), painter=PainterSettings(steps=2)
    )
    at = DiscordSettings(True, options.api, options.gateway)
    platform = DiscordPlatform(at, options.token, pace_s=0.02)
    stop = stop_on_signal()
    async with open_easel(settings, Secrets(), painter=options.painter) as easel:
        print("UP", flush=True)
        await serve(easel, [platform], stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--painter", required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--token", required=True)
    asyncio.run(main(parser.parse_args()))
