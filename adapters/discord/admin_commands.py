"""/admin, for who manages the server: how Easel is, what waits, whom it does not listen to, what it forgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import app_commands

from adapters.discord.bot import bot_of
from adapters.discord.controls import button
from adapters.discord.identifiers import Carried
from adapters.discord.panels import panel
from adapters.discord.presses import require_manager
from adapters.discord.queue_words import queue_panel
from core import preferences
from core.errors import NotAllowed
from core.types import new_id

Interaction = discord.Interaction[Any]

FORGET_THREAD_ASK = (
    "Forget this conversation: every word and picture of it, for everybody? This cannot be undone."
)


class Admin(app_commands.Group):
    """Discord shows it to who may manage the server; it is checked again here."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        try:
            require_manager(interaction)
        except NotAllowed as refused:
            # anything else that a check raises is lost in discord.py, and the person waits for ever
            raise app_commands.CheckFailure(str(refused)) from refused
        return True

    @app_commands.command(description="How Easel is")
    async def status(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        bot = bot_of(interaction)
        await bot.tell(interaction, status_words(bot.desk.health()))

    @app_commands.command(description="All that is painted and waits")
    async def queue(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        bot = bot_of(interaction)
        guild = str(interaction.guild_id)
        entries = [e for e in await bot.desk.queue() if e.thread.workspace == guild]
        view = queue_panel(entries, bot.user_of(interaction), overseer=True)
        await interaction.edit_original_response(view=view)

    @app_commands.command(description="Stop listening to somebody on this server")
    @app_commands.describe(user="Whom")
    async def block(self, interaction: Interaction, user: discord.User) -> None:
        await _list(interaction, user, blocked=True)

    @app_commands.command(description="Listen to somebody again")
    @app_commands.describe(user="Whom")
    async def unblock(self, interaction: Interaction, user: discord.User) -> None:
        await _list(interaction, user, blocked=False)

    @app_commands.command(description="Forget the conversation of this channel or thread")
    async def forget(self, interaction: Interaction) -> None:
        sure = button(
            Carried("forget-thread", new_id()), "Forget it", "🗑️", discord.ButtonStyle.danger
        )
        await interaction.response.send_message(
            view=panel(FORGET_THREAD_ASK, [sure]), ephemeral=True
        )


def status_words(health: Mapping[str, object]) -> str:
    """A line for each thing that is known."""
    return "\n".join(f"- {name}: {_said(value)}" for name, value in health.items())


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {one}" for name, one in value.items()) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(one) for one in value) or "none"
    return str(value)


async def _list(interaction: Interaction, user: discord.User, *, blocked: bool) -> None:
    await interaction.response.defer(ephemeral=True)
    bot = bot_of(interaction)
    scope = preferences.place_scope("discord", str(interaction.guild_id))
    ids = (await bot.desk.setting(scope, preferences.BLOCKED) or "").split()
    others = [one for one in ids if one != str(user.id)]
    kept = [*others, str(user.id)] if blocked else others
    await bot.desk.set_setting(scope, preferences.BLOCKED, " ".join(kept) or None)
    word = "I no longer listen" if blocked else "I listen again"
    await bot.tell(interaction, f"{word} to {user.mention} on this server.")
