"""What the render pool asks of whoever keeps the jobs and the pictures; `bot.store.store.Store` is one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from bot.store.rows import RenderedFile
from core.types import Job, JobState, Picture


class JobLedger(Protocol):
    """The durable queue. What it returns is safe on disk. Everything may raise `StoreError`."""

    async def queued_jobs(self) -> list[Job]:
        """Jobs that may start now, oldest first: what they start from is painted."""
        ...

    async def open_jobs(self) -> list[Job]:
        """All that wait, may start or not, and all that run, oldest first."""
        ...

    async def start_job(self, job_id: str, owner: str, lease_s: float) -> Job | None:
        """The job, RUNNING, its attempt counted; None when it cannot start (any more)."""
        ...

    async def renew_lease(self, job_id: str, owner: str, lease_s: float) -> bool: ...

    async def finish_job(
        self, job_id: str, owner: str, rendered: Sequence[RenderedFile], seconds: float
    ) -> bool:
        """False: it was ended or given to another owner meanwhile."""
        ...

    async def end_job(self, job_id: str, state: JobState, error: str = "") -> bool:
        """Ends a job without pictures, and all that wait for them. False: it was over already."""
        ...

    async def requeue_job(self, job_id: str, forgive: bool = False, max_attempts: int = 3) -> bool:
        """True: a running job is QUEUED again. False: it was not running, or is QUARANTINED after `max_attempts`.

        `forgive`: the attempt ended through no fault of the job (a shutdown) and is not counted.
        """
        ...

    async def requeue_abandoned(
        self, now: float, owner_prefix: str, max_attempts: int = 3
    ) -> list[str]:
        """`requeue_job` of running jobs of owners `owner_prefix...` or with a lease that ran out; ids of the QUEUED."""
        ...

    async def job(self, job_id: str) -> Job | None: ...

    async def picture(self, picture_id: str) -> Picture | None: ...

    async def put_picture(self, data: bytes) -> str:
        """The hash under which the file is safe on disk."""
        ...

    def picture_path(self, picture: Picture) -> Path:
        """The file of a READY picture; raises `StoreError` when it is gone."""
        ...
