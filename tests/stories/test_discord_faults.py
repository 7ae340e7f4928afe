"""Everything that breaks bots on Discord, in the middle of a story: nothing is lost, nothing comes twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.discord.platform import DiscordPlatform
from adapters.discord.settings import DiscordSettings
from core.errors import ConfigError
from tests.fakes.chat.discord import Channel, FakeDiscord, Message
from tests.fakes.chat.transport import Transport, use_transport
from tests.fakes.chat_desk import ChatDesk
from tests.fakes.discord_bot import DiscordBotProcess
from tests.fakes.discord_house import (
    DiscordHouse,
    Person,
    button_of,
    remembered,
    shown_by,
    text_of,
)
from tests.fakes.discord_manners import all_well, quick_discord
from tests.fakes.held_painter import PAINTER, VARIABLE, Gate

SEND = "POST /channels/{channel_id}/messages"
EDIT = "PATCH /channels/{channel_id}/messages/{message_id}"
OPEN_THREAD = "POST /channels/{channel_id}/messages/{message_id}/threads"


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Paintings wait half way until it is opened."""
    gate = Gate(tmp_path)
    monkeypatch.setenv(VARIABLE, str(gate.path))
    return gate


async def half_way(discord: FakeDiscord, ann: Person, text: str) -> tuple[Channel, Message]:
    """A wish whose picture is being painted: its thread and its progress card."""
    said = await discord.say(text, None, ann.user, mentions=[discord.bot])
    thread = await discord.until(lambda: discord.all_channels().get(said.id))
    found = await discord.until(
        lambda: [m for m in discord.messages(thread, by_bot=True) if "Painting" in text_of(m)], 30
    )
    return thread, found[0]


@pytest.mark.parametrize("transport", ["zlib-stream", "zstd-stream"])
async def test_both_transports_carry_a_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transport: Transport
) -> None:
    use_transport(monkeypatch, transport)
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            _, dog = await ann.mention("a cute dog")

        assert "dog" in shown_by(dog)[0]
        assert discord.gateway.transports == [transport]
        assert all_well(discord)


async def test_rate_limits_on_every_route_delay_but_lose_nothing(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            for route in ("PUT", OPEN_THREAD, SEND, EDIT, "/typing"):
                discord.rate_limit(2, retry_after=0.05, match=route)
            thread, dog = await ann.mention("a cute dog")
            night = await ann.say("make it night", thread)

        assert "dog" in shown_by(dog)[0] and "night" in shown_by(night)[0]
        assert ann.answers(thread) == [dog, night]
        assert all_well(discord)


@pytest.mark.parametrize("route", [OPEN_THREAD, SEND, EDIT])
async def test_a_burst_of_server_errors_is_outlived(tmp_path: Path, route: str) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            discord.fail(3, status=503, match=route)
            thread, dog = await ann.mention("a cute dog")

        assert ann.answers(thread) == [dog]
        assert len(discord.messages(thread, by_bot=True)) == 1
        assert all_well(discord)


@pytest.mark.parametrize("route", [OPEN_THREAD, SEND, EDIT])
async def test_an_answer_lost_on_the_way_back_is_not_sent_twice(tmp_path: Path, route: str) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            discord.cut(1, match=route, after=True)
            thread, dog = await ann.mention("a cute dog")
            await ann.say("make it night", thread)

        assert len(discord.threads()) == 1
        assert "dog" in shown_by(dog)[0]
        assert len(discord.messages(thread, by_bot=True)) == 2
        assert all_well(discord)


async def drop(discord: FakeDiscord) -> None:
    await discord.drop_gateway(4000)


async def abort(discord: FakeDiscord) -> None:
    await discord.gateway.abort()


async def reconnect(discord: FakeDiscord) -> None:
    await discord.reconnect_gateway()


@pytest.mark.parametrize("cut", [drop, abort, reconnect])
async def test_the_gateway_is_cut_while_painting_and_while_people_talk(
    tmp_path: Path, gate: Gate, cut: Callable[[FakeDiscord], Awaitable[None]]
) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord, painter=PAINTER).open():
            thread, card = await half_way(discord, ann, "a cute dog")
            await cut(discord)
            await discord.say("make it night", thread, ann.user)
            gate.open()
            night = await ann.answer_in(thread, 1)

        assert "dog" in shown_by(card)[0] and "night" in shown_by(night)[0]
        assert ann.answers(thread) == [card, night]
        assert all_well(discord)


