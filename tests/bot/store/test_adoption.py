"""Pictures that are used in a conversation other than their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.store.inbox import UploadedFile
from bot.store.rows import RenderedFile
from bot.store.store import Store
from core.errors import UnknownPicture
from core.types import (
    Inbound,
    JobState,
    Picture,
    PictureState,
    Press,
    Receipt,
    Turn,
    TurnState,
    Verb,
)
from tests.fakes.sayings import message, order, plan, thread


async def painted(store: Store, event_id: str, place: str) -> Picture:
    """A finished picture of a conversation."""
    receipt = await store.accept(message(event_id, place=place))
    (job,) = await store.save_plan(receipt.turn_id, plan(order()))
    await store.start_job(job.id, "w1", 60)
    sha256 = await store.put_picture(event_id.encode())
    file = RenderedFile(job.picture_ids[0], sha256, 8, 9)
    await store.finish_job(job.id, "w1", [file], 1.5)
    await store.finish_turn(receipt.turn_id, TurnState.DONE)
    picture = await store.picture(job.picture_ids[0])
    assert picture is not None
    return picture


def pressing(event_id: str, place: str, picture_id: str, verb: Verb = Verb.EDIT) -> Inbound:
    return message(event_id, "", place, Press(verb, picture_id, "make it blue"))


async def turn_of(store: Store, receipt: Receipt) -> Turn:
    turn = await store.turn(receipt.turn_id)
    assert turn is not None
    return turn


async def test_a_pressed_picture_of_another_conversation_gets_a_number_in_this_one(
    store: Store,
) -> None:
    theirs = await painted(store, "e1", "theirs")
    await painted(store, "e2", "mine")

    turn = await turn_of(store, await store.accept(pressing("e3", "mine", theirs.id)))

    assert turn.press is not None and turn.press.picture_id != theirs.id
    copy = await store.picture(turn.press.picture_id)
    assert copy is not None and copy.turn_id == turn.id
    assert (copy.number, copy.conversation_id) == (2, turn.conversation_id)
    same = ("caption", "recipe", "sha256", "width", "height", "verb", "seconds", "state")
    assert [getattr(copy, f) for f in same] == [getattr(theirs, f) for f in same]


async def test_a_picture_is_adopted_once(store: Store) -> None:
    theirs = await painted(store, "e1", "theirs")

    turns = [
        await turn_of(store, await store.accept(pressing(event, "mine", theirs.id)))
        for event in ("e2", "e3")
    ]

    assert turns[0].press == turns[1].press
    view = await store.view(thread("mine"))
    assert view is not None and len(view.pictures) == 1


async def test_all_pictures_of_a_blend_and_the_one_replied_to_are_adopted(store: Store) -> None:
    one, two = [await painted(store, str(n), f"place {n}") for n in range(2)]
    press = Press(Verb.BLEND, one.id, others=(two.id, "unknown"))

    blend = await turn_of(store, await store.accept(message("e1", "", "mine", press)))
    reply = replace(message("e2", "make it night", "other"), reply_to=two.id)
    answered = await turn_of(store, await store.accept(reply))

    assert blend.press is not None
    ids = (blend.press.picture_id, blend.press.others[0], answered.reply_to or "")
    assert [p.number for p in await store.pictures(ids)] == [1, 2, 1]
    assert blend.press.others[1] == "unknown"


async def test_a_press_without_a_picture_means_the_first_that_came_with_it(store: Store) -> None:
    files = [UploadedFile(await store.put_picture(d), 1, 1, "a") for d in (b"1", b"2")]

    turn = await turn_of(store, await store.accept(pressing("e1", "mine", ""), files))

    assert turn.press is not None and turn.press.picture_id == turn.upload_ids[0]


async def test_a_picture_of_another_platform_stays_there(store: Store) -> None:
    theirs = await painted(store, "e1", "theirs")
    press = pressing("e2", "mine", theirs.id)

    elsewhere = replace(press, thread=replace(press.thread, platform="slack"))
    turn = await turn_of(store, await store.accept(elsewhere))

    assert turn.press is not None and turn.press.picture_id == theirs.id
    view = await store.view(elsewhere.thread)
    assert view is not None and view.pictures == ()


async def test_a_deleted_picture_has_details_and_nothing_else(store: Store) -> None:
    picture = await painted(store, "e1", "mine")
    await store.delete_picture(picture.id)

    with pytest.raises(UnknownPicture, match="deleted") as refused:
        await store.accept(pressing("e2", "mine", picture.id))
    details = await store.accept(pressing("e3", "mine", picture.id, Verb.DETAILS))

    assert "Picture 1 was deleted" in refused.value.reply
    assert details.is_new and (await store.turn_of_event("web", "e2")) is None


async def test_details_of_a_deleted_upload_are_its_own(store: Store) -> None:
    ids: list[str] = []
    for place in ("theirs", "mine"):
        file = UploadedFile(await store.put_picture(place.encode()), 1, 1, f"{place}.png")
        turn = await turn_of(store, await store.accept(message(place, place=place), [file]))
        ids += turn.upload_ids
        await store.delete_picture(turn.upload_ids[0])

    turn = await turn_of(store, await store.accept(pressing("e", "mine", ids[0], Verb.DETAILS)))

    assert turn.press is not None
    meant = await store.picture(turn.press.picture_id)
    assert meant is not None and (meant.caption, meant.number) == ("theirs.png", 2)


async def test_a_picture_still_being_painted_elsewhere_cannot_be_pressed_here(store: Store) -> None:
    receipt = await store.accept(message("e1", place="theirs"))
    (job,) = await store.save_plan(receipt.turn_id, plan(order()))

    with pytest.raises(UnknownPicture, match="planned"):
        await store.accept(pressing("e2", "mine", job.picture_ids[0]))
    await store.end_job(job.id, JobState.FAILED)
    with pytest.raises(UnknownPicture, match="failed"):
        await store.accept(pressing("e3", "mine", job.picture_ids[0]))


async def test_a_copy_outlives_the_conversation_it_came_from(store: Store) -> None:
    theirs = await painted(store, "e1", "theirs")
    turn = await turn_of(store, await store.accept(pressing("e2", "mine", theirs.id)))
    await store.forget_conversation(theirs.conversation_id)

    assert turn.press is not None
    copy = await store.picture(turn.press.picture_id)

    assert copy is not None and copy.state is PictureState.READY
    assert store.picture_path(copy).read_bytes() == b"e1"


async def test_looking_at_a_copy_does_not_make_it_the_picture_at_hand(store: Store) -> None:
    theirs = await painted(store, "e1", "theirs")
    mine = await painted(store, "e2", "mine")
    receipt = await store.accept(pressing("e3", "mine", theirs.id, Verb.DETAILS))
    await store.save_plan(receipt.turn_id, plan())

    await store.finish_turn(receipt.turn_id, TurnState.DONE)

    conversation = await store.conversation(thread("mine"))
    assert conversation is not None and conversation.current_id == mine.id
