"""Many people talking with a bot on a loopback server at the same time, and what they see of it."""

from __future__ import annotations

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.chat.calls import Call
from tests.fakes.chat.discord import Channel as DiscordChannel
from tests.fakes.chat.discord import FakeDiscord, Interaction
from tests.fakes.chat.server import FakeServer
from tests.fakes.chat.slack import Channel as SlackChannel
from tests.fakes.chat.slack import Delivery, FakeSlack

COMMAND = "imagine"
COMMAND_EVERY = 5  # of the messages of a conversation, one is a command
TAG = re.compile(r"\b\d{3}-\d{3}\b")
UNFINISHED = "easel:cancel"  # a card with this button is not an answer yet
LOOK_EVERY_S = 0.05


@dataclass
class Ask:
    """One message of the load; times are seconds on the server's clock."""

    tag: str  # in its words, and so in its answer
    sent: float
    acknowledged: float | None = None
    signed: float | None = None  # the first thing a person sees
    answered: float | None = None
    shown: int = 0  # messages that answer it, at the end


@dataclass
class Crowd(ABC):
    """People of `count` conversations; `asks` fills while they talk."""

    server: FakeServer
    picture: str  # what marks an answer in a request's body; "" for an echo
    asks: dict[str, Ask] = field(default_factory=dict)
    _seen: int = 0

    @abstractmethod
    def settle_in(self, count: int) -> None:
        """Makes the people and their places."""

    @abstractmethod
    async def say(self, who: int, turn: int, words: str, tag: str) -> None:
        """One message, or command, of one conversation."""

    @abstractmethod
    def sign(self, call: Call) -> str | None:
        """The tag of the message that this request is a first answer to."""

    @abstractmethod
    def visible(self) -> Iterator[str]:
        """All messages of the bot, as JSON."""

    async def talk(self, who: int, turns: int, start: float, every: float) -> None:
        """A conversation by the clock, whether the bot keeps up or not."""
        for turn in range(turns):
            await asyncio.sleep(max(0.0, start + turn * every - self.server.rec.elapsed()))
            tag = f"{who:03d}-{turn:03d}"
            words = f"exactly: a red dog number {tag}"
            self.asks[tag] = Ask(tag, self.server.rec.elapsed())
            await self.say(who, turn, words, tag)

    async def watch(self) -> None:
        """Notes signs and answers as they come; to be cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        calls = self.server.rec.calls
        while self._seen < len(calls) and calls[self._seen].status:
            call = calls[self._seen]
            self._seen += 1
            if call.method != "WS" and call.status < 300:
                self._note(call)

    def _note(self, call: Call) -> None:
        tag = self.sign(call)
        if tag in self.asks and self.asks[tag].signed is None:
            self.asks[tag].signed = call.at
        for found in self._answered(json.dumps(call.body, default=str)):
            if found in self.asks and self.asks[found].answered is None:
                ask = self.asks[found]
                ask.answered = call.at
                ask.signed = ask.signed or call.at

    def _answered(self, text: str) -> set[str]:
        finished = self.picture in text and UNFINISHED not in text
        return set(TAG.findall(text)) if finished else set()

    def open_asks(self) -> list[Ask]:
        return [ask for ask in self.asks.values() if ask.answered is None]

    def count_answers(self) -> None:
        for text in self.visible():
            for tag in self._answered(text):
                if tag in self.asks:
                    self.asks[tag].shown += 1


class DiscordCrowd(Crowd):
    server: FakeDiscord

    def settle_in(self, count: int) -> None:
        names = [f"person{i}" for i in range(count)]
        self._users = [self.server.add_user(name) for name in names]
        self._channels = [self.server.add_channel(f"room-{i}") for i in range(count)]
        self._asked_by_message: dict[str, str] = {}
        self._latest: dict[str, str] = {}  # by channel
        self._commands: dict[str, tuple[str, Interaction]] = {}  # by token

    def _place(self, who: int) -> DiscordChannel:
        """The thread of the conversation, where the bot made one."""
        threads = self.server.threads(self._channels[who])
        return threads[0] if threads else self._channels[who]

    async def say(self, who: int, turn: int, words: str, tag: str) -> None:
        user, place = self._users[who], self._place(who)
        if turn % COMMAND_EVERY == COMMAND_EVERY - 1:
            options = {"prompt": words}
            asked = await self.server.slash(COMMAND, options, user, place, check=False)
            self._commands[asked.token] = (tag, asked)
            return
        mentions = [] if turn else [self.server.bot]
        self._latest[place.id] = tag
        message = await self.server.say(words, place, user, mentions=mentions)
        self._asked_by_message[message.id] = tag

    def sign(self, call: Call) -> str | None:
        token = call.params.get("interaction_token")
        if token in self._commands:
            tag, asked = self._commands[token]
            self.asks[tag].acknowledged = self.asks[tag].sent + (asked.ack_seconds or 0.0)
            return tag
        message, channel = call.params.get("message_id", ""), call.params.get("channel_id", "")
        shown = call.method in ("POST", "PUT")
        by_place = self._latest.get(channel) if shown and message == "" else None
        return self._asked_by_message.get(message) or by_place

    def visible(self) -> Iterator[str]:
        for channel in self.server.all_channels().values():
            for message in self.server.messages(channel, by_bot=True):
                yield json.dumps(message)


class SlackCrowd(Crowd):
    server: FakeSlack

    def settle_in(self, count: int) -> None:
        self._users = [self.server.add_user(f"person{i}") for i in range(count)]
        self._channels: list[SlackChannel] = []
        for i, user in enumerate(self._users):
            channel = self.server.add_channel(f"room-{i}")
            channel.members &= {user.id, self.server.team.bot_user}
            self._channels.append(channel)
        self._roots: dict[int, str] = {}
        self._by_ts: dict[str, str] = {}
        self._commands: list[tuple[str, Delivery]] = []

    async def say(self, who: int, turn: int, words: str, tag: str) -> None:
        user, channel = self._users[who], self._channels[who]
        if turn % COMMAND_EVERY == COMMAND_EVERY - 1:
            sent = await self.server.slash(f"/{COMMAND}", words, user, channel)
            self._commands.append((tag, sent))
            return
        root = self._roots.get(who)
        message = await self.server.say(words, channel, user, root, mention_bot=root is None)
        self._roots.setdefault(who, message.ts)
        self._by_ts[message.ts] = tag

    def sign(self, call: Call) -> str | None:
        body: dict[str, Any] = call.body if isinstance(call.body, dict) else {}
        return self._by_ts.get(str(body.get("timestamp", "")))

    def count_answers(self) -> None:
        super().count_answers()
        for tag, sent in self._commands:
            self._acknowledge(tag, sent)
        for delivery in self.server.deliveries:
            event = delivery.payload.get("event", {})
            if event.get("ts") in self._by_ts:
                self._acknowledge(self._by_ts[event["ts"]], delivery)

    def _acknowledge(self, tag: str, delivery: Delivery) -> None:
        """Of a mention, which comes as two events, the slower one counts."""
        ask = self.asks[tag]
        if delivery.ack_seconds is not None:
            ask.acknowledged = max(ask.acknowledged or 0.0, ask.sent + delivery.ack_seconds)

    def visible(self) -> Iterator[str]:
        for channel in self.server.channels.values():
            for message in self.server.messages(channel, by_bot=True):
                yield json.dumps(message)
