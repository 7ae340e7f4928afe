"""Easel on Slack that dies or goes away in the middle of a talk: the next one answers what was left, once."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from adapters.slack.place import PLATFORM
from core.types import ThreadRef
from tests.fakes.chat.slack import Channel, FakeSlack, Message
from tests.fakes.slack_bot import SlackBot
from tests.fakes.slack_house import HTTP, SOCKET, SlackHouse, captions_in, pictures_in

DEATHS = ("reactions.add", "chat.postMessage", "files.completeUploadExternal")
WISHES = ("a cute dog", "a castle", "a red fox", "a rocket")
LIMIT_S = 30.0


def ours(channel: Channel, slack: FakeSlack) -> list[Message]:
    return [m for m in slack.messages(channel, by_bot=True) if not m.ephemeral_to]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def answered(slack: FakeSlack, asked: Message) -> None:
    await slack.until(
        lambda: [m for m in slack.replies(asked) if pictures_in(m)], LIMIT_S, f"{asked.text}"
    )


async def test_killed_at_any_step_it_answers_once_after_its_restart(tmp_path: Path) -> None:
    async with FakeSlack(retry_delays=(0.2, 0.5)) as slack:
        art = slack.add_channel("art")
        waiting: list[Message] = []
        for death, wish in zip((*DEATHS, ""), WISHES, strict=True):
            async with SlackBot(slack, tmp_path) as bot:
                for asked in waiting:
                    await answered(slack, asked)
                since = len(slack.rec.calls)
                waiting.append(await slack.say(wish, art, mention_bot=True))
                if death:
                    await slack.wait_call(death, LIMIT_S, since)
                    await bot.kill()
                else:
                    await answered(slack, waiting[-1])
        shown = ours(art, slack)

    assert [len([m for m in shown if m.thread_ts == asked.ts]) for asked in waiting] == [1] * 4
    assert all(len(pictures_in(message)) == 1 for message in shown)
    assert slack.rec.problems() == []


async def test_killed_before_the_very_first_mention_was_kept_it_hears_it_again(
    tmp_path: Path,
) -> None:
    async with FakeSlack(retry_delays=(0.2, 0.5)) as slack:
        async with SlackBot(slack, tmp_path) as bot:
            slack.slow(30.0, match="users.info")
            asked = await slack.say("a cute dog", slack.add_channel("new"), mention_bot=True)
            await slack.until(lambda: not slack.faults[-1].left, LIMIT_S, "a question for the name")
            await bot.kill()
        async with SlackBot(slack, tmp_path):
            await answered(slack, asked)
            (dog,) = ours(asked.channel, slack)

    assert "dog" in captions_in(dog)[0] and slack.rec.problems() == []


async def test_killed_behind_signed_requests_it_answers_once_after_its_restart(
    tmp_path: Path,
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}/slack/events"
    async with FakeSlack(retry_delays=(0.2, 0.5), request_url=address) as slack:
        async with SlackBot(slack, tmp_path, port) as bot:
            asked = await slack.say("a cute dog", mention_bot=True)
            await slack.wait_call("files.completeUploadExternal", LIMIT_S)
            await bot.kill()
        async with SlackBot(slack, tmp_path, port):
            await answered(slack, asked)
            (dog,) = ours(slack.channel, slack)

    assert "dog" in captions_in(dog)[0] and slack.rec.problems() == []


@pytest.mark.parametrize("mode", [SOCKET, HTTP])
async def test_what_was_said_while_it_was_away_is_found_and_answered(
    tmp_path: Path, mode: str
) -> None:
    async with FakeSlack(retry_delays=()) as slack:
        house = SlackHouse(slack, tmp_path, mode)
        art, dave = slack.add_channel("art"), slack.add_user("dave")
        async with house.open():
            root = await slack.say("a cute dog", art, mention_bot=True)
            await house.answer(root)
            await house.answer(await slack.say("a castle", slack.im(dave), dave))
        missed = [
            await slack.say("make it a cat", art, thread=root),
            await slack.say("a red fox", art, mention_bot=True),
            await slack.say("make it snow", slack.im(dave), dave),
        ]
        await slack.say("nothing for a bot", art)
        async with house.open() as easel:
            cat, fox, snow = [(await house.answers(m))[-1] for m in missed]
            thread = ThreadRef(PLATFORM, slack.team.id, art.id, root.ts)
            view = await easel.desk.view(thread)

    assert view and [turn.text for turn in view.turns] == ["a cute dog", "make it a cat"]
    assert "cat" in captions_in(cat)[0] and "fox" in captions_in(fox)[0]
    assert "snow" in captions_in(snow)[0]
    assert len(ours(art, slack)) == 3 and slack.rec.problems() == []
