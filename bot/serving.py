"""The commands that serve people: run, web, chat, and the player of scripts."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.web.platform import WebPlatform
from bot.app import open_easel, serve
from bot.config import Secrets, Settings, read_secrets
from bot.observe import start_logging
from bot.platforms import chat_platforms
from core.ports import Platform

if TYPE_CHECKING:
    from adapters.console.player import ScriptPlatform

log = logging.getLogger(__name__)

TRY = """
Easel paints on {url}
Open it and say, for example:
    a cute dog
    can you make it run near the river?
    could you make a sticker of it?
    what would this dog's house look like?
Ctrl-C ends it; the conversation is kept in {data}
"""


def run(settings: Settings, environment: Mapping[str, str], log_level: str) -> int:
    """Serves every platform whose secrets are there, and the page; until SIGTERM or Ctrl-C."""
    secrets = read_secrets(environment)
    start_logging(secrets, log_level)
    return asyncio.run(_serve_page(settings, secrets, announce=False))


def web(settings: Settings, environment: Mapping[str, str], log_level: str) -> int:
    """Serves the page alone and says where it is."""
    secrets = read_secrets(environment)
    start_logging(secrets, log_level)
    return asyncio.run(_serve_page(settings, secrets, announce=True))


def chat(settings: Settings, environment: Mapping[str, str], log_level: str, new: bool) -> int:
    """A conversation in this terminal; goes on with the last one unless `new`."""
    from adapters.console.keyboard import Keyboard
    from adapters.console.platform import ConsolePlatform
    from adapters.console.screen import Screen

    secrets = read_secrets(environment)
    start_logging(secrets, log_level)
    console = ConsolePlatform(Screen(), Keyboard(), fresh=new)
    return asyncio.run(_serve_console(settings, secrets, console))


def play(
    settings: Settings,
    environment: Mapping[str, str],
    log_level: str,
    script: Path,
    out: Path,
) -> int:
    """Plays a script, opening and closing everything at each @restart; 1 when a turn failed."""
    from adapters.console.player import ScriptPlatform
    from adapters.console.script import load_script

    secrets = read_secrets(environment)
    start_logging(secrets, log_level)
    player = ScriptPlatform(load_script(script), out)
    return asyncio.run(_play(settings, secrets, player))


async def _serve_page(settings: Settings, secrets: Secrets, announce: bool) -> int:
    """The page, and unless it is announced to someone who wants it alone, the chat platforms beside it."""
    stop = stop_on_signal()
    others = [] if announce else chat_platforms(settings, secrets)
    async with open_easel(settings, secrets) as easel:
        page = WebPlatform(settings.web, secrets.web_token, easel.health.report)
        async with asyncio.TaskGroup() as tasks:
            greeting = tasks.create_task(
                _greet(page, settings, bool(secrets.web_token), announce), name="greeting"
            )
            await serve(easel, [page, *others], stop)
            greeting.cancel()
    return 0


async def _greet(page: WebPlatform, settings: Settings, locked: bool, announce: bool) -> None:
    await page.started.wait()
    log.info("ready on %s", page.url)
    if announce:
        url = page.url.replace("0.0.0.0", "127.0.0.1").replace("[::]", "[::1]")
        token = "/?token=<EASEL_WEB_TOKEN>" if locked else ""
        print(TRY.format(url=url + token, data=settings.data.path), flush=True)


async def _serve_console(settings: Settings, secrets: Secrets, console: Platform) -> int:
    """SIGTERM ends it like Ctrl-D; Ctrl-C belongs to the console, where it stops a painting first."""
    stop = stop_on_signal(signal.SIGTERM)
    async with open_easel(settings, secrets) as easel:
        await serve(easel, [console], stop)
    return 0


async def _play(settings: Settings, secrets: Secrets, player: ScriptPlatform) -> int:
    """Closes everything at each @restart and opens it again."""
    at = 0
    while at < len(player.script.steps):
        async with open_easel(settings, secrets) as easel:
            done = asyncio.Event()
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(serve(easel, [player], done), name="serving")
                try:
                    at = await player.play(easel.desk, at)
                finally:
                    done.set()
                    await serving
    return 1 if player.failures else 0


def stop_on_signal(*signals: signal.Signals) -> asyncio.Event:
    """Set by the first of these signals (SIGTERM, SIGINT); a second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def first(number: signal.Signals) -> None:
        log.info("%s: finishing", number.name)
        stop.set()
        loop.remove_signal_handler(number)

    for number in signals or (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, first, number)
    return stop
