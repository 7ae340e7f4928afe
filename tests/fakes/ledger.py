"""A job ledger in memory, with the rules of the real one; for tests of the pool that need no disk."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.store.rows import RenderedFile
from core.errors import StoreError
from core.types import Job, JobState, Picture

_OPEN = (JobState.QUEUED, JobState.RUNNING)


class MemoryLedger:
    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.files: dict[str, bytes] = {}
        self.rendered: dict[str, list[RenderedFile]] = {}
        self.pictures: dict[str, tuple[Picture, Path]] = {}
        self.is_full = False  # a full disk: files cannot be written
        self.troubles: dict[str, list[Exception]] = {}  # what calls of a method raise, one by one

    def add(self, job: Job) -> Job:
        self.jobs[job.id] = job
        return job

    async def queued_jobs(self) -> list[Job]:
        return [job for job in self.jobs.values() if self._can_start(job)]

    async def open_jobs(self) -> list[Job]:
        return [job for job in self.jobs.values() if job.state in _OPEN]

    async def start_job(self, job_id: str, owner: str, lease_s: float) -> Job | None:
        self._stumble("start_job")
        job = self.jobs[job_id]
        if not self._can_start(job):
            return None
        return self._change(
            job,
            state=JobState.RUNNING,
            owner=owner,
            attempts=job.attempts + 1,
            lease_until=time.time() + lease_s,
        )

    async def renew_lease(self, job_id: str, owner: str, lease_s: float) -> bool:
        job = self.jobs[job_id]
        return job.owner == owner and job.state is JobState.RUNNING

    async def finish_job(
        self, job_id: str, owner: str, rendered: Sequence[RenderedFile], seconds: float
    ) -> bool:
        job = self.jobs[job_id]
        if job.owner != owner or job.state is not JobState.RUNNING:
            return False
        assert [file.picture_id for file in rendered] == list(job.picture_ids)
        self.rendered[job_id] = list(rendered)
        self._change(job, state=JobState.DONE, seconds=seconds)
        return True

    async def end_job(self, job_id: str, state: JobState, error: str = "") -> bool:
        self._stumble("end_job")
        job = self.jobs.get(job_id)
        if job is None or job.state not in _OPEN:
            return False
        self._change(job, state=state, error=error)
        for other in list(self.jobs.values()):
            if other.after == job_id:
                await self.end_job(other.id, state, error)
        return True

    async def requeue_job(self, job_id: str, forgive: bool = False, max_attempts: int = 3) -> bool:
        job = self.jobs[job_id]
        if job.state is not JobState.RUNNING:
            return False
        job = self._change(
            job, state=JobState.QUEUED, owner=None, attempts=job.attempts - int(forgive)
        )
        if job.attempts < max_attempts:
            return True
        await self.end_job(job_id, JobState.QUARANTINED, "It was set aside.")
        return False

    async def requeue_abandoned(
        self, now: float, owner_prefix: str, max_attempts: int = 3
    ) -> list[str]:
        mine = [job for job in self.jobs.values() if (job.owner or "").startswith(owner_prefix)]
        return [job.id for job in mine if await self.requeue_job(job.id, False, max_attempts)]

    async def job(self, job_id: str) -> Job | None:
        return self.jobs.get(job_id)

    async def picture(self, picture_id: str) -> Picture | None:
        self._stumble("picture")
        return self.pictures[picture_id][0] if picture_id in self.pictures else None

    async def put_picture(self, data: bytes) -> str:
        self._stumble("put_picture")
        if self.is_full:
            raise StoreError("The disk is full.")
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return sha256

    def picture_path(self, picture: Picture) -> Path:
        return self.pictures[picture.id][1]

    def _stumble(self, method: str) -> None:
        if self.troubles.get(method):
            raise self.troubles[method].pop(0)

    def _can_start(self, job: Job) -> bool:
        first = self.jobs.get(job.after) if job.after else None
        return job.state is JobState.QUEUED and (first is None or first.state is JobState.DONE)

    def _change(self, job: Job, **fields: object) -> Job:
        self.jobs[job.id] = replace(job, **fields)  # type: ignore[arg-type]
        return self.jobs[job.id]
