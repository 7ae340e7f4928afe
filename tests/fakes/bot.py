"""The whole bot in a process of its own, with a painter of the tests and, if wished, a death at an exact step.

`python -m tests.fakes.bot --data DIR [--config FILE] [--painter MODULE:CLASS] [--die N] [--after]` serves the page on
a free port, and Discord and Slack when their secrets are in the environment, and prints `URL http://...`. `--die N` is
kill -9 just before its N-th write to the database since the page is up, with `--after` just after it is on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.web.platform import WebPlatform
from bot.app import open_easel, serve
from bot.config import load_settings, read_secrets
from bot.platforms import chat_platforms
from bot.serving import stop_on_signal
from bot.store.writer import Writer

INSTANT = "tests.fakes.story_painters:InstantPainter"


class Fuse:
    """Kills this process at the N-th write; 0 never."""

    def __init__(self, at: int, after: bool) -> None:
        self._at, self._after, self._count, self.lit = at, after, 0, False

    def install(self) -> None:
        write = Writer.write

        async def counted(writer: Writer, work: Callable[[Any], Any]) -> Any:
            self._count += self.lit
            due = self.lit and self._count == self._at
            if due and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = await write(writer, work)
            if due:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        Writer.write = counted  # type: ignore[method-assign]


async def main(options: argparse.Namespace) -> None:
    fuse = Fuse(options.die, options.after)
    fuse.install()
    settings = load_settings(options.config, {}, options.data)
    settings = replace(settings, web=replace(settings.web, port=options.port))
    secrets = read_secrets(os.environ)
    others = chat_platforms(settings, secrets)
    stop = stop_on_signal()
    async with open_easel(settings, secrets, painter=options.painter) as easel:
        page = WebPlatform(settings.web, health=easel.health.report)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(serve(easel, [page, *others], stop))
            await page.started.wait()
            fuse.lit = True
            print(f"URL {page.url}", flush=True)
            await serving


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--painter", default=INSTANT)
    parser.add_argument("--die", type=int, default=0)
    parser.add_argument("--after", action="store_true")
    asyncio.run(main(parser.parse_args()))
