"""Answers over the loopback Discord, with a desk in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.conversation import in_channel
from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from core.preferences import place_scope
from core.types import Answer, Inbound, UserRef
from tests.fakes.chat.discord import FakeDiscord
from tests.fakes.chat_desk import ChatDesk
from tests.fakes.discord_house import shown_by, text_of
from tests.fakes.discord_manners import all_well, quick_discord


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
