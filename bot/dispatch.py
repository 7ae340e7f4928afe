"""Event in -> conversation -> plan -> jobs -> answer; the one place where errors become replies.

Messages of one conversation are served in order, different conversations side by side; buttons do not wait for the
message before them. Each step is on disk before the next begins, so a new process goes on where the last one died.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any
from weakref import WeakValueDictionary

from bot.config import LimitSettings
from bot.delivery import Delivery
from bot.policy import Policy
from bot.pool.pool import RenderPool
from bot.pool.running import JobProgress
from bot.store.store import Store
from bot.visibility import user_key
from core.engine import Engine
from core.errors import EaselError, StoreError
from core.preferences import Preferences, merged, preferences_of, scopes
from core.types import (
    ConversationView,
    Job,
    JobState,
    Progress,
    Receipt,
    Stage,
    ThreadRef,
    Turn,
    TurnState,
)

log = logging.getLogger(__name__)

BROKEN = "Something broke inside me; my log has the details under {turn}. Please try again."
TOO_LONG = "That took too long, so I stopped. Please try again, perhaps with fewer pictures."
CANCELLED = "Stopped, as you asked."
GONE = "We start afresh here."


@dataclass(slots=True)
class _Work:
    """What is known of a turn beside what is stored."""

    gate: asyncio.Lock = field(default_factory=asyncio.Lock)  # its words change, or it begins
    has_begun: bool = False
    is_stopped: bool = False  # by a person, before anything was planned
    task: asyncio.Task[tuple[TurnState, str]] | None = None
    thread: ThreadRef | None = None
    notes: list[str] = field(default_factory=list)  # what painting had to do otherwise

    def stop(self) -> None:
        self.is_stopped = True
        if self.task:
            self.task.cancel()


class Dispatch:
    """Serves turns: `begin` them, `amend` or `stop` them on the way."""

    def __init__(
        self,
        store: Store,
        engine: Engine,
        pool: RenderPool,
        limits: LimitSettings,
        policy: Policy,
    ) -> None:
        self._store, self._engine, self._pool, self._limits = store, engine, pool, limits
        self._policy = policy
        self._delivery: Delivery | None = None
        self._lanes: dict[str, deque[str]] = {}  # ids of messages by conversation, oldest first
        self._tasks: set[asyncio.Task[None]] = set()
        self._work: dict[str, _Work] = {}  # turns at work or waiting, by id
        # A person's plans are admitted one by one, so that each counts those before it.
        self._admissions: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._is_closed = False

    # -- life -----------------------------------------------------------------------------------------

    async def start(self, delivery: Delivery) -> None:
        """Takes up every turn that an earlier process left open."""
        self._delivery = delivery
        for turn in await self._store.open_turns():
            self._begin(turn.id, turn.conversation_id, turn.press is not None)
        delivery.wake()

    async def close(self) -> None:
        """Stops serving; open turns stay on disk and go on next time."""
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- what the desk asks ---------------------------------------------------------------------------

    async def begin(self, receipt: Receipt, is_press: bool) -> None:
        """The turn is on disk: it is served in its order, if it is not already."""
        if receipt.is_new or await self._is_waiting(receipt.turn_id):
            self._begin(receipt.turn_id, receipt.conversation_id, is_press)

    async def amend(self, turn_id: str, text: str) -> bool:
        """True: the turn had not begun, and has these words now."""
        work = self._work.get(turn_id)
        if work is None or work.has_begun:
            return False
        async with work.gate:
            return not work.has_begun and await self._store.amend(turn_id, text)

    async def stop(self, turn: Turn) -> bool:
        """True: it was waiting, thinking or painting, and ends CANCELLED unless a picture is done already."""
        jobs = await self._store.jobs_of_turn(turn.id)
        stopped = [await self._pool.cancel(job.id) for job in jobs]
        if turn.state is not TurnState.ACCEPTED:
            return any(stopped)
        if work := self._work.get(turn.id):
            work.stop()
        lane = self._lanes.get(turn.conversation_id)
        if lane and turn.id in lane:
            lane.remove(turn.id)
            self._spawn(self._serve(turn.id), turn.id)
        was_open = await self._store.finish_turn(turn.id, TurnState.CANCELLED, CANCELLED)
        self._wake()
        return was_open

    # -- serving --------------------------------------------------------------------------------------

    async def _is_waiting(self, turn_id: str) -> bool:
        """True for a turn that is stored but was never begun: its process died, or failed right after."""
        turn = await self._store.turn(turn_id)
        return turn is not None and turn.state is TurnState.ACCEPTED

    def _begin(self, turn_id: str, conversation_id: str, is_press: bool) -> None:
        if self._is_closed:
            return  # the next process takes it up
        if turn_id in self._work:
            return  # it came in while `start` was looking for open turns, or was sent twice
        self._work[turn_id] = _Work()
        lane = self._lanes.get(conversation_id)
        if is_press:
            self._spawn(self._serve(turn_id), turn_id)
        elif lane is not None:
            lane.append(turn_id)
        else:
            self._lanes[conversation_id] = deque([turn_id])
            self._spawn(self._serve_lane(conversation_id), conversation_id)

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=f"serve {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve_lane(self, conversation_id: str) -> None:
        lane = self._lanes[conversation_id]
        try:
            while lane:
                await self._serve(lane.popleft())
        finally:
            del self._lanes[conversation_id]  # nothing can join between the last look and this

    async def _serve(self, turn_id: str) -> None:
        """One turn to its visible end, whatever happens; only the end of the process leaves it open."""
        try:
            state, error = await self._unless_stopped(turn_id)
        except Exception:  # noqa: BLE001 - the one net under everything: no turn may end in silence
            log.exception("turn %s broke", turn_id)
            state, error = TurnState.FAILED, BROKEN.format(turn=turn_id)
        await self._finish(turn_id, state, error)

    async def _unless_stopped(self, turn_id: str) -> tuple[TurnState, str]:
        work = self._work[turn_id]
        async with work.gate:
            work.has_begun = True
        if not work.is_stopped:
            work.task = asyncio.create_task(self._outcome(turn_id), name=f"turn {turn_id}")
            try:
                return await work.task
            except asyncio.CancelledError:
                if not work.is_stopped:  # the process ends
                    raise
        await self._cancel_jobs(turn_id)
        return TurnState.CANCELLED, CANCELLED

    async def _cancel_jobs(self, turn_id: str) -> None:
        for job in await self._store.jobs_of_turn(turn_id):
            await self._pool.cancel(job.id)

    async def _outcome(self, turn_id: str) -> tuple[TurnState, str]:
        try:
            async with asyncio.timeout(self._limits.turn_timeout_s):
                turn = await self._store.turn(turn_id)
                if turn is None:
                    raise EaselError(f"turn {turn_id} is gone", GONE)
                self._work[turn_id].thread = await self._thread(turn)
                return _outcome(await self._painted(await self._plan(turn)))
        except EaselError as refused:
            log.info("turn %s: %s", turn_id, refused)
            return TurnState.FAILED, refused.reply
        except TimeoutError:
            await self._cancel_jobs(turn_id)
            return TurnState.FAILED, TOO_LONG

    async def _plan(self, turn: Turn) -> Sequence[Job]:
        """The turn's jobs, in the pool."""
        if turn.state is not TurnState.ACCEPTED:  # planned by an earlier process
            return await self._submit(await self._store.jobs_of_turn(turn.id))
        self._tell(turn.id, Stage.THINKING)
        plan = await self._engine.plan(
            await self._view_for(turn),
            turn,
            lambda text: self._tell(turn.id, Stage.WRITING, text=text),
            await self._preferences(turn),
        )
        self._policy.check_plan(plan, turn.adult)
        person = user_key(turn.user)
        async with self._admissions.setdefault(person, asyncio.Lock()):
            self._pool.admit(person, len(plan.orders))
            return await self._submit(await self._store.save_plan(turn.id, plan))

    async def _view_for(self, turn: Turn) -> ConversationView:
        """What was said and painted before this turn, with every picture that words or a button may mean."""
        view = await self._store.view(turn.conversation_id, pictures=None)
        if view is None:
            raise EaselError(f"conversation {turn.conversation_id} is gone", GONE)
        before = takewhile(lambda t: t.id != turn.id, view.turns)
        return replace(view, turns=tuple(t for t in before if t.state is not TurnState.ACCEPTED))

    async def _preferences(self, turn: Turn) -> Preferences:
        places = scopes(await self._thread(turn), turn.user)
        return preferences_of(merged(await self._store.settings(places)))

    async def _submit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        for job in jobs:
            await self._pool.submit(job)
        return jobs

    async def _painted(self, jobs: Sequence[Job]) -> Sequence[Job]:
        return [await self._pool.finished(job.id) for job in jobs]

    async def _finish(self, turn_id: str, state: TurnState, error: str) -> None:
        """Writes the end, however long the disk takes to have room for it."""
        said = " ".join(filter(None, (error, *self._work[turn_id].notes)))
        pause_s = 0.5
        while True:
            try:
                await self._store.finish_turn(turn_id, state, said)
                break
            except StoreError:
                log.exception("the end of turn %s cannot be written yet", turn_id)
                await asyncio.sleep(pause_s)
                pause_s = min(60.0, pause_s * 2)
        del self._work[turn_id]
        self._wake()

    def _wake(self) -> None:
        if self._delivery:
            self._delivery.wake()

    async def _thread(self, turn: Turn) -> ThreadRef:
        conversation = await self._store.conversation(turn.conversation_id)
        if conversation is None:
            raise EaselError(f"conversation {turn.conversation_id} is gone", GONE)
        return conversation.thread

    # -- signs of life --------------------------------------------------------------------------------

    def painting(self, job: Job, progress: JobProgress) -> None:
        """What the pool says of a job, passed on to where its turn happens."""
        if progress.note:
            if work := self._work.get(job.turn_id):
                work.notes.append(progress.note)
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
        work = self._work.get(turn_id)
        if self._delivery and work and work.thread:
            self._delivery.tell(Progress(work.thread, turn_id, stage, **details))


def _outcome(jobs: Sequence[Job]) -> tuple[TurnState, str]:
    """How a turn with these ended jobs ends; what went wrong is said even where something went well."""
    errors = dict.fromkeys(j.error for j in jobs if j.state is not JobState.DONE and j.error)
    if not jobs or any(j.state is JobState.DONE for j in jobs):
        return TurnState.DONE, " ".join(errors)
    if all(j.state is JobState.CANCELLED for j in jobs):
        return TurnState.CANCELLED, CANCELLED
    return TurnState.FAILED, " ".join(errors)
