"""The first words to an interaction, in whatever state it is: acknowledged late, twice, or not at all."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import discord

from adapters.discord.places import NOBODY
from adapters.discord.texts import clip
from adapters.discord.trouble import ALREADY_ANSWERED

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]

TEXT_CHARACTERS = 2000
REPLY_S = 10.0  # Discord wants the first within 3 s and says so itself afterwards
_DEFERRED = discord.InteractionResponseType.deferred_channel_message
_NEVER_MIND = (discord.HTTPException, aiohttp.ClientError, TimeoutError)


async def acknowledge(
    interaction: Interaction, view: discord.ui.LayoutView, ephemeral: bool
) -> str:
    """The id of our first message; "" when there is none, or nobody knows yet."""
    view.stop()
    try:
        async with asyncio.timeout(REPLY_S):
            return await _first(interaction, view, ephemeral)
    except discord.HTTPException as error:
        log.warning("interaction %s was not acknowledged: %s", interaction.id, error)
        return await _original(interaction) if error.code == ALREADY_ANSWERED else ""
    except (aiohttp.ClientError, TimeoutError) as error:
        log.warning("interaction %s may not be acknowledged: %r", interaction.id, error)
        return await _original(interaction)


async def _first(interaction: Interaction, view: discord.ui.LayoutView, ephemeral: bool) -> str:
    response = interaction.response
    if not response.is_done():
        done = await response.send_message(view=view, ephemeral=ephemeral, allowed_mentions=NOBODY)
        return str(done.message_id or "")
    if response.type is _DEFERRED:
        return str((await interaction.edit_original_response(view=view)).id)
    sent = await interaction.followup.send(
        view=view, ephemeral=ephemeral, wait=True, allowed_mentions=NOBODY
    )
    return str(sent.id)


async def _original(interaction: Interaction) -> str:
    try:
        async with asyncio.timeout(REPLY_S):
            return str((await interaction.original_response()).id)
    except (discord.ClientException, *_NEVER_MIND) as error:
        log.info("interaction %s has no first answer: %s", interaction.id, error)
        return ""


async def take_back(interaction: Interaction, card: str) -> None:
    """The card goes, as far as it can be reached."""
    if not card:
        return
    try:
        async with asyncio.timeout(REPLY_S):
            await interaction.followup.delete_message(int(card))
    except _NEVER_MIND as error:
        log.info("the card of interaction %s stays: %s", interaction.id, error)


async def tell(interaction: Interaction, text: str) -> None:
    """A sentence for this person only, whatever became of the interaction."""
    said = clip(text, TEXT_CHARACTERS) if len(text) > TEXT_CHARACTERS else text
    try:
        async with asyncio.timeout(REPLY_S):
            await _whisper(interaction, said)
    except _NEVER_MIND as error:
        log.info("interaction %s: told by direct message instead: %s", interaction.id, error)
        try:
            async with asyncio.timeout(REPLY_S):
                await interaction.user.send(said, allowed_mentions=NOBODY)
        except _NEVER_MIND:
            log.warning("interaction %s: nobody could be told: %s", interaction.id, text)


async def _whisper(interaction: Interaction, said: str) -> None:
    response = interaction.response
    if not response.is_done():
        await response.send_message(said, ephemeral=True, allowed_mentions=NOBODY)
        return
    if response.type is _DEFERRED and await _is_public_wait(interaction):
        await interaction.delete_original_response()
    await interaction.followup.send(said, ephemeral=True, allowed_mentions=NOBODY)


async def _is_public_wait(interaction: Interaction) -> bool:
    """True while the public "thinking..." stands, which the next message would fill in."""
    try:
        original = await interaction.original_response()
    except discord.NotFound:
        return False  # taken back already
    return original.flags.loading and not original.flags.ephemeral
