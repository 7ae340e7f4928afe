from __future__ import annotations

import asyncio

import pytest

from adapters.slack.errands import Errands, Lanes, patiently
from core.errors import BadInput, DiskFull


async def test_the_same_lane_is_in_order_and_others_run_beside() -> None:
    lanes, seen, go = Lanes(), list[str](), asyncio.Event()

    async def work(lane: str, name: str, waits: bool) -> None:
        async with lanes.lane(lane):
            if waits:
                await go.wait()
            seen.append(name)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work("a", "first", True))
        tasks.create_task(work("a", "second", False))
        other = tasks.create_task(work("b", "beside", False))
        await other
        go.set()

    assert seen == ["beside", "first", "second"] and not lanes._locks


async def test_an_errand_that_breaks_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise ValueError("words")

    errands = Errands()
    task = errands.start(broken(), "errand")
    await asyncio.wait([task])
    await asyncio.sleep(0)

    assert "errand broke" in caplog.text and "words" in caplog.text


async def test_closing_cancels_what_runs() -> None:
    errands = Errands()
    task = errands.start(asyncio.Event().wait())  # type: ignore[arg-type]
    await errands.close()

    assert task.cancelled()


async def test_a_full_disk_is_waited_for_and_other_errors_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.slack.errands.FIRST_PAUSE_S", 0.0)
    failures = [DiskFull("full"), DiskFull("full")]

    async def work() -> str:
        if failures:
            raise failures.pop()
        return "done"

    async def refused() -> str:
        raise BadInput("no")

    assert await patiently(work, "work") == "done"
    with pytest.raises(BadInput):
        await patiently(refused, "work")


async def test_patience_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.errands.PATIENCE_S", 0.0)

    async def work() -> None:
        raise DiskFull("full")

    with pytest.raises(DiskFull):
        await patiently(work, "work")
