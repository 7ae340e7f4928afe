"""/settings: a form with the choices of a person, a channel or a server as they are now, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from adapters.discord.forms import Form
from adapters.discord.meaning import Said
from core import preferences
from core.errors import NotAllowed
from core.flags import ASPECTS

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

Interaction = discord.Interaction[Any]

PREFILL_S = 1.5  # a form must be open three seconds after the command
_ID = "easel-settings:"
_UNSET = "unset"
ME, CHANNEL, SERVER = "me", "channel", "server"
_TITLES = {ME: "My settings", CHANNEL: "This channel", SERVER: "This server"}


@dataclass(frozen=True, slots=True)
class Setting:
    key: str
    label: str
    hint: str
    values: Mapping[str, str]  # value -> what people read


_COUNT = Setting(
    preferences.COUNT,
    "Pictures at once",
    "When nobody says how many.",
    {str(n): str(n) for n in range(1, 5)},
)
_REWRITE = Setting(
    preferences.REWRITE,
    "Better words",
    "May descriptions be improved before painting?",
    {preferences.ON: "Yes, improve them", preferences.OFF: "No, use my words"},
)
_ASPECT = Setting(
    preferences.ASPECT, "Shape", "Width to height.", {aspect: aspect for aspect in ASPECTS}
)
_PRESS = Setting(
    preferences.PRESS,
    "Buttons",
    "Who may press the buttons under somebody's pictures?",
    {
        preferences.EVERYONE: "Everyone",
        preferences.OWNER: "Only who asked for the picture, and moderators",
    },
)
_SPOILER = Setting(
    preferences.SPOILER,
    "Spoilers",
    "Hide every picture until it is clicked?",
    {preferences.ON: "Hide them", preferences.OFF: "Show them"},
)
_PANELS = {
    ME: (_COUNT, _REWRITE, _ASPECT),
    CHANNEL: (_COUNT, _REWRITE, _ASPECT, _PRESS, _SPOILER),
    SERVER: (_COUNT, _REWRITE, _ASPECT, _PRESS, _SPOILER),
}


async def open_panel(bot: Bot, interaction: Interaction, whose: str) -> None:
    """Opens the form. Raises `NotAllowed` for who may not change this place."""
    require(interaction, whose)
    now: dict[str, str] = {}
    try:
        async with asyncio.timeout(PREFILL_S):
            now = await _present(bot, interaction, whose)
    except TimeoutError:
        now = {}  # nothing chosen beforehand is better than no form
    await interaction.response.send_modal(settings_form(whose, now))


def settings_form(whose: str, now: Mapping[str, str]) -> Form:
    form = Form(title=_TITLES[whose], custom_id=f"{_ID}{whose}")
    for setting in _PANELS[whose]:
        field = _select(setting, now.get(setting.key, ""), whose)
        form.add_item(ui.Label(text=setting.label, description=setting.hint, component=field))
    return form


async def submitted(bot: Bot, interaction: Interaction, custom_id: str, said: Said) -> bool:
    """False: that was no form of settings."""
    whose = custom_id.removeprefix(_ID)
    if not custom_id.startswith(_ID) or whose not in _PANELS:
        return False
    await interaction.response.defer(ephemeral=True, thinking=True)
    require(interaction, whose)
    scope = _scope(bot, interaction, whose)
    for setting in _PANELS[whose]:
        value = said.texts.get(setting.key, _UNSET)
        await bot.desk.set_setting(scope, setting.key, value if value in setting.values else None)
    now = await _present(bot, interaction, whose)
    lines = [f"**{_TITLES[whose]}**"]
    for setting in _PANELS[whose]:
        value = now.get(setting.key, "")
        lines.append(f"- {setting.label}: {setting.values.get(value, _unset(whose))}")
    await bot.tell(interaction, "\n".join(lines))
    return True


def require(interaction: Interaction, whose: str) -> None:
    """Raises `NotAllowed` unless the person may change the settings of this channel or server."""
    if whose == ME:
        return
    if interaction.guild_id is None:
        raise NotAllowed("no server", "That works on a server only; here there is `/settings me`.")
    granted = interaction.permissions
    name = "Manage Channels" if whose == CHANNEL else "Manage Server"
    if not (granted.manage_channels if whose == CHANNEL else granted.manage_guild):
        raise NotAllowed(f"lacks {name}", f"That takes the permission **{name}**.")


def _select(setting: Setting, now: str, whose: str) -> ui.Select[Any]:
    options = [(_UNSET, _unset(whose)), *setting.values.items()]
    chosen = now if now in setting.values else _UNSET
    return ui.Select(
        custom_id=setting.key,
        options=[
            discord.SelectOption(label=label, value=value, default=value == chosen)
            for value, label in options
        ],
    )


def _unset(whose: str) -> str:
    return "As Easel does by itself" if whose == SERVER else "As this place has it"


async def _present(bot: Bot, interaction: Interaction, whose: str) -> dict[str, str]:
    scope = _scope(bot, interaction, whose)
    found = {s.key: await bot.desk.setting(scope, s.key) for s in _PANELS[whose]}
    return {key: value for key, value in found.items() if value}


def _scope(bot: Bot, interaction: Interaction, whose: str) -> str:
    thread = bot.thread_of(interaction)
    if whose == ME:
        return preferences.person_scope(bot.user_of(interaction))
    channel = thread.channel if whose == CHANNEL else preferences.SERVER_WIDE
    return preferences.place_scope(thread.platform, thread.workspace, channel)
