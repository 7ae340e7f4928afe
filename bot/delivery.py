"""The outbox: every answer reaches its platform once, also after a crash.

An answer is written with the end of its turn, marked before it is sent and marked again with the platform's id. After
a crash only the answers between the two marks are in doubt; they go out again under the same key, marked `doubtful`,
and the platform shows them once. Signs of life (`tell`) go beside it and may be lost.

Answers of one conversation go one after another, different conversations side by side. One that fails is tried again
soon while those behind it wait; after a few failures they pass it, and it is tried ever more slowly.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.answers import answer_of
from bot.store.outbox import OutboxItem
from bot.store.store import Store
from core.errors import StoreError, Undeliverable
from core.ports import Platform
from core.types import Progress

log = logging.getLogger(__name__)

DELIVER_TIMEOUT_S = 60.0
SHOW_TIMEOUT_S = 5.0
LAST_SEND_S = 5.0  # for a send in flight when the process stops
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
READ_PAUSE_S = 5.0  # before an outbox that could not be read is read again
AT_ONCE = 16  # sends of one platform
HOLDS_UP = 2  # failures of an answer that keep its conversation waiting
SIGNS_WAITING = 1000


@dataclass(slots=True)
class _Parcel:
    """An answer on its way, with how often it failed in this process."""

    item: OutboxItem
    failures: int = 0


@dataclass(slots=True)
class _Lane:
    """A conversation's answers that are not shown yet, oldest first."""

    parcels: list[_Parcel] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    retry_at: float = 0.0  # on the loop's clock; failed parcels wait until then


class Delivery:
    def __init__(self, store: Store, platforms: Mapping[str, Platform]) -> None:
        self._store, self._platforms = store, platforms
        self._wake = asyncio.Event()
        self._signs: asyncio.Queue[Progress] = asyncio.Queue(SIGNS_WAITING)
        self._lanes: dict[str, _Lane] = {}  # by conversation
        self._keys: set[str] = set()  # of the answers in lanes
        self._slots = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))

    def wake(self) -> None:
        """Something new lies in the outbox."""
        self._wake.set()

    def tell(self, progress: Progress) -> None:
        """Passes a sign of life on, soon; drops it when the platforms are far behind."""
        if not self._signs.full():
            self._signs.put_nowait(progress)

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._answers(tasks), name="outbox")
            tasks.create_task(self._signs_of_life(), name="signs of life")

    async def _signs_of_life(self) -> None:
        while True:
            progress = await self._signs.get()
            platform = self._platforms.get(progress.thread.platform)
            if platform is None:
                continue
            try:
                async with asyncio.timeout(SHOW_TIMEOUT_S):
                    await platform.show(progress)
            except Exception:  # noqa: BLE001 - a sign of life must not end the bot, whatever the platform raises
                log.warning("progress of turn %s not shown", progress.turn_id, exc_info=True)

    # -- answers --------------------------------------------------------------------------------------

    async def _answers(self, tasks: asyncio.TaskGroup) -> None:
        """Puts what lies in the outbox into the lanes of its conversations."""
        while True:
            self._wake.clear()
            items = await self._pending()
            for item in items or ():
                if item.key not in self._keys:
                    self._enqueue(item, tasks)
            try:
                async with asyncio.timeout(READ_PAUSE_S if items is None else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _pending(self) -> list[OutboxItem] | None:
        """None: the outbox cannot be read now."""
        try:
            return await self._store.pending_answers(tuple(self._platforms))
        except StoreError:
            log.exception("the outbox cannot be read now")
            return None

    def _enqueue(self, item: OutboxItem, tasks: asyncio.TaskGroup) -> None:
        self._keys.add(item.key)
        lane = self._lanes.get(item.conversation_id)
        if lane is None:
            lane = self._lanes[item.conversation_id] = _Lane()
            tasks.create_task(self._run_lane(item.conversation_id), name="answers")
        lane.parcels.append(_Parcel(item))
        lane.news.set()

    async def _run_lane(self, conversation_id: str) -> None:
        lane = self._lanes[conversation_id]
        while lane.parcels:
            lane.news.clear()
            await self._pass(lane)
            if not lane.parcels or lane.news.is_set():
                continue
            try:
                async with asyncio.timeout_at(lane.retry_at):
                    await lane.news.wait()
            except TimeoutError:
                continue
        del self._lanes[conversation_id]  # nothing can join between the last look and this

    async def _pass(self, lane: _Lane) -> None:
        """Sends in order; those that failed before only when it is their time again."""
        is_time = asyncio.get_running_loop().time() >= lane.retry_at
        for parcel in list(lane.parcels):
            if not parcel.failures or is_time:
                await self._try(lane, parcel)
            if 0 < parcel.failures <= HOLDS_UP:
                break

    async def _try(self, lane: _Lane, parcel: _Parcel) -> None:
        if await self._sent(parcel):
            lane.parcels.remove(parcel)
            self._keys.discard(parcel.item.key)
            parcel.failures = 0
            return
        parcel.failures += 1
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(parcel.failures - 1, 10))
        lane.retry_at = asyncio.get_running_loop().time() + pause_s

    async def _sent(self, parcel: _Parcel) -> bool:
        """A send that has begun is ended and recorded even when the process is told to stop."""
        sending = asyncio.create_task(self._send(parcel), name=f"send {parcel.item.key}")
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait([sending], timeout=LAST_SEND_S)
            sending.cancel()
            raise

    async def _send(self, parcel: _Parcel) -> bool:
        try:
            return await self._deliver(parcel)
        except Exception:  # noqa: BLE001 - one answer that cannot be shown must not hold up the others
            log.warning("answer to turn %s not delivered yet", parcel.item.turn_id, exc_info=True)
            return False

    async def _deliver(self, parcel: _Parcel) -> bool:
        key = parcel.item.key
        doubtful = parcel.item.attempts + parcel.failures > 0
        answer = await answer_of(self._store, parcel.item.turn_id, key, doubtful)
        if answer is None:
            return True
        platform = self._platforms[answer.thread.platform]
        async with self._slots[platform.name]:
            if not await self._store.mark_sending(key):
                return True
            try:
                async with asyncio.timeout(DELIVER_TIMEOUT_S):
                    message_id = await platform.deliver(answer)
            except Undeliverable as gone:
                log.warning("answer to turn %s dropped: %s", answer.turn.id, gone)
                message_id = ""
            await self._store.mark_sent(key, message_id)
        return True
