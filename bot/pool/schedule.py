"""Which job is next, and how long the others wait. Decisions only: nothing here runs, waits or writes.

Fairness is start-time fair queueing (Goyal, Vin and Cheng 1996): each user has an account of the work done for them,
and the smallest account is served next. Like deficit round robin it shares out cost, not counts, and no user is ever
more than one job ahead; unlike it, it needs no quantum and the whole line is found in one pass with a heap.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import QueueFull
from core.types import Job

INTERACTIVE_RUN = 4  # edits in a row before a waiting batch has its turn
_NEW_WEIGHT = 0.3  # of the latest job in the measured speed


@dataclass(frozen=True, slots=True)
class QueueLimits:
    per_user: int = 10
    total: int = 200


@dataclass(frozen=True, slots=True)
class Turns:
    """Whose turn it is: all that is remembered from one choice to the next."""

    accounts: Mapping[str, float] = field(default_factory=dict)  # user -> units of work done
    level: float = 0.0  # the account of the user served last; newcomers start here, not at 0
    interactive_run: int = 0  # edits since the last batch


@dataclass(frozen=True, slots=True)
class Expectation:
    position: int  # jobs that start before this one
    wait_s: float | None  # until it starts; None: no speed measured yet


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds per unit of work, an exponential mean over finished jobs."""

    seconds_per_unit: float | None = None

    def after(self, work: float, seconds: float) -> Speed:
        latest = seconds / work
        if self.seconds_per_unit is None:
            return Speed(latest)
        return Speed(self.seconds_per_unit + _NEW_WEIGHT * (latest - self.seconds_per_unit))

    def seconds(self, job: Job) -> float | None:
        return None if self.seconds_per_unit is None else self.seconds_per_unit * units(job)


def units(job: Job) -> float:
    """Work: megapixels x denoising steps over all pictures, twice where guidance needs a second pass."""
    return sum(
        recipe.width
        * recipe.height
        / 1e6
        * max(1.0, recipe.steps * (1.0 if recipe.strength is None else recipe.strength))
        * (2 if recipe.guidance > 1 else 1)
        for recipe in job.recipes
    )


def admit(
    open_jobs: Iterable[Job], user_key: str, jobs: int = 1, limits: QueueLimits | None = None
) -> None:
    """Returns when `jobs` more of this user may be saved. Raises `QueueFull` with a sentence for the user.

    `open_jobs` are all that wait or run, of everybody. A turn that paints nothing is always admitted.
    """
    limits = limits or QueueLimits()
    if jobs == 0:
        return
    most = min(limits.per_user, limits.total)
    if jobs > most:
        raise QueueFull(
            f"{user_key} asks for {jobs} jobs in one turn",
            f"That is more than {most} paintings at once; ask for fewer.",
        )
    owners = [job.user_key for job in open_jobs]
    own = owners.count(user_key)
    if own + jobs > limits.per_user:
        raise QueueFull(
            f"{user_key} has {own} open jobs",
            f"You have {own} requests in the works already; please let some of them finish first.",
        )
    if len(owners) + jobs > limits.total:
        raise QueueFull(
            f"{len(owners)} open jobs",
            f"{len(owners)} requests are in the works already; please try again in a few minutes.",
        )


def pick(turns: Turns, waiting: Sequence[Job]) -> tuple[Job, Turns] | None:
    """The job to start now and the turns after it; None when nothing waits. `waiting` is oldest first."""
    if not waiting:
        return None
    queue = _Queue(turns, waiting)
    return queue.pop(), queue.turns()


def line_up(turns: Turns, waiting: Sequence[Job]) -> list[Job]:
    """All waiting jobs in the order in which they would start if nothing new came."""
    queue = _Queue(turns, waiting)
    return [queue.pop() for _ in waiting]


def forecast(
    line: Sequence[Job], free_in_s: Sequence[float], speed: Speed
) -> dict[str, Expectation]:
    """For each job of the line, given in how many seconds each worker is free."""
    workers = list(free_in_s) or [0.0]
    heapq.heapify(workers)
    expected: dict[str, Expectation] = {}
    for position, job in enumerate(line):
        seconds = speed.seconds(job)
        expected[job.id] = Expectation(position, None if seconds is None else workers[0])
        if seconds is not None:
            heapq.heapreplace(workers, workers[0] + seconds)
    return expected


class _Queue:
    """Waiting jobs, taken out one by one in their order."""

    def __init__(self, turns: Turns, waiting: Sequence[Job]) -> None:
        self._level = turns.level
        self._run = turns.interactive_run
        self._accounts = {user: done for user, done in turns.accounts.items() if done > self._level}
        for job in waiting:
            self._accounts.setdefault(job.user_key, self._level)
        self._edits = _Line(self._accounts, [job for job in waiting if job.interactive])
        self._batches = _Line(self._accounts, [job for job in waiting if not job.interactive])

    def pop(self) -> Job:
        is_edit = bool(self._edits) and (self._run < INTERACTIVE_RUN or not self._batches)
        job = (self._edits if is_edit else self._batches).pop()
        self._run = self._run + 1 if is_edit else 0
        self._level = self._accounts[job.user_key]
        self._accounts[job.user_key] += units(job)
        return job

    def turns(self) -> Turns:
        return Turns(dict(self._accounts), self._level, self._run)


class _Line:
    """Waiting jobs of one kind; `accounts` is shared with the other kind and changes between pops."""

    def __init__(self, accounts: Mapping[str, float], waiting: Sequence[Job]) -> None:
        self._accounts = accounts
        self._jobs: dict[str, deque[tuple[int, Job]]] = {}
        for arrival, job in enumerate(waiting):
            self._jobs.setdefault(job.user_key, deque()).append((arrival, job))
        self._heap = [(accounts[user], jobs[0][0], user) for user, jobs in self._jobs.items()]
        heapq.heapify(self._heap)

    def __bool__(self) -> bool:
        return bool(self._heap)

    def pop(self) -> Job:
        """The oldest job of the user with the smallest account."""
        while True:
            spent, _, user = heapq.heappop(self._heap)
            jobs = self._jobs[user]
            if spent == self._accounts[user]:
                break
            heapq.heappush(self._heap, (self._accounts[user], jobs[0][0], user))
        _, job = jobs.popleft()
        if jobs:
            heapq.heappush(self._heap, (spent, jobs[0][0], user))
        return job
