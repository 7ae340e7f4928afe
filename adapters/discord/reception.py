"""Messages in: acknowledged with a sign of life, their files fetched, handed to the desk, answered with a card."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from weakref import WeakValueDictionary

import aiohttp
import discord

from adapters.discord.conversation import PLATFORM
from adapters.discord.downloads import Downloads, is_picture
from adapters.discord.errands import Errands
from adapters.discord.homes import Homes
from adapters.discord.origin import Origin
from adapters.discord.progress import Board
from adapters.discord.reading import Letter, Reader, opens_thread
from adapters.discord.refusals import Blocked, complain, refuse
from core.errors import EaselError
from core.ports import Desk
from core.types import Attachment, Inbound, Turn, TurnState, UserRef

log = logging.getLogger(__name__)

SIGN_S = 10.0
LATE_MENTION_S = 300.0  # a mention that is added to a message so young counts


class Reception:
    """Listens through one client."""

    def __init__(
        self, client: discord.Client, desk: Desk, board: Board, homes: Homes, errands: Errands
    ) -> None:
        self._desk, self._board, self._homes, self._errands = desk, board, homes, errands
        self._reader, self._downloads = Reader(client, desk), Downloads()
        self._lanes: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def hear(self, message: discord.Message) -> None:
        """Messages of one conversation are taken in their order, whatever their files weigh."""
        async with self._lane(message):
            await self._hear(message)

    async def _hear(self, message: discord.Message) -> None:
        letter = await self._reader.read(message)
        if letter is not None:
            await self._receive(letter)

    def _lane(self, message: discord.Message) -> asyncio.Lock:
        opens = self._reader.mentions_us(message) and opens_thread(message.channel)
        lane = message.id if opens else message.channel.id
        return self._lanes.setdefault(lane, asyncio.Lock())

    async def correct(self, message: discord.Message) -> None:
        """The person changed the message: the new words count while its turn has not come."""
        if message.author.bot or message.edited_at is None:
            return  # Discord also calls it an edit when a link is unfurled or a thread opened
        async with self._lane(message):  # it may just be on its way to the desk
            turn = await self._desk.turn_of_event(PLATFORM, str(message.id))
            if turn is None:
                if time.time() - message.created_at.timestamp() < LATE_MENTION_S:
                    await self._hear(message)
                return
            text = self._reader.text(message)
            if turn.state is TurnState.ACCEPTED and text not in ("", turn.text):
                await self._amend(message, turn, text)

    async def _amend(self, message: discord.Message, turn: Turn, text: str) -> None:
        try:
            await self._desk.amend(turn.id, text)
        except EaselError as refused:
            log.info("correction of message %s: %s", message.id, refused)
            await refuse(message, refused.reply)

    async def drop(self, message_id: int) -> None:
        """The person took the message back."""
        turn = await self._desk.turn_of_event(PLATFORM, str(message_id))
        if turn and turn.state in (TurnState.ACCEPTED, TurnState.PAINTING):
            await self._desk.cancel_turn(turn.id, turn.user, moderator=True)

    # -- receiving ------------------------------------------------------------------------------------

    async def _receive(self, letter: Letter) -> None:
        message = letter.message
        blocked = await complain(self._homes, letter)
        if blocked and not blocked.card:
            return
        self._errands.start(self._sign(letter), "a sign of life", SIGN_S)
        try:
            receipt = await self._desk.receive(await self._inbound(letter, blocked))
        except EaselError as refused:
            log.info("message %s: %s", message.id, refused)
            await refuse(message, refused.reply)
            return
        self._reader.joined(message.channel)
        self._board.accept(letter.thread, receipt.turn_id)

    async def _inbound(self, letter: Letter, blocked: Blocked | None) -> Inbound:
        message, thread = letter.message, letter.thread
        origin = Origin(
            channel=str(message.channel.id),
            message=str(message.id),
            card=blocked.card if blocked else "",
            card_channel=blocked.channel if blocked else "",
            note=blocked.note if blocked else "",
        )
        return Inbound(
            event_id=str(message.id),
            thread=thread,
            user=UserRef(PLATFORM, str(message.author.id), message.author.display_name),
            text=letter.text,
            attachments=await self._files(letter),
            reply_to=await self._meant(letter),
            received_at=message.created_at.timestamp(),
            origin=origin.to_json(),
            adult=_is_adult(message.channel),
        )

    async def _files(self, letter: Letter) -> tuple[Attachment, ...]:
        """The pictures of the message, else those of the message it replies to, if that is not ours."""
        message = letter.message

        async def own() -> Sequence[discord.Attachment]:
            return (await message.channel.fetch_message(message.id)).attachments

        if message.attachments or letter.answered:
            return await self._downloads.fetch(message.attachments, own)
        answered = message.reference.resolved if message.reference else None
        if not isinstance(answered, discord.Message) or answered.author.id == self._reader.me:
            return ()
        source = answered

        async def theirs() -> Sequence[discord.Attachment]:
            fresh = await source.channel.fetch_message(source.id)
            return [a for a in fresh.attachments if is_picture(a)]

        return await self._downloads.fetch([a for a in source.attachments if is_picture(a)], theirs)

    async def _meant(self, letter: Letter) -> str | None:
        """The picture of ours that was replied to; of several the current one, else the first."""
        shown = letter.answered.picture_ids if letter.answered else ()
        if len(shown) < 2:
            return shown[0] if shown else None
        view = await self._desk.view(letter.thread)
        current = view.conversation.current_id if view else None
        return current if current in shown else shown[0]

    async def _sign(self, letter: Letter) -> None:
        """Something to see at once."""
        message = letter.message
        try:
            if letter.opens_thread:
                await message.add_reaction("👀")
            else:
                await message.channel.typing()
        except (discord.HTTPException, aiohttp.ClientError) as error:
            log.debug("no sign of life for message %s: %s", message.id, error)


def _is_adult(channel: object) -> bool:
    return isinstance(channel, discord.TextChannel | discord.Thread) and channel.is_nsfw()
