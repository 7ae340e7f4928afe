"""Pictures outside their turn: shown again, sent to one person, drawn anew after one was deleted; and other files."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import discord

from adapters.discord import cards
from adapters.discord.conversation import PLATFORM
from adapters.discord.delivery import Delivery
from adapters.discord.files import PictureFile, files_of, names_of, next_limit
from adapters.discord.homes import Homes
from adapters.discord.house_rules import is_spoiler
from adapters.discord.origin import nonce_of
from adapters.discord.places import NOBODY, Outgoing
from adapters.discord.trouble import Trouble, trouble_of
from core.errors import BadInput
from core.ports import Desk
from core.types import Picture, Post

log = logging.getLogger(__name__)

NOTHING_LEFT = "There is nothing left of that: it was deleted."
FILE_TOO_LARGE = "That file has {size:.0f} MB, more than Discord lets me send ({limit:.0f} MB)."


class Gallery:
    """Sends through one client."""

    def __init__(self, desk: Desk, homes: Homes, delivery: Delivery) -> None:
        self._desk, self._homes, self._delivery = desk, homes, delivery

    async def show(
        self, interaction: discord.Interaction[Any], pictures: Sequence[Picture], ephemeral: bool
    ) -> None:
        """Fills in the answer of an interaction that was deferred. Raises `BadInput`, `discord.HTTPException`."""

        async def send(outgoing: Outgoing) -> tuple[str, str]:
            message = await interaction.followup.send(
                view=outgoing.view, files=outgoing.uploads(), ephemeral=ephemeral, wait=True,
                allowed_mentions=NOBODY,
            )  # fmt: skip
            return str(message.channel.id), str(message.id)

        key = f"show:{interaction.id}"
        await self._sent(pictures, key, interaction.filesize_limit, send)

    async def send_to(self, user_id: str, pictures: Sequence[Picture], key: str) -> bool:
        """By direct message, once a key. False: the person takes none. Raises `BadInput`."""
        try:
            place = await self._homes.direct(user_id)

            async def send(outgoing: Outgoing) -> tuple[str, str]:
                return place.channel, await place.send(outgoing, nonce_of(key))

            await self._sent(pictures, key, place.limit, send)
        except discord.HTTPException as error:
            if trouble_of(error) not in (Trouble.CLOSED, Trouble.FORBIDDEN):
                raise
            return False
        return True

    async def redraw(self, turn_id: str) -> None:
        """Draws a finished turn as it is now, where it is; what cannot be drawn stays as it was."""
        answer = await self._desk.answer(turn_id)
        if answer is None:
            return
        try:
            await self._delivery.redraw(answer)
        except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
            log.info("turn %s was not drawn again: %s", turn_id, error)

    async def send_file(self, interaction: discord.Interaction[Any], path: Path, name: str) -> None:
        """A file for one person only. Raises `BadInput` when it is too large."""
        limit = interaction.filesize_limit
        size = (await asyncio.to_thread(path.stat)).st_size
        too_large = FILE_TOO_LARGE.format(size=size / 2**20, limit=limit / 2**20)
        if size > limit:
            raise BadInput(too_large)
        data = await asyncio.to_thread(path.read_bytes)
        try:
            await interaction.followup.send(
                file=discord.File(io.BytesIO(data), name), ephemeral=True, allowed_mentions=NOBODY
            )
        except discord.HTTPException as error:
            if trouble_of(error) is not Trouble.TOO_LARGE:
                raise
            raise BadInput(str(error), too_large) from error

    async def _sent(
        self,
        pictures: Sequence[Picture],
        key: str,
        limit: int,
        send: Callable[[Outgoing], Awaitable[tuple[str, str]]],
    ) -> None:
        """Sends with files as small as Discord wants them, and remembers where."""
        pictures = list(pictures[: cards.PICTURES])
        while True:
            files = await files_of(self._desk, pictures, limit)
            if not files:
                raise BadInput("no picture left", NOTHING_LEFT)
            card = cards.show_card(pictures, names_of(files), await self._options(pictures[0]))
            carried: tuple[PictureFile, ...] = tuple(files[i] for i in card.picture_ids)
            try:
                channel, message = await send(Outgoing(card.view, carried))
                break
            except discord.HTTPException as error:
                limit = next_limit(min(limit, max(len(file.data) for file in carried)))
                if trouble_of(error) is not Trouble.TOO_LARGE or not limit:
                    raise
        await self._desk.remember(
            Post(key, PLATFORM, channel, message, pictures[0].turn_id, card.picture_ids)
        )

    async def _options(self, picture: Picture) -> cards.CardOptions:
        answer = await self._desk.answer(picture.turn_id)
        if answer is None:
            return cards.CardOptions()
        spoiler = await is_spoiler(self._desk, answer.thread, answer.turn.user)
        return cards.CardOptions(spoiler=spoiler)
