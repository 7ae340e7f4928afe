"""Easel on a loopback Slack in a process of its own, to be killed and started again.

`python -m tests.fakes.slack_bot DATA API_BASE PORT`, with Slack's secrets in the environment; Socket Mode when PORT
is 0. It prints `READY` once its line stands.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the workers of the bot import this file too, and shall start soon
    from tests.fakes.chat.slack import FakeSlack

ROOT = Path(__file__).parent.parent.parent
START_S = 60.0
PAINTER = "tests.fakes.story_painters:InstantPainter"


class SlackBot:
    """The process; leaving the block kills it."""

    def __init__(self, slack: FakeSlack, data: Path, port: int = 0) -> None:
        self._arguments = [str(data), slack.api_base, str(port)]
        self._environment = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": "" if port else slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
        }
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> SlackBot:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.slack_bot", *self._arguments,
            cwd=ROOT,
            env={**os.environ, **self._environment},
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout
        async with asyncio.timeout(START_S):
            line = await self._process.stdout.readline()
        if line.strip() != b"READY":
            raise RuntimeError("the bot did not start; its words are on stderr")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.kill()

    async def kill(self) -> None:
        """As kill -9 does."""
        assert self._process
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            await self._process.wait()


async def main(data: str, api_base: str, port: int) -> None:
    from adapters.slack.platform import SlackPlatform
    from adapters.slack.settings import SlackSettings
    from bot.app import open_easel, serve
    from bot.config import DataSettings, Secrets, Settings
    from bot.serving import stop_on_signal

    platform = SlackPlatform(
        SlackSettings(port=port, api_base=api_base),
        os.environ["SLACK_BOT_TOKEN"],
        os.environ["SLACK_APP_TOKEN"],
        os.environ["SLACK_SIGNING_SECRET"],
    )
    settings = replace(Settings(), data=DataSettings(data))
    stop = stop_on_signal()
    async with (
        open_easel(settings, Secrets(), painter=PAINTER) as easel,
        asyncio.TaskGroup() as tasks,
    ):
        serving = tasks.create_task(serve(easel, [platform], stop))
        await platform.started.wait()
        print("READY", flush=True)
        await serving


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
