"""Answers over the loopback Discord, with a desk in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.conversation import direct, in_channel
from adapters.discord.origin import Origin, nonce_of, snowflake_at
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from core.errors import BadInput
from core.preferences import place_scope
from core.types import Answer, Inbound, Turn, TurnState, UserRef
from tests.fakes.chat.discord import FakeDiscord
from tests.fakes.chat.rest import Rest
from tests.fakes.chat_desk import ChatDesk
from tests.fakes.discord_house import shown_by, text_of
from tests.fakes.discord_manners import all_well, quick_discord

COMPONENTS_V2 = 1 << 15


@asynccontextmanager
async def serving(discord: FakeDiscord, desk: ChatDesk) -> AsyncIterator[DiscordPlatform]:
    settings = DiscordSettings(True, discord.api_base, discord.gateway_url)
    platform = DiscordPlatform(settings, discord.token, pace_s=0)
    task = asyncio.create_task(platform.serve(desk))
    await discord.wait_ready()
    yield platform
    task.cancel()
    await asyncio.wait([task], timeout=10)
    await desk.close()


async def answered(discord: FakeDiscord, desk: ChatDesk, text: str) -> Answer:
    """A finished turn of the channel's own conversation, not yet delivered."""
    thread = in_channel(discord.guild.id, discord.channel.id)
    await desk.receive(Inbound("1", thread, UserRef("discord", discord.user.id, "Ann"), text))
    async with asyncio.timeout(10):
        while True:
            if desk.answers:
                break
            await asyncio.sleep(0)
    answer = desk.answers[0]
    return replace(answer, turn=replace(answer.turn, created_at=time.time()))


@pytest.mark.parametrize("history_shows_nonce", [True, False])
async def test_after_a_doubt_the_answer_is_found_in_the_channel(
    tmp_path: Path, history_shows_nonce: bool
) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord:
        discord.nonce_window, discord.history_shows_nonce = 0.0, history_shows_nonce
        async with serving(discord, desk) as platform:
            answer = await answered(discord, desk, "a dog")
            first = await platform.deliver(answer)
            desk.kept.clear()
            again = await platform.deliver(replace(answer, doubtful=True))

        assert first == again
        assert [m.id for m in discord.messages(by_bot=True)] == [first]
        assert all_well(discord)


async def test_the_same_answer_again_shows_nothing_new(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord, serving(discord, desk) as platform:
        answer = await answered(discord, desk, "four cats")
        first = await platform.deliver(answer)
        again = await platform.deliver(answer)

        (message,) = discord.messages(by_bot=True)
        assert first == again == message.id
        assert len(shown_by(message)) == len(message.files) == 4
        assert desk.kept[f"{answer.turn.id}:0"].picture_ids == tuple(p.id for p in answer.pictures)
        assert all_well(discord)


async def test_an_answer_replaces_a_card_whose_sending_nobody_saw_end(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord, serving(discord, desk) as platform:
        answer = await answered(discord, desk, "a dog")
        card = {"flags": COMPONENTS_V2, "components": [{"type": 10, "content": "On it…"}]}
        nonce = {"nonce": nonce_of(f"{answer.turn.id}:0"), "enforce_nonce": True}
        path = f"/channels/{discord.channel.id}/messages"
        sent = await Rest(discord, discord.token)("POST", path, card | nonce)

        shown = await platform.deliver(answer)

        (message,) = discord.messages(by_bot=True)
        assert shown == message.id == sent.body["id"]
        assert "dog" in shown_by(message)[0]
        assert "On it" not in text_of(message)


async def test_a_long_answer_comes_in_several_messages_each_once(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord, serving(discord, desk) as platform:
        answer = await answered(discord, desk, "hello")
        long = replace(answer.turn.parts[0], text="A sentence of some words. " * 400)
        answer = replace(answer, turn=replace(answer.turn, parts=(long,)))
        await platform.deliver(answer)
        await platform.deliver(replace(answer, doubtful=True))

        messages = discord.messages(by_bot=True)
        assert len(messages) == 3
        assert "".join(map(text_of, messages)).count("A sentence") == 400
        assert [post.message for post in await desk.posts(answer.turn.id)] == [
            m.id for m in messages
        ]
        assert all_well(discord)


async def test_pictures_are_hidden_where_the_channel_wants_it(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord, serving(discord, desk) as platform:
        scope = place_scope("discord", discord.guild.id, discord.channel.id)
        await desk.set_setting(scope, "spoiler", "on")
        await platform.deliver(await answered(discord, desk, "a dog"))

        (message,) = discord.messages(by_bot=True)
        assert [item["spoiler"] for item in message.gallery()] == [True]
        assert all_well(discord)


async def test_the_platform_says_whether_its_line_stands(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord:
        async with serving(discord, desk) as platform:
            await discord.until(lambda: platform.connected)
            await answered(discord, desk, "a dog")
            while_serving = platform.connected

        assert while_serving
        assert not platform.connected


async def test_an_answer_too_late_for_a_group_comes_by_direct_message(tmp_path: Path) -> None:
    desk = ChatDesk(tmp_path)
    async with quick_discord() as discord, serving(discord, desk) as platform:
        group = discord.add_group(discord.user)
        answer = await answered(discord, desk, "a dog")
        asked = str(snowflake_at(time.time() - 3600))
        origin = Origin(group.id, interaction=asked, token="dead", card="1", by_token=True)
        turn = replace(answer.turn, origin=origin.to_json())

        shown = await platform.deliver(replace(answer, thread=direct(group.id), turn=turn))

        (message,) = discord.messages(discord.dm_with(discord.user), by_bot=True)
        assert message.id == shown
        assert "dog" in shown_by(message)[0]
        assert all_well(discord)


async def test_a_correction_that_is_refused_is_answered(tmp_path: Path) -> None:
    class Strict(ChatDesk):
        async def amend(self, turn_id: str, text: str) -> bool:
            raise BadInput("That is too long for me.")

        async def turn_of_event(self, platform: str, event_id: str) -> Turn | None:
            turn = await super().turn_of_event(platform, event_id)
            return replace(turn, state=TurnState.ACCEPTED) if turn else None

    desk = Strict(tmp_path)
    desk.hold()
    async with quick_discord() as discord, serving(discord, desk):
        direct_messages = discord.dm_with(discord.user)
        said = await discord.say("a dog", direct_messages)
        await discord.until(lambda: desk.received)

        await discord.edit(said, "a dog " * 300)

        await discord.until(
            lambda: [
                m
                for m in discord.messages(direct_messages, by_bot=True)
                if m.content == "That is too long for me."
            ]
        )
        assert all_well(discord)
