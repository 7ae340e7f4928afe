"""What is known of a job while it runs or waits, and how often that is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bot.pool.messages import Step
from bot.pool.schedule import Expectation, Speed
from bot.pool.station import Station
from core.types import Job

PROGRESS_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far a job is: waiting (`steps` is 0), painting, or done with a `note` for the user."""

    position: int = 0  # waiting: jobs ahead
    wait_s: float | None = None  # waiting: until it starts; painting: until it is done
    step: int = 0
    steps: int = 0
    preview: bytes | None = None  # a small JPEG
    note: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An open job's place among all of them."""

    job: Job
    is_running: bool
    position: int = 0  # jobs ahead
    wait_s: float | None = None  # until it starts, or until it is done when running


@dataclass(slots=True)
class Running:
    job: Job
    station: Station
    since: float  # monotonic
    is_cancelled: bool = False
    _expected_end: float | None = field(default=None, init=False)

    def after(self, step: Step, now: float) -> float:
        """Seconds left, judged by the steps so far."""
        left_s = (now - self.since) / step.step * (step.steps - step.step)
        self._expected_end = now + left_s
        return left_s

    def left_s(self, speed: Speed, now: float) -> float:
        end = self._expected_end
        if end is None:
            end = self.since + (speed.seconds(self.job) or 0.0)
        return max(0.0, end - now)


class ProgressFilter:
    """Passes on what is new: steps at most five times a second, places in the queue when they change."""

    def __init__(self, on_progress: Callable[[Job, JobProgress], None]) -> None:
        self._on_progress = on_progress
        self._next: dict[str, float] = {}  # job -> when its next step may be told
        self._previews: dict[str, bytes] = {}  # held back until then
        self._positions: dict[str, int] = {}

    def waiting(self, jobs: Iterable[Job], expected: Mapping[str, Expectation]) -> None:
        """All jobs that wait now."""
        before = self._positions
        self._positions = {job.id: expected[job.id].position for job in jobs}
        for job in jobs:
            place = expected[job.id]
            if before.get(job.id) != place.position:
                self._on_progress(job, JobProgress(place.position, place.wait_s))

    def painting(self, job: Job, step: Step, left_s: float) -> None:
        if step.preview is not None:
            self._previews[job.id] = step.preview
        now = time.monotonic()
        if now < self._next.get(job.id, 0.0):
            return
        self._next[job.id] = now + PROGRESS_EVERY_S
        preview = self._previews.pop(job.id, None)
        self._on_progress(
            job, JobProgress(wait_s=left_s, step=step.step, steps=step.steps, preview=preview)
        )

    def noted(self, job: Job, note: str) -> None:
        self._on_progress(job, JobProgress(note=note))

    def forget(self, job_id: str) -> None:
        self._next.pop(job_id, None)
        self._previews.pop(job_id, None)
