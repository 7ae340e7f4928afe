"""Shortcuts and their dialogs over the wire, in Socket Mode and over signed HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image

from adapters.slack.shortcuts import Shortcut
from bot.app import Easel
from core.preferences import BLOCKED, place_scope
from core.types import Picture
from tests.fakes.chat.slack import Delivery, FakeSlack, Message
from tests.fakes.slack_guest import Guest, slack_lobby
from tests.fakes.slack_house import HTTP, SOCKET, pictures_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

Lobby = tuple[FakeSlack, Easel]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[SOCKET, HTTP])
async def lobby(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Lobby]:
    async with slack_lobby(tmp_path_factory.mktemp("easel"), request.param) as opened:
        yield opened


async def called(guest: Guest, shortcut: Shortcut, message: Message | None = None) -> Delivery:
    sent = await guest.slack.shortcut(shortcut, message, guest.user)
    return await guest.slack.wait_ack(sent)


async def posted(guest: Guest, *names: str, colour: str = "navy") -> Message:
    """Pictures that a person put into the channel, without a word to the bot."""
    files = [(name, png(colour)) for name in names]
    return await guest.slack.say("look", guest.channel, guest.user, files=files)


def png(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


def retry_button(picture: Picture) -> dict[str, object]:
    """The row below an answer that failed, for the turn of a picture."""
    text = {"type": "plain_text", "text": "Try again"}
    button = {
        "type": "button",
        "action_id": "easel:retry:0",
        "value": picture.turn_id,
        "text": text,
    }
    return {"type": "actions", "block_id": "retry", "elements": [button]}


def root_of(guest: Guest, card: Message) -> Message:
    assert card.thread_ts is not None
    return guest.channel.messages[card.thread_ts]


async def test_an_image_is_created_from_anywhere(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    await called(ann, Shortcut.CREATE)
    sent = await ann.fill_in(
        await ann.dialog(), text="a red fox", count="2", aspect="1:1", channel=ann.channel.id
    )

    card = await ann.card()
    assert sent.ack_payload in (None, {}, "")
    assert len(pictures_in(card)) == 2
    assert "a red fox" in root_of(ann, card).text


async def test_without_a_place_it_comes_as_a_direct_message(lobby: Lobby) -> None:
    ann = Guest(*lobby)

    await called(ann, Shortcut.CREATE)
    await ann.fill_in(await ann.dialog(), text="a red fox")

    card = await ann.card(1, ann.slack.im(ann.user))
    assert len(pictures_in(card)) == 1
    assert ann.slack.messages(ann.channel, by_bot=True) == []


async def test_what_is_wrong_is_said_in_the_dialog(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    await called(ann, Shortcut.CREATE)
    view = await ann.dialog()

    for text, sentence in (("   ", "Please write"), ("a fox --seed many", "--seed takes")):
        sent = await ann.fill_in(view, text=text, channel=ann.channel.id)
        assert sent.ack_payload["response_action"] == "errors"
        assert sentence in sent.ack_payload["errors"]["text"]
        assert not view.closed
    await ann.fill_in(view, text="a red fox", channel=ann.channel.id)

    await ann.card()
    await ann.slack.until(lambda: view.closed)


async def test_a_refusal_of_the_house_is_said_in_the_dialog(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    await called(ann, Shortcut.EDIT, card)
    view = await ann.dialog()
    scope = place_scope("slack", ann.id.partition(":")[0])
    await ann.easel.desk.set_setting(scope, BLOCKED, ann.id)

    sent = await ann.fill_in(view, text="make it night")
    await ann.easel.desk.set_setting(scope, BLOCKED, None)

    assert sent.ack_payload["response_action"] == "errors"
    assert sent.ack_payload["errors"] == {"text": "I am not allowed to paint for you here."}
    assert len(ann.cards()) == 1


async def test_easels_own_picture_is_edited(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox --n 2")

    await called(ann, Shortcut.EDIT, card)
    await ann.fill_in(await ann.dialog(), text="make it night", picture="1")

    _, second = await ann.pictures(card)
    (edited,) = await ann.pictures(await ann.card(2))
    assert edited.parent_id == second.id


async def test_a_picture_of_somebody_is_edited_in_its_thread(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    message = await posted(ann, "holiday.png")

    await called(ann, Shortcut.EDIT, message)
    await ann.fill_in(await ann.dialog(), text="make it night")

    card = await ann.card()
    assert card.thread_ts == message.ts
    (edited,) = await ann.pictures(card)
    assert (await _parent(ann, edited)).caption == "holiday.png"


async def test_trying_again_starts_from_the_same_picture(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    await called(ann, Shortcut.EDIT, await posted(ann, "holiday.png"))
    await ann.fill_in(await ann.dialog(), text="make it night")
    card = await ann.card()
    (picture,) = await ann.pictures(card)
    card["blocks"].append(retry_button(picture))

    await ann.press(card, "easel:retry:0")

    (again,) = await ann.pictures(await ann.card(2))
    assert again.parent_id == picture.parent_id
    assert again.number == picture.number + 1


async def test_variations_of_somebodys_second_picture(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    message = await posted(ann, "a.png", "b.png")

    await called(ann, Shortcut.VARY, message)
    await ann.fill_in(await ann.dialog(), picture="1", amount="strong", count="2")

    varied = await ann.pictures(await ann.card())
    assert [(await _parent(ann, picture)).caption for picture in varied] == ["b.png", "b.png"]


async def test_somebodys_picture_serves_as_reference(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    message = await posted(ann, "a.png")

    await called(ann, Shortcut.REFERENCE, message)
    await ann.fill_in(await ann.dialog(), text="a red fox in the snow")

    card = await ann.card()
    (picture,) = await ann.pictures(card)
    assert card.thread_ts == message.ts
    assert (await _parent(ann, picture)).caption == "a.png"


async def test_a_picture_is_described_at_once(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")

    await called(ann, Shortcut.DESCRIBE, card)

    assert (await ann.answer("Picture 1 shows")).thread_ts == card.thread_ts


async def test_of_several_pictures_one_is_chosen_to_be_described(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox --n 2")

    await called(ann, Shortcut.DESCRIBE, card)
    await ann.fill_in(await ann.dialog(), picture="1")

    assert (await ann.answer("Picture 2 shows")).thread_ts == card.thread_ts
    assert ann.cards() == [card]


async def test_details_of_easels_picture_and_of_anothers(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    (picture,) = await ann.pictures(card)

    await called(ann, Shortcut.DETAILS, card)
    own = await ann.dialog()
    own.closed = True
    await called(ann, Shortcut.DETAILS, await posted(ann, "holiday.png"))
    other = await ann.dialog()

    assert picture.id in str(own.body)
    assert "holiday.png" in str(other.body) and "Easel did not make this" in str(other.body)


async def test_a_message_without_a_picture_is_explained(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    message = await ann.slack.say("hello", ann.channel, ann.user)

    await called(ann, Shortcut.EDIT, message)

    said = await ann.whisper("There is no picture in that message.")
    assert ann.slack.messages(ann.channel, by_bot=True) == [said]
    assert [view for view in ann.slack.views.values() if view.user is ann.user] == []


async def test_a_mask_is_fetched_and_its_region_changed(lobby: Lobby) -> None:
    ann = Guest(*lobby)
    card = await ann.imagine("a red fox")
    mask = await posted(ann, "mask.png", colour="white")

    await ann.choose(card, "Change a part…")
    view = await ann.dialog()
    refused = await ann.fill_in(view, text="a moon", region="mask")
    await ann.fill_in(view, text="a moon", region="mask", mask=[{"id": mask.files[0]["id"]}])

    assert "mask" in refused.ack_payload["errors"]
    changed = await ann.card(2)
    (picture,) = await ann.pictures(changed)
    changed["blocks"].append(retry_button(picture))
    await ann.press(changed, "easel:retry:0")
    (again,) = await ann.pictures(await ann.card(3))
    for one in (picture, again):
        assert one.recipe is not None and one.recipe.region == "mask"


async def _parent(guest: Guest, picture: Picture) -> Picture:
    parent = await guest.easel.desk.picture(str(picture.parent_id))
    assert parent is not None
    return parent