async def test_what_was_said_while_the_session_was_lost_is_read_up(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, bob = Person(discord), Person(discord, discord.add_user("bob"))
        async with DiscordHouse(tmp_path, discord).open():
            thread, dog = await ann.mention("a cute dog")
            await discord.drop_gateway(4000, resumable=False)
            await discord.say("make it night", thread, ann.user)
            said = await discord.say("a cat", None, bob.user, mentions=[discord.bot])
            night = await ann.answer_in(thread, 1)
            second = await discord.until(lambda: discord.all_channels().get(said.id), 30)
            cat = await bob.answer_in(second)

        assert "night" in shown_by(night)[0] and "cat" in shown_by(cat)[0]
        assert ann.answers(thread) == [dog, night]
        assert all_well(discord)


async def test_what_was_said_while_the_bot_was_away_is_answered(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        house, ann = DiscordHouse(tmp_path, discord), Person(discord)
        private = discord.dm_with(discord.user)
        async with house.open() as easel:
            thread, dog = await ann.mention("a cute dog")
            hello = await ann.say("Hi, can you help me?", private)
            await remembered(easel, dog)
        await discord.say("make it night", thread, ann.user)
        await discord.say("a cat", private, ann.user)
        async with house.open():
            night = await ann.answer_in(thread, 1)
            cat = await ann.answer_in(private, 1)

        assert "night" in shown_by(night)[0] and "cat" in shown_by(cat)[0]
        assert (ann.answers(thread), ann.answers(private)) == ([dog, night], [hello, cat])
        assert all_well(discord)


async def test_who_speaks_while_the_bot_wakes_does_not_hide_what_was_said_before(
    tmp_path: Path,
) -> None:
    async with quick_discord() as discord:
        house, ann = DiscordHouse(tmp_path, discord), Person(discord)
        async with house.open():
            thread, dog = await ann.mention("a cute dog")
        await discord.say("make it night", thread, ann.user)
        async with house.open():
            await discord.say("good morning", None, discord.add_user("bob"))
            night = await ann.answer_in(thread, 1)

        assert "night" in shown_by(night)[0]
        assert ann.answers(thread) == [dog, night]
        assert all_well(discord)


async def test_a_dead_link_is_asked_for_again(tmp_path: Path) -> None:
    from tests.stories.test_discord import red_square

    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open() as easel:
            discord.fail(1, status=404, match="cdn")
            thread, answer = await ann.mention("look at this", files=[red_square()])
            pictures = await easel.desk.view(ref(discord, thread))

        assert pictures and len(pictures.turns[0].upload_ids) == 1
        assert text_of(answer)
        assert all_well(discord)


async def test_a_link_that_stays_dead_is_told(tmp_path: Path) -> None:
    from tests.stories.test_discord import red_square

    async with quick_discord() as discord:
        async with DiscordHouse(tmp_path, discord).open():
            discord.fail(9, status=404, match="cdn")
            said = await discord.say("look at this", mentions=[discord.bot], files=[red_square()])
            told = await discord.wait_message(lambda m: "send it again" in m.content)

        assert told["message_reference"]["message_id"] == said.id
        assert discord.threads() == []
        assert all_well(discord)


async def test_a_missing_permission_is_named_and_the_picture_comes_by_direct_message(
    tmp_path: Path,
) -> None:
    async with quick_discord() as discord:
        ann, private = Person(discord), discord.dm_with(discord.user)
        discord.deny("ATTACH_FILES", "ADD_REACTIONS")
        async with DiscordHouse(tmp_path, discord).open():
            await discord.say("a cute dog", mentions=[discord.bot])
            dog = await ann.answer_in(private)

        assert "I need **Attach Files** and **Add Reactions** in #general." in text_of(dog)
        assert "dog" in shown_by(dog)[0]
        assert discord.threads() == []
        assert all_well(discord)


async def test_a_permission_taken_away_half_way_is_named_too(tmp_path: Path, gate: Gate) -> None:
    async with quick_discord() as discord:
        ann, private = Person(discord), discord.dm_with(discord.user)
        async with DiscordHouse(tmp_path, discord, painter=PAINTER).open():
            await half_way(discord, ann, "a cute dog")
            discord.deny("VIEW_CHANNEL", "ATTACH_FILES")
            gate.open()
            dog = await ann.answer_in(private)

        assert "View Channel" in text_of(dog) and "#general" in text_of(dog) or "<#" in text_of(dog)
        assert "dog" in shown_by(dog)[0]
        assert all_well(discord)


async def test_an_answer_without_any_place_ends_and_can_be_asked_for(
    tmp_path: Path, gate: Gate
) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        discord.user.accepts_dms = False
        async with DiscordHouse(tmp_path, discord, painter=PAINTER).open() as easel:
            thread, _ = await half_way(discord, ann, "a cute dog")
            discord.deny("VIEW_CHANNEL")
            gate.open()
            await discord.until(lambda: refused(discord, "POST /users/@me/channels"), 30)
            await outbox_is_empty(easel)
            view = await easel.desk.view(ref(discord, thread))

        assert view and view.pictures[0].sha256
        assert all_well(discord)


async def test_a_card_that_is_deleted_half_way_is_posted_anew(tmp_path: Path, gate: Gate) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord, painter=PAINTER).open():
            thread, card = await half_way(discord, ann, "a cute dog")
            await discord.delete(card)
            gate.open()
            dog = await ann.answer_in(thread)

        assert dog.id != card.id
        assert "dog" in shown_by(dog)[0]
        assert discord.messages(thread, by_bot=True) == [dog]
        assert all_well(discord)


async def test_a_thread_that_is_archived_half_way_opens_again(tmp_path: Path, gate: Gate) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord, painter=PAINTER).open():
            thread, _ = await half_way(discord, ann, "a cute dog")
            await discord.archive(thread)
            gate.open()
            dog = await ann.answer_in(thread)

        assert "dog" in shown_by(dog)[0]
        assert not thread.archived
        assert all_well(discord)


