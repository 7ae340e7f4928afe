"""From a message to a letter: whether it is for Easel, which conversation it belongs to, what it says and answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import discord

from adapters.discord.conversation import (
    PLATFORM,
    Heard,
    direct,
    in_channel,
    in_thread,
    is_for_us,
    words,
)
from core.ports import Desk
from core.types import Post, ThreadRef

log = logging.getLogger(__name__)

KNOWN_THREADS = 10_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that is for Easel."""

    message: discord.Message
    thread: ThreadRef
    text: str
    answered: Post | None  # our message that this one replies to

    @property
    def opens_thread(self) -> bool:
        return self.thread.thread == str(self.message.id)


class Reader:
    """Reads through one client."""

    def __init__(self, client: discord.Client, desk: Desk) -> None:
        self._client, self._desk = client, desk
        self._ours: dict[
            int, bool
        ] = {}  # threads that other people opened: is there a conversation?

    def joined(self, channel: object) -> None:
        """From now on there is a conversation in this thread."""
        if isinstance(channel, discord.Thread):
            self._keep(channel.id, True)

    async def read(self, message: discord.Message) -> Letter | None:
        """None: it is not for us."""
        if message.author.bot or message.webhook_id or not await self._placed(message):
            return None
        answered = await self._answered(message)
        heard = Heard(
            is_from_person=True,
            is_plain=message.type in (discord.MessageType.default, discord.MessageType.reply),
            text=self.text(message),
            has_files=bool(message.attachments),
            in_dm=message.guild is None,
            in_our_thread=await self._is_ours(message.channel),
            mentions_us=self.mentions_us(message),
            answers_us=answered is not None or author_of_answered(message) == self.me,
            is_for_others=self._is_for_others(message),
        )
        if not is_for_us(heard):
            return None
        return Letter(message, self._thread(message, heard.answers_us), heard.text, answered)

    async def _placed(self, message: discord.Message) -> bool:
        """Looks up the channel where discord.py does not know it: a thread that was archived until now."""
        if message.guild is None or not isinstance(message.channel, discord.PartialMessageable):
            return True
        try:
            channel = await self._client.fetch_channel(message.channel.id)
        except discord.HTTPException as error:
            log.info("message %s is in a channel that cannot be seen: %s", message.id, error)
            return False
        if not isinstance(channel, discord.abc.Messageable):
            return False
        message.channel = channel
        return True

    def text(self, message: discord.Message) -> str:
        names = {str(user.id): user.display_name for user in message.mentions}
        names |= {str(role.id): role.name for role in message.role_mentions}
        for channel in message.channel_mentions:
            names[str(channel.id)] = channel.name
        return words(message.content, self._our_ids(message), names)

    def _our_ids(self, message: discord.Message) -> set[str]:
        role = message.guild.self_role if message.guild else None
        return {str(self.me)} | ({str(role.id)} if role else set())

    def mentions_us(self, message: discord.Message) -> bool:
        """By name or by the role that carries our name; a reply's ping counts too."""
        ours = self._our_ids(message)
        return any(str(m.id) in ours for m in (*message.mentions, *message.role_mentions))

    def _is_for_others(self, message: discord.Message) -> bool:
        others = [m for m in message.mentions if m.id not in (self.me, message.author.id)]
        answered = author_of_answered(message)
        return bool(others) or answered not in (None, self.me, message.author.id)

    async def _answered(self, message: discord.Message) -> Post | None:
        reference = message.reference
        if (
            message.type is not discord.MessageType.reply
            or not reference
            or not reference.message_id
        ):
            return None
        return await self._desk.post(PLATFORM, str(reference.channel_id), str(reference.message_id))

    async def _is_ours(self, channel: object) -> bool:
        """A thread that we opened, or in which somebody has talked with us."""
        if not isinstance(channel, discord.Thread):
            return False
        if channel.owner_id == self.me:
            return True
        if channel.id not in self._ours:
            self._keep(channel.id, await self._desk.view(_ref(channel)) is not None)
        return self._ours[channel.id]

    def _keep(self, thread_id: int, ours: bool) -> None:
        if len(self._ours) >= KNOWN_THREADS:
            self._ours.clear()
        self._ours[thread_id] = ours

    def _thread(self, message: discord.Message, answers_us: bool) -> ThreadRef:
        channel = message.channel
        if message.guild is None:
            return direct(channel.id)
        if isinstance(channel, discord.Thread):
            return _ref(channel)
        if answers_us or not opens_thread(channel):
            return in_channel(message.guild.id, channel.id)
        return in_thread(message.guild.id, channel.id, message.id)

    @property
    def me(self) -> int:
        return self._client.user.id if self._client.user else 0


def opens_thread(channel: object) -> bool:
    return isinstance(channel, discord.TextChannel)


def _ref(thread: discord.Thread) -> ThreadRef:
    return in_thread(thread.guild.id, thread.parent_id, thread.id)


def author_of_answered(message: discord.Message) -> int | None:
    answered = message.reference.resolved if message.reference else None
    return answered.author.id if isinstance(answered, discord.Message) else None
