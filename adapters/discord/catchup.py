"""What was said while the bot was away: Discord repeats events after a short break only, so the rest is read up."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator

import discord

from adapters.discord.conversation import DM, PLATFORM
from adapters.discord.errands import Errands
from adapters.discord.origin import snowflake_at
from core.ports import Desk

log = logging.getLogger(__name__)

KEY = "heard"  # id of the latest message that was seen
SAVE_EVERY_S = 30.0
SAVE_S = 10.0
LONGEST_S = 60 * 60  # what was said earlier is not answered any more
CHANNELS, DIRECTS, MESSAGES = 100, 25, 100  # looked through at most; messages a channel

Hear = Callable[[discord.Message], Awaitable[None]]
Readable = discord.TextChannel | discord.Thread | discord.PartialMessageable


class Catchup:
    """One a client. `hear` must be harmless for messages that were heard already."""

    def __init__(self, client: discord.Client, desk: Desk, errands: Errands, hear: Hear) -> None:
        self._client, self._desk, self._errands, self._hear = client, desk, errands, hear
        self._latest, self._saved_at = 0, 0.0
        self._since: dict[int, int] = {}  # by shard: the latest message before its line broke

    async def load(self) -> None:
        """Takes up what an earlier client or process remembered."""
        said = await self._desk.setting(self._scope, KEY)
        self._latest = int(said) if said and said.isdigit() else 0

    def noticed(self, message_id: int) -> None:
        """A message was seen, whoever it is for."""
        self._latest = max(self._latest, message_id)
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self._saved_at = time.monotonic()
            self._errands.start(self._save(), "remember what was heard", SAVE_S)

    def lost(self, shard: int) -> None:
        """The line of this shard broke."""
        self._since.setdefault(shard, self._latest)

    def resumed(self, shard: int) -> None:
        """Discord sends what happened meanwhile by itself."""
        self._since.pop(shard, None)

    async def read_up(self, shard: int) -> None:
        """After a fresh start of this shard: hears what was said since its line broke, at most an hour ago."""
        since = self._since.pop(shard, self._latest)
        if not since:
            return  # the very first start
        since = max(since, snowflake_at(time.time() - LONGEST_S))
        places = [*self._places(shard, since), *(await self._directs() if shard == 0 else ())]
        missed = 0
        for place in places:
            missed += await self._read(place, since)
        if missed:
            log.info("read up %d messages that were said while the line was broken", missed)

    def _places(self, shard: int, since: int) -> Iterator[Readable]:
        """Channels and threads with something new, that we may read."""
        left = CHANNELS
        for guild in self._client.guilds:
            if guild.shard_id not in (shard, None):
                continue
            all_here: list[discord.TextChannel | discord.Thread] = [
                *guild.text_channels, *guild.threads,
            ]  # fmt: skip
            for place in all_here:
                granted = place.permissions_for(guild.me)
                if (place.last_message_id or 0) > since and granted.read_message_history and left:
                    left -= 1
                    yield place

    async def _directs(self) -> list[Readable]:
        known = [ref for ref, _ in await self._desk.threads(PLATFORM) if ref.workspace == DM]
        return [self._client.get_partial_messageable(int(r.channel)) for r in known[:DIRECTS]]

    async def _read(self, place: Readable, since: int) -> int:
        missed = 0
        try:
            async for message in place.history(limit=MESSAGES, after=discord.Object(since)):
                if await self._desk.turn_of_event(PLATFORM, str(message.id)) is None:
                    await self._hear(message)
                    missed += not message.author.bot
        except discord.HTTPException as error:
            log.info("channel %s was not read up: %s", place.id, error)
        return missed

    async def _save(self) -> None:
        await self._desk.set_setting(self._scope, KEY, str(self._latest))

    @property
    def _scope(self) -> str:
        return f"application:{PLATFORM}:{self._client.application_id}"
