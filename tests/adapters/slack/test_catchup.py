from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from adapters.slack.catchup import Catchup, first_heard
from adapters.slack.channels import KnownChannels
from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from adapters.slack.workspaces import connect
from core.preferences import place_scope
from core.types import (
    Conversation,
    ConversationView,
    Inbound,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
)
from tests.fakes.chat.slack import FakeSlack
from tests.fakes.chat_desk import ChatDesk
from tests.fakes.slack_room import AT_ONCE, LIMIT_S

HERE = ThreadRef("slack", "T1", "C1", "100.1")


def view(*events: str) -> ConversationView:
    user = UserRef("slack", "T1:U1", "Ann")
    turns = tuple(Turn(e, "c", e, user, "words", TurnState.DONE) for e in events)
    return ConversationView(Conversation("c", HERE, "title", None, {}, 50.0), turns, ())


def test_the_first_message_is_found_among_presses() -> None:
    assert first_heard(view("press:7", "C1:100.1", "C1:200.5", "C2:90.1"), HERE) == 100.1


def test_a_conversation_without_messages_was_first_heard_at_its_birth() -> None:
    assert first_heard(view("press:7"), HERE) == 50.0
    assert first_heard(None, HERE) == 0.0


@dataclass(frozen=True, slots=True)
class Away:
    """A bot that is not there yet, and a channel that an earlier one knew."""

    slack: FakeSlack
    desk: ChatDesk

    async def come_back(self, connected_at: float = 0.0) -> list[str]:
        """The words that were received while the bot looked back."""
        team = self.slack.team.id
        scope = place_scope("slack", team)
        await self.desk.set_setting(scope, "channels", self.slack.channel.id)
        if connected_at:
            await self.desk.set_setting(scope, "connected_at", str(connected_at))
        platform = SlackPlatform(
            SlackSettings(api_base=self.slack.api_base),
            self.slack.bot_token,
            self.slack.app_token,
            pace=AT_ONCE,
        )
        serving = asyncio.create_task(platform.serve(self.desk))
        await self.slack.wait_call("conversations.history", LIMIT_S)
        await self.slack.settle(0.2)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return [inbound.text for inbound in self.desk.received]


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[Away]:
    async with FakeSlack(retry_delays=()) as slack:
        desk = ChatDesk(tmp_path)
        yield Away(slack, desk)
        await desk.close()
        assert slack.rec.problems() == []


async def test_a_missed_mention_is_heard_and_other_talk_is_not(away: Away) -> None:
    await away.slack.say("nothing for a bot")
    await away.slack.say("a dog", mention_bot=True)

    assert await away.come_back() == ["a dog"]


async def test_nothing_is_heard_again_from_before_the_line_stood_last(away: Away) -> None:
    asked = await away.slack.say("a dog that was forgotten", mention_bot=True)

    assert await away.come_back(connected_at=float(asked.ts) + 500.0) == []


async def test_a_place_that_cannot_be_read_does_not_hold_the_others_up(away: Away) -> None:
    away.slack.error("missing_scope", 1, "conversations.history")
    await away.slack.say("a dog", mention_bot=True)

    assert await away.come_back() == []


async def test_channels_are_kept_for_the_next_process_and_bounded(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    channels = KnownChannels(desk)
    for number in range(130):
        await channels.note("T1", f"C{number}")
    await channels.note("T1", "C129")
    await channels.note("T1", None)
    kept = await KnownChannels(desk).of("T1")

    assert len(kept) == 100 and kept[-1] == "C129"


async def test_a_look_that_is_wanted_twice_is_done_once(away: Away) -> None:
    async with aiohttp.ClientSession() as session:
        workspaces = await connect(away.slack.bot_token, away.slack.api_base, session)
        channels = KnownChannels(away.desk)
        await channels.note(away.slack.team.id, away.slack.channel.id)
        catchup = Catchup(away.desk, workspaces, channels, None)  # type: ignore[arg-type]
        catchup.look_back()
        catchup.look_back()
        running = asyncio.create_task(catchup.run(lambda: True))
        await away.slack.wait_call("conversations.history", LIMIT_S)
        await away.slack.settle(0.1)
        running.cancel()

    assert len(away.slack.rec.find(lambda c: c.route == "conversations.history")) == 1


async def test_a_reply_that_was_lost_before_a_later_one_was_heard_is_found(away: Away) -> None:
    slack = away.slack
    root = await slack.say("what shall we paint?")
    await slack.say("no idea", thread=root)
    opening = await slack.say("a dog", thread=root, mention_bot=True)
    await slack.say("make it night", thread=root)
    later = await slack.say("and add a moon", thread=root)
    here = ThreadRef("slack", slack.team.id, slack.channel.id, root.ts)
    user = UserRef("slack", f"{slack.team.id}:{slack.user.id}", "Ann")
    for heard in (opening, later):
        await away.desk.receive(Inbound(f"{slack.channel.id}:{heard.ts}", here, user, heard.text))

    heard_words = await away.come_back(connected_at=float(root.ts))

    assert heard_words[2:] == ["make it night"]
