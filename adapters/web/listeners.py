"""The open pages: who listens to which conversation, and what still has to be sent to each.

A listener's box is bounded. Progress of the same kind is merged while it waits, so that a page on a slow line gets the
latest step and not all of them; when the box is full all the same, or one message takes too long to send, the page is
let go: it comes back by itself and reads the conversation anew.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from dataclasses import replace

from aiohttp import WSCloseCode, web

from adapters.web.presentation import present_progress
from core.types import Progress, Stage

BOX_SIZE = 64  # messages waiting for one page
SEND_TIMEOUT_S = 10.0  # for one message; a page that takes longer is let go
BEAT_S = 15.0  # silence after which a beat is sent; the page reconnects after 40 s without one

Note = Progress | str  # str: the id of a turn that has its answer


class Box:
    """What waits for one page, in order."""

    def __init__(self, size: int = BOX_SIZE) -> None:
        self._size = size
        self._notes: list[Note] = []
        self._filled = asyncio.Event()
        self.overflowed = False

    def put(self, note: Note) -> None:
        """Never waits. Merges, else drops waiting progress, else overflows for good."""
        if self.overflowed or self._merged(note):
            return
        if len(self._notes) >= self._size and not self._dropped_one():
            self.overflowed = True
        self._notes.append(note)
        self._filled.set()

    async def take(self, timeout_s: float) -> Note | None:
        """The next note, or None when there was none for `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._filled.wait()
        except TimeoutError:
            return None
        note = self._notes.pop(0)
        if not self._notes:
            self._filled.clear()
        return note

    def _merged(self, note: Note) -> bool:
        if isinstance(note, str):
            return note in self._notes
        for index, waiting in enumerate(self._notes):
            if isinstance(waiting, Progress) and _kind(waiting) == _kind(note):
                self._notes[index] = _merge(waiting, note)
                return True
        return False

    def _dropped_one(self) -> bool:
        for note in self._notes:
            if isinstance(note, Progress):
                self._notes.remove(note)
                return True
        return False


def _kind(progress: Progress) -> tuple[str, Stage, str | None]:
    return progress.turn_id, progress.stage, progress.job_id


def _merge(old: Progress, new: Progress) -> Progress:
    return replace(new, text=old.text + new.text, preview=new.preview or old.preview)


class Listeners:
    """All open pages, by the id of the conversation they show."""

    def __init__(self) -> None:
        self._boxes: defaultdict[str, set[Box]] = defaultdict(set)
        self._sockets: set[web.WebSocketResponse] = set()

    def tell(self, conversation_id: str, note: Note) -> None:
        for box in self._boxes.get(conversation_id, ()):
            box.put(note)

    async def attend(self, conversation_id: str, socket: web.WebSocketResponse) -> None:
        """Sends to one page until it leaves or is let go."""
        box = Box()
        self._boxes[conversation_id].add(box)
        self._sockets.add(socket)
        sender = asyncio.create_task(_send_all(box, socket), name=f"page-{conversation_id}")
        try:
            async for _ in socket:
                pass  # a page has nothing to say here
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            self._forget(conversation_id, box, socket)

    async def close(self) -> None:
        """Lets every page go; they reconnect when the server is back."""
        closing = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in self._sockets]
        await asyncio.gather(*closing, return_exceptions=True)

    def _forget(self, conversation_id: str, box: Box, socket: web.WebSocketResponse) -> None:
        self._sockets.discard(socket)
        self._boxes[conversation_id].discard(box)
        if not self._boxes[conversation_id]:
            del self._boxes[conversation_id]


async def _send_all(box: Box, socket: web.WebSocketResponse) -> None:
    try:
        while not box.overflowed:
            note = await box.take(BEAT_S)
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(_encode(note))
    except (TimeoutError, ConnectionError):
        pass  # the page is gone or too slow: let go below
    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, drain=False)


def _encode(note: Note | None) -> str:
    if note is None:
        return '{"type": "beat"}'
    if isinstance(note, str):
        return json.dumps({"type": "answer", "turn_id": note})
    return json.dumps(present_progress(note))
