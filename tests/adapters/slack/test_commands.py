"""Slash commands over the wire: /imagine for all to see, /easel for one's own eyes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.app import Easel
from core.preferences import BLOCKED, COUNT, person_scope, place_scope
from core.types import UserRef
from tests.fakes.chat.slack import Channel, FakeSlack
from tests.fakes.chat.slack_model import new_id
from tests.fakes.slack_guest import Guest, slack_lobby
from tests.fakes.slack_house import pictures_in, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Lobby = tuple[FakeSlack, Easel]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lobby(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lobby]:
    async with slack_lobby(tmp_path_factory.mktemp("easel")) as opened:
        yield opened


async def test_imagine_opens_a_thread_that_names_the_person_without_a_ping(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    card = await ann.imagine("a red fox &lt;!here&gt; --n 2")

    assert card.thread_ts is not None
    root = ann.channel.messages[card.thread_ts]
    assert len(pictures_in(card)) == 2
    assert ann.user.name.lower() in root.text.lower() and "a red fox" in root.text
    assert "<" not in root.text


async def test_imagine_in_a_direct_message_answers_there(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    ann.channel = ann.slack.im(ann.user)

    card = await ann.imagine("a red fox")

    assert pictures_in(card)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Tell me what to paint"),
        ("--n 2", "Tell me what to paint"),
        ("a fox --seed many", "--seed takes a whole number"),
    ],
)
async def test_imagine_says_what_is_wrong_to_the_person_alone(
    lobby: Lobby, text: str, sentence: str
) -> None:
    ann = Guest(*lobby)

    await ann.slash("/imagine", text)

    await ann.whisper(sentence)
    assert ann.slack.messages(ann.channel, by_bot=True) == [await ann.whisper(sentence)]


async def test_imagine_where_the_bot_is_no_member_asks_to_be_invited(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    ann.channel = ann.slack.add_channel(f"far{ann.user.id}", bot_member=False)

    await ann.slash("/imagine", "a red fox")

    await ann.whisper("invite")
    assert ann.cards() == []


async def test_a_person_who_comes_twice_is_served_twice(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    first = await ann.imagine("a red fox")
    await ann.slash("/imagine", "a red fox")

    second = await ann.card(2)
    assert second.thread_ts != first.thread_ts
    assert await ann.pictures(second) != await ann.pictures(first)


async def test_an_empty_queue_says_so(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    await ann.slash("/easel", "queue")

    assert (await ann.whisper("Nothing is waiting")).elements() == []


async def test_cancelling_nothing_says_so(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    painted = await ann.pictures(card)

    await ann.slash("/easel", "cancel all")

    await ann.whisper("Nothing of yours is waiting.")
    assert await ann.pictures(card) == painted


async def test_a_usual_choice_counts_for_the_next_wish(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    await ann.slash("/easel", "settings")
    panel = await ann.whisper("Your usual choices")

    await ann.choose(panel, "3 at a time")
    await ann.whisper("How many pictures: 3 at a time.")
    card = await ann.imagine("a red fox")

    assert len(pictures_in(card)) == 3
    scope = person_scope(UserRef("slack", ann.id, ""))
    assert await ann.easel.desk.setting(scope, COUNT) == "3"
    assert "In this channel" not in words_of(panel)


async def test_a_choice_can_be_taken_back(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    scope = person_scope(UserRef("slack", ann.id, ""))
    await ann.easel.desk.set_setting(scope, COUNT, "3")
    await ann.slash("/easel", "settings")

    await ann.choose(await ann.whisper("Your usual choices"), "How many pictures: as usual")

    await ann.whisper("How many pictures: as usual.")
    assert await ann.easel.desk.setting(scope, COUNT) is None


async def test_a_picture_is_shown_again_by_its_short_id(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (picture,) = await ann.pictures(await ann.imagine("a red fox"))

    await ann.slash("/easel", f"show {picture.id[-6:].lower()}")

    again = await ann.card(2)
    assert again.thread_ts is None
    assert [p.id for p in await ann.pictures(again)] == [picture.id]


@pytest.mark.parametrize("text", ["show", "show nonsense"])
async def test_a_picture_that_is_not_there_is_not_shown(lobby: Lobby, text: str) -> None:
    ann = Guest(*lobby)

    await ann.slash("/easel", text)

    await ann.whisper("Which picture?" if text == "show" else "I know no picture “nonsense”")
    assert ann.cards() == []


@pytest.mark.parametrize("text", ["", "help", "HELP me"])
async def test_help_lists_what_there_is(lobby: Lobby, text: str) -> None:
    ann = Guest(*lobby)

    await ann.slash("/easel", text)

    said = words_of(await ann.whisper("/imagine"))
    assert all(w in said for w in ("queue", "cancel", "show", "settings", "privacy", "admin"))


async def test_an_unknown_word_is_named(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    await ann.slash("/easel", "quota <!here>")

    said = await ann.whisper("I do not know “quota”")
    assert ann.slack.messages(ann.channel, by_bot=True) == [said]


async def test_ones_data_comes_as_a_file_in_the_direct_message(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    await ann.imagine("a red fox")
    await ann.slash("/easel", "privacy")

    await ann.press(await ann.whisper("I keep what you say"), "Send me my data")

    await ann.whisper("in our direct messages")
    home = ann.slack.im(ann.user)
    sent = await ann.slack.until(lambda: [m for m in ann.slack.messages(home) if m.files])
    assert sent[0].files[0]["name"].endswith(".zip")


async def test_ones_data_is_deleted_after_a_question(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (picture,) = await ann.pictures(await ann.imagine("a red fox"))
    await ann.slash("/easel", "privacy")
    panel = await ann.whisper("I keep what you say")
    assert panel.element("Delete my data")[1]["confirm"]["title"]["text"] == "Delete everything?"

    await ann.press(panel, "Delete my data")

    await ann.whisper("1 messages and their pictures are deleted.")
    user = UserRef("slack", ann.id, "")
    assert await ann.easel.desk.pictures_of(user) == []
    assert await ann.easel.desk.picture(picture.id) is None


@pytest.mark.parametrize("text", ["admin", "admin status", "admin block <@U1>"])
async def test_admin_words_are_for_admins(lobby: Lobby, text: str) -> None:
    ann = Guest(*lobby)

    await ann.slash("/easel", text)

    said = await ann.whisper("Only admins of this workspace can do that.")
    assert ann.slack.messages(ann.channel, by_bot=True) == [said]
    assert await _blocked(ann) is None


async def test_an_admin_sees_how_it_goes(lobby: Lobby) -> None:
    admin = Guest(*lobby, is_admin=True)

    await admin.slash("/easel", "admin status")

    said = words_of(await admin.whisper("*painter*: working"))
    assert all(f"*{fact}*: " in said for fact in admin.easel.desk.health())


async def test_an_admin_blocks_and_unblocks_a_person(lobby: Lobby) -> None:
    admin, bob = Guest(*lobby, is_admin=True), Guest(*lobby)
    mention = f"<@{bob.user.id}|{bob.user.name}>"

    await admin.slash("/easel", f"admin block {mention}")
    await admin.whisper("is blocked")
    await bob.slash("/imagine", "a red fox")
    await bob.whisper("I am not allowed to paint for you here.")
    assert (await _blocked(bob), bob.cards()) == (bob.id, [])
    await admin.slash("/easel", f"admin unblock {mention}")
    await admin.whisper("is served again")

    assert await _blocked(bob) is None
    await bob.imagine("a red fox")


@pytest.mark.parametrize(
    ("text", "sentence"), [("admin explode", "I know"), ("admin block me", "Whom?")]
)
async def test_an_admins_slip_is_explained(lobby: Lobby, text: str, sentence: str) -> None:
    admin = Guest(*lobby, is_admin=True)

    await admin.slash("/easel", text)

    await admin.whisper(sentence)
    assert await _blocked(admin) is None


async def test_imagine_between_two_people_paints_beside_the_bot(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby), Guest(*lobby)
    home = ann.slack.im(ann.user)
    ann.channel = Channel(new_id("D"), "", ann.user.team, "im", {ann.user.id, bob.user.id})
    ann.slack.channels[ann.channel.id] = ann.channel

    sent = await ann.slash("/imagine", "a red fox")

    await ann.card(channel=home)
    await ann.slack.wait_response(sent, lambda m: "direct messages" in words_of(m))
    assert ann.slack.messages(ann.channel, by_bot=True) == sent.responses


async def test_a_picture_that_slack_cannot_show_yet_is_shown_a_little_later(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (picture,) = await ann.pictures(await ann.imagine("a red fox"))

    ann.slack.file_not_ready(1)
    await ann.slash("/easel", f"show {picture.id}")

    assert len(pictures_in(await ann.card(2))) == 1


async def test_showing_where_the_bot_is_no_member_asks_to_be_invited(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    (picture,) = await ann.pictures(await ann.imagine("a red fox"))
    ann.channel = ann.slack.add_channel(f"far{ann.user.id}", bot_member=False)

    await ann.slash("/easel", f"show {picture.id}")

    await ann.whisper("I am not a member of that channel.")
    assert ann.cards() == []


async def _blocked(guest: Guest) -> str | None:
    scope = place_scope("slack", guest.user.team.id)
    return await guest.easel.desk.setting(scope, BLOCKED)
