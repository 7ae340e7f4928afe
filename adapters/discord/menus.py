"""Commands on messages: edit, vary, use, describe and explain the pictures on them, ours or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.app_commands import locale_str

from adapters.discord import forms, presses
from adapters.discord.forms import Option
from adapters.discord.identifiers import About, Carried
from adapters.discord.meaning import FORMS, Meant, press_wish
from adapters.discord.shown import picture_files, pictures_on
from core.errors import BadInput

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

Interaction = discord.Interaction[Any]

NAMES = {
    "edit": "Edit this image",
    "vary": "Make variations",
    "reference": "Use as reference",
    "describe": "Describe image",
    "details": "Image details",
}
NOTHING = "There is no picture on that message that I can open. PNG, JPEG, WebP and GIF work."


def register(tree: app_commands.CommandTree[Any], bot: Bot) -> None:
    for verb, name in NAMES.items():
        tree.add_command(_menu(bot, verb, name))


def _menu(bot: Bot, verb: str, name: str) -> app_commands.ContextMenu:
    async def used(interaction: Interaction, message: discord.Message) -> None:
        if message.author == interaction.client.user:
            await _on_ours(bot, interaction, verb, message)
        else:
            await _on_theirs(bot, interaction, verb, message)

    used.__name__ = verb
    return app_commands.ContextMenu(name=locale_str(name), callback=used)


async def _on_ours(bot: Bot, interaction: Interaction, verb: str, message: discord.Message) -> None:
    shown = pictures_on(message)
    if not shown:
        await interaction.response.send_message(NOTHING, ephemeral=True)
        return
    first, options = shown[0].id, forms.options_of(shown)
    if verb in FORMS:
        custom_id = str(Carried(f"form-{verb}", first))
        await interaction.response.send_modal(forms.FORMS[verb](custom_id, options))
    elif len(shown) > 1:
        custom_id = str(Carried("form-which", first, verb))
        await interaction.response.send_modal(forms.which_form(custom_id, NAMES[verb], options))
    elif verb == "details":
        await presses.press(bot, interaction, Carried("details", first))
    else:
        await presses.hand_over(bot, interaction, press_wish(verb, "", Meant(first)))


async def _on_theirs(
    bot: Bot, interaction: Interaction, verb: str, message: discord.Message
) -> None:
    files = picture_files(message.attachments)
    if not files or verb == "details":
        said = "\n".join(_facts(file) for file in files) or NOTHING
        await interaction.response.send_message(said, ephemeral=True)
        return
    options = [Option(str(f.id), f.filename, _size(f)) for f in files]
    custom_id = str(About(verb, str(message.channel.id), str(message.id)))
    bot.recent.keep(str(message.id), files)
    if verb in FORMS:
        await interaction.response.send_modal(forms.FORMS[verb](custom_id, options))
    elif len(files) > 1:
        await interaction.response.send_modal(forms.which_form(custom_id, NAMES[verb], options))
    else:
        await presses.hand_over(bot, interaction, press_wish(verb, "", Meant(uploads=files)))


async def files_about(
    bot: Bot, interaction: Interaction, about: About
) -> tuple[discord.Attachment, ...]:
    """The picture files of the message a form was about. Raises `BadInput` when they cannot be had any more."""
    if kept := bot.recent.of(about.message):
        return kept
    channel = interaction.client.get_partial_messageable(int(about.channel))
    try:
        message = await channel.fetch_message(int(about.message))
    except discord.HTTPException as error:
        raise BadInput(
            f"message {about.message} cannot be read: {error}",
            "I can no longer find that picture. Please use the menu on it once more.",
        ) from error
    return picture_files(message.attachments)


def _facts(file: discord.Attachment) -> str:
    return f"`{file.filename}`: {_size(file)}. I did not paint it, so I know no more about it."


def _size(file: discord.Attachment) -> str:
    pixels = f"{file.width} × {file.height}, " if file.width and file.height else ""
    return f"{pixels}{file.size / 2**20:.1f} MB"
