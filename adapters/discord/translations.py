"""Names and descriptions of commands in other languages: Discord shows each person those of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

TABLE = Path(__file__).parent / "translations.json"
_NAMES = (
    Location.command_name,
    Location.group_name,
    Location.parameter_name,
)


class Translations(app_commands.Translator):
    """Reads its table once, when the tree takes it."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._texts: dict[tuple[str, str], str] = {}

    async def load(self) -> None:
        table: Mapping[str, Any] = json.loads(TABLE.read_text("utf-8"))
        locales = table["locales"]
        for kind, found in (("names", self._names), ("texts", self._texts)):
            for english, others in table[kind].items():
                found.update(zip(((english, locale) for locale in locales), others, strict=True))

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        table = self._names if context.location in _NAMES else self._texts
        return table.get((string.message, locale.value))
