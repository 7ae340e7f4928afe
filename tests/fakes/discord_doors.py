"""One Easel on one loopback Discord for a whole module of tests: opening it takes longer than most of them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from bot.app import Easel
from tests.fakes.chat.discord import Channel, FakeDiscord, Interaction, Message, Upload, User
from tests.fakes.discord_house import DiscordHouse, is_waiting, text_of

ANSWER_S = 30.0
EPHEMERAL = 1 << 6


@dataclass(frozen=True, slots=True)
class Doors:
    discord: FakeDiscord
    easel: Easel

    def newcomer(self, name: str, **rights: Any) -> User:
        """Somebody with no past here, and so with no open double click."""
        return self.discord.add_user(name, **rights)

    async def paint(self, user: User | None = None, count: int = 1, **options: Any) -> Message:
        """The card of a fresh wish."""
        wish = {"prompt": "a cute dog near a river", "count": count, **options}
        asked = await self.discord.slash("imagine", wish, user=user)
        return await self.answer(asked)

    async def answer(self, interaction: Interaction, known: int = 0) -> Message:
        """The finished answer to an interaction, wherever it was put; after `known` that it brought before."""

        def find() -> list[Message]:
            source = interaction.source
            found = [m for m in interaction.all_messages() if m is not source and not m.loading]
            return [m for m in found if not m.deleted and not is_waiting(m) and m["components"]]

        answers = await self.discord.until(
            lambda: find()[known:], ANSWER_S, f"an answer to {interaction.data}"
        )
        answer: Message = answers[0]
        return answer

    async def told(self, interaction: Interaction) -> str:
        """What one person was told in private."""

        def find() -> list[Message]:
            mine = [m for m in interaction.all_messages() if m is not interaction.source]
            return [m for m in mine if m.ephemeral and not m.loading and text_of(m)]

        found = await self.discord.until(find, ANSWER_S, f"a private word on {interaction.data}")
        return text_of(found[-1])

    async def refusal(self, interaction: Interaction) -> str:
        """What one person was told in private after the public "thinking..." was taken back, as it was sent."""

        def find() -> list[str]:
            calls = [c for c in self.discord.rec.calls if interaction.token in c.path and c.status]
            gone = next((i for i, c in enumerate(calls) if c.method == "DELETE"), len(calls))
            later = [c.body for c in calls[gone:] if c.method == "POST"]
            return [body["content"] for body in later if body.get("flags", 0) & EPHEMERAL]

        found = await self.discord.until(find, ANSWER_S, f"a refusal of {interaction.data}")
        sentence: str = found[-1]
        return sentence

    async def form(self, interaction: Interaction) -> dict[str, Any]:
        """The form that an interaction opened."""
        await self.discord.wait_ack(interaction)
        assert interaction.modal, "it was answered with something else"
        modal: dict[str, Any] = interaction.modal
        return modal

    async def more(self, message: Message, entry: str, user: User | None = None) -> Interaction:
        (menu,) = message.selects()
        return await self.discord.select(message, menu["custom_id"], [entry], user=user)

    async def in_thread(self) -> Channel:
        """A thread of the bot, by /chat."""
        known = len(self.discord.threads())
        await self.discord.slash("chat", {"topic": "foxes"})
        threads = await self.discord.until(
            lambda: self.discord.threads()[known:], ANSWER_S, "a thread"
        )
        thread: Channel = threads[0]
        return thread


@asynccontextmanager
async def open_doors(folder: Path, **settings: Any) -> AsyncIterator[Doors]:
    async with FakeDiscord() as discord, DiscordHouse(folder, discord, **settings).open() as easel:
        await discord.wait_commands("imagine")
        yield Doors(discord, easel)


def photo(colour: str = "red", name: str = "photo.png") -> Upload:
    """A picture that a person sends."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return Upload(name, buffer.getvalue(), "image/png")


def fields_of(form: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Custom id -> field, of a modal."""
    found = [row.get("component") or row["components"][0] for row in form["components"]]
    return {field["custom_id"]: field for field in found}


def options_in(field: dict[str, Any]) -> list[tuple[str, str]]:
    return [(option["label"], option.get("description", "")) for option in field["options"]]
