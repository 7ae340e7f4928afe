"""The Discord client: events to those who deal with them, each in a task that somebody owns."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands

from adapters.discord import buttons, commands, submissions
from adapters.discord.bot import Bot
from adapters.discord.catchup import Catchup
from adapters.discord.delivery import Delivery
from adapters.discord.errands import Errands
from adapters.discord.gallery import Gallery
from adapters.discord.homes import Homes
from adapters.discord.places import NOBODY
from adapters.discord.progress import Board
from adapters.discord.reactions import Reactions
from adapters.discord.reception import Reception
from adapters.discord.registration import register_changed
from adapters.discord.settings import DiscordSettings
from core.ports import Desk

log = logging.getLogger(__name__)

EVENT_S = 180.0  # for a message with its files, Discord's rate limits included
REGISTER_S = 300.0
READ_UP_S = 900.0  # for all channels of a shard, one after another


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What outlives a client."""

    desk: Desk
    settings: DiscordSettings
    board: Board
    errands: Errands


class EaselClient(discord.AutoShardedClient):
    """Everything that listens and sends through one login."""

    def __init__(
        self, around: Surroundings, reads_messages: bool, logged_in: Callable[[], None]
    ) -> None:
        # Easel never speaks aloud, so discord.py need not warn at each start that it could not.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=intents(reads_messages),
            allowed_mentions=NOBODY,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self._around, self._logged_in = around, logged_in
        desk, board = around.desk, around.board
        homes = Homes(self)
        self.delivery = Delivery(desk, homes, reads_messages)
        gallery = Gallery(desk, homes, self.delivery)
        self.bot = Bot(self, desk, around.settings, board, gallery)
        self.tree = app_commands.CommandTree[EaselClient](self)
        self._reception = Reception(self, desk, board, homes, around.errands)
        self._catchup = Catchup(self, desk, around.errands, self._reception.hear)
        self._reactions = Reactions(self, desk, board, gallery)

    async def setup_hook(self) -> None:
        buttons.register(self)
        await commands.register(self.tree, self.bot)
        self.tree.error(self._command_failed)
        if self._around.settings.gateway_url:
            # with a known number of shards discord.py goes to its default gateway, which is ours then
            self.shard_count, _, _ = await self.http.get_bot_gateway()
        await self._catchup.load()
        self._logged_in()
        work = register_changed(self.tree, self._around.desk)
        self._around.errands.start(work, "register the commands", REGISTER_S)

    # -- events ----------------------------------------------------------------------------------------

    async def on_shard_disconnect(self, shard: int) -> None:
        self._catchup.lost(shard)

    async def on_shard_resumed(self, shard: int) -> None:
        self._catchup.resumed(shard)

    async def on_shard_ready(self, shard: int) -> None:
        work = self._catchup.read_up(shard)
        self._around.errands.start(work, f"read up shard {shard}", READ_UP_S)

    async def on_message(self, message: discord.Message) -> None:
        self._catchup.noticed(message.id)
        self._start(self._catchup.hear(message), f"message {message.id}")

    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        self._start(self._reception.correct(event.message), f"edit of {event.message_id}")

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        self._start(self._reception.drop(event.message_id), f"end of {event.message_id}")

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        for message_id in event.message_ids:
            self._start(self._reception.drop(message_id), f"end of {message_id}")

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        self._start(self._reactions.added(event), f"reaction on {event.message_id}")

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        self._start(self._reactions.removed(event), f"reaction off {event.message_id}")

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await submissions.on_interaction(interaction)

    def _start(self, work: Any, name: str) -> None:
        self._around.errands.start(work, name, EVENT_S)

    async def _command_failed(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        """Shows in private what a command raised."""
        async with self.bot.reporting(interaction):
            raise error.__cause__ or error


def intents(reads_messages: bool) -> discord.Intents:
    """Only what is used; message content is the one that Discord must be asked for."""
    wanted = discord.Intents.none()
    wanted.guilds = wanted.guild_messages = wanted.dm_messages = True
    wanted.guild_reactions = wanted.dm_reactions = True
    wanted.message_content = reads_messages
    return wanted
