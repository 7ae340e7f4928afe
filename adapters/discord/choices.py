"""What options offer while one types, and how what was chosen is found again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from adapters.discord.bot import bot_of
from adapters.discord.texts import clip
from core import regions
from core.errors import EaselError, UnknownPicture
from core.flags import ASPECTS
from core.types import Picture, QueueEntry

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

Interaction = discord.Interaction[Any]
Choice = app_commands.Choice[str]

MOST = 25  # choices Discord takes
NAME_CHARACTERS = 100
ANSWER_S = 2.0  # then no choices: Discord waits three seconds and shows an error

ASPECT_CHOICES = [Choice(name=aspect, value=aspect) for aspect in ASPECTS]
AMOUNT_CHOICES = [Choice(name=amount, value=amount) for amount in ("subtle", "strong")]
REGION_CHOICES = [
    Choice(name=regions.phrase(name), value=name) for name in regions.NAMES if name != regions.MASK
]


async def own_pictures(interaction: Interaction, typed: str) -> list[Choice]:
    """The person's latest pictures whose number, words or id contain what was typed."""
    bot = bot_of(interaction)
    try:
        async with asyncio.timeout(ANSWER_S):
            pictures = await bot.desk.pictures_of(bot.user_of(interaction), MOST)
    except (TimeoutError, EaselError):
        return []
    return [Choice(name=_named(p), value=p.id) for p in pictures if _fits(p, typed)][:MOST]


async def own_orders(interaction: Interaction, typed: str) -> list[Choice]:
    """What the person waits for; the value is the turn's id."""
    bot = bot_of(interaction)
    try:
        async with asyncio.timeout(ANSWER_S):
            entries = await bot.desk.queue(bot.user_of(interaction))
    except (TimeoutError, EaselError):
        return []
    turns = {e.turn_id: Choice(name=order_line(e), value=e.turn_id) for e in entries}
    return [c for c in turns.values() if typed.lower() in c.name.lower()][:MOST]


def order_line(entry: QueueEntry) -> str:
    state = "now" if entry.running else f"place {entry.position + 1}"
    return clip(f"{state}: {entry.caption}", NAME_CHARACTERS)


async def chosen_picture(
    bot: Bot, interaction: Interaction, said: str, private: bool = False
) -> Picture:
    """By id, number or what the list offered; without words the one this place is talking about.

    `private`: what the person alone saw here comes first. Raises `UnknownPicture` with a sentence.
    """
    found = await _found(bot, interaction, said, True) if private else None
    found = found or await _found(bot, interaction, said, False)
    if found is None:
        reply = "There is no picture here yet. Name one, or attach one."
        if said:
            reply = f"I know no picture “{clip(said, 30)}” of yours. Choose one from the list, or its number here."
        raise UnknownPicture(f"no picture {said!r}", reply)
    return found


async def _found(bot: Bot, interaction: Interaction, said: str, private: bool) -> Picture | None:
    thread = bot.thread_of(interaction, private)
    if said:
        return await bot.desk.find_picture(said, thread, bot.user_of(interaction))
    view = await bot.desk.view(thread)
    current = view.conversation.current_id if view else None
    return await bot.desk.picture(current) if current else None


def _named(picture: Picture) -> str:
    return clip(f"{picture.number}: {picture.caption}", NAME_CHARACTERS)


def _fits(picture: Picture, typed: str) -> bool:
    words: Sequence[str] = typed.lower().split()
    text = f"{picture.number} {picture.caption} {picture.id}".lower()
    return all(word in text for word in words)
