"""The one thread that writes. Coroutines hand it functions; all that wait share one durable commit.

A commit with `synchronous=FULL` costs a flush of the disk, milliseconds; a hundred writers that share it pay it once.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from bot.store.sqlite import SHUTTING_DOWN, explain
from core.errors import StoreError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_LARGEST_GROUP = 512  # functions in one transaction


@dataclass(frozen=True, slots=True)
class _Task:
    work: Work[Any]
    alone: bool
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Owns `connection` from here on. `close` it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Work[T]) -> T:
        """What `work` returned, once it is safe on disk; what `work` raised, with nothing of it kept.

        `work` may run twice, so it touches nothing but the database. A caller that is cancelled meanwhile only
        loses the result: the work may be done all the same.
        """
        return await self._submit(work, alone=False)

    async def run_alone(self, work: Work[T]) -> T:
        """Like `write`, outside any transaction: for checkpoints and for deleting files between transactions."""
        return await self._submit(work, alone=True)

    async def _submit(self, work: Work[T], alone: bool) -> T:
        if self._closed:
            raise StoreError(SHUTTING_DOWN)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting.put(_Task(work, alone, loop, future))
        return await future

    async def close(self, timeout_s: float = 10.0) -> None:
        """Finishes what was handed in, then closes the connection; raises `StoreError` after `timeout_s`."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
        await asyncio.to_thread(self._thread.join, timeout_s)
        if self._thread.is_alive():
            raise StoreError(f"The database writer did not finish within {timeout_s:g} s.")

    # -- in the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        is_open = True
        while is_open:
            batch = self._next_batch()
            is_open = batch[-1] is not None
            tasks = [task for task in batch if task is not None]
            for alone, group in groupby(tasks, key=lambda task: task.alone):
                if alone:
                    self._run_each(list(group))
                else:
                    self._run_group(list(group))
        self._connection.close()

    def _next_batch(self) -> list[_Task | None]:
        """Waits for a task and takes all that wait with it; ends with None when the writer is to stop."""
        batch = [self._waiting.get()]
        while batch[-1] is not None and len(batch) < _LARGEST_GROUP:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _run_each(self, tasks: list[_Task]) -> None:
        for task in tasks:
            _deliver([task], [_attempt(task.work, self._connection)])

    def _run_group(self, tasks: list[_Task]) -> None:
        try:
            outcomes = self._run_together(tasks) or self._run_apart(tasks)
        except (sqlite3.Error, StoreError) as error:
            # The transaction is gone with everybody's work (a full disk, a failed flush): all must know.
            self._roll_back()
            reason = explain(error) if isinstance(error, sqlite3.Error) else error
            outcomes = [_Outcome(error=reason) for _ in tasks]
        _deliver(tasks, outcomes)

    def _run_together(self, tasks: list[_Task]) -> list[_Outcome] | None:
        """None: one of them failed, and nothing of any was kept."""
        self._connection.execute("BEGIN IMMEDIATE")
        outcomes = []
        for task in tasks:
            outcomes.append(_attempt(task.work, self._connection))
            if outcomes[-1].error is not None:
                self._roll_back()
                return None
        self._connection.execute("COMMIT")
        return outcomes

    def _run_apart(self, tasks: list[_Task]) -> list[_Outcome]:
        """Each in a savepoint of its own. That costs a fourth more time, so it is done only where one fails."""
        self._connection.execute("BEGIN IMMEDIATE")
        outcomes = [self._run_in_savepoint(task) for task in tasks]
        self._connection.execute("COMMIT")
        return outcomes

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _run_in_savepoint(self, task: _Task) -> _Outcome:
        self._connection.execute("SAVEPOINT one")
        outcome = _attempt(task.work, self._connection)
        if outcome.error is not None:
            if not self._connection.in_transaction:  # SQLite gave up the whole of it
                raise outcome.error
            self._connection.execute("ROLLBACK TO one")
        self._connection.execute("RELEASE one")
        return outcome


def _attempt(work: Work[Any], connection: sqlite3.Connection) -> _Outcome:
    try:
        return _Outcome(work(connection))
    except sqlite3.Error as error:
        return _Outcome(error=explain(error))
    except Exception as error:  # noqa: BLE001 - it belongs to the caller, who is in another thread
        return _Outcome(error=error)


def _deliver(tasks: Sequence[_Task], outcomes: Sequence[_Outcome]) -> None:
    """Wakes the callers, one wake-up for each event loop; a loop that was closed meanwhile has none left."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Task, _Outcome]]] = {}
    for task, outcome in zip(tasks, outcomes, strict=True):
        by_loop.setdefault(task.loop, []).append((task, outcome))
    for loop, results in by_loop.items():
        try:
            loop.call_soon_threadsafe(_resolve, results)
        except RuntimeError:
            if not loop.is_closed():
                raise


def _resolve(results: list[tuple[_Task, _Outcome]]) -> None:
    for task, outcome in results:
        if task.future.done():  # cancelled
            continue
        if outcome.error is not None:
            task.future.set_exception(outcome.error)
        else:
            task.future.set_result(outcome.value)
