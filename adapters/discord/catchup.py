"""What was said while the bot was away: Discord repeats events after a short break only, so the rest is read up."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import discord

from adapters.discord.conversation import DM, PLATFORM
from adapters.discord.errands import Errands
from adapters.discord.origin import snowflake_at
from core.errors import EaselError
from core.ports import Desk

log = logging.getLogger(__name__)

KEY = "heard"  # id of a message: all up to it were heard to the end
SAVE_EVERY_S = 30.0
SAVE_S = 10.0
LONGEST_S = 60 * 60  # what was said earlier is not answered any more
CHANNELS, DIRECTS, MESSAGES = 100, 25, 100  # looked through at most; messages a channel
MOST_OPEN = 10_000  # messages remembered as not heard to the end

Hear = Callable[[discord.Message], Awaitable[None]]
Readable = discord.TextChannel | discord.Thread | discord.PartialMessageable


class Catchup:
    """One a client. `hear` must be harmless for messages that were heard already."""

    def __init__(
        self, client: discord.AutoShardedClient, desk: Desk, errands: Errands, hear: Hear
    ) -> None:
        self._client, self._desk, self._errands, self._hear = client, desk, errands, hear
        self._begun = self._latest = 0  # what an earlier client left, and the latest message seen
        self._saved_at, self._held_back = 0.0, False
        self._hearing: set[int] = set()  # messages that are not yet safe with the desk
        self._since: dict[int, int] = {}  # by shard: the latest message before its line broke
        self._reading: dict[int, int] = {}  # by shard: from where it is being read up
        self._read_up: set[int] = set()  # shards that have what came before this client

    async def load(self) -> None:
        """Takes up what an earlier client or process remembered."""
        said = await self._desk.setting(self._scope, KEY)
        self._begun = self._latest = int(said) if said and said.isdigit() else 0

    def noticed(self, message_id: int) -> None:
        """A message was seen, whoever it is for; `hear` follows."""
        self._latest = max(self._latest, message_id)
        if len(self._hearing) >= MOST_OPEN:
            self._hearing.clear()
        self._hearing.add(message_id)
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self._start_saving()

    async def hear(self, message: discord.Message) -> None:
        """Until it ends well the message counts as missed: the next client or process hears it again."""
        await self._hear(message)
        self._hearing.discard(message.id)
        if self._held_back and not self._hearing:
            self._start_saving()

    def lost(self, shard: int) -> None:
        """The line of this shard broke."""
        self._since.setdefault(shard, self._latest)

    def resumed(self, shard: int) -> None:
        """Discord sends what happened meanwhile by itself."""
        self._since.pop(shard, None)

    async def read_up(self, shard: int) -> None:
        """After a fresh start of this shard: hears what was said since its line broke, at most an hour ago."""
        unknown = self._latest if shard in self._read_up else self._begun
        since = self._reading[shard] = self._since.pop(shard, unknown)
        try:
            if since:  # else it is the very first start
                await self._read_all(shard, max(since, snowflake_at(time.time() - LONGEST_S)))
            self._read_up.add(shard)
        finally:
            del self._reading[shard]

    async def _read_all(self, shard: int, since: int) -> None:
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
                if message.author.bot:
                    continue
                if await self._desk.turn_of_event(PLATFORM, str(message.id)) is None:
                    await self._hear(message)
                    missed += 1
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError, EaselError) as error:
            log.info("channel %s was not read up: %s", place.id, error)
        return missed

    def _start_saving(self) -> None:
        self._saved_at, self._held_back = time.monotonic(), bool(self._hearing)
        self._errands.start(self._save(), "remember what was heard", SAVE_S)

    async def _save(self) -> None:
        await self._desk.set_setting(self._scope, KEY, str(self._heard_to_the_end()))

    def _heard_to_the_end(self) -> int:
        """The latest message before which none was missed or is still on its way."""
        all_read = len(self._read_up) >= (self._client.shard_count or 1)
        return min(
            [
                self._latest,
                *(message - 1 for message in self._hearing),
                *self._since.values(),
                *self._reading.values(),
                *([] if all_read or not self._begun else [self._begun]),
            ]
        )

    @property
    def _scope(self) -> str:
        return f"application:{PLATFORM}:{self._client.application_id}"
