"""The line to Discord: a client that is replaced by a fresh one whenever it dies.

discord.py reconnects by itself after most losses. It does not survive all: a refused login, a gateway that closes with
a code it calls fatal, errors inside its own reconnecting (2.7.1 raises AttributeError when the very first connection
fails). After any of these a new client starts, ever more slowly.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from enum import Enum
from typing import Generic, TypeVar

import discord

from core.errors import ConfigError

log = logging.getLogger(__name__)

ClientT = TypeVar("ClientT", bound=discord.AutoShardedClient)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 120.0
STEADY_S = 300.0  # a client that lived so long was well; the next pause is short again
LOGIN_WAIT_S = 20.0  # how long a send waits for a client that can send

BAD_TOKEN = (
    "Discord does not accept DISCORD_TOKEN. Copy it again from the application's page, under Bot, Reset Token "
    "(https://discord.com/developers/applications)."
)
BAD_INTENTS = (
    "Discord refuses the intents of this bot. Switch on Message Content Intent on the application's page, under "
    "Bot, or set message_content = false in [discord]."
)
NO_CONTENT = (
    "Discord refuses the message-content intent, so people must mention the bot or reply to it. Switch on Message "
    "Content Intent on the application's page, under Bot, for conversations without mentions."
)


class Next(Enum):
    AGAIN = "again"
    WITHOUT_CONTENT = "without the message-content intent"
    BAD_TOKEN = "bad token"
    BAD_INTENTS = "bad intents"


def next_step(error: BaseException | None, reads_messages: bool) -> Next:
    """What to do after a client ended with this error."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if isinstance(error, discord.LoginFailure) or code == 4004:
        return Next.BAD_TOKEN
    if isinstance(error, discord.PrivilegedIntentsRequired) or code == 4014:
        return Next.WITHOUT_CONTENT if reads_messages else Next.BAD_INTENTS
    return Next.BAD_INTENTS if code == 4013 else Next.AGAIN


class Supervisor(Generic[ClientT]):
    """Keeps one client alive; `make` gives a fresh one, that reads messages or only mentions."""

    def __init__(self, make: Callable[[bool], ClientT], token: str, reads_messages: bool) -> None:
        self._make, self._token = make, token
        self.reads_messages = reads_messages
        self._client: ClientT | None = None
        self._usable = asyncio.Event()

    @property
    def connected(self) -> bool:
        """True while every shard's connection stands."""
        shards = self._client.shards if self._client else {}
        return bool(shards) and not any(shard.is_closed() for shard in shards.values())

    async def client(self) -> ClientT:
        """The client, once it can send. Raises `TimeoutError` when there is none for a while."""
        async with asyncio.timeout(LOGIN_WAIT_S):
            await self._usable.wait()
        assert self._client is not None, "set before the event"
        return self._client

    def logged_in(self) -> None:
        """To be called by the client when it can send."""
        self._usable.set()

    async def run(self) -> None:
        """Until cancelled. Raises `ConfigError` when only a person can mend it."""
        pause = FIRST_PAUSE_S
        while True:
            begun = time.monotonic()
            error = await self._lived()
            if time.monotonic() - begun > STEADY_S:
                pause = FIRST_PAUSE_S
            step = next_step(error, self.reads_messages)
            if step is Next.BAD_TOKEN:
                raise ConfigError(BAD_TOKEN) from error
            if step is Next.BAD_INTENTS:
                raise ConfigError(BAD_INTENTS) from error
            if step is Next.WITHOUT_CONTENT:
                log.warning(NO_CONTENT)
                self.reads_messages = False
                continue
            log.warning("the line to Discord broke, again in %.0f s: %r", pause, error)
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _lived(self) -> Exception | None:
        """What the client died of; None when it just ended."""
        client = self._client = self._make(self.reads_messages)
        try:
            async with client:
                await client.start(self._token)
        except Exception as error:  # noqa: BLE001 - whatever ends a client, the next one starts
            return error
        finally:
            self._usable.clear()
            self._client = None
        return None
