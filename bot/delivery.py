"""The outbox: every answer reaches its platform once, also after a crash.

An answer is written with the end of its turn, marked before it is sent and marked again with the platform's id. After
a crash only the answers between the two marks are in doubt; they go out again under the same key, which the platform
shows once. Signs of life (`tell`) go beside it and may be lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from bot.store.outbox import OutboxItem
from bot.store.store import Store
from core.errors import StoreError
from core.ports import Platform
from core.types import Answer, PicturesPart, Progress

log = logging.getLogger(__name__)

DELIVER_TIMEOUT_S = 60.0
SHOW_TIMEOUT_S = 5.0
LAST_SEND_S = 5.0  # for a send in flight when the process stops
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 60.0
SIGNS_WAITING = 1000


class Delivery:
    def __init__(self, store: Store, platforms: Mapping[str, Platform]) -> None:
        self._store, self._platforms = store, platforms
        self._wake = asyncio.Event()
        self._signs: asyncio.Queue[Progress] = asyncio.Queue(SIGNS_WAITING)

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
            tasks.create_task(self._answers(), name="outbox")
            tasks.create_task(self._signs_of_life(), name="signs of life")

    async def _answers(self) -> None:
        """Sends what lies in the outbox; a failed send is tried again, ever more slowly."""
        pause = FIRST_PAUSE_S
        while True:
            self._wake.clear()
            sent = [await self._sent(item) for item in await self._pending()]
            pause = FIRST_PAUSE_S if all(sent) else min(pause * 2, LONGEST_PAUSE_S)
            try:
                async with asyncio.timeout(None if all(sent) else pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

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

    async def _pending(self) -> list[OutboxItem]:
        try:
            return await self._store.pending_answers()
        except StoreError:
            log.exception("the outbox cannot be read now")
            return []

    async def _sent(self, item: OutboxItem) -> bool:
        """A send that has begun is ended and recorded even when the process is told to stop."""
        sending = asyncio.create_task(self._send(item), name=f"send {item.key}")
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait([sending], timeout=LAST_SEND_S)
            sending.cancel()
            raise

    async def _send(self, item: OutboxItem) -> bool:
        try:
            return await self._deliver(item)
        except Exception:  # noqa: BLE001 - one answer that cannot be shown must not hold up the others
            log.warning("answer to turn %s not delivered yet", item.turn_id, exc_info=True)
            return False

    async def _deliver(self, item: OutboxItem) -> bool:
        answer = await self._answer(item)
        if answer is None:
            await self._store.mark_sent(item.key, "")
            return True
        platform = self._platforms.get(answer.thread.platform)
        if platform is None:
            return True  # not served by this process; the answer waits until it is
        await self._store.mark_sending(item.key)
        async with asyncio.timeout(DELIVER_TIMEOUT_S):
            message_id = await platform.deliver(answer)
        await self._store.mark_sent(item.key, message_id)
        return True

    async def _answer(self, item: OutboxItem) -> Answer | None:
        """The answer with its pictures; None when its conversation was forgotten meanwhile."""
        turn = await self._store.turn(item.turn_id)
        conversation = await self._store.conversation(turn.conversation_id) if turn else None
        if turn is None or conversation is None:
            return None
        shown = [
            i for part in turn.parts if isinstance(part, PicturesPart) for i in part.picture_ids
        ]
        return Answer(item.key, conversation.thread, turn, tuple(await self._store.pictures(shown)))
