from __future__ import annotations

import pytest

from bot.store.rows import RenderedFile
from bot.store.store import Store
from core.errors import StoreError
from core.types import JobState, PaintOrder, PictureState, Verb
from tests.fakes.clock import Clock
from tests.fakes.sayings import message, order, plan


async def save(store: Store, *orders: PaintOrder, event_id: str = "e1") -> None:
    receipt = await store.accept(message(event_id))
    await store.save_plan(receipt.turn_id, plan(*orders))


async def files_of(store: Store, painting: PaintOrder) -> list[RenderedFile]:
    sha256 = await store.put_picture(b"pixels")
    return [RenderedFile(picture_id, sha256, 2, 3) for picture_id in painting.picture_ids]


async def state_of(store: Store, job_id: str) -> JobState:
    job = await store.job(job_id)
    assert job is not None
    return job.state


async def test_a_started_job_has_an_owner_a_lease_and_a_counted_attempt(
    store: Store, clock: Clock
) -> None:
    painting = order()
    await save(store, painting)

    job = await store.start_job(painting.job_id, "me", 60)

    assert job is not None and job == await store.job(painting.job_id)
    assert (job.state, job.owner, job.attempts) == (JobState.RUNNING, "me", 1)
    assert job.lease_until == clock.now + 60


async def test_a_job_starts_once(store: Store) -> None:
    painting = order()
    await save(store, painting)

    started = [await store.start_job(painting.job_id, owner, 60) for owner in ("me", "you")]

    assert started[0] is not None and started[1] is None
    assert await store.start_job("unknown", "me", 60) is None


async def test_a_job_waits_until_the_job_it_starts_from_is_done(store: Store) -> None:
    first = order()
    second = order(Verb.EDIT, after=first.job_id)
    await save(store, first, second)
    before = await store.queued_jobs()
    assert await store.start_job(second.job_id, "me", 60) is None

    await store.start_job(first.job_id, "me", 60)
    await store.finish_job(first.job_id, "me", await files_of(store, first), 1.0)

    assert [job.id for job in before] == [first.job_id]
    assert [job.id for job in await store.queued_jobs()] == [second.job_id]


async def test_jobs_are_open_until_they_are_over(store: Store) -> None:
    first = order()
    second, other = order(Verb.EDIT, after=first.job_id), order()
    await save(store, first, second, other)
    await store.start_job(first.job_id, "me", 60)
    await store.end_job(other.job_id, JobState.CANCELLED)

    assert [job.id for job in await store.open_jobs()] == [first.job_id, second.job_id]


@pytest.mark.parametrize(
    ("ended", "follows"),
    [
        (JobState.FAILED, JobState.FAILED),
        (JobState.QUARANTINED, JobState.FAILED),
        (JobState.CANCELLED, JobState.CANCELLED),
    ],
)
async def test_jobs_that_wait_for_a_lost_picture_end_with_it(
    store: Store, ended: JobState, follows: JobState
) -> None:
    first = order()
    second = order(after=first.job_id)
    third = order(after=second.job_id)
    await save(store, first, second, third)

    assert await store.end_job(first.job_id, ended, "It did not work.")

    states = [await state_of(store, one.job_id) for one in (first, second, third)]
    assert states == [ended, follows, follows]
    shown = await store.pictures(third.picture_ids)
    assert shown[0].state.value == follows.value


async def test_a_plan_that_starts_from_a_lost_picture_fails_at_once(store: Store) -> None:
    first = order()
    await save(store, first)
    await store.end_job(first.job_id, JobState.FAILED)

    second = order(Verb.EDIT, after=first.job_id)
    await save(store, second, event_id="e2")

    job = await store.job(second.job_id)
    assert job is not None and job.state is JobState.FAILED and "not painted" in job.error


