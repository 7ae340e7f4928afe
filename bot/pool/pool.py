"""RenderPool: jobs in, pictures out. It decides with `schedule`, paints with stations, and records in the ledger.

The bot's process never imports torch: all that does happens in the workers.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.pool.device import further_devices, usable_cores, worker_environment
from bot.pool.ledger import JobLedger
from bot.pool.messages import Done, Failed, Ready, Render, Step
from bot.pool.running import JobProgress, ProgressFilter, Running
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
from bot.pool.station import LEASE_S, Station, StationState, StationStatus, order_for
from bot.pool.worker import PAINTERS, WorkerStart
from bot.store.rows import RenderedFile
from core.errors import Cancelled, EaselError, ModelBroken, PaintingError, StoreError, WorkerLost
from core.painting.profile import profile_of
from core.painting.settings import PainterSettings
from core.types import Job, JobState

log = logging.getLogger(__name__)

OWNER_PREFIX = "local:"
MAX_KILLS = 2  # workers that one job may cost
_MAX_ATTEMPTS = 3
_MAX_ABANDONED = 10  # a bot that was killed says little about its jobs, up to a point
_START_FAILURES = 3  # in a row, before waiting jobs are told
_CLOSE_S = 10.0  # for what is left after the grace
_OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class PoolStatus:
    workers: tuple[StationStatus, ...]
    queued: int
    running: int
    seconds_per_unit: float | None  # megapixel x step; None: nothing measured yet
    broken: str = ""  # why nothing can be painted


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
        self._environment = worker_environment(settings, usable_cores())
        self._stations: list[Station] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._picking = asyncio.Lock()
        self._waiting: tuple[Job, ...] = ()  # as of the last look into the ledger
        self._running: dict[str, Running] = {}
        self._finished: dict[str, asyncio.Future[Job]] = {}
        self._kills: dict[str, int] = {}
        self._turns = Turns()
        self._speed = Speed()
        self._broken: EaselError | None = None
        self._is_closing = False
        self._is_closed = False

    # -- the five calls --------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes back what an earlier life left running, then starts the first worker; others follow its report.

        Raises `ModelBroken` when the model folder lacks a part.
        """
        if not self._is_own_painter:
            await asyncio.to_thread(profile_of, self._settings)
        await self._ledger.requeue_abandoned(time.time(), OWNER_PREFIX, _MAX_ABANDONED)
        self._add_station(self._order)

    async def submit(self, job: Job) -> None:
        """`job` is saved as QUEUED: it runs when its turn comes."""
        if self._broken is not None:
            await self._end(job.id, JobState.FAILED, self._broken.reply)
        await self._look()
        self._wake()

    async def cancel(self, job_id: str) -> bool:
        """True: it was waiting, and is cancelled, or was running, and stops at its next step."""
        async with self._picking:
            running = self._running.get(job_id)
            if running is not None:
                running.is_cancelled = True
                running.station.cancel(job_id)
                return True
            ended = await self._end(job_id, JobState.CANCELLED, "Cancelled.")
        await self._look()
        return ended

    def status(self) -> PoolStatus:
        return PoolStatus(
            tuple(station.status for station in self._stations),
            len(self._waiting),
            len(self._running),
            self._speed.seconds_per_unit,
            self._broken.reply if self._broken else "",
        )

    async def close(self, grace_s: float = 5.0) -> None:
        """Takes no more jobs, gives the running ones `grace_s` to end, then gives them back to the queue.

        Whoever still waits in `finished` gets the job as it then is: QUEUED.
        """
        self._is_closing = True
        for station in self._stations:
            if station.status.state is StationState.STARTING:
                station.kill()
        self._wake()
        await self._wait_for_tasks(grace_s)
        for station in self._stations:
            station.kill()
        await self._wait_for_tasks(_CLOSE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._is_closed = True
        for job_id in list(self._finished):
            await self._resolve(job_id)

    async def finished(self, job_id: str) -> Job:
        """The job once it is over, however it ended. Raises `PaintingError` when there is no such job."""
        future = self._finished.get(job_id)
        if future is None:
            future = self._finished[job_id] = asyncio.get_running_loop().create_future()
        job = await self._ledger.job(job_id)
        if job is None or job.state not in _OPEN_STATES or self._is_closed:
            await self._resolve(job_id)
        return await asyncio.shield(future)

    def admit(self, user_key: str, jobs: int = 1) -> None:
        """Returns when `jobs` more of this user may be saved. Raises `QueueFull` with a sentence for the user."""
        admit(self._waiting, user_key, jobs, self._limits)

    def expectation(self, job_id: str) -> Expectation | None:
        """Position and wait of a waiting job; None when it does not wait."""
        return self._expectations().get(job_id)

    # -- for the stations ------------------------------------------------------------------------

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    async def take(self, station: Station) -> tuple[Job, Render] | None:
        """See `bot.pool.station.Desk`."""
        try:
            async with self._picking:
                await self._look()
                return await self._take(station)
        except StoreError:
            log.exception("no job could be taken from the queue")
            return None

    async def _take(self, station: Station) -> tuple[Job, Render] | None:
        while not self._is_closing and (choice := pick(self._turns, self._waiting)):
            job, turns = choice
            self._waiting = tuple(other for other in self._waiting if other.id != job.id)
            started = await self._ledger.start_job(job.id, station.name, LEASE_S)
            order = await self._render_order(started) if started else None
            if started and order:
                self._turns = turns
                self._running[job.id] = Running(started, station, time.monotonic())
                self._report_waiting()
                return started, order
        return None

    async def renew(self, job: Job, station: Station) -> bool:
        try:
            return await self._ledger.renew_lease(job.id, station.name, LEASE_S)
        except StoreError:
            log.exception("the lease of job %s could not be renewed", job.id)
            return True

    def started(self, station: Station, ready: Ready) -> None:
        if len(self._stations) == 1:
            for device in further_devices(self._settings, ready):
                self._add_station(order_for(self._order, device))

    def stepped(self, job: Job, step: Step) -> None:
        running = self._running[job.id]
        left_s = running.after(step, time.monotonic())
        if not running.is_cancelled:
            self._progress.painting(job, step, left_s)

    async def settle(self, job: Job, station: Station, outcome: Done | Failed | None) -> None:
        """Records how a job ended. If that cannot be written, whoever waits for the job gets the error."""
        running = self._running[job.id]
        try:
            await self._record(job, station, outcome, running.is_cancelled)
        except StoreError as error:
            log.exception("the end of job %s could not be recorded", job.id)
            self._answer(job.id, error)
        finally:
            del self._running[job.id]
            self._progress.forget(job.id)
        self._wake()

    async def start_failed(self, error: ModelBroken | WorkerLost, failures: int) -> None:
        """A broken model, or a worker that fails again and again, is told to all who wait."""
        working = (StationState.IDLE, StationState.PAINTING)
        if self._is_closing or any(one.status.state in working for one in self._stations):
            return
        log.error("a worker did not start: %s", error)
        if isinstance(error, ModelBroken):
            self._broken = error
        elif failures < _START_FAILURES:
            return
        await self._fail_waiting(error)

    # -- how a job ends --------------------------------------------------------------------------

    async def _record(
        self, job: Job, station: Station, outcome: Done | Failed | None, is_cancelled: bool
    ) -> None:
        match outcome:
            case _ if is_cancelled:
                await self._end(job.id, JobState.CANCELLED, "Cancelled.")
            case None:
                await self._lost(job)
            case Failed(error=Cancelled.__name__):
                await self._end(job.id, JobState.CANCELLED, outcome.reply)
            case Failed():
                log.warning("job %s failed: %s", job.id, outcome.message)
                await self._end(job.id, JobState.FAILED, outcome.reply)
            case Done():
                await self._done(job, station, outcome)

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
        await self._ledger.finish_job(job.id, station.name, files, done.seconds)
        self._speed = self._speed.after(units(job), done.seconds)
        self._kills.pop(job.id, None)
        if done.note:
            self._progress.noted(job, done.note)
        await self._resolve(job.id)

    async def _lost(self, job: Job) -> None:
        """Back to the queue, or set aside when the job has taken too many workers with it."""
        if self._is_closing:
            await self._ledger.requeue_job(job.id, forgive=True)
            return
        kills = self._kills[job.id] = self._kills.get(job.id, 0) + 1
        limit = 1 if kills >= MAX_KILLS else _MAX_ATTEMPTS
        if not await self._ledger.requeue_job(job.id, max_attempts=limit):
            self._kills.pop(job.id, None)
            await self._resolve_ended()

    async def _end(self, job_id: str, state: JobState, error: str) -> bool:
        """True: it was still open. Jobs that wait for its pictures end with it."""
        was_open = await self._ledger.end_job(job_id, state, error)
        await self._resolve_ended()
        return was_open

    async def _fail_waiting(self, error: EaselError) -> None:
        try:
            for job in await self._ledger.queued_jobs():
                await self._end(job.id, JobState.FAILED, error.reply)
            await self._look()
        except StoreError:
            log.exception("the waiting jobs could not be ended")

    async def _resolve(self, job_id: str) -> None:
        if job_id not in self._finished:
            return
        try:
            job = await self._ledger.job(job_id)
        except StoreError as error:
            self._answer(job_id, error)
        else:
            self._answer(job_id, job or PaintingError(f"There is no job {job_id}."))

    async def _resolve_ended(self) -> None:
        """Also of jobs that ended because another one did."""
        for job_id in list(self._finished):
            job = await self._ledger.job(job_id)
            if job is None or job.state not in _OPEN_STATES:
                await self._resolve(job_id)

    def _answer(self, job_id: str, result: Job | EaselError) -> None:
        future = self._finished.pop(job_id, None)
        if future is None or future.done():
            return
        if isinstance(result, EaselError):
            future.set_exception(result)
        else:
            future.set_result(result)

    # -- the queue -------------------------------------------------------------------------------

    async def _look(self) -> None:
        self._waiting = tuple(await self._ledger.queued_jobs())
        self._report_waiting()

    async def _render_order(self, job: Job) -> Render | None:
        """None: what it starts from is gone, and the job has failed."""
        try:
            sources = [await self._source(recipe.source) for recipe in job.recipes]
        except EaselError as error:
            await self._end(job.id, JobState.FAILED, error.reply)
            return None
        return Render(job.id, job.picture_ids, job.recipes, tuple(sources))

    async def _source(self, picture_id: str | None) -> Path | None:
        if picture_id is None:
            return None
        picture = await self._ledger.picture(picture_id)
        if picture is None or picture.sha256 is None:
            raise PaintingError("The picture this one starts from is gone.")
        return self._ledger.picture_path(picture)

    def _report_waiting(self) -> None:
        self._progress.waiting(self._waiting, self._expectations())

    def _expectations(self) -> dict[str, Expectation]:
        now = time.monotonic()
        busy = [running.left_s(self._speed, now) for running in self._running.values()]
        idle = max(0, len(self._stations) - len(busy))
        return forecast(line_up(self._turns, self._waiting), busy + [0.0] * idle, self._speed)

    # -- stations --------------------------------------------------------------------------------

    def _add_station(self, order: WorkerStart) -> None:
        name = f"{OWNER_PREFIX}{len(self._stations)}:{os.getpid()}"
        station = Station(name, order, self._environment, self)
        self._stations.append(station)
        task = asyncio.create_task(station.run(), name=f"station {name}")
        self._tasks.add(task)
        task.add_done_callback(self._station_ended)

    def _station_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("%s stopped", task.get_name(), exc_info=error)

    def _wake(self) -> None:
        for station in self._stations:
            station.wake()

    async def _wait_for_tasks(self, timeout_s: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)
