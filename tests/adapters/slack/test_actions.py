"""Buttons and menus, pressed over the wire: each does what it says, for those who may."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.app import Easel
from core.preferences import COUNT, PRESS, person_scope, place_scope
from core.types import ConversationView, Mark, PictureState, UserRef
from tests.fakes.chat.slack import FakeSlack, Message
from tests.fakes.slack_guest import Guest, slack_lobby
from tests.fakes.slack_house import pictures_in, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

Lobby = tuple[FakeSlack, Easel]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lobby(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lobby]:
    async with slack_lobby(tmp_path_factory.mktemp("easel")) as opened:
        yield opened


async def test_a_pressed_vary_paints_below_the_same_message(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox in the snow --n 2")

    await ann.press(card, "Vary 2")

    more = await ann.card(2)
    assert more.thread_ts == card.thread_ts
    (first, second), varied = await ann.pictures(card), await ann.pictures(more)
    assert {p.parent_id for p in varied} == {second.id} != {first.id}


async def test_a_press_is_acknowledged_at_once(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    pressed = await ann.press(card, "Again")

    assert pressed.ack_seconds is not None and pressed.ack_seconds < 0.5
    await ann.card(2)


async def test_a_double_click_is_one_job(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.press(card, "Again")
    await ann.press(card, "Again")
    await ann.card(2)
    await ann.press(card, "Refine")
    await ann.card(3)

    assert len(ann.cards()) == 3


async def test_two_people_may_press_the_same_button(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby), Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.press(card, "Again")
    await bob.press(card, "Again")

    await ann.card(3)
    asked = [turn.user.id for turn in (await _view(ann)).turns]
    assert Counter(asked) == {ann.id: 2, bob.id: 1}


async def test_picking_makes_a_picture_the_current_one(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox --n 2")
    _, second = await ann.pictures(card)

    await ann.press(card, "Pick 2")

    await ann.answer("Picture 2 it is")
    assert (await _view(ann)).conversation.current_id == second.id


async def test_edit_opens_a_dialog_and_paints_what_it_says(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.press(card, "Edit…")
    await ann.fill_in(await ann.dialog(), text="make it night", strength="60")

    edited = await ann.card(2)
    (picture,) = await ann.pictures(edited)
    assert edited.thread_ts == card.thread_ts
    assert picture.recipe is not None and "night" in picture.recipe.prompt
    assert picture.recipe.strength == 0.6


async def test_a_dialog_opens_without_asking_slack_anything_before(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby), Guest(*lobby)
    card = await ann.imagine("a red fox")
    known = len(ann.slack.rec.calls)

    await bob.press(card, "Edit…")
    await bob.dialog()

    routes = [call.route for call in ann.slack.rec.calls[known:]]
    assert [r for r in routes if "." in r] == ["views.open"]


async def test_a_dialog_whose_moment_has_passed_is_explained(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    ann.slack.error("expired_trigger_id", match="views.open")

    await ann.press(card, "Edit…")

    await ann.whisper("That took too long for Slack")
    assert [view for view in ann.slack.views.values() if view.user is ann.user] == []
    assert len((await _view(ann)).turns) == 1


async def test_a_part_of_a_picture_is_changed_by_its_name(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.choose(card, "Change a part…")
    await ann.fill_in(await ann.dialog(), text="a moon in the sky", region="top")

    (picture,) = await ann.pictures(await ann.card(2))
    assert picture.recipe is not None and picture.recipe.region == "top"


async def test_the_exact_prompt_can_be_changed_word_by_word(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.choose(card, "Exact prompt…")
    await ann.fill_in(await ann.dialog(), text="a blue whale", negative="ships", seed="7")

    (picture,) = await ann.pictures(await ann.card(2))
    assert picture.recipe is not None
    assert (picture.recipe.prompt, picture.recipe.negative) == ("a blue whale", "ships")
    assert picture.recipe.seed == 7


async def test_a_picture_serves_as_reference(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.choose(card, "Use as reference…")
    await ann.fill_in(await ann.dialog(), text="a red fox in the snow")

    assert (await ann.card(2)).thread_ts == card.thread_ts


async def test_details_are_read_in_private(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.press(card, "Details")
    shown = str((await ann.dialog()).body["blocks"])

    (picture,) = await ann.pictures(card)
    assert picture.recipe is not None and f"seed {picture.recipe.seed}" in shown
    assert picture.id in shown
    assert len(ann.cards()) == 1


async def test_describing_answers_in_the_thread(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await ann.choose(card, "Describe")

    assert (await ann.answer("Picture 1 shows")).thread_ts == card.thread_ts


async def test_undo_is_for_who_asked(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby), Guest(*lobby)
    card = await ann.imagine("a red fox")
    await ann.press(card, "Refine")
    refined = await ann.card(2)
    (picture,) = await ann.pictures(refined)

    await bob.press(refined, "Undo")

    await bob.whisper("Only who asked for it")
    before = await _view(ann)
    await ann.press(refined, "Undo")
    await ann.answer("Back to picture 1")

    assert (before.conversation.current_id, len(before.turns)) == (picture.id, 2)
    assert (await _view(ann)).conversation.current_id == picture.parent_id


async def test_where_nothing_came_before_there_is_nothing_to_undo(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    (picture,) = await ann.pictures(card)

    assert picture.parent_id is None and "Undo" not in str(card.blocks)


async def test_send_to_me_comes_as_a_direct_message(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby), Guest(*lobby)
    card = await ann.imagine("a red fox")

    await bob.choose(card, "Send to me")

    sent = await bob.card(1, ann.slack.im(bob.user))
    assert "You asked me to send you this." in words_of(sent)
    assert await bob.pictures(sent) == await ann.pictures(card)
    await bob.whisper("in our direct messages")


async def test_a_favourite_and_an_opinion_are_kept(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    (picture,) = await ann.pictures(card)

    await ann.choose(card, "Favourite")
    await ann.whisper("one of your favourites")
    await ann.press(card, "easel:feedback:0", choice="positive")
    await ann.whisper("Thank you!")

    kept = await ann.easel.store.marks_of(f"slack:{ann.id}")
    assert set(kept) == {(picture.id, Mark.FAVOURITE), (picture.id, Mark.GOOD)}


async def test_a_deleted_picture_goes_away_from_its_card(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby), Guest(*lobby)
    card = await ann.imagine("a red fox --n 2")
    first, second = await ann.pictures(card)

    await bob.choose(card, "Delete picture 1")
    await bob.whisper("Only")
    assert len(pictures_in(card)) == 2
    await ann.choose(card, "Delete picture 1")
    await ann.whisper("Picture 1 is deleted.")

    await ann.slack.until(lambda: len(pictures_in(card)) == 1)
    assert "Picture 1 was deleted." in words_of(card)
    card["blocks"].append(_old_button("easel:vary:9", first.id))
    await bob.press(card, "easel:vary:9")
    await bob.whisper("I do not have this picture any more")
    deleted = await ann.easel.desk.picture(first.id)
    assert deleted is not None and deleted.state is PictureState.DELETED


async def test_an_admin_may_delete_for_others(lobby: Lobby) -> None:
    ann, admin = Guest(*lobby), Guest(*lobby, is_admin=True)
    card = await ann.imagine("a red fox")
    (picture,) = await ann.pictures(card)

    await admin.choose(card, "Delete picture 1")

    await admin.whisper("Picture 1 is deleted.")
    deleted = await ann.easel.desk.picture(picture.id)
    assert deleted is not None and deleted.state is PictureState.DELETED


async def test_stopping_what_is_over_says_so(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    (picture,) = await ann.pictures(card)
    card["blocks"].append(_old_button("easel:cancel:0", picture.turn_id))

    await ann.press(card, "easel:cancel:0")

    await ann.whisper("nothing to stop")
    assert await ann.pictures(card) == [picture]


async def test_a_button_of_another_version_is_explained(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    card["blocks"].append(_old_button("easel:explode:0", "x"))

    await ann.press(card, "easel:explode:0")

    await ann.whisper("another version of Easel")
    assert len((await _view(ann)).turns) == 1


async def test_a_button_on_an_unknown_picture_is_explained(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    card["blocks"].append(_old_button("easel:vary:9", "01ARZ3NDEKTSV4RRFFQ69G5FAV"))

    await ann.press(card, "easel:vary:9")

    await ann.whisper("I do not have this picture any more")
    assert len((await _view(ann)).turns) == 1


async def test_trying_again_asks_for_the_same(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    (picture,) = await ann.pictures(card)
    card["blocks"].append(_old_button("easel:retry:0", picture.turn_id))

    await ann.press(card, "easel:retry:0")

    (again,) = await ann.pictures(await ann.card(2))
    assert again.caption == picture.caption


async def test_where_only_owners_may_press_others_are_told(lobby: Lobby) -> None:
    ann, bob = Guest(*lobby, is_admin=True), Guest(*lobby)
    card = await ann.imagine("a red fox")
    await ann.slash("/easel", "settings")
    panel = await ann.whisper("Your usual choices")
    await ann.choose(panel, "Only who asked may press")
    await ann.whisper("Who may press: Only who asked may press.")

    await bob.press(card, "Again")
    await bob.whisper("Here only who asked for a picture may press its buttons.")
    card["blocks"].append(_old_button("easel:retry:0", (await ann.pictures(card))[0].turn_id))
    await bob.press(card, "easel:retry:0")
    await ann.slack.until(lambda: len(_whispers(bob)) == 2, 20.0)
    await ann.press(card, "Again")

    await ann.card(2)
    assert len(ann.cards()) == 2


async def test_a_channels_rule_is_for_admins_to_make(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    card["blocks"].append(_old_button("easel:set:0", "press:owner"))

    await ann.press(card, "easel:set:0")

    await ann.whisper("Only admins of this workspace")
    scope = place_scope("slack", ann.user.team.id, ann.channel.id)
    assert await ann.easel.desk.setting(scope, PRESS) is None


async def test_a_setting_that_makes_no_sense_is_refused_with_a_sentence(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    card["blocks"].append(_old_button("easel:set:0", "count:99"))

    await ann.press(card, "easel:set:0")

    await ann.whisper("“count” is one of")
    scope = person_scope(UserRef("slack", ann.id, ""))
    assert await ann.easel.desk.setting(scope, COUNT) is None


def _old_button(action_id: str, value: str) -> dict[str, object]:
    text = {"type": "plain_text", "text": "old"}
    element = {"type": "button", "action_id": action_id, "value": value, "text": text}
    return {"type": "actions", "block_id": action_id, "elements": [element]}


def _whispers(guest: Guest) -> list[Message]:
    said = [m for c in guest.slack.channels.values() for m in guest.slack.messages(c)]
    return [m for m in said if m.ephemeral_to == guest.user.id]


async def _view(guest: Guest) -> ConversationView:
    threads = await guest.easel.desk.threads("slack")
    view = await guest.easel.desk.view(next(t for t, _ in threads if t.channel == guest.channel.id))
    assert view is not None
    return view
