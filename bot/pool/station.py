"""Station: one place where a worker works. It starts the worker, feeds it jobs, watches it, and replaces it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from bot.pool.messages import Cancel, Done, Failed, Ready, Render, Step, Stop
from bot.pool.process import WorkerProcess
from bot.pool.worker import WorkerStart
from core.errors import ModelBroken, WorkerLost
from core.types import Job

log = logging.getLogger(__name__)

LEASE_S = 60.0
_RENEW_S = 15.0
_SLOW_STEP = 10  # a step this many times the longest so far is no longer slow but hung
_BACKOFF_S = 0.25
_LONGEST_BACKOFF_S = 60.0
_STOP_S = 3.0
_LOOK_EVERY_S = 30.0  # into the queue, even if nobody said that something changed


class StationState(StrEnum):
    STARTING = "starting"
    IDLE = "idle"
    PAINTING = "painting"
    WAITING = "waiting"  # to try again after a failed start
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class StationStatus:
    name: str
    device: str
    state: StationState
    pid: int | None
    job_id: str | None


class Desk(Protocol):
    """What a station asks of the pool."""

    @property
    def is_closing(self) -> bool: ...

    async def take(self, station: Station) -> tuple[Job, Render] | None:
        """The next job, RUNNING and leased to the station; None when there is none."""
        ...

    async def renew(self, job: Job, station: Station) -> bool:
        """False: the job is not the station's any more."""
        ...

    def started(self, station: Station, ready: Ready) -> None: ...

    def stepped(self, job: Job, step: Step) -> None: ...

    async def settle(self, job: Job, station: Station, outcome: Done | Failed | None) -> None:
        """Records how the job ended; None: its worker was lost."""
        ...

    async def start_failed(self, error: ModelBroken | WorkerLost, failures: int) -> None: ...

    async def broke(self, station: Station, error: Exception, failures: int) -> None:
        """Takes back what the station worked on, before it is run again."""
        ...


class Station:
    """`name` is the owner of its leases. `run` it as a task; `wake` it when there may be work."""

    def __init__(
        self, name: str, order: WorkerStart, environment: Mapping[str, str], desk: Desk
    ) -> None:
        self.name = name
        self._order = order
        self._environment = environment
        self._desk = desk
        self._change = asyncio.Event()
        self._worker: WorkerProcess | None = None
        self._state = StationState.STARTING
        self._device = order.settings.device
        self._job: Job | None = None

    @property
    def status(self) -> StationStatus:
        worker = self._worker
        return StationStatus(
            self.name,
            self._device,
            self._state,
            worker.pid if worker and worker.is_alive else None,
            self._job.id if self._job else None,
        )

    def wake(self) -> None:
        self._change.set()

    def cancel(self, job_id: str) -> None:
        """Asks the worker to stop that job at its next step."""
        if self._worker is not None:
            self._worker.send(Cancel(job_id))

    def kill(self) -> None:
        if self._worker is not None:
            self._worker.kill()

    async def run(self) -> None:
        """Until the pool closes or the model turns out to be broken."""
        failures = 0
        try:
            while not self._desk.is_closing:
                try:
                    await self._start()
                    failures = 0
                    await self._serve()
                except ModelBroken as error:
                    await self._desk.start_failed(error, failures)
                    return
                except WorkerLost as error:
                    failures += 1
                    await self._desk.start_failed(error, failures)
                    await self._pause(failures)
                finally:
                    await self._stop()
        finally:
            self._state = StationState.STOPPED

    async def _start(self) -> None:
        """Raises `ModelBroken` or `WorkerLost` when the worker does not become ready."""
        self._state = StationState.STARTING
        self._worker = WorkerProcess(self._order, self._environment, self.wake)
        await self._worker.start()
        if self._desk.is_closing:
            return
        ready = await self._worker.ready(self._order.settings.start_timeout_s)
        self._device = ready.device
        log.info("%s is ready on %s after %.1f s", self.name, ready.device, ready.load_s)
        self._desk.started(self, ready)

    async def _serve(self) -> None:
        """Returns when the worker is gone or the pool closes."""
        worker = self._worker
        while worker is not None and worker.is_alive and not self._desk.is_closing:
            self._state = StationState.IDLE
            self._change.clear()
            taken = await self._desk.take(self)
            if taken is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._change.wait(), _LOOK_EVERY_S)
                continue
            self._state, self._job = StationState.PAINTING, taken[0]
            try:
                outcome = await self._paint(worker, *taken)
                await self._desk.settle(taken[0], self, outcome)
            finally:
                self._job = None

    async def _paint(self, worker: WorkerProcess, job: Job, order: Render) -> Done | Failed | None:
        """How it ended; None: the worker is lost (and dead)."""
        worker.send(order)
        watch = Watch(self._order.settings.step_timeout_s)
        renewed = time.monotonic()
        while True:
            try:
                message = await worker.receive(min(_RENEW_S, watch.left_s))
            except TimeoutError:
                message = None
            except WorkerLost:
                return None
            if time.monotonic() - renewed >= _RENEW_S:
                renewed = time.monotonic()
                if not await self._desk.renew(job, self):
                    worker.send(Cancel(job.id))
            match message:
                case Step() if message.job_id == job.id:
                    watch.stepped()
                    self._desk.stepped(job, message)
                case Done() | Failed() if message.job_id == job.id:
                    if not (isinstance(message, Failed) and message.fatal):
                        return message
                    log.error("%s gives up its device: %s", self.name, message.message)
                    await worker.wait(0)
                    return None
            if watch.left_s <= 0:
                log.error("%s hangs and is killed", self.name)
                await worker.wait(0)
                return None

    async def _pause(self, failures: int) -> None:
        """Before the next try; ends early when the pool closes."""
        self._state = StationState.WAITING
        deadline = time.monotonic() + backoff_s(failures)
        while not self._desk.is_closing and (left_s := deadline - time.monotonic()) > 0:
            self._change.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._change.wait(), left_s)

    async def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if self._state is StationState.STARTING:
            worker.kill()
        worker.send(Stop())
        await worker.wait(_STOP_S)


class Watch:
    """How long a worker may still be silent: the given limit, or ten times its longest step."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._longest_s = 0.0
        self._heard = time.monotonic()

    @property
    def left_s(self) -> float:
        limit_s = max(self._limit_s, _SLOW_STEP * self._longest_s)
        return max(0.0, self._heard + limit_s - time.monotonic())

    def stepped(self) -> None:
        now = time.monotonic()
        self._longest_s = max(self._longest_s, now - self._heard)
        self._heard = now


def backoff_s(failures: int) -> float:
    """How long to wait after so many failures in a row."""
    return min(_LONGEST_BACKOFF_S, _BACKOFF_S * 2.0 ** min(failures, 10))


def order_for(order: WorkerStart, device: str) -> WorkerStart:
    """The same, on another device."""
    return replace(order, settings=replace(order.settings, device=device))
