"""Reactions on our pictures: pick, again, favourite, delete, feedback, send to me."""

from __future__ import annotations

import logging
import time

import discord

from adapters.discord.conversation import PLATFORM, direct, in_channel, in_thread
from adapters.discord.gallery import Gallery
from adapters.discord.house_rules import presses_are_private
from adapters.discord.origin import Origin
from adapters.discord.progress import Board
from core.errors import EaselError
from core.ports import Desk
from core.types import Inbound, Mark, Picture, Post, Press, ThreadRef, UserRef, Verb

log = logging.getLogger(__name__)

KEYCAP = "\ufe0f\u20e3"
PICKS = {f"{number}{KEYCAP}": number - 1 for number in range(1, 5)}
AGAIN, DELETE, SEND = "🔁", "🗑️", "✉️"
MARKS = {"⭐": Mark.FAVOURITE, "👍": Mark.GOOD, "👎": Mark.BAD}
AGAIN_S = 10  # the same person's "again" on the same message counts once in so many seconds
_PLAIN = "\ufe0f"  # asks for the coloured form of an emoji; clients send it or not


class Reactions:
    """Listens through one client."""

    def __init__(self, client: discord.Client, desk: Desk, board: Board, gallery: Gallery) -> None:
        self._client, self._desk, self._board, self._gallery = client, desk, board, gallery

    async def added(self, event: discord.RawReactionActionEvent) -> None:
        """Does what the reaction means; a reaction that may not do it does nothing."""
        emoji = _known(event.emoji)
        person = event.member or self._client.get_user(event.user_id)
        if not emoji or self._is_ours(event.user_id) or (person and person.bot):
            return
        post = await self._desk.post(PLATFORM, str(event.channel_id), str(event.message_id))
        if post is None or not post.picture_ids:
            return
        name = person.display_name if person else str(event.user_id)
        user = UserRef(PLATFORM, str(event.user_id), name)
        try:
            await self._act(event, emoji, post, user)
        except EaselError as refused:
            log.info("reaction %s on message %s: %s", emoji, event.message_id, refused)

    async def removed(self, event: discord.RawReactionActionEvent) -> None:
        mark = MARKS.get(_known(event.emoji))
        if mark is None or self._is_ours(event.user_id):
            return
        post = await self._desk.post(PLATFORM, str(event.channel_id), str(event.message_id))
        if post and post.picture_ids:
            user = UserRef(PLATFORM, str(event.user_id), str(event.user_id))
            await self._desk.mark(post.picture_ids[0], user, mark, on=False)

    async def _act(
        self, event: discord.RawReactionActionEvent, emoji: str, post: Post, user: UserRef
    ) -> None:
        shown = post.picture_ids
        if emoji in MARKS:
            await self._desk.mark(shown[0], user, MARKS[emoji], on=True)
        elif emoji == SEND:
            await self._gallery.send_to(user.id, await self._pictures(shown), _key(event))
        elif emoji == DELETE:
            await self._delete(event, post, user)
        elif emoji == AGAIN:
            await self._press(event, Press(Verb.AGAIN, shown[0]), user)
        elif PICKS[emoji] < len(shown):
            await self._press(event, Press(Verb.SELECT, shown[PICKS[emoji]]), user)

    async def _pictures(self, ids: tuple[str, ...]) -> list[Picture]:
        found = [await self._desk.picture(picture_id) for picture_id in ids]
        return [picture for picture in found if picture]

    async def _delete(
        self, event: discord.RawReactionActionEvent, post: Post, user: UserRef
    ) -> None:
        moderator = self._is_moderator(event)
        for picture_id in post.picture_ids:
            await self._desk.delete_picture(picture_id, user, moderator)
        await self._gallery.redraw(post.turn_id)

    async def _press(
        self, event: discord.RawReactionActionEvent, press: Press, user: UserRef
    ) -> None:
        picture = await self._desk.picture(press.picture_id)
        turn = await self._desk.turn(picture.turn_id) if picture else None
        thread, adult = await self._place(event)
        is_free = turn is None or turn.user.id == user.id or self._is_moderator(event)
        if not is_free and await presses_are_private(self._desk, thread, user):
            return
        origin = Origin(channel=str(event.channel_id))
        receipt = await self._desk.receive(
            Inbound(
                _key(event), thread, user, press=press, origin=origin.to_json(), adult=adult,
                received_at=time.time(),
            )
        )  # fmt: skip
        self._board.accept(thread, receipt.turn_id)

    async def _place(self, event: discord.RawReactionActionEvent) -> tuple[ThreadRef, bool]:
        """The conversation of the channel, and whether it is age-restricted."""
        if event.guild_id is None:
            return direct(event.channel_id), False
        channel = self._client.get_channel(event.channel_id)
        if channel is None:  # a thread that was archived
            channel = await self._client.fetch_channel(event.channel_id)
        if isinstance(channel, discord.Thread):
            return in_thread(event.guild_id, channel.parent_id, channel.id), channel.is_nsfw()
        adult = isinstance(channel, discord.TextChannel) and channel.is_nsfw()
        return in_channel(event.guild_id, event.channel_id), adult

    def _is_ours(self, user_id: int) -> bool:
        return self._client.user is not None and user_id == self._client.user.id

    def _is_moderator(self, event: discord.RawReactionActionEvent) -> bool:
        channel = self._client.get_channel(event.channel_id)
        if event.member is None or not isinstance(
            channel, discord.abc.GuildChannel | discord.Thread
        ):
            return False
        granted = channel.permissions_for(event.member)
        return granted.manage_messages or granted.manage_guild


def _known(emoji: discord.PartialEmoji) -> str:
    """The emoji as in the tables above; "" for all others."""
    name = emoji.name or ""
    for known in (*PICKS, AGAIN, DELETE, SEND, *MARKS):
        if name.replace(_PLAIN, "") == known.replace(_PLAIN, ""):
            return known
    return ""


def _key(event: discord.RawReactionActionEvent) -> str:
    """Discord gives reactions no id; the same reaction sent twice has the same key, a later one another."""
    moment = int(time.time()) // AGAIN_S
    return f"{event.message_id}:{event.user_id}:{event.emoji.name}:{moment}"
