"""Everything Easel remembers, for coroutines. Opened by `open_store`; one process per data folder."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from bot.store import conversations, inbox, jobs, outbox, turns
from bot.store.files import PictureFiles
from bot.store.inbox import UploadedFile
from bot.store.jobs import MAX_ATTEMPTS
from bot.store.lock import lock_folder
from bot.store.outbox import OutboxItem
from bot.store.reader import Reader
from bot.store.records import Records
from bot.store.rows import RenderedFile
from bot.store.schema import migrate
from bot.store.sqlite import check, connect_writer, explain
from bot.store.writer import Writer
from core.errors import StoreError
from core.types import (
    Conversation,
    ConversationView,
    Inbound,
    Job,
    JobState,
    Part,
    Picture,
    Plan,
    PromptUse,
    Receipt,
    ThreadRef,
    Turn,
    TurnState,
)

_DATABASE = "easel.db"


@asynccontextmanager
async def open_store(
    directory: Path, read_only: bool = False, clock: Callable[[], float] = time.time
) -> AsyncIterator[Store]:
    """The store in `directory`, which is made when missing and locked until the end.

    `read_only` looks into a store that another process may be using: it takes no lock, and writing raises.
    Raises `DatabaseInUse`, `DatabaseBroken`, `DatabaseTooNew`, or `StoreError` when the folder cannot be used.
    """
    files = PictureFiles(directory / "pictures")
    async with AsyncExitStack() as stack:
        if read_only:
            if not (directory / _DATABASE).exists():
                raise StoreError(f"There is no database in {directory}.")
            writer = None
        else:
            connection = await asyncio.to_thread(_open, directory, files, stack)
            writer = Writer(connection)
            stack.push_async_callback(writer.close)
        reader = Reader(directory / _DATABASE)
        stack.push_async_callback(reader.close)
        store = Store(writer, reader, files, clock)
        if writer:
            await store.delete_forgotten_files()
        yield store


def _open(directory: Path, files: PictureFiles, stack: AsyncExitStack) -> sqlite3.Connection:
    """A connection to a database that is whole and of this version, in a folder that is locked until `stack` closes."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        stack.enter_context(lock_folder(directory))
        files.sweep()
        connection = connect_writer(directory / _DATABASE)
        try:
            check(connection)
            migrate(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise explain(error) from error
    except OSError as error:
        raise StoreError(f"The data folder {directory} cannot be used: {error}.") from error
    return connection


class Store(Records):
    """The conversations with their turns, pictures and jobs, and the answers on their way out."""

    # -- messages and conversations ----------------------------------------------------------------

    async def accept(self, inbound: Inbound, uploads: Sequence[UploadedFile] = ()) -> Receipt:
        """The receipt of an event that is safe on disk. `uploads` were `put_picture` before.

        Raises `StoreError` when one of their files is gone (its last user was forgotten in between).
        """

        def work(connection: sqlite3.Connection) -> Receipt:
            self._check_files([upload.sha256 for upload in uploads])
            return inbox.accept(connection, inbound, uploads, self._clock())

        return await self._write(work)

    async def view(
        self,
        key: ThreadRef | str,
        turns: int = 50,
        pictures: int | None = conversations.LATEST_PICTURES,
    ) -> ConversationView | None:
        """By thread or by conversation id: the last turns and pictures, oldest first, and every picture they name."""
        return await self._read(lambda db: conversations.view(db, key, turns, pictures))

    async def conversation(self, key: ThreadRef | str) -> Conversation | None:
        return await self._read(lambda db: conversations.conversation(db, key))

    async def threads_of(self, conversation_ids: Collection[str]) -> dict[str, ThreadRef]:
        """Where these conversations are; those that exist."""
        return await self._read(lambda db: conversations.threads_of(db, list(conversation_ids)))

    async def threads(self, platform: str, limit: int = 50) -> list[tuple[ThreadRef, str]]:
        """Conversations with their titles, the one last spoken in first."""
        return await self._read(lambda db: conversations.threads(db, platform, limit))

    async def amend(self, turn_id: str, text: str) -> bool:
        """True: the turn was ACCEPTED and has these words now."""
        return await self._write(lambda db: inbox.amend(db, turn_id, text))

    async def turn_of_event(self, platform: str, event_id: str) -> Turn | None:
        def query(connection: sqlite3.Connection) -> Turn | None:
            known = inbox.known_turn(connection, platform, event_id)
            return conversations.turn(connection, known[1]) if known else None

        return await self._read(query)

    # -- turns -----------------------------------------------------------------------------------------

    async def turn(self, turn_id: str) -> Turn | None:
        return await self._read(lambda db: conversations.turn(db, turn_id))

    async def open_turns(self) -> list[Turn]:
        """Turns that are ACCEPTED or PAINTING, oldest first."""
        return await self._read(conversations.open_turns)

    async def save_plan(self, turn_id: str, plan: Plan) -> tuple[Job, ...]:
        """The turn's jobs, some ended already if what they start from was not painted.

        A plan that was saved before stays as it is; a turn that is over gets none. Numbers are given here, in the
        order of the orders' pictures.
        """
        return await self._write(lambda db: turns.save_plan(db, turn_id, plan, self._clock()))

    async def finish_turn(
        self, turn_id: str, state: TurnState, error: str = "", parts: Sequence[Part] | None = None
    ) -> bool:
        """True: the turn ended now and its answer lies in the outbox. False: it had ended before.

        Its jobs that are still open are cancelled; `parts` replace the plan's.
        """
        now = self._clock()
        return await self._write(lambda db: turns.finish(db, turn_id, (state, error), parts, now))

    async def prompt_uses(self, turn_id: str) -> list[PromptUse]:
        return await self._read(lambda db: conversations.prompt_uses(db, turn_id))

    # -- pictures --------------------------------------------------------------------------------------

    async def put_picture(self, data: bytes) -> str:
        """The hash under which the file is safe on disk. Raises `StoreError`."""
        return await asyncio.to_thread(self._files.put, data)

    async def next_number(self, conversation_id: str) -> int:
        return await self._read(lambda db: inbox.next_number(db, conversation_id))

    async def picture(self, picture_id: str) -> Picture | None:
        found = await self.pictures((picture_id,))
        return found[0] if found else None

    async def pictures(self, ids: Sequence[str]) -> list[Picture]:
        """Those that exist, in the order asked for."""
        return await self._read(lambda db: conversations.pictures(db, ids))

    async def picture_by_number(self, conversation_id: str, number: int) -> Picture | None:
        query = partial(
            conversations.picture_by_number, conversation_id=conversation_id, number=number
        )
        return await self._read(query)

    async def find_picture(self, text: str, conversation_id: str | None = None) -> Picture | None:
        """By full id or its last six or more characters; those of `conversation_id` come first.

        Raises `AmbiguousPicture` when several fit.
        """
        return await self._read(lambda db: conversations.find_picture(db, text, conversation_id))

    # -- jobs ------------------------------------------------------------------------------------------

    async def job(self, job_id: str) -> Job | None:
        return await self._read(lambda db: jobs.job(db, job_id))

    async def jobs_of_turn(self, turn_id: str) -> list[Job]:
        return await self._read(lambda db: jobs.jobs_of_turn(db, turn_id))

    async def queued_jobs(self) -> list[Job]:
        """Jobs that may start now, oldest first: what they start from is painted."""
        return await self._read(jobs.queued)

    async def open_jobs(self) -> list[Job]:
        """All that wait, may start or not, and all that run, oldest first."""
        return await self._read(jobs.still_open)

    async def start_job(self, job_id: str, owner: str, lease_s: float) -> Job | None:
        """The job, RUNNING, its attempt counted; None when it cannot start (any more)."""
        until = self._clock() + lease_s
        return await self._write(lambda db: jobs.start(db, job_id, owner, until))

    async def renew_lease(self, job_id: str, owner: str, lease_s: float) -> bool:
        """False: the job is not this owner's any more."""
        until = self._clock() + lease_s
        return await self._write(lambda db: jobs.renew_lease(db, job_id, owner, until))

    async def finish_job(
        self, job_id: str, owner: str, rendered: Sequence[RenderedFile], seconds: float
    ) -> bool:
        """True: DONE, its pictures READY. False: it was cancelled or given to another owner meanwhile."""

        def work(connection: sqlite3.Connection) -> bool:
            self._check_files([file.sha256 for file in rendered])
            return jobs.finish(connection, job_id, owner, rendered, seconds)

        return await self._write(work)

    async def end_job(self, job_id: str, state: JobState, error: str = "") -> bool:
        """Ends a job without pictures, and all that wait for them. False: it was over already.

        `state` is FAILED, CANCELLED or QUARANTINED.
        """
        return await self._write(lambda db: jobs.end(db, job_id, state, error))

    async def requeue_job(
        self, job_id: str, forgive: bool = False, max_attempts: int = MAX_ATTEMPTS
    ) -> bool:
        """True: a running job is QUEUED again. False: it was not running, or is QUARANTINED after `max_attempts`.

        `forgive`: the attempt ended through no fault of the job (a shutdown) and is not counted.
        """
        return await self._write(lambda db: jobs.requeue(db, job_id, forgive, max_attempts))

    async def requeue_abandoned(
        self, now: float, owner_prefix: str, max_attempts: int = MAX_ATTEMPTS
    ) -> list[str]:
        """At start-up: `requeue_job` of running jobs of owners `owner_prefix...` or with a lease that ran out.

        The ids of those that are QUEUED again.
        """
        query = partial(
            jobs.requeue_abandoned, now=now, owner_prefix=owner_prefix, max_attempts=max_attempts
        )
        return await self._write(query)

    # -- answers -----------------------------------------------------------------------------------

    async def pending_answers(self, platforms: Sequence[str] | None = None) -> list[OutboxItem]:
        """Answers that are not known to be shown, oldest first; those of these platforms, or of all."""
        return await self._read(lambda db: outbox.pending(db, platforms))

    async def mark_sending(self, key: str) -> bool:
        """False: it is sent already, or was forgotten."""
        return await self._write(lambda db: outbox.mark_sending(db, key))

    async def mark_sent(self, key: str, platform_message_id: str) -> None:
        await self._write(lambda db: outbox.mark_sent(db, key, platform_message_id))
