"""A context that is entered and left in a task of its own, so that a fixture of a whole module can hold it."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

T = TypeVar("T")


class Apart(Generic[T]):
    """Task groups and time limits must be left by the task that entered them; pytest uses two."""

    def __init__(self, context: AbstractAsyncContextManager[T]) -> None:
        self._context = context
        self._leave = asyncio.Event()
        self._entered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def enter(self) -> T:
        self._task = asyncio.create_task(self._hold(), name="a context apart")
        await asyncio.wait([self._task, self._entered], return_when=asyncio.FIRST_COMPLETED)
        if not self._entered.done():
            await self._task
        return self._entered.result()

    async def leave(self) -> None:
        self._leave.set()
        if self._task:
            await self._task

    async def _hold(self) -> None:
        async with self._context as entered:
            self._entered.set_result(entered)
            await self._leave.wait()
