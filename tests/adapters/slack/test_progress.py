"""Signs of life, between a loopback Slack and a desk that can be held half way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.slack.progress import Pace
from core.types import Post, Progress, Stage
from tests.fakes.slack_house import pictures_in, words_of
from tests.fakes.slack_room import AT_ONCE, Room, slack_room


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with slack_room(tmp_path) as opened:
        yield opened


async def test_a_card_with_a_way_to_stop_comes_first_and_becomes_the_answer(room: Room) -> None:
    room.desk.hold()
    asked = await room.slack.say("a dog", mention_bot=True)
    (card,) = await room.posts(room.slack.channel, 1)
    await room.slack.until(lambda: "4/8" in words_of(card))
    assert card.thread_ts == asked.ts and card.element("Cancel") and asked.reactions == {"eyes": 1}

    room.desk.release()
    answer = await room.over(asked)

    assert answer is card and len(pictures_in(card)) == 1
    assert asked.reactions == {"white_check_mark": 1}


async def test_a_turn_that_fails_ends_in_a_cross_and_a_sentence(room: Room) -> None:
    asked = await room.slack.say("fail a dog", mention_bot=True)
    answer = await room.over(asked)

    assert asked.reactions == {"x": 1} and "broke" in words_of(answer)


async def test_the_place_in_the_queue_is_a_status_in_direct_messages(room: Room) -> None:
    home = room.slack.im()
    room.desk.hold()
    asked = await room.slack.say("a dog", home)
    key = (home.id, asked.ts)
    await room.slack.until(lambda: "painting" in room.slack.status.get(key, ""))
    (thread, _), *_ = await room.desk.threads("slack")
    view = await room.desk.view(thread)
    assert view
    await room.platform.show(Progress(thread, view.turns[0].id, Stage.QUEUED, position=2))
    await room.slack.until(lambda: room.slack.status[key] == "is in line: 3rd")
    room.desk.release()
    answer = await room.over(asked)
    assert len(pictures_in(answer)) == 1
    await room.slack.until(lambda: room.slack.status[key] == "")


async def test_a_status_is_said_again_before_slack_takes_it_away(tmp_path: Path) -> None:
    async with slack_room(tmp_path, replace(AT_ONCE, status_every_s=0.05)) as room:
        home = room.slack.im()
        room.desk.hold()
        asked = await room.slack.say("a dog", home)
        key = (home.id, asked.ts)
        await room.slack.until(lambda: "50 %" in room.slack.status.get(key, ""))
        known = len(room.slack.rec.calls)
        for _ in range(2):
            again = await room.slack.wait_call("assistant.threads.setStatus", since=known)
            assert again.body["status"] == room.slack.status[key] == "is painting, 50 %"
            known = again.n + 1
        room.desk.release()
        await room.over(asked)


async def test_words_grow_as_a_stream_in_the_agent_view(tmp_path: Path) -> None:
    async with slack_room(tmp_path, pace_s=0.1) as room:
        home = room.slack.im()
        ts = await room.slack.open_assistant()
        asked = await room.slack.say("hello", home, thread=ts)
        await room.slack.until(lambda: asked.reactions.get("white_check_mark"), 10.0)
        routes = [c.route for c in room.slack.rec.calls if "chat." in c.route]
        (answer,) = [m for m in room.slack.messages(home, by_bot=True) if m.thread_ts == ts][-1:]

        assert routes[0] == "chat.startStream" and routes[-1] == "chat.stopStream"
        assert routes.count("chat.appendStream") >= 3
        assert answer.text.startswith("Hello! I paint") and answer["metadata"]["event_payload"]
        assert answer.get("edited") is None


async def test_a_stream_becomes_the_card_and_the_answer_when_pictures_come(tmp_path: Path) -> None:
    async with slack_room(tmp_path, pace_s=0.1) as room:
        home = room.slack.im()
        ts = await room.slack.open_assistant()
        asked = await room.slack.say("a dog", home, thread=ts)
        answer = await room.over(asked)

        assert len(pictures_in(answer)) == 1 and answer.thread_ts == ts
        ours = [m for m in room.slack.messages(home, by_bot=True) if m.ts > asked.ts]
        assert ours == [answer]


async def test_a_stream_whose_piece_is_lost_ends_in_the_whole_answer(tmp_path: Path) -> None:
    async with slack_room(tmp_path, pace_s=0.1) as room:
        home = room.slack.im()
        ts = await room.slack.open_assistant()
        room.slack.cut(1, "chat.startStream", after=True)
        room.slack.cut(1, "chat.appendStream", after=True)
        asked = await room.slack.say("hello", home, thread=ts)
        answer = await room.over(asked)
        ours = [m for m in room.slack.messages(home, by_bot=True) if m.ts > asked.ts]

        assert ours == [answer]
        assert words_of(answer).count("Hello! I paint") >= 1 and "make it night" in words_of(answer)


async def test_words_grow_in_an_edited_card_in_a_channel(tmp_path: Path) -> None:
    async with slack_room(tmp_path, pace_s=0.1) as room:
        asked = await room.slack.say("hello", mention_bot=True)
        answer = await room.over(asked)

        assert len(answer.versions) >= 2 and "make it night" in words_of(answer)
        assert not [c for c in room.slack.rec.calls if "Stream" in c.route]


async def test_edits_keep_their_pace(tmp_path: Path) -> None:
    async with slack_room(
        tmp_path, replace(AT_ONCE, edit_every_s=3600.0, stream_every_s=3600.0), pace_s=0.02
    ) as room:
        asked = await room.slack.say("a dog", mention_bot=True)
        answer = await room.over(asked)

        assert len(answer.versions) == 1 and len(pictures_in(answer)) == 1


async def test_a_quick_answer_needs_no_card(tmp_path: Path) -> None:
    async with slack_room(tmp_path, Pace(card_after_s=3600.0)) as room:
        asked = await room.slack.say("hello", mention_bot=True)
        answer = await room.over(asked)

        assert answer.versions == []


async def test_a_correction_counts_and_a_deletion_stops_the_turn(room: Room) -> None:
    room.desk.hold()
    asked = await room.slack.say("a dog", mention_bot=True)
    await room.posts(room.slack.channel, 1)
    await room.slack.edit(asked, "<@" + room.slack.team.bot_user + "> a big dog")
    await room.slack.until(lambda: room.desk.amended)
    await room.slack.delete(asked)
    await room.slack.until(lambda: room.desk.stopped)

    assert room.desk.amended == [(room.desk.stopped[0], "a big dog")]


async def test_a_card_that_was_posted_before_a_restart_becomes_the_answer(room: Room) -> None:
    room.desk.hold()
    asked = await room.slack.say("a dog", mention_bot=True)
    (card,) = await room.posts(room.slack.channel, 1)
    (key,) = await room.slack.until(lambda: list(room.desk.kept))
    posts: list[Post] = [room.desk.kept.pop(key)]  # the process died before it could be noted
    office = room.platform._office
    assert office and posts[0].message == card.ts
    office.courier._posts._latest.clear()
    office.courier._posts._doubts.add(key)
    room.desk.release()
    answer = await room.over(asked)

    assert answer is card and len(await room.posts(room.slack.channel, 1)) == 1


async def test_edits_that_slack_limits_do_not_hold_the_answer_up(room: Room) -> None:
    room.slack.rate_limit(1, 1, "chat.update")
    asked = await room.slack.say("a dog", mention_bot=True)
    answer = await room.over(asked)

    assert len(pictures_in(answer)) == 1


def test_the_pace_is_slacks_own() -> None:
    assert Pace().edit_every_s >= 3.0 and Pace().status_every_s < 120.0 and Pace() != AT_ONCE


async def test_a_place_in_line_is_shown_now_and_then_and_its_end_at_once(tmp_path: Path) -> None:
    async with slack_room(tmp_path, replace(AT_ONCE, wait_every_s=3600.0)) as room:
        room.desk.hold()
        await room.slack.say("a dog", mention_bot=True)
        (card,) = await room.posts(room.slack.channel, 1)
        await room.slack.until(lambda: "4/8" in words_of(card))
        (post,) = [p for p in room.desk.kept.values() if p.message == card.ts]
        turn = await room.desk.turn(post.turn_id)
        (thread, _), *_ = await room.desk.threads("slack")
        assert turn

        for position in (9, 8, 7, 6):
            await room.platform.show(Progress(thread, turn.id, Stage.QUEUED, position=position))
            await room.slack.until(lambda: "in line" in words_of(card))
            await room.slack.settle(0.05)
        queued = len(card.versions)
        assert "Number 10 in line" in words_of(card)
        await room.platform.show(Progress(thread, turn.id, Stage.PAINTING, step=5, steps=8))
        await room.slack.until(lambda: "5/8" in words_of(card))

        assert len(card.versions) == queued + 1
        room.desk.release()


async def test_the_cards_of_a_workspace_share_one_pace(tmp_path: Path) -> None:
    async with slack_room(tmp_path, replace(AT_ONCE, gap_s=3600.0), pace_s=0.02) as room:
        for words in ("a dog", "a cat", "a fox"):
            asked = await room.slack.say(words, mention_bot=True)
            answer = await room.over(asked)
            assert len(pictures_in(answer)) == 1
        edits = room.slack.rec.find(lambda call: call.route == "chat.update")

        assert len(edits) <= 3 + 1
