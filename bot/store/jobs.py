"""Jobs: from a plan to pictures. Every change of state happens here, so that none can be skipped or done twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.store.rows import JOB_COLUMNS, RenderedFile, job_of
from core.types import Job, JobState, PictureState

MAX_ATTEMPTS = 3  # a job that was running each time its worker died this often is set aside

_NOT_PAINTED = "It starts from a picture that was not painted."
_PICTURE_STATES = {
    JobState.FAILED: PictureState.FAILED,
    JobState.QUARANTINED: PictureState.FAILED,
    JobState.CANCELLED: PictureState.CANCELLED,
}
# A first job that is gone was forgotten with its person: what started from its pictures says so when its turn comes.
_IS_STARTABLE = (
    "state = 'queued' AND NOT EXISTS"
    " (SELECT 1 FROM jobs AS first WHERE first.id = jobs.after AND first.state <> 'done')"
)


def job(connection: sqlite3.Connection, job_id: str) -> Job | None:
    found = _jobs(connection, "id = ?", (job_id,))
    return found[0] if found else None


def jobs_of_turn(connection: sqlite3.Connection, turn_id: str) -> list[Job]:
    return _jobs(connection, "turn_id = ?", (turn_id,))


def queued(connection: sqlite3.Connection) -> list[Job]:
    """Jobs that may start now, oldest first: what they start from is painted."""
    return _jobs(connection, _IS_STARTABLE, ())


def still_open(connection: sqlite3.Connection) -> list[Job]:
    """Jobs that are not over, oldest first: running, waiting to start, or waiting for another one."""
    return _jobs(connection, "state IN ('queued', 'running')", ())


def _jobs(connection: sqlite3.Connection, where: str, values: Sequence[object]) -> list[Job]:
    cursor = connection.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs WHERE {where} ORDER BY seq", values
    )
    return [job_of(row) for row in cursor.fetchall()]


def start(
    connection: sqlite3.Connection, job_id: str, owner: str, lease_until: float
) -> Job | None:
    """The job, now RUNNING and its attempt counted; None when it cannot start (any more)."""
    rows = connection.execute(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, owner = ?, lease_until = ?"
        f" WHERE id = ? AND {_IS_STARTABLE} RETURNING {JOB_COLUMNS}",
        (owner, lease_until, job_id),
    ).fetchall()
    return job_of(rows[0]) if rows else None


def renew_lease(
    connection: sqlite3.Connection, job_id: str, owner: str, lease_until: float
) -> bool:
    """False: the job is not this owner's any more."""
    return _changed(
        connection,
        "UPDATE jobs SET lease_until = ? WHERE id = ? AND owner = ? AND state = 'running'",
        (lease_until, job_id, owner),
    )


def finish(
    connection: sqlite3.Connection,
    job_id: str,
    owner: str,
    rendered: Sequence[RenderedFile],
    seconds: float,
) -> bool:
    """True: the job is DONE and its pictures READY. False: it was cancelled or given to another owner meanwhile.

    Raises ValueError unless `rendered` has each of the job's pictures once.
    """
    found = job(connection, job_id)
    if found is None or found.owner != owner:
        return False
    if found.state is not JobState.RUNNING:
        return found.state is JobState.DONE
    if sorted(found.picture_ids) != sorted(file.picture_id for file in rendered):
        raise ValueError(
            f"job {job_id} was to paint {len(found.picture_ids)} pictures, others came"
        )
    connection.execute(
        "UPDATE jobs SET state = 'done', seconds = ?, lease_until = NULL WHERE id = ?",
        (seconds, job_id),
    )
    connection.executemany(
        "UPDATE pictures SET state = 'ready', sha256 = ?, width = ?, height = ?, seconds = ?"
        " WHERE id = ?",
        [(file.sha256, file.width, file.height, seconds, file.picture_id) for file in rendered],
    )
    return True


def end(connection: sqlite3.Connection, job_id: str, state: JobState, error: str) -> bool:
    """Ends a job without pictures, and all that were to start from them. False: it was over already."""
    ended = _changed(
        connection,
        "UPDATE jobs SET state = ?, error = ?, lease_until = NULL"
        " WHERE id = ? AND state IN ('queued', 'running')",
        (state, error, job_id),
    )
    if not ended:
        return False
    connection.execute(
        "UPDATE pictures SET state = ? WHERE job_id = ? AND state = 'planned'",
        (_PICTURE_STATES[state], job_id),
    )
    end_orphans(connection)
    return True


def end_orphans(connection: sqlite3.Connection) -> None:
    """Ends the queued jobs whose first job ended without pictures: cancelled if that was, failed otherwise."""
    orphans = connection.execute(
        "SELECT jobs.id, first.state FROM jobs JOIN jobs AS first ON first.id = jobs.after"
        " WHERE jobs.state = 'queued' AND first.state IN ('failed', 'cancelled', 'quarantined')"
    ).fetchall()
    for job_id, first_state in orphans:
        cancelled = first_state == JobState.CANCELLED
        state = JobState.CANCELLED if cancelled else JobState.FAILED
        end(connection, job_id, state, _NOT_PAINTED)


def requeue(connection: sqlite3.Connection, job_id: str, forgive: bool, max_attempts: int) -> bool:
    """True: a running job is QUEUED again. False: it was not running, or is QUARANTINED after `max_attempts`.

    `forgive`: this attempt ended through no fault of the job (a shutdown) and is not counted.
    """
    rows = connection.execute(
        "UPDATE jobs SET state = 'queued', owner = NULL, lease_until = NULL,"
        " attempts = attempts - ? WHERE id = ? AND state = 'running' RETURNING attempts",
        (int(forgive), job_id),
    ).fetchall()
    if not rows:
        return False
    if rows[0][0] < max_attempts:
        return True
    error = (
        f"Painting this stopped the painter {rows[0][0]} times, so it was set aside. "
        "Other words or a smaller size may help."
    )
    end(connection, job_id, JobState.QUARANTINED, error)
    return False


def requeue_abandoned(
    connection: sqlite3.Connection, now: float, owner_prefix: str, max_attempts: int
) -> list[str]:
    """Does `requeue` to running jobs of owners named `owner_prefix...` or with a lease that ran out.

    The ids of those that are QUEUED again.
    """
    abandoned = connection.execute(
        "SELECT id FROM jobs WHERE state = 'running'"
        " AND (substr(owner, 1, ?) = ? OR lease_until < ?) ORDER BY seq",
        (len(owner_prefix), owner_prefix, now),
    ).fetchall()
    return [job_id for (job_id,) in abandoned if requeue(connection, job_id, False, max_attempts)]


def _changed(connection: sqlite3.Connection, query: str, values: Sequence[object]) -> bool:
    return connection.execute(query, values).rowcount > 0