async def test_the_answer_to_a_locked_thread_comes_in_its_channel(
    tmp_path: Path, gate: Gate
) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord, painter=PAINTER).open():
            thread, _ = await half_way(discord, ann, "a cute dog")
            await discord.archive(thread, locked=True)
            gate.open()
            dog = await ann.answer_in(discord.channel)

        assert "locked" in text_of(dog) and "dog" in shown_by(dog)[0]
        assert all_well(discord)


async def test_events_that_come_twice_are_answered_once(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            thread, dog = await ann.mention("a cute dog")
            await discord.slash("imagine", {"prompt": "a cat"})
            await again(discord, "MESSAGE_CREATE")
            await again(discord, "INTERACTION_CREATE")
            cat = await ann.answer_in(discord.channel)
            night = await ann.say("make it night", thread)

        assert ann.answers(thread) == [dog, night]
        assert ann.answers(discord.channel) == [cat]
        assert all_well(discord)


async def test_a_button_of_last_month_works_after_a_restart(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        house, ann = DiscordHouse(tmp_path, discord), Person(discord)
        async with house.open() as easel:
            thread, dog = await ann.mention("a cute dog")
            await remembered(easel, dog)
        discord.age(dog, hours=24 * 30)
        async with house.open():
            pressed = await discord.click(dog, button_of(dog, "vary"))
            await discord.wait_ack(pressed)
            varied = await ann.answer_in(thread, 1)

        assert "dog" in shown_by(varied)[0]
        assert all_well(discord)


@pytest.mark.parametrize("down", ["GET /users/@me", "GET /gateway/bot", "the gateway itself"])
async def test_a_start_that_fails_is_tried_again(tmp_path: Path, down: str) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        discord.fail(1, status=503, match=down)
        discord.gateway.accepting = down.startswith("GET") or ShutAtFirst()
        async with DiscordHouse(tmp_path, discord).open():
            _, dog = await ann.mention("a cute dog")

        assert "dog" in shown_by(dog)[0]
        assert all_well(discord)


@pytest.mark.parametrize("lost", ["the request", "the answer"])
async def test_a_lost_acknowledgement_is_made_good(tmp_path: Path, lost: str) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            await discord.wait_commands("imagine")
            discord.cut(1, match="/callback", after=lost == "the answer")
            await discord.slash("imagine", {"prompt": "a cute dog"})
            dog = await ann.answer_in(discord.channel)

        assert "dog" in shown_by(dog)[0]
        assert discord.messages(by_bot=True) == [dog]
        assert all_well(discord)


async def test_a_result_that_discord_refuses_ends_the_card(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open() as easel:
            refusal = {"message": "Invalid Form Body", "code": 50035}
            discord.fail(9, status=400, body=refusal, match=lambda call: bool(call.files))
            thread, card = await ann.mention("a cute dog")
            await outbox_is_empty(easel)

        assert "Ask for it with /show" in text_of(card)
        assert ann.answers(thread) == [card]
        assert all_well(discord)


async def test_a_wrong_token_says_what_to_do(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        at = DiscordSettings(True, discord.api_base, discord.gateway_url)
        platform = DiscordPlatform(at, "wrong")

        with pytest.raises(ConfigError, match="Reset Token"):
            await platform.serve(ChatDesk(tmp_path))

        assert not platform.connected


async def test_commands_are_registered_only_when_they_changed(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        house = DiscordHouse(tmp_path, discord)
        for _ in range(2):
            async with house.open():
                await discord.wait_commands("imagine")
                await Person(discord).mention("Hi, can you help me?")
        sent = [
            call for call in discord.rec.calls if call.method == "PUT" and "commands" in call.path
        ]

        assert len(sent) == 1
        assert all_well(discord)


async def test_without_the_message_content_intent_mentions_and_replies_work(
    tmp_path: Path,
) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        discord.gateway.allowed_privileged = 0
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, dog = await ann.mention("a cute dog")
            await remembered(easel, dog)
            await discord.say("this nobody reads", thread, ann.user)
            night = await ann.say("make it night", thread, reply_to=dog)

        assert "night" in shown_by(night)[0]
        assert ann.answers(thread) == [dog, night]
        assert any("tell" in b.get("custom_id", "") for b in dog.buttons())
        assert all_well(discord)


STEPS = {
    "the thread was made": (OPEN_THREAD, True),
    "the card was posted": (SEND, True),
    "the card is edited": (EDIT, False),
}


@pytest.mark.parametrize("step", STEPS)
async def test_kill_9_at_each_step_loses_nothing_and_doubles_nothing(
    tmp_path: Path, step: str
) -> None:
    route, after = STEPS[step]
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordBotProcess(tmp_path, discord) as bot:
            discord.cut(9, match=route, after=after)
            said = await discord.say("a cute dog", mentions=[discord.bot])
            await discord.wait_for(lambda call: route == f"{call.method} {call.route}", 30)
            await bot.kill()
        discord.faults.clear()
        async with DiscordBotProcess(tmp_path, discord):
            thread = await discord.until(lambda: discord.all_channels().get(said.id), 30)
            dog = await ann.answer_in(thread)
            night = await ann.say("make it night", thread)

        assert "dog" in shown_by(dog)[0] and "night" in shown_by(night)[0]
        assert discord.messages(thread, by_bot=True) == [dog, night]
        assert all_well(discord)


# -- what happened -----------------------------------------------------------------------------------


def ref(discord: FakeDiscord, thread: Channel) -> object:
    from core.types import ThreadRef

    return ThreadRef("discord", discord.guild.id, discord.channel.id, thread.id)


def refused(discord: FakeDiscord, route: str) -> bool:
    return any(route in f"{call.method} {call.route}" for call in discord.rec.calls)


class ShutAtFirst:
    """False the first time it is asked."""

    def __init__(self) -> None:
        self._asked = 0

    def __bool__(self) -> bool:
        self._asked += 1
        return self._asked > 1


async def outbox_is_empty(easel: object) -> None:
    async with asyncio.timeout(30):
        while True:
            if not await easel.store.pending_answers():
                return
            await asyncio.sleep(0.01)


async def again(discord: FakeDiscord, event: str) -> None:
    """The gateway repeats the latest event of this kind."""
    for session in list(discord.gateway.sessions.values()):
        latest = [e for e in session.log if e["t"] == event]
        if latest and session.connection:
            await discord.gateway._push(session, event, latest[-1]["d"])
