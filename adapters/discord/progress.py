"""Progress cards: one a turn, drawn by a task of its own, at most one edit in two seconds, always the last state."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp
import discord

from adapters.discord import cards
from adapters.discord.files import PictureFile
from adapters.discord.house_rules import is_spoiler
from adapters.discord.places import Outgoing
from adapters.discord.trouble import Trouble, trouble_of
from core.ports import Desk
from core.types import Progress, Stage, ThreadRef, Turn, TurnState

log = logging.getLogger(__name__)

PACE_S = 2.0  # between two edits of a message
PREVIEW_PACE_S = 4.0  # between two uploads of a preview
POST_S = 30.0  # for one edit, Discord's rate limits included
FINISH_S = 10.0  # for an edit under way when the answer comes
PREVIEW_NAME = "preview.jpg"

Draw = Callable[[Turn, ThreadRef, Outgoing], Awaitable[object]]


@dataclass(slots=True)
class _Sheet:
    """What is to be drawn for one turn."""

    thread: ThreadRef
    latest: Progress | None = None
    words: str = ""  # of the answer, so far
    preview: bytes = b""
    preview_at: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def take(self, progress: Progress) -> None:
        if progress.stage is Stage.WRITING:
            self.words += progress.text
        self.latest = progress
        due = time.monotonic() - self.preview_at >= PREVIEW_PACE_S
        if progress.preview and (due or not self.preview):
            self.preview, self.preview_at = progress.preview, time.monotonic()
        self.changed.set()

    def outgoing(self, turn: Turn, spoiler: bool) -> Outgoing:
        name = PREVIEW_NAME if self.preview else ""
        options = cards.CardOptions(spoiler=spoiler)
        card = cards.progress_card(turn, self.latest, name, options, self.words)
        files = (PictureFile(name, self.preview, ""),) if name else ()
        return Outgoing(card.view, files)


class Board:
    """Owns the tasks; `draw` shows one state of one turn on Discord."""

    def __init__(self, desk: Desk, draw: Draw, pace_s: float = PACE_S) -> None:
        self._desk, self._draw, self._pace_s = desk, draw, pace_s
        self._sheets: dict[str, _Sheet] = {}

    def accept(self, thread: ThreadRef, turn_id: str) -> None:
        """A turn was received: shows its card soon."""
        self._sheet(thread, turn_id).changed.set()

    def show(self, progress: Progress) -> None:
        """Keeps the latest state; returns at once."""
        self._sheet(progress.thread, progress.turn_id).take(progress)

    async def finish(self, turn_id: str) -> None:
        """Returns when nothing more will be drawn for this turn."""
        sheet = self._sheets.pop(turn_id, None)
        if sheet is None or sheet.task is None:
            return
        sheet.over.set()
        sheet.changed.set()
        await asyncio.wait([sheet.task], timeout=FINISH_S)
        sheet.task.cancel()
        await asyncio.gather(sheet.task, return_exceptions=True)

    async def close(self) -> None:
        tasks = [sheet.task for sheet in self._sheets.values() if sheet.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _sheet(self, thread: ThreadRef, turn_id: str) -> _Sheet:
        sheet = self._sheets.get(turn_id)
        if sheet is None:
            sheet = self._sheets[turn_id] = _Sheet(thread)
            sheet.task = asyncio.create_task(self._keep(turn_id, sheet), name=f"card {turn_id}")
        return sheet

    async def _keep(self, turn_id: str, sheet: _Sheet) -> None:
        """A sheet that cannot be drawn any more stays until the answer comes, so that no other is begun."""
        given_up = False
        try:
            turn = await self._desk.turn(turn_id)
            if turn is not None and turn.state in (TurnState.ACCEPTED, TurnState.PAINTING):
                given_up = await self._draw_until_over(turn, sheet)
        except Exception:  # noqa: BLE001 - a card that cannot be drawn must not stop the painting
            log.exception("the card of turn %s is not drawn any more", turn_id)
            given_up = True
        if not given_up and self._sheets.get(turn_id) is sheet:
            del self._sheets[turn_id]

    async def _draw_until_over(self, turn: Turn, sheet: _Sheet) -> bool:
        """True: Discord does not let it be drawn."""
        shown, spoiler = "", await is_spoiler(self._desk, sheet.thread, turn.user)
        while True:
            await sheet.changed.wait()
            sheet.changed.clear()
            if sheet.over.is_set():
                return False
            outgoing = sheet.outgoing(turn, spoiler)
            look = _look(outgoing)
            if look != shown:
                if not await self._drawn(turn, sheet.thread, outgoing):
                    return True
                shown = look
                await _pause(sheet.over, self._pace_s)

    async def _drawn(self, turn: Turn, thread: ThreadRef, outgoing: Outgoing) -> bool:
        """False: there is no use in drawing more."""
        try:
            async with asyncio.timeout(POST_S):
                await self._draw(turn, thread, outgoing)
        except discord.HTTPException as error:
            log.info("the card of turn %s was not shown: %s", turn.id, error)
            return trouble_of(error) is Trouble.PASSING
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("the card of turn %s was not shown: %r", turn.id, error)
        return True


def _look(outgoing: Outgoing) -> str:
    """Equal for messages that look the same."""
    components = outgoing.view.to_components()  # type: ignore[no-untyped-call]
    return json.dumps([components, [hash(file.data) for file in outgoing.files]])


async def _pause(over: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await over.wait()
    except TimeoutError:
        return
