"""Easel with its Discord platform, in this process, on a loopback Discord; and a person who talks with it there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from bot.app import Easel
from core.llm.settings import LlmSettings
from tests.fakes.chat.discord import Channel, FakeDiscord, Message, Upload, User
from tests.fakes.discord_manners import all_well as all_well  # beside what it is used with
from tests.fakes.house import INSTANT, House

PACE_S = 0.02  # between two edits of a card
ANSWER_S = 30.0
TEXT, GALLERY, BUTTON = 10, 12, 2


class DiscordHouse:
    """Opens Easel on a folder as often as wished; the loopback Discord goes on."""

    def __init__(
        self,
        folder: Path,
        discord: FakeDiscord,
        *,
        painter: str = INSTANT,
        message_content: bool = True,
        llm: LlmSettings | None = None,
    ) -> None:
        self.discord = discord
        self._house = House(folder, painter=painter, llm=llm)
        self._settings = DiscordSettings(message_content, discord.api_base, discord.gateway_url)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Easel]:
        """Returns when the bot listens; it leaves the gateway at the end."""
        platform = DiscordPlatform(self._settings, self.discord.token, pace_s=PACE_S)
        async with self._house.open(platform) as easel:  # type: ignore[arg-type]
            await self.discord.wait_ready()
            yield easel
        self.discord.gateway.connections.clear()


class Person:
    """Says things on the loopback Discord and waits for what people see."""

    def __init__(self, discord: FakeDiscord, user: User | None = None) -> None:
        self.discord = discord
        self.user = user or discord.user

    async def mention(
        self, text: str, channel: Channel | None = None, files: Sequence[Upload] = ()
    ) -> tuple[Channel, Message]:
        """Starts a conversation with a mention: its thread and the first answer."""
        said = await self.discord.say(
            text, channel, self.user, list(files), mentions=[self.discord.bot]
        )
        thread = await self.discord.until(
            lambda: self.discord.all_channels().get(said.id), ANSWER_S, "the thread"
        )
        return thread, await self.answer_in(thread)

    async def say(self, text: str, channel: Channel, **more: Any) -> Message:
        """Says something in a conversation: the answer to it."""
        known = len(self.answers(channel))
        await self.discord.say(text, channel, self.user, **more)
        return await self.answer_in(channel, known)

    async def answer_in(self, channel: Channel, known: int = 0) -> Message:
        """The first answer after those that are known."""
        found = await self.discord.until(
            lambda: self.answers(channel)[known:], ANSWER_S, "an answer"
        )
        answer: Message = found[0]
        return answer

    def answers(self, channel: Channel) -> list[Message]:
        """Finished cards, oldest first; no progress cards."""
        cards = [m for m in self.discord.messages(channel, by_bot=True) if m["components"]]
        return [m for m in cards if not is_waiting(m)]


async def remembered(easel: Easel, message: Message) -> None:
    """Returns when Easel knows which pictures this message of its own shows."""
    async with asyncio.timeout(ANSWER_S):
        while True:
            post = await easel.desk.post("discord", message.channel_id, message.id)
            if post and post.picture_ids:
                return
            await asyncio.sleep(0.01)


def is_waiting(message: Message) -> bool:
    """A card that will become an answer."""
    return "On it" in text_of(message) or any(
        button.get("custom_id", "").startswith("easel:cancel:") for button in message.buttons()
    )


def text_of(message: Message) -> str:
    """All words on a card, or of a plain message."""
    texts = [c["content"] for c in message.components() if c["type"] == TEXT]
    return "\n".join([message.content, *texts]).strip()


def shown_by(message: Message) -> list[str]:
    """The alt texts of the pictures on a card, in order."""
    galleries = [c for c in message.components() if c["type"] == GALLERY]
    return [item["description"] for g in galleries for item in g["items"]]


def button_of(message: Message, verb: str, index: int = 0) -> str:
    """The custom id of a card's button for this verb."""
    ids = [b.get("custom_id", "") for b in message.buttons()]
    return [i for i in ids if i.startswith(f"easel:{verb}:")][index]
