"""What people fill into forms: read from the submission itself, so that a form may be older than this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import discord

from adapters.discord import forms, identifiers, presses, settings_panel
from adapters.discord.bot import bot_of
from adapters.discord.identifiers import About, Carried
from adapters.discord.meaning import FORMS, PAINTING, Meant, Said, Wish, form_wish, press_wish
from adapters.discord.menus import files_about
from core.errors import BadInput

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

Interaction = discord.Interaction[Any]
FORM = "form-"


async def on_interaction(interaction: Interaction) -> None:
    """Answers the submission of any form of ours; everything else is left alone."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return
    data: Any = interaction.data
    custom_id = str(data.get("custom_id", ""))
    if not custom_id.startswith(identifiers.PREFIX):
        return
    bot = bot_of(interaction)
    async with bot.reporting(interaction):
        said = _said(interaction, data)
        if carried := identifiers.read(custom_id):
            await _about_ours(bot, interaction, carried, said)
        elif about := identifiers.read_about(custom_id):
            await _about_theirs(bot, interaction, about, said)
        elif not await settings_panel.submitted(bot, interaction, custom_id, said):
            await interaction.response.send_message(presses.OLD, ephemeral=True)


async def _about_ours(bot: Bot, interaction: Interaction, carried: Carried, said: Said) -> None:
    verb = carried.verb.removeprefix(FORM)
    chosen = said.texts.get(forms.WHICH) or carried.id
    if verb == "which":
        await presses.perform(bot, interaction, Carried(carried.argument, chosen))
        return
    await presses.acknowledge(interaction)
    if verb == "tell":
        wish = Wish(said.words, uploads=said.files.get(forms.FILE, ()))
    elif verb == "prompt":
        wish = Wish(f"exactly: {said.words}")
    elif verb in FORMS:
        wish = form_wish(verb, Meant(chosen), said)
    else:
        await bot.tell(interaction, presses.OLD)
        return
    if verb == "region":
        await presses.require_owner(bot, interaction, await presses.picture_of(bot, chosen))
    await presses.hand_over(bot, interaction, wish)


async def _about_theirs(bot: Bot, interaction: Interaction, about: About, said: Said) -> None:
    """Pictures on somebody else's message; the submission has no message, so the answer is a new one."""
    if about.verb not in PAINTING:
        await interaction.response.send_message(presses.OLD, ephemeral=True)
        return
    await presses.acknowledge(interaction)
    files = await files_about(bot, interaction, about)
    chosen = said.texts.get(forms.WHICH, "")
    files = tuple(f for f in files if str(f.id) == chosen) or files[:1]
    if not files:
        raise BadInput("no picture there", "I can no longer find that picture.")
    meant = Meant(uploads=files)
    asks = about.verb in FORMS
    wish = form_wish(about.verb, meant, said) if asks else press_wish(about.verb, "", meant)
    await presses.hand_over(bot, interaction, wish)


def _said(interaction: Interaction, data: Mapping[str, Any]) -> Said:
    uploaded = (data.get("resolved") or {}).get("attachments") or {}
    texts: dict[str, str] = {}
    files: dict[str, tuple[discord.Attachment, ...]] = {}
    for field in _fields(data.get("components") or ()):
        name, values = field.get("custom_id", ""), field.get("values")
        if field.get("type") == discord.ComponentType.file_upload.value:
            found = [uploaded[value] for value in values or () if value in uploaded]
            files[name] = tuple(
                discord.Attachment(data=one, state=interaction._state) for one in found
            )
        else:
            texts[name] = " ".join(values) if values is not None else str(field.get("value") or "")
    return Said(texts, files)


def _fields(components: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The fields inside labels and rows."""
    for component in components:
        inner = component.get("components") or [component.get("component") or component]
        yield from inner
