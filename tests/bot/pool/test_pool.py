"""The pool with real worker processes and painters that follow a script."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.pool.pool import RenderPool
from bot.pool.running import JobProgress
from bot.pool.schedule import QueueLimits
from bot.pool.station import StationState
from core.errors import EaselError, PaintingError, QueueFull, StoreError
from core.painting.picture_file import recipe_of
from core.painting.recipe import Recipe
from core.painting.settings import PainterSettings
from core.types import Job, JobState, Picture, PictureState
from tests.fakes.ledger import MemoryLedger

LIMIT_S = 30.0


def job(name: str, script: str = "", count: int = 1, **fields: object) -> Job:
    recipes = tuple(Recipe("pocket", script, seed, 4, 4.0, 64, 64) for seed in range(count))
    pictures = tuple(f"{name}-{number}" for number in range(count))
    user = str(fields.pop("user", "web:ann"))
    return Job(name, "conversation", "turn", user, pictures, recipes, **fields)  # type: ignore[arg-type]


@asynccontextmanager
async def open_pool(
    ledger: MemoryLedger,
    painter: str = "ScriptedPainter",
    on_progress: Callable[[Job, JobProgress], None] = lambda job, progress: None,
    **settings: object,
) -> AsyncIterator[RenderPool]:
    pool = RenderPool(
        PainterSettings(**settings),  # type: ignore[arg-type]
        ledger,
        on_progress,
        painter=f"tests.fakes.painters:{painter}",
    )
    await pool.start()
    try:
        async with asyncio.timeout(LIMIT_S):
            yield pool
    finally:
        await pool.close(grace_s=0.0)


async def done(pool: RenderPool, ledger: MemoryLedger, one: Job) -> Job:
    ledger.add(one)
    await pool.submit(one)
    return await pool.finished(one.id)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - states of the pool and of processes send no event
        await asyncio.sleep(0.005)


def worker_pid(pool: RenderPool) -> int:
    pid = pool.status().workers[0].pid
    assert pid is not None
    return pid


async def test_a_batch_comes_back_as_files_with_their_recipes() -> None:
    ledger = MemoryLedger()
    batch = job("a", count=3)

    async with open_pool(ledger) as pool:
        ended = await done(pool, ledger, batch)

    assert ended.state is JobState.DONE
    files = [ledger.files[file.sha256] for file in ledger.rendered["a"]]
    assert [recipe_of(data) for data in files] == list(batch.recipes)
    assert [Image.open(BytesIO(data)).getpixel((0, 0)) for data in files] == [
        (0, 4, 0), (1, 4, 0), (2, 4, 0),
    ]  # fmt: skip


async def test_jobs_saved_before_the_start_are_painted_too() -> None:
    ledger = MemoryLedger()
    ledger.add(job("left-running", state=JobState.RUNNING, owner="local:0:1", attempts=1))
    ledger.add(job("left-waiting"))

    async with open_pool(ledger) as pool:
        states = [(await pool.finished(name)).state for name in ("left-running", "left-waiting")]

    assert states == [JobState.DONE, JobState.DONE]
    assert ledger.jobs["left-running"].attempts == 2


async def test_a_job_waits_for_the_job_whose_picture_it_starts_from(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    gate = tmp_path / "gate"
    first, second = job("first", f"wait={gate}"), job("second", after="first")

    async with open_pool(ledger, workers=2) as pool:
        for one in (first, second):
            ledger.add(one)
            await pool.submit(one)
        await until(lambda: ledger.jobs["first"].state is JobState.RUNNING)
        await until(lambda: len(pool.status().workers) == 2)
        state_meanwhile = ledger.jobs["second"].state
        gate.touch()
        ended = await pool.finished("second")

    assert (state_meanwhile, ended.state) == (JobState.QUEUED, JobState.DONE)


async def test_steps_and_previews_are_reported_at_most_five_times_a_second(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    seen: list[JobProgress] = []
    gate = tmp_path / "gate"

    def on_progress(_job: Job, progress: JobProgress) -> None:
        seen.append(progress)
        if len([one for one in seen if one.steps]) == 3:
            gate.touch()

    async with open_pool(ledger, on_progress=on_progress) as pool:
        started = asyncio.get_running_loop().time()
        await done(pool, ledger, job("a", f"wait={gate}"))
        seconds = asyncio.get_running_loop().time() - started

    steps = [one for one in seen if one.steps]
    assert 3 <= len(steps) <= 1 + seconds * 5
    assert all(one.steps == 4 and one.wait_s is not None for one in steps)


async def test_cancelling_a_waiting_job_ends_it_at_once(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    gate = tmp_path / "gate"

    async with open_pool(ledger) as pool:
        for one in (job("busy", f"wait={gate}"), job("waiting")):
            ledger.add(one)
            await pool.submit(one)
        await until(lambda: ledger.jobs["busy"].state is JobState.RUNNING)
        was_stopped = await pool.cancel("waiting")
        ended = await pool.finished("waiting")
        gate.touch()
        other = await pool.finished("busy")

    assert was_stopped
    assert (ended.state, ended.attempts) == (JobState.CANCELLED, 0)
    assert other.state is JobState.DONE


async def test_cancelling_a_running_job_stops_it_at_a_step_and_keeps_the_worker(
    tmp_path: Path,
) -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        one = ledger.add(job("endless", f"wait={tmp_path / 'never'}"))
        await pool.submit(one)
        await until(lambda: ledger.jobs["endless"].state is JobState.RUNNING)
        pid = worker_pid(pool)
        was_stopped = await pool.cancel("endless")
        ended = await pool.finished("endless")
        after = await done(pool, ledger, job("after"))
        same_worker = worker_pid(pool) == pid

    assert was_stopped and same_worker
    assert (ended.state, after.state) == (JobState.CANCELLED, JobState.DONE)
    assert "endless" not in ledger.rendered


async def test_cancelling_a_job_that_is_over_changes_nothing() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        await done(pool, ledger, job("a"))
        was_stopped = await pool.cancel("a")

    assert not was_stopped
    assert ledger.jobs["a"].state is JobState.DONE


async def test_a_job_survives_its_worker_being_killed(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    gate = tmp_path / "gate"

    async with open_pool(ledger) as pool:
        one = ledger.add(job("a", f"wait={gate}"))
        await pool.submit(one)
        await until(lambda: ledger.jobs["a"].state is JobState.RUNNING)
        killed = worker_pid(pool)
        os.kill(killed, signal.SIGKILL)
        gate.touch()
        ended = await pool.finished("a")
        other = worker_pid(pool)

    assert (ended.state, ended.attempts) == (JobState.DONE, 2)
    assert other != killed


async def test_a_job_that_kills_two_workers_is_set_aside_and_others_go_on() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        for one in (job("killer", "crash"), job("good", user="web:bob")):
            ledger.add(one)
            await pool.submit(one)
        killer = await pool.finished("killer")
        good = await pool.finished("good")

    assert (killer.state, killer.attempts) == (JobState.QUARANTINED, 2)
    assert killer.error
    assert good.state is JobState.DONE


async def test_a_job_that_breaks_the_device_twice_is_set_aside() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        ended = await done(pool, ledger, job("a", "device"))
        after = await done(pool, ledger, job("after"))

    assert (ended.state, ended.attempts) == (JobState.QUARANTINED, 2)
    assert after.state is JobState.DONE


async def test_a_worker_that_makes_no_step_in_time_is_killed_and_replaced() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger, step_timeout_s=2.0) as pool:
        hung = await done(pool, ledger, job("hung", "hang"))
        good = await done(pool, ledger, job("good"))

    assert (hung.state, good.state) == (JobState.QUARANTINED, JobState.DONE)


async def test_errors_end_the_job_with_a_sentence_and_keep_the_worker() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        refused = await done(pool, ledger, job("refused", "fail=no_such_scheduler"))
        worker = worker_pid(pool)
        stray = await done(pool, ledger, job("stray", "stray"))
        is_same = worker_pid(pool) == worker

    assert (refused.state, refused.error) == (JobState.FAILED, "no_such_scheduler")
    assert stray.state is JobState.FAILED and "KeyError" not in stray.error
    assert is_same


async def test_a_batch_too_large_for_the_memory_is_painted_in_portions_and_it_says_so() -> None:
    ledger = MemoryLedger()
    notes: list[str] = []

    async with open_pool(ledger, on_progress=lambda _, news: notes.append(news.note)) as pool:
        ended = await done(pool, ledger, job("a", "fits=2", count=5))

    assert (ended.state, len(ledger.rendered["a"])) == (JobState.DONE, 5)
    assert any("Memory was short" in note for note in notes)


async def test_a_broken_model_fails_every_job_with_its_sentence() -> None:
    ledger = MemoryLedger()
    ledger.add(job("before"))

    async with open_pool(ledger, "BrokenPainter") as pool:
        before = await pool.finished("before")
        after = await done(pool, ledger, job("after"))
        status = pool.status()

    assert before.state is after.state is JobState.FAILED
    assert "unet/diffusion_pytorch_model.safetensors" in before.error
    assert after.error == before.error == status.broken


async def test_workers_that_never_start_fail_the_waiting_jobs_in_the_end() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger, "StillbornPainter") as pool:
        ended = await done(pool, ledger, job("a"))

    assert ended.state is JobState.FAILED


async def test_closing_gives_a_running_job_back_uncounted_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        one = ledger.add(job("a", f"wait={tmp_path / 'never'}"))
        await pool.submit(one)
        await until(lambda: ledger.jobs["a"].state is JobState.RUNNING)
        pid = worker_pid(pool)
        waiter = asyncio.create_task(pool.finished("a"))
        await pool.close(grace_s=0.05)
        given_back = await waiter
        states = [worker.state for worker in pool.status().workers]

    assert (given_back.state, given_back.attempts) == (JobState.QUEUED, 0)
    assert states == [StationState.STOPPED]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_one_worker_for_each_device_that_the_first_one_finds() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger, "PairPainter") as pool:
        await until(lambda: len(pool.status().workers) == 2)
        await until(lambda: all(one.pid for one in pool.status().workers))
        await until(lambda: {one.state for one in pool.status().workers} == {StationState.IDLE})
        devices = [one.device for one in pool.status().workers]

    assert devices == ["cuda:0", "cuda:1"]


async def test_waiting_jobs_learn_their_place_and_expected_time(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    gate = tmp_path / "gate"
    places: dict[str, JobProgress] = {}

    async with open_pool(
        ledger, on_progress=lambda one, news: places.update({one.id: news})
    ) as pool:
        await done(pool, ledger, job("measure"))
        for one in (job("busy", f"wait={gate}"), job("next"), job("last")):
            ledger.add(one)
            await pool.submit(one)
        await until(lambda: ledger.jobs["busy"].state is JobState.RUNNING)
        place = places["last"]
        gate.touch()
        await pool.finished("last")

    assert (place.position, place.wait_s is not None) == (1, True)


async def test_the_line_holds_all_open_jobs_in_their_expected_order(tmp_path: Path) -> None:
    ledger, marker = MemoryLedger(), tmp_path / "go"
    first = job("a", f"wait={marker}")
    others = [job("b", user="web:ann"), job("c", user="web:ben"), job("d", after="b")]

    async with open_pool(ledger) as pool:
        ledger.add(first)
        await pool.submit(first)
        await until(lambda: pool.status().running == 1)
        for other in others:
            await pool.submit(ledger.add(other))
        places = await pool.line()
        marker.touch()
        await asyncio.gather(*(pool.finished(name) for name in "abcd"))
        empty = await pool.line()

    assert [(p.job.id, p.is_running, p.position) for p in places] == [
        ("a", True, 0), ("c", False, 0), ("b", False, 1), ("d", False, 2),
    ]  # fmt: skip
    assert empty == []


async def test_a_user_with_a_full_queue_is_told_so(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    for number in range(2):
        ledger.add(job(f"{number}"))
    pool = RenderPool(PainterSettings(), ledger, limits=QueueLimits(per_user=2, total=3))
    await pool.submit(ledger.jobs["0"])

    pool.admit("web:bob")
    with pytest.raises(QueueFull, match="web:ann"):
        pool.admit("web:ann")
    with pytest.raises(QueueFull):
        pool.admit("web:bob", jobs=2)


async def test_a_missing_source_fails_the_job() -> None:
    ledger = MemoryLedger()
    edit = Job(
        "edit", "c", "t", "web:ann", ("p",),
        (Recipe("pocket", "", 1, 4, 4.0, 64, 64, source="gone", strength=0.5),),
    )  # fmt: skip

    async with open_pool(ledger) as pool:
        ended = await done(pool, ledger, edit)

    assert (ended.state, ended.error) == (
        JobState.FAILED,
        "The picture this one starts from is gone.",
    )


@pytest.mark.parametrize("state", [None, PictureState.DELETED])
async def test_a_missing_mask_fails_the_job(tmp_path: Path, state: PictureState | None) -> None:
    ledger = MemoryLedger()
    for picture_id, known in (("source", PictureState.READY), ("mask", state)):
        if known:
            picture = Picture(picture_id, "c", 1, "t", None, None, None, None, "", known, "sha")
            ledger.pictures[picture_id] = (picture, tmp_path / picture_id)
    recipe = Recipe(
        "pocket", "", 1, 4, 4.0, 64, 64, source="source", strength=0.5, region="mask", mask="mask"
    )
    edit = Job("edit", "c", "t", "web:ann", ("p",), (recipe,))

    async with open_pool(ledger) as pool:
        ended = await done(pool, ledger, edit)

    assert (ended.state, ended.error) == (JobState.FAILED, "The mask of this edit is gone.")


async def test_a_full_disk_is_an_error_for_whoever_waits_and_the_pool_goes_on() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        ledger.is_full = True
        with pytest.raises(StoreError):
            await done(pool, ledger, job("a"))
        ledger.is_full = False
        ended = await done(pool, ledger, job("b"))

    assert ended.state is JobState.DONE


async def test_any_failure_to_keep_a_picture_ends_the_job_and_not_the_painting() -> None:
    ledger = MemoryLedger()
    ledger.troubles["put_picture"] = [PermissionError(13, "Permission denied")]

    async with open_pool(ledger) as pool:
        with pytest.raises(EaselError, match="Permission denied") as told:
            await done(pool, ledger, job("a"))
        worker = worker_pid(pool)
        after = await done(pool, ledger, job("b"))
        is_same = worker_pid(pool) == worker

    assert "Permission" not in told.value.reply
    assert (ledger.jobs["a"].state, after.state, is_same) == (JobState.FAILED, JobState.DONE, True)


async def test_an_end_that_cannot_be_written_at_all_is_told_and_the_painting_goes_on() -> None:
    ledger = MemoryLedger()
    ledger.troubles["put_picture"] = [StoreError("The disk is broken.")]
    ledger.troubles["end_job"] = [StoreError("The disk is broken.")]

    async with open_pool(ledger) as pool:
        with pytest.raises(StoreError):
            await done(pool, ledger, job("a"))
        after = await done(pool, ledger, job("b"))

    assert after.state is JobState.DONE


async def test_a_station_that_breaks_is_run_again_and_its_job_given_back() -> None:
    ledger = MemoryLedger()
    bugs = [ZeroDivisionError("a bug")]

    def on_progress(_job: Job, progress: JobProgress) -> None:
        if progress.steps and bugs:
            raise bugs.pop()

    async with open_pool(ledger, on_progress=on_progress) as pool:
        ended = await done(pool, ledger, job("a"))
        running = pool.status().running

    assert (ended.state, ended.attempts, running, bugs) == (JobState.DONE, 2, 0, [])


async def test_a_station_that_breaks_again_and_again_says_so_until_it_works() -> None:
    ledger = MemoryLedger()
    ledger.troubles["start_job"] = [ZeroDivisionError("a bug")] * 3

    async with open_pool(ledger) as pool:
        ended = await done(pool, ledger, job("a"))
        broken = pool.status().broken
        after = await done(pool, ledger, job("b"))
        mended = pool.status().broken

    assert (ended.state, ended.error) == (JobState.FAILED, broken)
    assert "broke down" in broken
    assert (after.state, mended) == (JobState.DONE, "")


async def test_a_model_that_cannot_be_loaded_now_is_tried_again(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    gate = tmp_path / "network"

    async with open_pool(ledger, "HiccupPainter", model=str(gate)) as pool:
        refused = await done(pool, ledger, job("a"))
        broken = pool.status().broken
        gate.touch()
        painted = await done(pool, ledger, job("b"))
        mended = pool.status().broken

    assert refused.state is JobState.FAILED and "connect to the hub" in refused.error
    assert (broken, mended) == (refused.error, "")
    assert painted.state is JobState.DONE


async def test_a_cancelled_job_is_over_before_its_worker_has_stopped() -> None:
    ledger = MemoryLedger()

    async with open_pool(ledger) as pool:
        one = ledger.add(job("deaf", "hang"))
        await pool.submit(one)
        await until(lambda: ledger.jobs["deaf"].state is JobState.RUNNING)
        was_stopped = await pool.cancel("deaf")
        ended = await pool.finished("deaf")
        busy_with = pool.status().workers[0].job_id

    assert was_stopped and busy_with == "deaf"
    assert ended.state is ledger.jobs["deaf"].state is JobState.CANCELLED


async def test_a_job_that_could_not_be_handed_out_waits_again_uncounted() -> None:
    ledger = MemoryLedger()
    ledger.troubles["picture"] = [StoreError("The disk is busy.")]
    edit = Job(
        "edit", "c", "t", "web:ann", ("p",),
        (Recipe("pocket", "", 1, 4, 4.0, 64, 64, source="gone", strength=0.5),),
    )  # fmt: skip

    async with open_pool(ledger) as pool:
        ledger.add(edit)
        await pool.submit(edit)
        await until(lambda: not ledger.troubles["picture"])
        await until(lambda: ledger.jobs["edit"].state is JobState.QUEUED)
        given_back = ledger.jobs["edit"]

    assert (given_back.attempts, given_back.owner) == (0, None)


async def test_a_job_left_running_by_nobody_is_taken_back_when_its_lease_is_over() -> None:
    ledger = MemoryLedger()
    lost = job("lost", state=JobState.RUNNING, owner="local:0:1", attempts=1, lease_until=1.0)

    async with open_pool(ledger) as pool:
        await until(lambda: pool.status().workers[0].state is StationState.IDLE)
        ledger.add(lost)
        await done(pool, ledger, job("other"))
        ended = await pool.finished("lost")

    assert (ended.state, ended.attempts) == (JobState.DONE, 2)


async def test_running_and_chained_jobs_count_against_the_limit() -> None:
    ledger = MemoryLedger()
    for one in (job("0", state=JobState.RUNNING), job("1", after="0"), job("2", after="1")):
        ledger.add(one)
    pool = RenderPool(PainterSettings(), ledger, limits=QueueLimits(per_user=3, total=9))
    await pool.submit(ledger.jobs["1"])

    pool.admit("web:ann", jobs=0)
    with pytest.raises(QueueFull, match="web:ann has 3"):
        pool.admit("web:ann")


async def test_waiting_for_an_unknown_job_is_an_error() -> None:
    async with open_pool(MemoryLedger()) as pool:
        with pytest.raises(PaintingError):
            await pool.finished("nobody")