async def test_a_finished_job_makes_its_pictures_ready(store: Store) -> None:
    painting = order(count=2)
    await save(store, painting)
    await store.start_job(painting.job_id, "me", 60)
    files = await files_of(store, painting)

    assert await store.finish_job(painting.job_id, "me", files, 1.5)

    job = await store.job(painting.job_id)
    assert job is not None and (job.state, job.seconds) == (JobState.DONE, 1.5)
    for picture in await store.pictures(painting.picture_ids):
        assert (picture.state, picture.width, picture.height) == (PictureState.READY, 2, 3)
        assert store.picture_path(picture).read_bytes() == b"pixels"


async def test_finishing_twice_is_the_same_as_once(store: Store) -> None:
    painting = order()
    await save(store, painting)
    await store.start_job(painting.job_id, "me", 60)
    files = await files_of(store, painting)

    finished = [await store.finish_job(painting.job_id, "me", files, 1.0) for _ in range(2)]

    assert finished == [True, True]


async def test_a_cancelled_job_cannot_be_finished(store: Store) -> None:
    painting = order()
    await save(store, painting)
    await store.start_job(painting.job_id, "me", 60)
    await store.end_job(painting.job_id, JobState.CANCELLED)

    assert not await store.finish_job(painting.job_id, "me", await files_of(store, painting), 1.0)

    assert await state_of(store, painting.job_id) is JobState.CANCELLED
    assert (await store.pictures(painting.picture_ids))[0].state is PictureState.CANCELLED
    assert not await store.end_job(painting.job_id, JobState.FAILED)


async def test_only_the_owner_may_finish_or_renew(store: Store, clock: Clock) -> None:
    painting = order()
    await save(store, painting)
    await store.start_job(painting.job_id, "me", 60)
    files = await files_of(store, painting)

    assert not await store.finish_job(painting.job_id, "you", files, 1.0)
    assert not await store.renew_lease(painting.job_id, "you", 60)
    clock.now += 30
    assert await store.renew_lease(painting.job_id, "me", 60)

    job = await store.job(painting.job_id)
    assert job is not None and job.lease_until == clock.now + 60


async def test_a_job_is_not_finished_with_other_pictures_or_missing_files(store: Store) -> None:
    painting = order(count=2)
    await save(store, painting)
    await store.start_job(painting.job_id, "me", 60)
    files = await files_of(store, painting)

    with pytest.raises(ValueError, match="2 pictures"):
        await store.finish_job(painting.job_id, "me", files[:1], 1.0)
    with pytest.raises(StoreError):
        gone = [RenderedFile(file.picture_id, "0" * 64, 1, 1) for file in files]
        await store.finish_job(painting.job_id, "me", gone, 1.0)

    assert await state_of(store, painting.job_id) is JobState.RUNNING


async def test_a_job_given_back_runs_again_until_it_is_set_aside(store: Store) -> None:
    painting = order()
    await save(store, painting)
    given_back = []
    for _ in range(3):
        await store.start_job(painting.job_id, "me", 60)
        given_back.append(await store.requeue_job(painting.job_id))

    assert given_back == [True, True, False]
    assert await state_of(store, painting.job_id) is JobState.QUARANTINED
    assert (await store.pictures(painting.picture_ids))[0].state is PictureState.FAILED
    assert not await store.requeue_job(painting.job_id)


async def test_a_forgiven_attempt_does_not_count(store: Store) -> None:
    painting = order()
    await save(store, painting)
    for _ in range(5):
        await store.start_job(painting.job_id, "me", 60)
        assert await store.requeue_job(painting.job_id, forgive=True)

    job = await store.job(painting.job_id)
    assert job is not None and (job.state, job.attempts) == (JobState.QUEUED, 0)


async def test_jobs_of_dead_owners_are_queued_again(store: Store, clock: Clock) -> None:
    mine, expired, other = order(), order(), order()
    await save(store, mine, expired, other)
    await store.start_job(mine.job_id, "host1/7", 60)
    await store.start_job(expired.job_id, "host2/8", 5)
    await store.start_job(other.job_id, "host2/9", 60)
    clock.now += 10

    again = await store.requeue_abandoned(clock.now, "host1/")

    assert again == [mine.job_id, expired.job_id]
    assert await state_of(store, other.job_id) is JobState.RUNNING
