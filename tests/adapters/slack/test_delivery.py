"""Answers on a loopback Slack that refuses one thing or another."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.slack.client import Refused
from adapters.slack.place import Place
from core.errors import Undeliverable
from core.types import Answer, PictureState, TextPart, TurnState, UserRef
from tests.fakes.chat.slack import Message
from tests.fakes.slack_house import captions_in, pictures_in, words_of
from tests.fakes.slack_room import Room, slack_room


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Room]:
    monkeypatch.setattr("adapters.slack.uploads.READY_PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr("adapters.slack.client._PAUSES_S", (0.0, 0.0))
    async with slack_room(tmp_path) as opened:
        yield opened


async def painted(room: Room, text: str = "a dog") -> tuple[Answer, Message]:
    """A turn that was answered, and the message that shows it."""
    asked = await room.slack.say(text, mention_bot=True)
    shown = await room.over(asked)
    return room.desk.answers[-1], shown


def anew(answer: Answer, **turn: object) -> Answer:
    """The same answer as one to another turn, as after another message."""
    changed = replace(answer.turn, id=f"{answer.turn.id}x", **turn)  # type: ignore[arg-type]
    return replace(answer, key=changed.id, turn=changed)


async def test_the_same_answer_again_shows_nothing_new(room: Room) -> None:
    answer, shown = await painted(room)
    again = await room.platform.deliver(replace(answer, doubtful=True))

    assert again == shown.ts and len(room.slack.messages(by_bot=True)) == 1


async def test_pictures_are_uploaded_once_however_often_they_are_shown(room: Room) -> None:
    answer, _ = await painted(room)
    await room.platform.deliver(answer)
    await room.platform.deliver(anew(answer))

    assert len(room.slack.rec.find(lambda call: call.route == "upload")) == 1


async def test_an_answer_too_long_for_one_message_comes_in_several_and_only_once(
    room: Room,
) -> None:
    answer, _ = await painted(room)
    long = anew(answer, parts=(TextPart("many words. " * 2500),))
    first = await room.platform.deliver(long)
    again = await room.platform.deliver(replace(long, doubtful=True))
    messages = room.slack.messages(by_bot=True)[1:]

    assert first == again == messages[0].ts and len(messages) >= 3
    assert "".join(words_of(m) for m in messages).count("many words.") >= 2500


async def test_words_come_without_pictures_when_slack_takes_no_files(room: Room) -> None:
    room.slack.scopes = room.slack.scopes - {"files:write"}
    asked = await room.slack.say("a dog", mention_bot=True)
    shown = await room.over(asked)
    note = room.slack.messages(by_bot=True)[-1]

    assert pictures_in(shown) == [] and words_of(shown)
    assert "files:write" in words_of(note) and note.thread_ts == asked.ts


async def test_an_answer_with_no_way_to_its_person_is_given_up_with_a_reason(room: Room) -> None:
    answer, _ = await painted(room)
    room.slack.error("is_archived", 9, "chat.")
    room.slack.error("user_disabled", 9, "conversations.open")
    with pytest.raises(Undeliverable, match="user_disabled"):
        await room.platform.deliver(anew(answer))


async def test_a_refusal_that_no_try_can_mend_is_given_up(room: Room) -> None:
    answer, _ = await painted(room)
    room.slack.error("no_such_thing", 9, "chat.")
    with pytest.raises(Undeliverable, match="no_such_thing"):
        await room.platform.deliver(anew(answer))


async def test_an_answer_waits_while_the_token_is_refused(room: Room) -> None:
    answer, _ = await painted(room)
    room.slack.error("token_revoked", 1, "chat.")
    later = anew(answer)
    with pytest.raises(Refused, match="token_revoked"):
        await room.platform.deliver(later)

    assert await room.platform.deliver(replace(later, doubtful=True))


async def test_blocks_that_slack_never_takes_leave_the_words(room: Room) -> None:
    answer, _ = await painted(room)
    room.slack.error("invalid_blocks", 9, lambda call: bool((call.body or {}).get("blocks")))
    await room.platform.deliver(
        anew(answer, parts=(TextPart("plain words"),), state=TurnState.DONE)
    )

    assert room.slack.messages(by_bot=True)[-1].text == "plain words"


async def test_a_workspace_that_removed_the_app_is_given_up(room: Room) -> None:
    answer, _ = await painted(room)
    office = room.platform._office
    assert office
    office.workspaces._by_team["T9"] = office.workspaces.first()  # two: no default any more
    stranger = replace(answer.thread, workspace="T404")
    user = UserRef("slack", "T404:U1", "Zoe")
    with pytest.raises(Undeliverable, match="T404"):
        await room.platform.deliver(replace(anew(answer, origin="", user=user), thread=stranger))


async def test_a_deleted_picture_leaves_the_message_and_slack(room: Room) -> None:
    answer, shown = await painted(room, "two dogs")
    first, second = answer.pictures
    await room.desk.delete_picture(first.id, answer.turn.user)
    assert (await room.desk.picture(first.id)).state is PictureState.DELETED  # type: ignore[union-attr]
    await room.slack.react(shown, "wastebasket", room.slack.user)
    await room.slack.until(lambda: not pictures_in(shown))

    assert [f for f in room.slack.files.values() if f.complete] == [] and second != first
    assert captions_in(shown) == []


async def test_a_turn_that_was_forgotten_is_not_drawn_again(room: Room) -> None:
    answer, shown = await painted(room)
    before = len(room.slack.rec.calls)
    await room.desk.forget_thread(answer.thread)
    await room.slack.react(shown, "wastebasket")
    await room.slack.settle(0.1)

    assert not [c for c in room.slack.rec.calls[before:] if c.route == "chat.update"]


async def test_an_answer_between_two_people_comes_beside_the_bot(room: Room) -> None:
    answer, _ = await painted(room)
    there = Place(room.slack.team.id, "D0OTHERS", room.slack.user.id)

    await room.platform.deliver(anew(answer, origin=there.origin()))

    why, shown = room.slack.messages(room.slack.im(), by_bot=True)
    assert "my answer is here" in words_of(why) and pictures_in(shown)
