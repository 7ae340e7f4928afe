"""Small tasks beside the main path: each has an owner, a limit, and a log line when it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Errands:
    """Owns tasks until they end, or until `close`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str, limit_s: float) -> None:
        task = asyncio.create_task(_limited(work, name, limit_s), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancels what still runs."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _limited(work: Coroutine[Any, Any, Any], name: str, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await work
    except TimeoutError:
        log.warning("%s took more than %.0f s and was stopped", name, limit_s)
    except Exception:  # noqa: BLE001 - nobody awaits an errand, so its failure must be written down here
        log.exception("%s failed", name)
