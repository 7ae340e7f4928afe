"""What a person is told instead of an answer: that something may not be done there, or that the desk refused it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import discord

from adapters.discord import cards, permissions
from adapters.discord.homes import Homes
from adapters.discord.origin import nonce_of
from adapters.discord.places import NOBODY, Outgoing
from adapters.discord.reading import Letter

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Blocked:
    """An answer cannot be shown where it was asked for."""

    note: str  # the permissions that are missing
    channel: str = ""  # the direct message that says so and becomes the answer
    card: str = ""  # its id; "" when the person takes none


async def complain(homes: Homes, letter: Letter) -> Blocked | None:
    """Tells the person which permissions are missing there; None when all is well."""
    message, guild = letter.message, letter.message.guild
    if guild is None:
        return None
    names = permissions.missing(
        message.channel.permissions_for(guild.me),
        in_thread=isinstance(message.channel, discord.Thread),
        opens_thread=letter.opens_thread,
    )
    if not names:
        return None
    note = permissions.sentence(names, f"#{message.channel}")
    log.warning("message %s: %s", message.id, note)
    try:
        place = await homes.direct(str(message.author.id))
        outgoing = Outgoing(cards.accepted_card(note).view)
        card = await place.send(outgoing, nonce_of(f"complaint:{message.id}"))
    except discord.HTTPException:
        await refuse(message, note)
        return Blocked(note)
    return Blocked(note, place.channel, card)


async def refuse(message: discord.Message, sentence: str) -> None:
    """A reply, or a direct message where no reply can be."""
    nonce = nonce_of(f"refusal:{message.id}")
    try:
        reference = message.to_reference(fail_if_not_exists=False)
        await message.channel.send(
            sentence, reference=reference, nonce=nonce, allowed_mentions=NOBODY
        )
    except discord.HTTPException as error:
        log.info("refusal of message %s not shown there: %s", message.id, error)
        try:
            await message.author.send(sentence, nonce=nonce, allowed_mentions=NOBODY)
        except discord.HTTPException:
            log.warning("nobody could be told: %s", sentence)
