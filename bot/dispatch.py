"""Event in -> conversation -> plan -> jobs -> answer; the one place where errors become replies.

Messages of one conversation are served in order, different conversations side by side; buttons do not wait for the
message before them. Each step is on disk before the next begins, so a new process goes on where the last one died.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.config import LimitSettings
from bot.delivery import Delivery
from bot.intake import clean, file_names
from bot.pool.pool import RenderPool
from bot.pool.running import JobProgress
from bot.store.inbox import UploadedFile
from bot.store.store import Store
from core.engine import Engine
from core.errors import EaselError
from core.painting.picture_file import check_upload
from core.types import (
    ConversationView,
    Inbound,
    Job,
    JobState,
    Picture,
    Progress,
    Receipt,
    Stage,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
)

log = logging.getLogger(__name__)

BROKEN = "Something broke inside me; my log has the details under {turn}. Please try again."
TOO_LONG = "That took too long, so I stopped. Please try again, perhaps with fewer pictures."
CANCELLED = "Stopped, as you asked."


class Dispatch:
    """The `Desk` of every platform."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        pool: RenderPool,
        limits: LimitSettings,
    ) -> None:
        self._store, self._engine, self._pool, self._limits = store, engine, pool, limits
        self._delivery: Delivery | None = None
        self._waiting: dict[str, list[Turn]] = {}  # messages by conversation, oldest first
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by conversation, or by turn for buttons
        self._begun: set[str] = set()  # turns at work or waiting
        self._threads: dict[str, ThreadRef] = {}  # of the turns at work
        self._notes: dict[str, list[str]] = {}  # what painting had to do otherwise, by turn

    # -- what platforms ask ---------------------------------------------------------------------------

    async def receive(self, inbound: Inbound) -> Receipt:
        """Returns when the event is safe on disk; raises `EaselError` and stores nothing otherwise."""
        inbound = clean(inbound, self._limits.message_characters)
        uploads = await self._keep_uploads(inbound)
        inbound = replace(inbound, received_at=inbound.received_at or time.time())
        receipt = await self._store.accept(inbound, uploads)
        if receipt.is_new and (turn := await self._store.turn(receipt.turn_id)):
            self._begin(turn)
        return receipt

    async def view(self, thread: ThreadRef) -> ConversationView | None:
        return await self._store.view(thread)

    async def threads(self, platform: str) -> Sequence[tuple[ThreadRef, str]]:
        return await self._store.threads(platform)

    async def picture(self, picture_id: str) -> Picture | None:
        return await self._store.picture(picture_id)

    def picture_path(self, picture: Picture) -> Path:
        return self._store.picture_path(picture)

    async def cancel(self, job_id: str, user: UserRef) -> bool:
        log.info("cancel of job %s by %s:%s", job_id, user.platform, user.id)
        return await self._pool.cancel(job_id)

    async def _keep_uploads(self, inbound: Inbound) -> list[UploadedFile]:
        """The files of a message, checked, cleaned and safe on disk before the message is."""
        kept = []
        names = file_names(inbound.attachments)
        for attachment, name in zip(inbound.attachments, names, strict=True):
            checked = await check_upload(attachment.data)
            sha256 = await self._store.put_picture(checked.data)
            kept.append(UploadedFile(sha256, checked.width, checked.height, name))
        return kept

    # -- life -----------------------------------------------------------------------------------------

    async def start(self, delivery: Delivery) -> None:
        """Takes up every turn that an earlier process left open."""
        self._delivery = delivery
        for turn in await self._store.open_turns():
            self._begin(turn)
        delivery.wake()

    async def close(self) -> None:
        """Stops serving; open turns stay on disk and go on next time."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- serving --------------------------------------------------------------------------------------

    def _begin(self, turn: Turn) -> None:
        if turn.id in self._begun:
            return  # it came in while `start` was looking for open turns
        self._begun.add(turn.id)
        if turn.press:
            self._spawn(turn.id, self._serve(turn))
            return
        waiting = self._waiting.setdefault(turn.conversation_id, [])
        waiting.append(turn)
        waiting.sort(key=lambda t: t.id)
        if turn.conversation_id not in self._tasks:
            self._spawn(turn.conversation_id, self._serve_in_order(turn.conversation_id))

    def _spawn(self, key: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=f"serve {key}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    async def _serve_in_order(self, conversation_id: str) -> None:
        waiting = self._waiting[conversation_id]
        while waiting:
            await self._serve(waiting.pop(0))
        del self._waiting[conversation_id]

    async def _serve(self, turn: Turn) -> None:
        """One turn to its visible end, whatever happens; only the end of the process leaves it open."""
        try:
            self._threads[turn.id] = await self._thread(turn)
            async with asyncio.timeout(self._limits.turn_timeout_s):
                jobs = await self._plan(turn)
                state, error = _outcome(await self._paint(jobs))
        except EaselError as refused:
            log.info("turn %s: %s", turn.id, refused)
            state, error = TurnState.FAILED, refused.reply
        except TimeoutError:
            await self._give_up(turn)
            state, error = TurnState.FAILED, TOO_LONG
        except Exception:  # noqa: BLE001 - the one net under everything: no turn may end in silence
            log.exception("turn %s broke", turn.id)
            state, error = TurnState.FAILED, BROKEN.format(turn=turn.id)
        await self._finish(turn, state, error)

    async def _plan(self, turn: Turn) -> Sequence[Job]:
        if turn.state is not TurnState.ACCEPTED:
            return await self._store.jobs_of_turn(turn.id)  # planned by an earlier process
        self._tell(turn.id, Stage.THINKING)
        plan = await self._engine.plan(
            await self._view_for(turn),
            turn,
            lambda text: self._tell(turn.id, Stage.WRITING, text=text),
        )
        self._pool.admit(user_key(turn.user), len(plan.orders))
        return await self._store.save_plan(turn.id, plan)

    async def _view_for(self, turn: Turn) -> ConversationView:
        """What was said and painted before this turn, with every picture that words or a button may mean."""
        view = await self._store.view(turn.conversation_id, pictures=None)
        if view is None:
            raise EaselError(
                f"conversation {turn.conversation_id} is gone", "We start afresh here."
            )
        earlier = (t for t in view.turns if t.id < turn.id and t.state is not TurnState.ACCEPTED)
        return replace(view, turns=tuple(earlier))

    async def _paint(self, jobs: Sequence[Job]) -> Sequence[Job]:
        for job in jobs:
            await self._pool.submit(job)
        return [await self._pool.finished(job.id) for job in jobs]

    async def _give_up(self, turn: Turn) -> None:
        for job in await self._store.jobs_of_turn(turn.id):
            await self._pool.cancel(job.id)

    async def _finish(self, turn: Turn, state: TurnState, error: str) -> None:
        notes = " ".join(self._notes.pop(turn.id, ()))
        await self._store.finish_turn(turn.id, state, " ".join(filter(None, (error, notes))))
        self._threads.pop(turn.id, None)
        self._begun.discard(turn.id)
        if self._delivery:
            self._delivery.wake()

    async def _thread(self, turn: Turn) -> ThreadRef:
        conversation = await self._store.conversation(turn.conversation_id)
        if conversation is None:
            raise EaselError(
                f"conversation {turn.conversation_id} is gone", "We start afresh here."
            )
        return conversation.thread

    # -- signs of life --------------------------------------------------------------------------------

    def painting(self, job: Job, progress: JobProgress) -> None:
        """What the pool says of a job, passed on to where its turn happens."""
        if progress.note:
            self._notes.setdefault(job.turn_id, []).append(progress.note)
            return
        self._tell(
            job.turn_id,
            Stage.PAINTING if progress.steps else Stage.QUEUED,
            job_id=job.id,
            position=progress.position,
            wait_s=progress.wait_s,
            step=progress.step,
            steps=progress.steps,
            preview=progress.preview,
        )

    def _tell(self, turn_id: str, stage: Stage, **details: Any) -> None:
        thread = self._threads.get(turn_id)
        if self._delivery and thread:
            self._delivery.tell(Progress(thread, turn_id, stage, **details))


def user_key(user: UserRef) -> str:
    """The unit of fairness."""
    return f"{user.platform}:{user.id}"


def _outcome(jobs: Sequence[Job]) -> tuple[TurnState, str]:
    """How a turn with these ended jobs ends; what went wrong is said even where something went well."""
    errors = dict.fromkeys(j.error for j in jobs if j.state is not JobState.DONE and j.error)
    if not jobs or any(j.state is JobState.DONE for j in jobs):
        return TurnState.DONE, " ".join(errors)
    if all(j.state is JobState.CANCELLED for j in jobs):
        return TurnState.CANCELLED, CANCELLED
    return TurnState.FAILED, " ".join(errors)
