"""What has done its work goes; nothing else does."""

from __future__ import annotations

import os
from pathlib import Path

from bot.store.inbox import UploadedFile
from bot.store.store import Store
from bot.store.upkeep import KEEP_S
from core.types import TurnState
from tests.fakes.clock import Clock
from tests.fakes.sayings import message

DAY_S = 24 * 3600.0


async def _answered(store: Store, event_id: str) -> str:
    turn_id = (await store.accept(message(event_id))).turn_id
    await store.finish_turn(turn_id, TurnState.DONE)
    await store.mark_sent(f"answer:{turn_id}", "m")
    return turn_id


async def test_rows_go_after_a_week_and_not_before(store: Store, clock: Clock) -> None:
    await _answered(store, "old")
    clock.now += KEEP_S - 2 * DAY_S
    await _answered(store, "young")
    clock.now += 3 * DAY_S

    assert await store.prune() == 2
    assert await store.prune() == 0


async def test_an_event_is_known_long_after_its_row_went(store: Store, clock: Clock) -> None:
    turn_id = await _answered(store, "old")
    clock.now += 2 * KEEP_S
    await store.prune()

    again = await store.accept(message("old"))

    assert (again.turn_id, again.is_new) == (turn_id, False)


async def test_what_is_not_over_stays_however_old(store: Store, clock: Clock) -> None:
    await store.accept(message("open"))
    done = (await store.accept(message("unsent"))).turn_id
    await store.finish_turn(done, TurnState.DONE)
    clock.now += 2 * KEEP_S

    await store.prune()

    assert [item.turn_id for item in await store.pending_answers()] == [done]
    assert len(await store.open_turns()) == 1


async def test_only_old_files_that_nothing_names_are_swept(store: Store, tmp_path: Path) -> None:
    named, stray, young = [await store.put_picture(data) for data in (b"1", b"2", b"3")]
    await store.accept(message("e1"), [UploadedFile(named, 1, 1, "a")])
    for sha256 in (named, stray):
        os.utime(_file(tmp_path, sha256), (1000, 1000))

    assert await store.sweep(60.0) == 1

    assert [_file(tmp_path, s).exists() for s in (named, stray, young)] == [True, False, True]


async def test_a_stray_file_that_is_stored_again_is_not_swept(store: Store, tmp_path: Path) -> None:
    sha256 = await store.put_picture(b"1")
    os.utime(_file(tmp_path, sha256), (1000, 1000))
    await store.put_picture(b"1")

    assert await store.sweep(60.0) == 0
    assert (await store.accept(message("e1"), [UploadedFile(sha256, 1, 1, "a")])).is_new


def _file(folder: Path, sha256: str) -> Path:
    return folder / "pictures" / sha256[:2] / sha256[2:4] / f"{sha256}.webp"
