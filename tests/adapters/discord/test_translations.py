from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import discord
from discord import app_commands

from adapters.discord import commands
from adapters.discord.translations import TABLE, Translations

TYPED = re.compile(r"[-_'\w]{1,32}")  # letters of any script; capitals are refused below


async def payload() -> list[dict[str, Any]]:
    """The commands as they are sent to Discord."""
    tree = app_commands.CommandTree(discord.Client(intents=discord.Intents.none()))
    await commands.register(tree, cast(Any, None))
    assert isinstance(tree.translator, Translations)
    return [
        cast(dict[str, Any], await c.get_translated_payload(tree, tree.translator))
        for c in tree.get_commands()
    ]


def within(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from within(part.get("options", []))


async def test_no_translation_is_left_over_or_missing() -> None:
    table = json.loads(TABLE.read_text("utf-8"))
    parts = list(within(await payload()))
    names = {part["name"] for part in parts}
    choices = {c["name"] for part in parts for c in part.get("choices", [])}
    texts = {part["description"] for part in parts if part.get("description")} | choices

    assert set(table["names"]) == names
    assert set(table["texts"]) == {text for text in texts if ":" not in text or len(text) > 5}


async def test_every_translation_fits_and_is_in_every_language() -> None:
    table = json.loads(TABLE.read_text("utf-8"))

    for english, others in table["names"].items():
        assert len(others) == len(table["locales"])
        if " " not in english:
            assert all(TYPED.fullmatch(name) and name == name.lower() for name in others)
        assert all(1 <= len(name) <= 32 for name in others)
    for others in table["texts"].values():
        assert len(others) == len(table["locales"])
        assert all(1 <= len(text) <= 100 for text in others)


async def test_a_command_keeps_to_discords_eight_thousand_characters() -> None:
    for command in await payload():
        parts = list(within([command]))
        said = [part["name"] + part.get("description", "") for part in parts]
        said += [c["name"] + str(c["value"]) for part in parts for c in part.get("choices", [])]
        assert len("".join(said)) <= 8000
        assert all(len(part.get("options", [])) <= 25 for part in parts)
