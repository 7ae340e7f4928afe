from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from adapters.slack import message
from adapters.slack.place import Place
from adapters.slack.whispers import Whispers
from adapters.slack.workspaces import connect
from tests.fakes.chat.slack import FakeSlack, Message

PSST = message.Message("psst")


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake
        assert fake.rec.problems() == []


@pytest.fixture
async def whispers(slack: FakeSlack) -> AsyncIterator[Whispers]:
    async with aiohttp.ClientSession() as session:
        yield Whispers(await connect(slack.bot_token, slack.api_base, session), session)


@pytest.fixture
def place(slack: FakeSlack) -> Place:
    return Place(slack.team.id, slack.channel.id, slack.user.id)


def said(slack: FakeSlack) -> list[str]:
    """To whom alone, else where."""
    return [m.ephemeral_to or m.channel.id for m in whispered(slack)]


def whispered(slack: FakeSlack) -> list[Message]:
    every = (m for channel in slack.channels.values() for m in channel.messages.values())
    return [m for m in every if m.text == PSST.text]


async def test_only_the_person_sees_it(slack: FakeSlack, whispers: Whispers, place: Place) -> None:
    await whispers.whisper(place, PSST)

    assert said(slack) == [slack.user.id]


async def test_it_is_said_in_the_thread(slack: FakeSlack, whispers: Whispers, place: Place) -> None:
    root = await slack.say("root")
    await whispers.whisper(replace(place, thread=root.ts), PSST)
    (message,) = whispered(slack)

    assert message.thread_ts == root.ts


async def test_a_command_is_answered_where_the_bot_is_no_member(
    slack: FakeSlack, whispers: Whispers, place: Place
) -> None:
    delivery = await slack.slash("/easel")
    slack.channel.members.discard(slack.team.bot_user)
    url = delivery.payload["response_url"]
    await whispers.whisper(replace(place, response_url=url), PSST)

    assert said(slack) == [slack.user.id]
    assert not slack.rec.find(lambda call: call.route == "chat.postEphemeral")


async def test_without_any_other_way_it_goes_into_the_direct_message(
    slack: FakeSlack, whispers: Whispers, place: Place
) -> None:
    await whispers.whisper(replace(place, channel=""), PSST)
    slack.channel.members.discard(slack.team.bot_user)
    await whispers.whisper(place, PSST)

    assert said(slack) == [slack.im().id, slack.im().id]


async def test_an_old_response_url_is_not_the_end(
    slack: FakeSlack, whispers: Whispers, place: Place
) -> None:
    await whispers.whisper(replace(place, response_url=f"{slack.url}/response/old"), PSST)

    assert said(slack) == [slack.user.id]


async def test_a_whisper_in_doubt_is_not_said_twice(
    slack: FakeSlack, whispers: Whispers, place: Place
) -> None:
    slack.cut(1, "chat.postEphemeral", after=True)
    await whispers.whisper(place, PSST)

    assert said(slack) == [slack.user.id]
