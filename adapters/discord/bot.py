"""What commands, buttons, menus and modals may ask: acknowledge, start a turn, tell somebody something in private."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord

from adapters.discord import cards, permissions, replies
from adapters.discord.conversation import PLATFORM, direct, in_channel, in_private, in_thread
from adapters.discord.downloads import Downloads
from adapters.discord.gallery import Gallery
from adapters.discord.house_rules import presses_are_private
from adapters.discord.origin import Origin
from adapters.discord.progress import Board
from adapters.discord.recent import RecentFiles
from adapters.discord.settings import DiscordSettings
from adapters.discord.texts import clip
from core.errors import EaselError, NotAllowed
from core.ports import Desk
from core.types import Attachment, Inbound, Picture, Press, Receipt, ThreadRef, UserRef

if TYPE_CHECKING:
    Interaction = discord.Interaction[Any]

log = logging.getLogger(__name__)

BROKEN = "Something broke inside me; my log has the details. Please try again."
OWNERS_ONLY = (
    "On this server only the person who had it painted may press this. Ask me for your own!"
)


class Bot:
    """One a client."""

    def __init__(
        self,
        client: discord.Client,
        desk: Desk,
        settings: DiscordSettings,
        board: Board,
        gallery: Gallery,
    ) -> None:
        self.desk, self.settings = desk, settings
        self.recent = RecentFiles()
        self._client, self._board, self._gallery = client, board, gallery
        self._downloads = Downloads()

    # -- who and where --------------------------------------------------------------------------------

    def user_of(self, interaction: Interaction) -> UserRef:
        return UserRef(PLATFORM, str(interaction.user.id), interaction.user.display_name)

    def thread_of(self, interaction: Interaction, private: bool = False) -> ThreadRef:
        """The conversation of the place; in a channel that is no thread, the channel's own. `private`: the person's."""
        channel = interaction.channel
        if interaction.guild_id is None:
            return direct(interaction.channel_id or 0)
        if private:
            parent = channel.parent_id if isinstance(channel, discord.Thread) else None
            here = parent or interaction.channel_id or 0
            return in_private(interaction.guild_id, here, interaction.user.id)
        if isinstance(channel, discord.Thread):
            return in_thread(interaction.guild_id, channel.parent_id, channel.id)
        return in_channel(interaction.guild_id, interaction.channel_id or 0)

    def is_moderator(self, interaction: Interaction) -> bool:
        granted = interaction.permissions
        return interaction.guild_id is not None and (
            granted.manage_messages or granted.manage_guild or granted.administrator
        )

    def is_adult(self, interaction: Interaction) -> bool:
        channel = interaction.channel
        known = isinstance(channel, discord.abc.GuildChannel | discord.Thread)
        return known and bool(getattr(channel, "is_nsfw", bool)())

    # -- turns ----------------------------------------------------------------------------------------

    async def submit(  # noqa: PLR0913 - one call for commands, buttons, menus and modals, all by name
        self,
        interaction: Interaction,
        *,
        text: str = "",
        press: Press | None = None,
        attachments: Sequence[Attachment] = (),
        reply_to: str | None = None,
        ephemeral: bool = False,
        guard: bool = True,
        uploads: Sequence[discord.Attachment] = (),
    ) -> Receipt | None:
        """Acknowledges, then hands the wish to the desk. None: refused, and the person has been told why."""
        thread = self.thread_of(interaction, ephemeral)
        lacking = self._lacking(interaction)
        view = cards.accepted_card(text, press).view
        card = await replies.acknowledge(interaction, view, ephemeral)
        origin = self._origin(interaction, bool(lacking), ephemeral)
        try:
            if press and guard:
                await self._check_press(interaction, press)
            files = (*attachments, *await self._downloads.fetch(uploads))
            receipt = await self.desk.receive(
                Inbound(
                    event_id=str(interaction.id), thread=thread, user=self.user_of(interaction),
                    text=text, attachments=files, press=press, reply_to=reply_to,
                    received_at=interaction.created_at.timestamp(),
                    origin=replace(origin, card=card).to_json(), adult=self.is_adult(interaction),
                )
            )  # fmt: skip
        except EaselError as refused:
            log.info("interaction %s: %s", interaction.id, refused)
            await replies.take_back(interaction, card)
            await self.tell(interaction, refused.reply)
            return None
        except Exception:
            await replies.take_back(interaction, card)  # nothing would ever come of it
            raise
        self._board.accept(thread, receipt.turn_id)
        if lacking and receipt.is_new:
            await self.tell(interaction, lacking)
        return receipt

    def _origin(self, interaction: Interaction, lacking: bool, ephemeral: bool) -> Origin:
        return Origin(
            channel=str(interaction.channel_id),
            interaction=str(interaction.id),
            token=interaction.token,
            by_token=ephemeral or lacking or self._is_elsewhere(interaction),
            ephemeral=ephemeral,
            upload_limit=interaction.filesize_limit,
        )

    def _is_elsewhere(self, interaction: Interaction) -> bool:
        """True where the bot itself is not: other people's servers and group messages, for who installed it."""
        if interaction.guild_id is not None:
            return self._client.get_guild(interaction.guild_id) is None
        return interaction.context.private_channel

    def _lacking(self, interaction: Interaction) -> str:
        """What we may not do there, as a sentence; "" when all is well or nothing can be done about it."""
        channel = interaction.channel
        if interaction.guild_id is None or self._is_elsewhere(interaction):
            return ""
        names = permissions.missing(
            interaction.app_permissions, in_thread=isinstance(channel, discord.Thread)
        )
        return permissions.sentence(names, f"#{channel}") if names else ""

    # -- who may ---------------------------------------------------------------------------------------

    async def _is_free(self, interaction: Interaction, owner_id: str) -> bool:
        if str(interaction.user.id) == owner_id or self.is_moderator(interaction):
            return True
        return not await presses_are_private(
            self.desk, self.thread_of(interaction), self.user_of(interaction)
        )

    async def _check_press(self, interaction: Interaction, press: Press) -> None:
        picture = await self.desk.picture(press.picture_id) if press.picture_id else None
        turn = await self.desk.turn(picture.turn_id) if picture else None
        if turn and not await self._is_free(interaction, turn.user.id):
            raise NotAllowed(f"press on a picture of {turn.user.id}", OWNERS_ONLY)

    # -- saying something ------------------------------------------------------------------------------

    async def tell(self, interaction: Interaction, text: str) -> None:
        """A sentence for this person only, whatever became of the interaction."""
        await replies.tell(interaction, text)

    @asynccontextmanager
    async def reporting(self, interaction: Interaction) -> AsyncIterator[None]:
        """Tells the person what went wrong inside this block."""
        try:
            yield
        except EaselError as refused:
            log.info("interaction %s: %s", interaction.id, refused)
            await self.tell(interaction, refused.reply)
        except Exception:  # noqa: BLE001 - the one net under all buttons and modals: no press may end in silence
            log.exception("interaction %s broke", interaction.id)
            await self.tell(interaction, BROKEN)

    # -- pictures and files ----------------------------------------------------------------------------

    async def download(self, attachment: discord.Attachment) -> Attachment:
        """A file of an option or a modal. Raises `BadInput`."""
        (file,) = await self._downloads.fetch([attachment])
        return file

    async def show(
        self, interaction: Interaction, pictures: Sequence[Picture], *, ephemeral: bool = False
    ) -> None:
        """Shows pictures again, with all their buttons."""
        if not interaction.response.is_done():
            await interaction.response.defer(ephemeral=ephemeral, thinking=True)
        await self._gallery.show(interaction, pictures, ephemeral)

    async def send_to(self, user_id: str, pictures: Sequence[Picture]) -> bool:
        """By direct message. False: the person takes none."""
        return await self._gallery.send_to(user_id, pictures, f"send:{uuid.uuid4().hex}")

    async def redraw(self, turn_id: str) -> None:
        """Draws a finished turn as it is now. Never raises."""
        await self._gallery.redraw(turn_id)

    async def send_file(self, interaction: Interaction, path: Path, name: str) -> None:
        """A file for this person only."""
        await self._gallery.send_file(interaction, path, name)

    async def open_talk(
        self, interaction: Interaction, name: str, private: bool
    ) -> discord.Thread | None:
        """A fresh thread in this channel with the person in it. None: it could not be, and they have been told."""
        channel = interaction.channel
        if not interaction.response.is_done():
            await interaction.response.defer(ephemeral=True)
        parent = channel.parent if isinstance(channel, discord.Thread) else channel
        if (
            not isinstance(parent, discord.TextChannel)
            or (parent.is_news() and private)
            or self._is_elsewhere(interaction)
        ):
            await self.tell(
                interaction, "Here is no place for a thread. Write to me directly instead."
            )
            return None
        kind = discord.ChannelType.private_thread if private else discord.ChannelType.public_thread
        if parent.is_news():  # has threads of a kind of its own, and no private ones
            kind = discord.ChannelType.news_thread
        try:
            thread = await parent.create_thread(name=clip(name, 100) or "A talk", type=kind)
            await thread.add_user(interaction.user)
        except discord.Forbidden:
            which = "Create Private Threads" if private else "Create Public Threads"
            await self.tell(interaction, permissions.sentence([which], f"#{parent.name}"))
            return None
        return thread


def bot_of(interaction: Interaction) -> Bot:
    bot = getattr(interaction.client, "bot", None)
    assert isinstance(bot, Bot), "our client has one"
    return bot
