"""What is kept of one person: found, marked, deleted, forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.store.inbox import UploadedFile
from bot.store.store import Store
from core.types import (
    Inbound,
    Mark,
    Picture,
    PictureState,
    Post,
    PromptUse,
    TurnState,
    UserRef,
)
from tests.bot.store.test_adoption import painted, pressing, turn_of
from tests.bot.store.test_conversations import database_bytes
from tests.fakes.sayings import ANN, message, order, plan, thread

BEN = UserRef("web", "ben", "Ben")
CANARY = "canary-7f3a"


def by(user: UserRef, inbound: Inbound) -> Inbound:
    return replace(inbound, user=user)


async def test_pictures_of_a_person_are_those_painted_for_them(store: Store) -> None:
    first, second = await painted(store, "1", "a"), await painted(store, "2", "b")
    receipt = await store.accept(by(BEN, pressing("3", "c", first.id)))
    await store.finish_turn(receipt.turn_id, TurnState.DONE)

    assert await store.painted_for(ANN, 25) == [second, first]
    assert await store.painted_for(ANN, 1) == [second]
    assert await store.painted_for(BEN, 25) == []


async def test_the_end_of_an_id_gives_the_picture_with_its_place_and_owner(store: Store) -> None:
    picture = await painted(store, "1", "a")

    (seen,) = await store.ending(picture.id[-7:].lower())

    assert (seen.picture, seen.thread, seen.owner) == (picture, thread("a"), ANN)
    assert await store.seen(picture.id) == seen
    assert await store.ending("ZZZZZZ") == []


async def test_a_deleted_picture_keeps_number_and_recipe_but_no_file(store: Store) -> None:
    parent, picture = await painted(store, "1", "a"), await painted(store, "2", "a")
    path = store.picture_path(picture)

    await store.delete_picture(picture.id)

    left = await store.picture(picture.id)
    assert left == replace(picture, state=PictureState.DELETED, sha256=None)
    assert not path.exists()
    conversation = await store.conversation(thread("a"))
    assert conversation is not None and conversation.current_id == parent.id


async def test_a_file_that_another_picture_uses_stays(store: Store) -> None:
    picture = await painted(store, "1", "a")
    turn = await turn_of(store, await store.accept(pressing("2", "b", picture.id)))

    await store.delete_picture(picture.id)

    assert turn.press is not None
    copy = await store.picture(turn.press.picture_id)
    assert copy is not None and store.picture_path(copy).exists()


async def test_marks_are_set_once_and_taken_back(store: Store) -> None:
    picture = await painted(store, "1", "a")

    for _ in range(2):
        assert await store.set_mark(picture.id, "web:ann", Mark.FAVOURITE, True)
    await store.set_mark(picture.id, "web:ann", Mark.GOOD, True)
    await store.set_mark(picture.id, "web:ann", Mark.GOOD, False)

    assert await store.marks_of("web:ann") == [(picture.id, Mark.FAVOURITE)]
    assert not await store.set_mark("unknown", "web:ann", Mark.GOOD, True)


async def test_pages_of_a_person_hold_all_their_turns_in_order(store: Store) -> None:
    ids = [(await store.accept(message(str(n), place=str(n)))).turn_id for n in range(150)]
    await store.accept(by(BEN, message("ben")))

    found, after = [], 0
    while page := await store.page(ANN, after):
        found += [turn.id for turn, _ in page.turns]
        after = page.last

    assert found == ids


async def test_a_page_says_where_a_turn_was_and_what_was_painted(store: Store) -> None:
    picture = await painted(store, "1", "a")

    page = await store.page(ANN, 0)

    assert page is not None
    ((turn, place),) = page.turns
    assert (turn.id, place, page.pictures) == (picture.turn_id, thread("a"), (picture,))


async def test_a_forgotten_person_leaves_others_as_they_were(store: Store) -> None:
    ann = await painted(store, "1", "shared")
    alone = await painted(store, "2", "alone")
    receipt = await store.accept(by(BEN, message("3", "a cat", "shared")))
    bens = await _upload(store, by(BEN, message("4", "a photo", "shared")))
    await store.remember(Post("k", "web", "c", "m", ann.turn_id))
    await store.set_mark(bens.id, "web:ann", Mark.GOOD, True)
    await store.set_setting("person:web:ann", "count", "4")
    paths = [store.picture_path(p) for p in (ann, alone)]

    forgotten = await store.forget_person(ANN, "person:web:ann")

    assert forgotten == 2
    assert await store.view(thread("alone")) is None
    view = await store.view(thread("shared"))
    assert view is not None and view.conversation.title == "a cat"
    assert [turn.id for turn in view.turns] == [receipt.turn_id, bens.turn_id]
    assert view.conversation.current_id == bens.id
    assert view.pictures == (bens,)
    assert [path.exists() for path in paths] == [False, False]
    assert await store.post("web", "c", "m") is None
    assert await store.marks_of("web:ann") == []
    assert await store.setting("person:web:ann", "count") is None


async def test_names_that_a_forgotten_person_gave_are_forgotten(store: Store) -> None:
    bens = await _upload(store, by(BEN, message("1", "a photo")))
    naming = await store.accept(message("2", "its name is Zorro"))
    await store.save_plan(naming.turn_id, replace(plan(), names={"Zorro": bens.id}))
    other = await store.accept(by(BEN, message("3", "call it Tim")))
    await store.save_plan(other.turn_id, replace(plan(), names={"Tim": bens.id}))

    await store.forget_person(ANN, "person:web:ann")

    conversation = await store.conversation(thread())
    assert conversation is not None and conversation.names == {"Tim": bens.id}


async def test_not_a_byte_of_a_forgotten_person_stays_in_the_database(
    store: Store, tmp_path: Path
) -> None:
    ann = replace(ANN, name=CANARY)
    for index in range(30):
        said = message(f"event-{CANARY}-{index}", f"{CANARY} " * 50, place="shared")
        receipt = await store.accept(by(ann, replace(said, origin=CANARY)))
        use = PromptUse(CANARY, "1", "0" * 64, "model", 0.5)
        await store.save_plan(receipt.turn_id, replace(plan(order()), prompt_uses=(use,)))
        await store.finish_turn(receipt.turn_id, TurnState.FAILED, CANARY)
        await store.accept(by(BEN, message(f"ben-{index}", place="shared")))
    await store.set_setting("person:web:ann", "note", CANARY)
    assert CANARY.encode() in database_bytes(tmp_path)

    assert await store.forget_person(ANN, "person:web:ann") == 30

    assert CANARY.encode() not in database_bytes(tmp_path)
    view = await store.view(thread("shared"))
    assert view is not None and len(view.turns) == 30


async def _upload(store: Store, inbound: Inbound) -> Picture:
    sha256 = await store.put_picture(inbound.event_id.encode() * 9)
    receipt = await store.accept(inbound, [UploadedFile(sha256, 1, 1, "a")])
    turn = await turn_of(store, receipt)
    (picture,) = await store.pictures(turn.upload_ids)
    return picture


async def test_what_starts_from_a_picture_of_a_forgotten_person_does_not_wait_for_it(
    store: Store,
) -> None:
    theirs = await painted(store, "e1", "here")
    receipt = await store.accept(replace(message("e2", place="here"), user=BEN))
    (job,) = await store.save_plan(
        receipt.turn_id, plan(order(after=theirs.job_id, parent=theirs.id))
    )

    await store.forget_person(ANN, "person:web:ann")

    assert [waiting.id for waiting in await store.queued_jobs()] == [job.id]
    assert await store.start_job(job.id, "w1", 60) is not None
