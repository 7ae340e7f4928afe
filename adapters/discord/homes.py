"""From a conversation to the place on Discord where it is answered; makes the thread where there is none yet."""

from __future__ import annotations

import logging

import discord

from adapters.discord import permissions
from adapters.discord.conversation import DM, place_of, thread_name
from adapters.discord.files import DEFAULT_LIMIT
from adapters.discord.origin import Origin
from adapters.discord.places import ChannelPlace, TokenPlace
from adapters.discord.trouble import THREAD_EXISTS
from core.types import ThreadRef

log = logging.getLogger(__name__)

KNOWN_THREADS = 10_000


class Homes:
    """Looks at Discord through one client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._made: set[str] = set()  # threads known to exist

    async def home(self, thread: ThreadRef, origin: Origin, text: str) -> ChannelPlace:
        """The conversation's own channel or thread. Raises `discord.HTTPException`."""
        if thread.thread and thread.thread == origin.message:
            await self._make_thread(thread, text)
        return self.at(thread, place_of(thread))

    def at(self, thread: ThreadRef, channel: str) -> ChannelPlace:
        """A channel of the same server."""
        guild = None if thread.workspace == DM else int(thread.workspace)
        return ChannelPlace(self._client, channel, guild, self.limit(guild))

    def parent(self, thread: ThreadRef, origin: Origin) -> ChannelPlace | None:
        """The channel of a thread that cannot be written to; None when that would show what was said elsewhere."""
        if not thread.thread or thread.workspace == DM:
            return None
        known = self._client.get_channel(int(thread.thread))
        public = isinstance(known, discord.Thread) and not known.is_private()
        if not public and origin.channel != thread.channel:
            return None
        return self.at(thread, thread.channel)

    async def direct(self, user_id: str) -> ChannelPlace:
        """The direct messages with a person. Raises `discord.HTTPException`."""
        channel = await self._client.create_dm(discord.Object(int(user_id)))
        return ChannelPlace(self._client, str(channel.id), None, DEFAULT_LIMIT)

    def by_token(self, origin: Origin) -> TokenPlace:
        limit = origin.upload_limit or DEFAULT_LIMIT
        return TokenPlace(self._client, origin.channel, origin.token, limit, origin.ephemeral)

    def limit(self, guild_id: int | None) -> int:
        """Bytes a file."""
        guild = self._client.get_guild(guild_id) if guild_id else None
        return guild.filesize_limit if guild else DEFAULT_LIMIT

    async def complaint(self, thread: ThreadRef) -> str:
        """Why we may not write there, named for the person, from what Discord says now."""
        try:
            channel = await self._client.fetch_channel(int(thread.channel))
        except discord.HTTPException:
            return permissions.sentence(["View Channel"], f"<#{thread.channel}>")
        if not isinstance(channel, discord.abc.GuildChannel):
            return permissions.sentence((), "that channel")
        names = permissions.missing(
            channel.permissions_for(channel.guild.me),
            in_thread=bool(thread.thread),
            opens_thread=bool(thread.thread),
        )
        return permissions.sentence(names, f"#{channel.name}")

    async def _make_thread(self, thread: ThreadRef, text: str) -> None:
        if thread.thread in self._made or self._client.get_channel(int(thread.thread)):
            return
        channel = self._client.get_partial_messageable(
            int(thread.channel), guild_id=int(thread.workspace)
        )
        try:
            message = channel.get_partial_message(int(thread.thread))
            await message.create_thread(name=thread_name(text))
        except discord.HTTPException as error:
            if error.code != THREAD_EXISTS:
                raise
        if len(self._made) >= KNOWN_THREADS:
            self._made.clear()
        self._made.add(thread.thread)
