"""RenderPool: jobs in, pictures out. It decides with `schedule`, paints with stations, and records in the ledger.

The bot's process never imports torch: all that does happens in the workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.pool.crew import OWNER_PREFIX, Crew
from bot.pool.device import further_devices, usable_cores, worker_environment
from bot.pool.ledger import JobLedger
from bot.pool.messages import Done, Failed, Ready, Render, Step
from bot.pool.running import JobProgress, Place, ProgressFilter, Running
from bot.pool.schedule import (
    Expectation,
    QueueLimits,
    Speed,
    Turns,
    admit,
    forecast,
    line_up,
    pick,
    units,
)
from bot.pool.station import LEASE_S, Station, StationStatus, order_for
from bot.pool.worker import PAINTERS, WorkerStart
from bot.store.rows import RenderedFile
from core.errors import Cancelled, EaselError, ModelBroken, PaintingError, StoreError, WorkerLost
from core.painting.profile import profile_of
from core.painting.recipe import Recipe, Source
from core.painting.settings import PainterSettings
from core.types import Job, JobState, PictureState

log = logging.getLogger(__name__)

MAX_KILLS = 2  # workers that one job may cost
_MAX_ATTEMPTS = 3
_MAX_ABANDONED = 10  # a bot that was killed says little about its jobs, up to a point
_START_FAILURES = 3  # in a row, before waiting jobs are told
_OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)
_UNRECORDED = "The pictures could not be kept; the log has the details. Please try again."
_BROKE_DOWN = "The painter broke down; the log has the details. It is tried again."


@dataclass(frozen=True, slots=True)
class PoolStatus:
    workers: tuple[StationStatus, ...]
    queued: int
    running: int
    seconds_per_unit: float | None  # megapixel x step; None: nothing measured yet
    broken: str = ""  # why nothing can be painted now


class RenderPool:
    """Five calls: `start`, `submit`, `cancel`, `status`, `close`; `finished` waits for one job.

    `on_progress` is called on the loop, at most about five times a second for a job, and must return at once.
    """

    def __init__(
        self,
        settings: PainterSettings,
        ledger: JobLedger,
        on_progress: Callable[[Job, JobProgress], None] = lambda job, progress: None,
        limits: QueueLimits | None = None,
        painter: str = "",  # "module:Class" instead of the one that the settings name
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._progress = ProgressFilter(on_progress)
        self._limits = limits or QueueLimits()
        self._order = WorkerStart(painter or PAINTERS[settings.backend], settings)
        self._is_own_painter = bool(painter)
        self._crew = Crew(self, worker_environment(settings, usable_cores(), os.environ))
        self._picking = asyncio.Lock()
        self._open: tuple[Job, ...] = ()  # not over, as of the last look into the ledger
        self._waiting: tuple[Job, ...] = ()  # those of them that may start
        self._running: dict[str, Running] = {}
        self._news = asyncio.Event()  # set, and replaced, whenever a job ended
        self._unrecorded: dict[str, EaselError] = {}  # why the ledger does not know a job's end
        self._kills: dict[str, int] = {}
        self._turns = Turns()
        self._speed = Speed()
        self._broken: EaselError | None = None  # for good
        self._trouble: EaselError | None = None  # until a worker is ready again
        self._is_closed = False

    # -- the five calls --------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes back what an earlier life left running, then starts the first worker; others follow its report.

        Raises `ModelBroken` when the model folder lacks a part.
        """
        if not self._is_own_painter:
            await asyncio.to_thread(profile_of, self._settings)
        await self._ledger.requeue_abandoned(time.time(), OWNER_PREFIX, _MAX_ABANDONED)
        await self._look()
        self._crew.add(self._order)

    async def submit(self, job: Job) -> None:
        """`job` is saved as QUEUED: it runs when its turn comes."""
        if self._broken is not None:
            await self._end(job.id, JobState.FAILED, self._broken.reply)
        await self._look()
        self._crew.wake()

    async def cancel(self, job_id: str) -> bool:
        """True: it was waiting or running, and is CANCELLED for good; a running one stops at its next step."""
        async with self._picking:
            was_open = await self._end(job_id, JobState.CANCELLED, "Cancelled.")
            running = self._running.get(job_id)
            if was_open and running is not None:
                running.is_cancelled = True
                running.station.cancel(job_id)
        await self._look()
        return was_open

    def status(self) -> PoolStatus:
        reason = self._broken or self._trouble
        return PoolStatus(
            tuple(station.status for station in self._crew.stations),
            len(self._waiting),
            len(self._running),
            self._speed.seconds_per_unit,
            reason.reply if reason else "",
        )

    async def close(self, grace_s: float = 5.0) -> None:
        """Takes no more jobs, gives the running ones `grace_s` to end, then gives them back to the queue.

        Whoever still waits in `finished` gets the job as it then is: QUEUED.
        """
        await self._crew.close(grace_s)
        self._is_closed = True
        self._tell_waiters()

    async def finished(self, job_id: str) -> Job:
        """The job once it is over, however it ended; how long to wait is the caller's to limit.

        Raises `PaintingError` when there is no such job, and an `EaselError` when its end could not be recorded.
        """
        while True:
            news = self._news
            if error := self._unrecorded.pop(job_id, None):
                raise error
            job = await self._ledger.job(job_id)
            if job is None:
                raise PaintingError(f"There is no job {job_id}.")
            if job.state not in _OPEN_STATES or self._is_closed:
                return job
            await news.wait()

    def admit(self, user_key: str, jobs: int = 1) -> None:
        """Returns when `jobs` more of this user may be saved. Raises `QueueFull` with a sentence for the user."""
        admit(self._open, user_key, jobs, self._limits)

    async def line(self) -> list[Place]:
        """All open jobs: those at work, those that wait in their expected order, those that wait for one of these."""
        await self._look()
        now = time.monotonic()
        places = {
            r.job.id: Place(r.job, True, wait_s=r.left_s(self._speed, now))
            for r in self._running.values()
            if not r.is_cancelled
        }
        at_work, expected = len(places), self._expectations()
        for job in line_up(self._turns, self._waiting):
            places.setdefault(
                job.id, Place(job, False, expected[job.id].position, expected[job.id].wait_s)
            )
        for job in self._open:
            places.setdefault(job.id, Place(job, False, len(places) - at_work))
        return list(places.values())

    # -- for the stations ------------------------------------------------------------------------

    @property
    def is_closing(self) -> bool:
        return self._crew.is_closing

    async def take(self, station: Station) -> tuple[Job, Render] | None:
        """See `bot.pool.station.Desk`."""
        try:
            async with self._picking:
                await self._look()
                await self._take_back()
                return await self._take(station)
        except StoreError:
            log.exception("no job could be taken from the queue")
            return None

    async def _take(self, station: Station) -> tuple[Job, Render] | None:
        while not self.is_closing and (choice := pick(self._turns, self._waiting)):
            job, turns = choice
            self._waiting = tuple(other for other in self._waiting if other.id != job.id)
            started = await self._ledger.start_job(job.id, station.name, LEASE_S)
            if started is None:
                continue
            try:
                order = await self._render_order(started)
            except Exception:
                await self._ledger.requeue_job(job.id, forgive=True)  # nobody works on it
                raise
            if order:
                self._turns = turns
                self._running[job.id] = Running(started, station, time.monotonic())
                self._unrecorded.pop(job.id, None)
                self._report_waiting()
                return started, order
        return None

    async def _take_back(self) -> None:
        """Running jobs that no station has: an end, or a start, that could not be recorded."""
        for job in self._open:
            is_lost = job.state is JobState.RUNNING and job.id not in self._running
            if is_lost and (job.lease_until or 0.0) < time.time():
                log.warning("job %s was left running and is taken back", job.id)
                await self._ledger.requeue_job(job.id, max_attempts=_MAX_ATTEMPTS)
                await self._look()
                self._tell_waiters()

    async def renew(self, job: Job, station: Station) -> bool:
        try:
            return await self._ledger.renew_lease(job.id, station.name, LEASE_S)
        except StoreError:
            log.exception("the lease of job %s could not be renewed", job.id)
            return True

    def started(self, station: Station, ready: Ready) -> None:
        self._trouble = None
        if len(self._crew.stations) == 1:
            for device in further_devices(self._settings, ready):
                self._crew.add(order_for(self._order, device))

    def stepped(self, job: Job, step: Step) -> None:
        running = self._running[job.id]
        left_s = running.after(step, time.monotonic())
        if not running.is_cancelled:
            self._progress.painting(job, step, left_s)

    async def settle(self, job: Job, station: Station, outcome: Done | Failed | None) -> None:
        """Records how a job ended. If that cannot be written, whoever waits for the job gets the error."""
        try:
            await self._record(job, station, outcome)
        except Exception as error:  # noqa: BLE001 - one job whose end cannot be kept must not end its station
            log.exception("the end of job %s could not be recorded", job.id)
            await self._give_up(job.id, error)
        finally:
            self._running.pop(job.id, None)
            self._progress.forget(job.id)
            self._tell_waiters()
        self._crew.wake()

    async def start_failed(self, error: ModelBroken | WorkerLost, failures: int) -> None:
        """A broken model, or a worker that fails again and again, is told to all who wait."""
        if self.is_closing:
            return
        log.error("a worker did not start: %s", error)
        if self._crew.is_working:
            return
        if isinstance(error, ModelBroken):
            self._broken = error
        elif failures < _START_FAILURES:
            return
        self._trouble = error
        await self._fail_waiting(error)

    async def broke(self, station: Station, error: Exception, failures: int) -> None:
        """See `bot.pool.station.Desk`."""
        for running in list(self._running.values()):
            if running.station is station:
                await self.settle(running.job, station, None)
        lost = WorkerLost(f"{station.name} broke: {type(error).__name__}: {error}", _BROKE_DOWN)
        await self.start_failed(lost, failures)

    # -- how a job ends --------------------------------------------------------------------------

    async def _record(self, job: Job, station: Station, outcome: Done | Failed | None) -> None:
        match outcome:
            case None:
                await self._lost(job)
            case Failed(error=Cancelled.__name__):
                await self._end(job.id, JobState.CANCELLED, outcome.reply)
            case Failed():
                log.warning("job %s failed: %s", job.id, outcome.message)
                await self._end(job.id, JobState.FAILED, outcome.reply)
            case Done():
                await self._done(job, station, outcome)

    async def _give_up(self, job_id: str, error: Exception) -> None:
        """If not even this can be written, the job is taken back when its lease has run out."""
        if not isinstance(error, EaselError):
            error = EaselError(f"{type(error).__name__}: {error}", _UNRECORDED)
        self._unrecorded[job_id] = error
        with contextlib.suppress(StoreError):
            await self._end(job_id, JobState.FAILED, error.reply)

    async def _done(self, job: Job, station: Station, done: Done) -> None:
        files = [
            RenderedFile(
                picture.picture_id,
                await self._ledger.put_picture(picture.data),
                picture.width,
                picture.height,
            )
            for picture in done.pictures
        ]
        self._kills.pop(job.id, None)
        is_kept = await self._ledger.finish_job(job.id, station.name, files, done.seconds)
        self._speed = self._speed.after(units(job), done.seconds)
        if is_kept and done.note:
            self._progress.noted(job, done.note)

    async def _lost(self, job: Job) -> None:
        """Back to the queue, or set aside when the job has taken too many workers with it."""
        if self.is_closing:
            await self._ledger.requeue_job(job.id, forgive=True)
            return
        kills = self._kills[job.id] = self._kills.get(job.id, 0) + 1
        limit = 1 if kills >= MAX_KILLS else _MAX_ATTEMPTS
        if not await self._ledger.requeue_job(job.id, max_attempts=limit):
            self._kills.pop(job.id, None)

    async def _end(self, job_id: str, state: JobState, error: str) -> bool:
        """True: it was still open. Jobs that wait for its pictures end with it."""
        was_open = await self._ledger.end_job(job_id, state, error)
        self._tell_waiters()
        return was_open

    async def _fail_waiting(self, error: EaselError) -> None:
        try:
            for job in await self._ledger.queued_jobs():
                await self._end(job.id, JobState.FAILED, error.reply)
            await self._look()
        except StoreError:
            log.exception("the waiting jobs could not be ended")

    def _tell_waiters(self) -> None:
        """All look for themselves: jobs end also because another one did."""
        self._news.set()
        self._news = asyncio.Event()

    # -- the queue -------------------------------------------------------------------------------

    async def _look(self) -> None:
        self._open = tuple(await self._ledger.open_jobs())
        self._waiting = tuple(await self._ledger.queued_jobs())
        self._report_waiting()

    async def _render_order(self, job: Job) -> Render | None:
        """None: what it starts from is gone, and the job has failed."""
        try:
            sources = [await self._source(recipe) for recipe in job.recipes]
        except PaintingError as error:
            await self._end(job.id, JobState.FAILED, error.reply)
            return None
        return Render(job.id, job.picture_ids, job.recipes, tuple(sources))

    async def _source(self, recipe: Recipe) -> Source | None:
        if recipe.source is None:
            return None
        picture = await self._file(recipe.source, "The picture this one starts from is gone.")
        if recipe.mask is None:
            return Source(picture)
        return Source(picture, await self._file(recipe.mask, "The mask of this edit is gone."))

    async def _file(self, picture_id: str, complaint: str) -> Path:
        picture = await self._ledger.picture(picture_id)
        if picture is None or picture.state is not PictureState.READY:
            raise PaintingError(complaint)
        return self._ledger.picture_path(picture)

    def _report_waiting(self) -> None:
        self._progress.waiting(self._waiting, self._expectations())

    def _expectations(self) -> dict[str, Expectation]:
        now = time.monotonic()
        busy = [running.left_s(self._speed, now) for running in self._running.values()]
        idle = max(0, len(self._crew.stations) - len(busy))
        return forecast(line_up(self._turns, self._waiting), busy + [0.0] * idle, self._speed)
