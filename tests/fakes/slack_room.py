"""The Slack adapter between a loopback Slack and a desk in memory: quick, and every turn can be held half way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.slack.platform import SlackPlatform
from adapters.slack.progress import Pace
from adapters.slack.settings import SlackSettings
from tests.fakes.chat.slack import Channel, FakeSlack, Message
from tests.fakes.chat_desk import ChatDesk
from tests.fakes.slack_house import EAGER

AT_ONCE = Pace(0.0, edit_every_s=0.0, wait_every_s=0.0, gap_s=0.0, stream_every_s=0.0)
LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Room:
    slack: FakeSlack
    desk: ChatDesk
    platform: SlackPlatform

    async def posts(self, channel: Channel, count: int) -> list[Message]:
        """The bot's messages there that everybody sees, once there are so many."""

        def enough() -> list[Message]:
            seen = [m for m in self.slack.messages(channel, by_bot=True) if not m.ephemeral_to]
            return seen if len(seen) >= count else []

        found: list[Message] = await self.slack.until(enough, LIMIT_S, f"{count} posts")
        return found

    async def over(self, asked: Message) -> Message:
        """The answer to a message in a channel, once its signs say that it is the answer."""
        await self.slack.until(
            lambda: {"white_check_mark", "x"} & set(asked.reactions), LIMIT_S, asked.text
        )
        return next(m for m in self.slack.messages(asked.channel, by_bot=True) if m.ts > asked.ts)


@asynccontextmanager
async def slack_room(
    folder: Path, pace: Pace = AT_ONCE, pace_s: float = 0.0
) -> AsyncIterator[Room]:
    """At the end every call must have kept Slack's rules."""
    async with FakeSlack(retry_delays=(0.0, 0.2)) as slack:
        desk = ChatDesk(folder, pace_s)
        platform = SlackPlatform(
            SlackSettings(api_base=slack.api_base),
            slack.bot_token,
            slack.app_token,
            slack.signing_secret,
            pace,
            EAGER,
        )
        desk.attend(platform)
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(platform.serve(desk))
            await platform.started.wait()
            try:
                yield Room(slack, desk, platform)
            finally:
                await desk.close()
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving
        assert slack.rec.problems() == []
