from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.store.inbox import UploadedFile
from bot.store.store import Store
from core.errors import StoreError
from core.types import PictureState, Press, TurnState, UserRef, Verb
from tests.fakes.clock import Clock
from tests.fakes.sayings import ANN, message, order, plan, thread


async def test_an_accepted_message_can_be_read_back_as_a_turn(store: Store) -> None:
    press = Press(Verb.EDIT, "P1", "make it “blue” 🦊", ("P2",), "top")
    said = message("e1", "hello  there\nfox", press=press)

    receipt = await store.accept(replace(said, origin='{"message": 7}', adult=True))

    turn = await store.turn(receipt.turn_id)
    assert turn is not None and receipt.is_new
    assert (turn.text, turn.user, turn.press) == ("hello  there\nfox", ANN, press)
    assert (turn.state, turn.event_id, turn.created_at) == (TurnState.ACCEPTED, "e1", 1000.0)
    assert (turn.origin, turn.adult) == ('{"message": 7}', True)
    assert await store.turn_of_event("web", "e1") == turn
    assert await store.turn_of_event("slack", "e1") is None


async def test_a_second_delivery_finds_the_first_turn_and_changes_nothing(store: Store) -> None:
    first = await store.accept(message("e1"))
    before = await store.view(thread())

    second = await store.accept(message("e1", "other words"))

    assert (second.turn_id, second.is_new) == (first.turn_id, False)
    assert await store.view(thread()) == before


async def test_event_ids_of_two_platforms_do_not_meet(store: Store) -> None:
    here = message("e1")
    there = replace(here, thread=replace(here.thread, platform="slack"))

    receipts = [await store.accept(here), await store.accept(there)]

    assert [receipt.is_new for receipt in receipts] == [True, True]


async def test_a_conversation_is_titled_by_its_first_words(store: Store) -> None:
    await store.accept(message("e1", ""))
    await store.accept(message("e2", "a  dog\n" + "x" * 100))
    await store.accept(message("e3", "a cat"))

    assert await store.threads("web") == [(thread(), ("a dog " + "x" * 100)[:80])]


async def test_threads_show_the_one_last_spoken_in_first(store: Store, clock: Clock) -> None:
    for now, (event, place) in enumerate([("1", "a"), ("2", "b"), ("3", "a")]):
        clock.now = float(now)
        await store.accept(message(event, place=place))

    assert [place.thread for place, _ in await store.threads("web")] == ["a", "b"]
    assert len(await store.threads("web", limit=1)) == 1


async def test_uploads_become_numbered_pictures(store: Store) -> None:
    sha256 = await store.put_picture(b"one")
    files = [UploadedFile(sha256, 3, 4, "a.png"), UploadedFile(sha256, 5, 6, "b.png")]

    receipt = await store.accept(message("e1"), files)

    turn = await store.turn(receipt.turn_id)
    assert turn is not None
    pictures = await store.pictures(turn.upload_ids)
    assert [(p.number, p.caption, p.width, p.state) for p in pictures] == [
        (1, "a.png", 3, PictureState.READY),
        (2, "b.png", 5, PictureState.READY),
    ]
    assert store.picture_path(pictures[0]).read_bytes() == b"one"


async def test_an_upload_without_its_file_is_refused_whole(store: Store) -> None:
    with pytest.raises(StoreError, match="send it again"):
        await store.accept(message("e1"), [UploadedFile("0" * 64, 1, 1, "a.png")])

    assert await store.view(thread()) is None


async def test_half_a_surrogate_pair_does_not_lose_the_message(store: Store) -> None:
    broken = replace(message("e1", "fox \ud83d"), user=UserRef("web", "1", "A\udc00"))

    receipt = await store.accept(broken)

    turn = await store.turn(receipt.turn_id)
    assert turn is not None and (turn.text, turn.user.name) == ("fox ?", "A?")


async def test_a_hundred_writers_lose_nothing(store: Store) -> None:
    async def write(writer: int) -> list[str]:
        found = [await store.accept(message(f"{writer}-{i}", place=str(writer))) for i in range(20)]
        return [receipt.turn_id for receipt in found]

    written = await asyncio.gather(*(write(writer) for writer in range(100)))

    for writer, ids in enumerate(written):
        view = await store.view(thread(str(writer)))
        assert view is not None and [turn.id for turn in view.turns] == ids


async def test_picture_numbers_have_no_gap_and_no_double_under_load(store: Store) -> None:
    sha256 = await store.put_picture(b"one")

    async def upload(index: int) -> None:
        await store.accept(message(f"u{index}"), [UploadedFile(sha256, 1, 1, "a.png")])

    async def paint(index: int) -> None:
        receipt = await store.accept(message(f"p{index}"))
        await store.save_plan(receipt.turn_id, plan(order(count=2)))

    await asyncio.gather(*(step(index) for index in range(10) for step in (upload, paint)))

    view = await store.view(thread())
    assert view is not None
    assert [picture.number for picture in view.pictures] == list(range(1, 31))
    assert await store.next_number(view.conversation.id) == 31


async def test_a_waiting_turn_takes_new_words_and_its_title_with_it(store: Store) -> None:
    first = await store.accept(message("e1", "a dgo"))
    second = await store.accept(message("e2", "a cat"))
    await store.finish_turn(second.turn_id, TurnState.DONE)

    changed = [await store.amend(r.turn_id, "a dog") for r in (first, second)]

    turns = [await store.turn(r.turn_id) for r in (first, second)]
    assert changed == [True, False]
    assert [turn and turn.text for turn in turns] == ["a dog", "a cat"]
    assert await store.threads("web") == [(thread(), "a dog")]
