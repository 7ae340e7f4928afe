"""Stopping what is being painted: from the card, the queue, the Home and by command, and by whom."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.app import Easel
from core.types import QueueEntry, UserRef
from tests.fakes.chat.slack import FakeSlack, Message
from tests.fakes.slack_guest import Guest, slack_lobby
from tests.fakes.slack_house import words_of
from tests.fakes.slack_painters import LEISURELY

pytestmark = pytest.mark.asyncio(loop_scope="module")

Lobby = tuple[FakeSlack, Easel]
CANCEL = "easel:cancel:0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lobby(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lobby]:
    async with slack_lobby(tmp_path_factory.mktemp("easel"), painter=LEISURELY) as opened:
        yield opened


async def waiting(guest: Guest) -> Message:
    """The card of a wish that is being painted."""
    await guest.slash("/imagine", "a red fox")
    return await guest.slack.wait_message(
        lambda m: any(e["action_id"] == CANCEL for _, e in m.elements()) and "ainting" in words_of(m),
        guest.channel,
    )  # fmt: skip


async def stopped(guest: Guest, card: Message) -> None:
    def is_over() -> bool:
        return "Try again" in json.dumps(card.blocks)

    await guest.slack.until(is_over, 20.0, "the end of the card")
    assert guest.cards() == []
    assert await works_of(guest) == []


async def works_of(guest: Guest) -> list[QueueEntry]:
    return list(await guest.easel.desk.queue(UserRef("slack", guest.id, "")))


async def test_the_button_on_the_card_stops_it_and_it_can_be_tried_again(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await waiting(ann)

    await ann.press(card, CANCEL)

    await ann.whisper("Stopped.")
    await stopped(ann, card)
    await ann.press(card, "Try again")
    again = await ann.slack.wait_message(
        lambda m: m.ts > card.ts and "ainting" in words_of(m), ann.channel
    )
    assert [entry.caption for entry in await works_of(ann)] == ["a red fox"]
    await ann.press(again, CANCEL)
    await stopped(ann, again)


async def test_only_who_asked_may_stop_it_or_an_admin(lobby: Lobby) -> None:
    ann, bob, admin = Guest(*lobby), Guest(*lobby), Guest(*lobby, is_admin=True)
    card = await waiting(ann)

    await bob.press(card, CANCEL)
    await bob.whisper("Only the one who asked for it can stop this.")
    assert len(await works_of(ann)) == 1
    await admin.press(card, CANCEL)

    await admin.whisper("Stopped.")
    await stopped(ann, card)


async def test_the_queue_lists_it_with_a_button(lobby: Lobby) -> None:
    ann, bob, stranger = Guest(*lobby), Guest(*lobby), Guest(*lobby)
    bob.channel = ann.channel
    card = await waiting(ann)
    await bob.slash("/easel", "queue all")
    theirs = await bob.whisper("in the works")
    await stranger.slash("/easel", "queue all")
    await stranger.whisper("0 in the works")
    await ann.slash("/easel", "queue")
    mine = await ann.whisper("1 in the works")

    await ann.press(mine, CANCEL)

    await stopped(ann, card)
    assert "a red fox" in words_of(theirs)
    assert theirs.elements() == []


async def test_the_command_stops_the_newest_wish(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await waiting(ann)
    await ann.slash("/imagine", "a blue whale")
    newest = await ann.slack.wait_message(
        lambda m: m.ts > card.ts and "in line" in words_of(m), ann.channel
    )

    await ann.slash("/easel", "cancel")

    await ann.whisper("Stopped.")
    await ann.slack.until(lambda: "Try again" in json.dumps(newest.blocks), 20.0)
    assert [entry.caption for entry in await works_of(ann)] == ["a red fox"]
    await ann.slash("/easel", "cancel")
    await stopped(ann, card)


async def test_the_home_shows_what_is_in_the_works_and_stops_it(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await waiting(ann)
    await ann.slack.open_home(ann.user)
    home = await ann.slack.wait_home(ann.user)
    assert "a red fox" in json.dumps(home.body)

    await ann.slack.wait_ack(await ann.slack.click(home, CANCEL, ann.user))

    await stopped(ann, card)
    now = ann.slack.home
    await ann.slack.until(
        lambda: "Nothing is waiting" in json.dumps(now[ann.user.id].body), 20.0, "an empty queue"
    )
