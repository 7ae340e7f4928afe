"""A person on the loopback Slack: asks for pictures, presses, fills in dialogs, and reads what only they can see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from adapters.slack.manifest import EVENTS, SCOPES
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from bot.app import Easel
from core.types import Picture
from tests.fakes.chat.slack import Channel, Delivery, FakeSlack, Message, User, View
from tests.fakes.house import INSTANT, House
from tests.fakes.slack_house import HTTP, QUICK, SOCKET, pictures_in, words_of

LIMIT_S = 20.0
_numbers = count(1)


@asynccontextmanager
async def slack_lobby(
    folder: Path, mode: str = SOCKET, painter: str = INSTANT, **slack: Any
) -> AsyncIterator[tuple[FakeSlack, Easel]]:
    """A loopback Slack with Easel in it, which may do and hears what the manifest asks for, and the older agent view.

    At the end every call must have kept Slack's rules.
    """
    slack = {"scopes": set(SCOPES), "events": {*EVENTS, "assistant_thread_started"}} | slack
    async with FakeSlack(**slack) as fake:
        platform = SlackPlatform(
            SlackSettings(port=0, api_base=fake.api_base),
            fake.bot_token,
            fake.app_token if mode == SOCKET else "",
            fake.signing_secret,
            QUICK,
        )
        async with House(folder, painter=painter).open(platform) as easel:
            async with asyncio.timeout(LIMIT_S):
                await platform.started.wait()
            fake.request_url = platform.url if mode == HTTP else ""
            await fake.wait_ready()
            yield fake, easel
        assert fake.rec.problems() == []


class Guest:
    """One person with a channel of their own."""

    def __init__(self, slack: FakeSlack, easel: Easel, is_admin: bool = False) -> None:
        number = next(_numbers)
        self.slack, self.easel = slack, easel
        self.user: User = slack.add_user(f"guest{number}", admin=is_admin)
        self.channel: Channel = slack.add_channel(f"room{number}")

    @property
    def id(self) -> str:
        """As `UserRef.id`."""
        return f"{self.user.team.id}:{self.user.id}"

    async def imagine(self, text: str) -> Message:
        """The card of what a command painted."""
        await self.slash("/imagine", text)
        return await self.card()

    async def slash(self, command: str, text: str) -> Delivery:
        sent = await self.slack.slash(command, text, self.user, self.channel)
        return await self.slack.wait_ack(sent)

    async def press(self, message: Message, element: str, choice: str | None = None) -> Delivery:
        """Presses a button, found by its label or action id."""
        sent = await self.slack.click(message, element, self.user, choice)
        return await self.slack.wait_ack(sent)

    async def choose(self, message: Message, label: str) -> Delivery:
        """Chooses an entry of one of a card's menus."""
        entries = [(action, value) for action, text, value in _entries(message) if text == label]
        assert entries, f"no {label!r} among {[text for _, text, _ in _entries(message)]}"
        return await self.press(message, *entries[0])

    async def dialog(self) -> View:
        return await self.slack.wait_view(user=self.user)

    async def fill_in(self, view: View, **values: Any) -> Delivery:
        return await self.slack.wait_ack(await self.slack.submit_view(view, values))

    async def card(self, number: int = 1, channel: Channel | None = None) -> Message:
        """The n-th message with pictures in the person's channel."""
        found = await self.slack.until(
            lambda: self.cards(channel)[number - 1 :], LIMIT_S, f"card {number}"
        )
        shown: Message = found[0]
        return shown

    def cards(self, channel: Channel | None = None) -> list[Message]:
        said = self.slack.messages(channel or self.channel, by_bot=True)
        return [m for m in said if pictures_in(m)]

    async def whisper(self, part: str) -> Message:
        """What only this person sees and what has these words in it."""

        def found() -> list[Message]:
            said = [m for c in self.slack.channels.values() for m in self.slack.messages(c)]
            return [m for m in said if m.ephemeral_to == self.user.id and part in words_of(m)]

        shown: Message = (await self.slack.until(found, LIMIT_S, f"whisper of {part!r}"))[0]
        return shown

    async def answer(self, part: str, channel: Channel | None = None) -> Message:
        """What everybody in the channel sees and what has these words in it."""
        return await self.slack.wait_message(
            lambda m: m.ephemeral_to is None and part in words_of(m), channel or self.channel
        )

    async def pictures(self, message: Message) -> list[Picture]:
        """Easel's pictures on a card, in order, as its menu names them."""
        values = [value for _, _, value in _entries(message)]
        ids = [v.removeprefix("send:") for v in values if v.startswith("send:")]
        found = [await self.easel.desk.picture(i) for i in ids]
        return [p for p in found if p is not None]


def _entries(message: Message) -> list[tuple[str, str, str]]:
    """(action id, label, value) of every entry of every menu."""
    found = []
    for _, element in message.elements():
        groups = element.get("option_groups") or [element]
        inside = [o for group in groups for o in group.get("options") or ()]
        found += [(element["action_id"], o["text"]["text"], o["value"]) for o in inside]
    return found
