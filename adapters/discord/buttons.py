"""Buttons and the "More" menu as discord.py finds them again: by what they carry, in any process, on any message."""

from __future__ import annotations

from re import Match
from typing import Any, Self

import discord
from discord import ui

from adapters.discord import identifiers, presses
from adapters.discord.bot import bot_of
from adapters.discord.clicks import Clicks
from adapters.discord.identifiers import Carried

Interaction = discord.Interaction[Any]


def register(client: discord.Client) -> None:
    """Makes every button answer that any version of this bot ever sent."""
    clicks = Clicks()

    class PictureButton(ui.DynamicItem[ui.Button[Any]], template=r"easel:(?!more:).*"):
        @classmethod
        async def from_custom_id(
            cls, interaction: Interaction, item: ui.Item[Any], match: Match[str], /
        ) -> Self:
            return cls(item)  # type: ignore[arg-type]  # the component type is checked by discord.py

        async def callback(self, interaction: Interaction) -> None:
            await _pressed(clicks, interaction, self.custom_id, identifiers.read(self.custom_id))

    class MoreMenu(ui.DynamicItem[ui.Select[Any]], template=r"easel:more:.*"):
        @classmethod
        async def from_custom_id(
            cls, interaction: Interaction, item: ui.Item[Any], match: Match[str], /
        ) -> Self:
            return cls(item)  # type: ignore[arg-type]

        async def callback(self, interaction: Interaction) -> None:
            await _chosen(clicks, interaction, self.custom_id)

    client.add_dynamic_items(PictureButton, MoreMenu)


async def _chosen(clicks: Clicks, interaction: Interaction, custom_id: str) -> None:
    data: Any = interaction.data
    carried, chosen = identifiers.read(custom_id), data.get("values") or []
    if not chosen:  # the entry was taken back, so that it can be chosen again
        await interaction.response.defer()
        return
    meant = carried and Carried(chosen[0], carried.id, presses.WHICH)
    await _pressed(clicks, interaction, f"{custom_id}:{chosen[0]}", meant)


async def _pressed(
    clicks: Clicks, interaction: Interaction, what: str, carried: Carried | None
) -> None:
    bot = bot_of(interaction)
    async with bot.reporting(interaction):
        if clicks.is_double(interaction.user.id, what, interaction.created_at):
            await interaction.response.defer()
        else:
            await presses.press(bot, interaction, carried)
