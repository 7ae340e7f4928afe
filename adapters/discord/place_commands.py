"""Slash commands about the talk itself: begin one, see and stop what waits, choose, be forgotten, ask for help."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range

from adapters.discord import settings_panel
from adapters.discord.bot import bot_of
from adapters.discord.choices import own_orders
from adapters.discord.controls import button
from adapters.discord.identifiers import Carried
from adapters.discord.panels import panel
from adapters.discord.queue_words import queue_panel
from core.types import new_id

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

Interaction = discord.Interaction[Any]

GREETING = (
    "Hello! Tell me what you would like to see, and we go on from there: *a lighthouse in a storm*, "
    "*make it night*, *more like the second one*, *go back to picture 3*. Send a picture and I work with it."
)
PAST_ME = "-# Begin with `//` to talk without me."
MENTION_ME = "-# I can read messages that mention me or answer me; or press the button."
HELP = """\
**Say it:** mention me, or write in a thread of mine: *a red fox in the snow*, *make it night*, *more like 2*, \
*go back to picture 3*, *call this one Mira*, *why?*. `//` at the start talks past me.
**Show it:** attach a picture, or answer on one, and say what shall become of it.
**Press it:** numbers pick, **Vary** gives more like it, **Edit…** changes it, **More…** has the rest.
**Type it:** `/imagine` `/edit` `/vary` `/refine` `/describe` `/blend` `/show` `/chat`
**On any message:** its menu → Apps: edit, vary, use or describe the pictures on it, also those I did not paint.
**React:** 1️⃣–4️⃣ pick · 🔁 again · ⭐ favourite · ✉️ send to me · 🗑️ delete · 👍 👎 what you think
**Exactly:** `exactly: …` or `--raw` leaves your words alone. Also `--n 4`, `--ar 16:9`, \
`--seed 7`, `--strength 40`, `--part top`, `--no fog`.
**Yours:** `/queue` `/cancel` `/settings me` `/privacy`"""
FORGET_ASK = (
    "Delete everything of yours that I keep: what you said and what I painted for you, in every place "
    "on Discord? This cannot be undone."
)


@app_commands.command(description="Open a thread to talk and paint in")
@app_commands.describe(
    topic="What it is about", private="Only people who are invited to the thread see it"
)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.allowed_installs(guilds=True, users=False)
async def chat(
    interaction: Interaction, topic: Range[str, 1, 90] | None = None, private: bool = False
) -> None:
    await interaction.response.defer(ephemeral=True)
    bot = bot_of(interaction)
    thread = await bot.open_talk(interaction, topic or "Painting with Easel", private)
    if thread is None:
        return
    reads = bot.settings.message_content
    tell = [] if reads else [button(Carried("tell", new_id()), "Tell me…", "💬")]
    view = panel(f"{GREETING}\n{PAST_ME if reads else MENTION_ME}", tell)
    await thread.send(view=view, allowed_mentions=discord.AllowedMentions.none())
    await bot.tell(interaction, f"Come along: {thread.mention}")


@app_commands.command(description="What is being painted and what waits")
@app_commands.describe(scope="Mine, or everything")
@app_commands.choices(scope=[Choice(name="mine", value="mine"), Choice(name="all", value="all")])
async def queue(interaction: Interaction, scope: str = "mine") -> None:
    await interaction.response.defer(ephemeral=True)
    bot = bot_of(interaction)
    user = bot.user_of(interaction)
    entries = await bot.desk.queue(user if scope == "mine" else None)
    await interaction.edit_original_response(view=queue_panel(entries, user))


@app_commands.command(description="Stop what I am waiting for")
@app_commands.describe(job="Which one; without it the newest of mine")
@app_commands.autocomplete(job=own_orders)
async def cancel(interaction: Interaction, job: str = "") -> None:
    await interaction.response.defer(ephemeral=True)
    bot = bot_of(interaction)
    user = bot.user_of(interaction)
    entries = await bot.desk.queue(user)
    turns = dict.fromkeys(e.turn_id for e in sorted(entries, key=lambda e: e.turn_id))
    wanted = job or next(reversed(turns), "")
    stopped = wanted in turns and await bot.desk.cancel_turn(wanted, user)
    await bot.tell(interaction, "Stopped." if stopped else "Nothing of yours is waiting there.")


class Settings(app_commands.Group):
    """Choices of a person, a channel, a server."""

    @app_commands.command(description="My own choices, everywhere")
    async def me(self, interaction: Interaction) -> None:
        await settings_panel.open_panel(bot_of(interaction), interaction, settings_panel.ME)

    @app_commands.command(description="Choices for this channel")
    async def channel(self, interaction: Interaction) -> None:
        await settings_panel.open_panel(bot_of(interaction), interaction, settings_panel.CHANNEL)

    @app_commands.command(description="Choices for this server")
    async def server(self, interaction: Interaction) -> None:
        await settings_panel.open_panel(bot_of(interaction), interaction, settings_panel.SERVER)


class Privacy(app_commands.Group):
    """What is kept of a person."""

    @app_commands.command(description="Get all that is kept of me, as a file")
    async def export(self, interaction: Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        await _export(bot_of(interaction), interaction)

    @app_commands.command(description="Delete all that is kept of me")
    async def delete(self, interaction: Interaction) -> None:
        sure = button(
            Carried("forget", new_id()), "Delete everything", "🗑️", discord.ButtonStyle.danger
        )
        await interaction.response.send_message(view=panel(FORGET_ASK, [sure]), ephemeral=True)


async def _export(bot: Bot, interaction: Interaction) -> None:
    path = await bot.desk.export(bot.user_of(interaction))
    try:
        await bot.send_file(interaction, path, "easel-export.zip")
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


@app_commands.command(name="help", description="How to talk and paint with me")
async def help_(interaction: Interaction) -> None:
    await interaction.response.send_message(view=panel(HELP), ephemeral=True)


COMMANDS: tuple[app_commands.Command[Any, ..., Any], ...] = (chat, queue, cancel, help_)
