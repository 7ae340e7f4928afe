from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.store.inbox import UploadedFile
from bot.store.store import Store
from core.errors import AmbiguousPicture
from core.types import Press, PromptUse, TurnState, Verb
from tests.fakes.sayings import message, order, plan, thread


async def upload(store: Store, event_id: str, place: str = "t", data: bytes = b"pixels") -> str:
    sha256 = await store.put_picture(data)
    receipt = await store.accept(message(event_id, place=place), [UploadedFile(sha256, 1, 1, "a")])
    turn = await store.turn(receipt.turn_id)
    assert turn is not None
    return turn.upload_ids[0]


def database_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("easel.db*"))


async def test_a_view_is_found_by_thread_and_by_id(store: Store) -> None:
    receipt = await store.accept(message("e1"))

    view = await store.view(thread())

    assert view is not None and view == await store.view(receipt.conversation_id)
    assert view.conversation == await store.conversation(thread())
    assert await store.view(thread("unknown")) is None


async def test_a_view_holds_the_last_turns_oldest_first(store: Store) -> None:
    ids = [(await store.accept(message(str(index)))).turn_id for index in range(5)]

    view = await store.view(thread(), turns=3)

    assert view is not None and [turn.id for turn in view.turns] == ids[2:]


async def test_a_view_holds_old_pictures_that_its_turns_name(store: Store) -> None:
    ids = [await upload(store, str(index)) for index in range(60)]
    await store.accept(message("press", press=Press(Verb.EDIT, ids[3])))

    view = await store.view(thread(), turns=1)

    assert view is not None
    assert [picture.id for picture in view.pictures] == [ids[3], *ids[10:]]


async def test_a_view_shows_no_picture_of_another_conversation_by_its_own_id(store: Store) -> None:
    foreign = await upload(store, "e1", place="theirs")
    await store.accept(message("e2", place="mine", press=Press(Verb.DETAILS, foreign)))

    view = await store.view(thread("mine"))

    assert view is not None and foreign not in [picture.id for picture in view.pictures]


async def test_a_picture_is_found_by_number_and_by_the_end_of_its_id(store: Store) -> None:
    picture_id = await upload(store, "e1")
    picture = await store.picture(picture_id)
    assert picture is not None

    found = [
        await store.picture_by_number(picture.conversation_id, 1),
        await store.find_picture(picture_id),
        await store.find_picture(picture_id[-6:].lower()),
    ]

    assert found == [picture] * 3
    assert await store.find_picture("ZZZZZZ") is None
    assert await store.picture_by_number(picture.conversation_id, 2) is None


async def test_a_short_id_that_fits_several_pictures_prefers_this_conversation(
    store: Store,
) -> None:
    places = {}
    for place, first in (("a", "0"), ("b", "1")):
        receipt = await store.accept(message(place, place=place))
        painting = replace(order(), picture_ids=(f"{first * 20}ABCDEF",))
        await store.save_plan(receipt.turn_id, plan(painting))
        places[place] = receipt.conversation_id

    with pytest.raises(AmbiguousPicture):
        await store.find_picture("abcdef")

    here = await store.find_picture("abcdef", places["b"])
    assert here is not None and here.conversation_id == places["b"]


async def test_pictures_come_in_the_order_asked_for_without_unknown_ones(store: Store) -> None:
    first, second = await upload(store, "1"), await upload(store, "2")

    found = await store.pictures((second, "unknown", first, second))

    assert [picture.id for picture in found] == [second, first]
    assert await store.pictures(()) == []


async def test_forgetting_deletes_rows_and_files_but_not_what_others_use(store: Store) -> None:
    shared = await store.picture(await upload(store, "1", place="a", data=b"shared"))
    own = await store.picture(await upload(store, "2", place="a", data=b"own"))
    kept = await store.picture(await upload(store, "3", place="b", data=b"shared"))
    assert shared and own and kept
    await store.save_plan(own.turn_id, plan(order()))

    forgotten = await store.forget_conversation(own.conversation_id)

    assert (forgotten.turns, forgotten.pictures, forgotten.jobs) == (2, 3, 1)
    assert await store.view(thread("a")) is None
    assert not store.picture_path(own).exists()
    assert store.picture_path(kept).read_bytes() == b"shared"
    assert await store.pictures((shared.id, own.id, kept.id)) == [kept]
    assert (await store.accept(message("1", place="a"))).is_new


async def test_not_a_byte_of_a_forgotten_conversation_stays_in_the_database(
    store: Store, tmp_path: Path
) -> None:
    canary = "canary-7f3a"
    conversation_id = ""
    for index in range(50):
        receipt = await store.accept(message(f"event-{canary}-{index}", f"{canary} " * 50))
        conversation_id = receipt.conversation_id
        use = PromptUse(canary, "1", "0" * 64, "model", 0.5)
        await store.save_plan(receipt.turn_id, replace(plan(order()), prompt_uses=(use,)))
        await store.finish_turn(receipt.turn_id, TurnState.FAILED, canary)
        await store.accept(message(f"other-{index}", place="other"))
    assert canary.encode() in database_bytes(tmp_path)

    await store.forget_conversation(conversation_id)

    assert canary.encode() not in database_bytes(tmp_path)
