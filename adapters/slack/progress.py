"""Signs of life of turns that run: a status, a card in the thread, or text that grows. The last state wins.

Each turn has one task that works its latest state off, at the pace that Slack likes; `show` only leaves it there.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.slack import assistant, cards
from adapters.slack.client import Refused, Unsure
from adapters.slack.errands import Errands
from adapters.slack.message import Message
from adapters.slack.place import Place, place_of_origin
from adapters.slack.posts import Order, Posts
from adapters.slack.signs import Signs
from adapters.slack.streams import Stream, can_stream
from adapters.slack.workspaces import Workspaces
from core.ports import Desk
from core.types import Progress, Stage, ThreadRef, Turn, TurnState, UserRef

log = logging.getLogger(__name__)

_OPEN = (TurnState.ACCEPTED, TurnState.PAINTING)
_LIFE_S = 3600.0  # an edit of an older message is a rarity that Slack limits
_CLOSING_S = 20.0  # for the sign that is on its way when the answer comes
_REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Pace:
    card_after_s: float = 1.0  # a quicker answer needs no card
    edit_every_s: float = 3.0
    wait_every_s: float = 20.0  # a place in line that moves is no news every few seconds
    gap_s: float = 1.5  # between edits in a workspace: some 50 a minute, with answers
    stream_every_s: float = 0.8
    status_every_s: float = 90.0  # Slack takes a status away after two minutes


@dataclass(slots=True)
class _Slot:
    """What is known of a running turn, and what is shown of it."""

    turn_id: str
    thread: ThreadRef
    born: float = field(default_factory=time.monotonic)
    progress: Progress | None = None
    text: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False
    muted: bool = False  # Slack refused the card; the answer will find a way
    shown: Message | None = None
    shown_stage: Stage | None = None
    shown_at: float = 0.0  # monotonic, as all that follow
    next_at: float = 0.0  # not before
    held_until: float = 0.0  # what is new may be shown then, and anything of more weight before
    position: int = 0
    status: str = ""
    status_at: float = 0.0
    stream: Stream | None = None
    task: asyncio.Task[None] | None = None


class Board:
    def __init__(
        self,
        desk: Desk,
        workspaces: Workspaces,
        posts: Posts,
        signs: Signs,
        errands: Errands,
        pace: Pace,
    ) -> None:
        self._desk, self._workspaces, self._posts = desk, workspaces, posts
        self._signs, self._errands, self._pace = signs, errands, pace
        self._born = time.time()
        self._on_change: Callable[[UserRef], None] = _nobody
        self._slots: dict[str, _Slot] = {}
        self._over: OrderedDict[str, None] = OrderedDict()  # turns whose answer came
        self._next_edit: dict[str, float] = {}  # by workspace, monotonic

    def watch(self, on_change: Callable[[UserRef], None]) -> None:
        """Called, with whose turn it is, when one starts and when its place in the queue changes."""
        self._on_change = on_change

    def begin(self, turn_id: str, thread: ThreadRef) -> None:
        """A turn was received by this process."""
        self._slot(turn_id, thread)

    def show(self, progress: Progress) -> None:
        """Returns at once."""
        slot = self._slot(progress.turn_id, progress.thread)
        if slot is None:
            return
        if progress.stage is Stage.WRITING:
            slot.text += progress.text
        slot.progress = progress
        slot.changed.set()

    async def close(self, turn_id: str) -> Stream | None:
        """No more signs of this turn; its stream, if there is one."""
        self._over[turn_id] = None
        while len(self._over) > _REMEMBERED:
            self._over.popitem(last=False)
        slot = self._slots.pop(turn_id, None)
        if slot is None or slot.task is None:
            return None
        slot.closed = True
        slot.changed.set()
        done, _ = await asyncio.wait([slot.task], timeout=_CLOSING_S)
        if not done:
            slot.task.cancel()
            await asyncio.wait([slot.task])
        return slot.stream if slot.stream and slot.stream.is_open else None

    def _slot(self, turn_id: str, thread: ThreadRef) -> _Slot | None:
        if turn_id in self._over:
            return None
        if turn_id not in self._slots:
            slot = _Slot(turn_id, thread)
            self._slots[turn_id] = slot
            slot.task = self._errands.start(self._keep(slot), f"signs of {turn_id}")
        return self._slots[turn_id]

    async def _keep(self, slot: _Slot) -> None:
        try:
            turn = await self._desk.turn(slot.turn_id)
            if turn is None or turn.state not in _OPEN:
                return
            place = place_of_origin(turn.origin, slot.thread)
            self._on_change(turn.user)
            async with asyncio.timeout(_LIFE_S):
                while not slot.closed:
                    await self._show(slot, turn, place)
                    await self._pause(slot)
            await self._take_status_away(slot, place)
        except TimeoutError:
            log.info("turn %s runs for so long that its card is left as it is", slot.turn_id)
        except LookupError as error:
            log.warning("turn %s: %s", slot.turn_id, error)

    async def _pause(self, slot: _Slot) -> None:
        """Until there is something new, or something that waited is due."""
        now = time.monotonic()
        due = [at for at in (slot.next_at, slot.held_until) if at > now]
        if slot.status and slot.progress:
            is_old = assistant.status_text(slot.progress) != slot.status
            every = self._pace.edit_every_s if is_old else self._pace.status_every_s
            due.append(slot.status_at + every)
        try:
            async with asyncio.timeout(max(min(due) - now, 0.0) if due else None):
                await slot.changed.wait()
        except TimeoutError:
            return
        slot.changed.clear()

    # -- what is shown ------------------------------------------------------------------------------------------

    async def _show(self, slot: _Slot, turn: Turn, place: Place) -> None:
        if slot.progress is not None and slot.progress.position != slot.position:
            slot.position = slot.progress.position
            self._on_change(turn.user)
        if place.is_direct and (place.thread or place.message):
            await self._refresh_status(slot, place)
        now = time.monotonic()
        earliest = slot.born + self._pace.card_after_s if self._may_wait(slot, place) else 0.0
        slot.next_at = max(slot.next_at, earliest)
        if slot.muted or slot.closed or slot.next_at > now:
            return
        writing = slot.progress is not None and slot.progress.stage is Stage.WRITING
        if writing and can_stream(place) and slot.shown is None:
            await self._write(slot, turn, place)
        elif not self._says_status_enough(slot, place):
            await self._card(slot, turn, place)

    def _may_wait(self, slot: _Slot, place: Place) -> bool:
        """Thinking is often short, and who wrote has seen a reaction; who pressed a button has seen nothing."""
        early = slot.progress is None or slot.progress.stage is Stage.THINKING
        return early and bool(place.message) and slot.shown is None

    def _says_status_enough(self, slot: _Slot, place: Place) -> bool:
        early = slot.progress is None or slot.progress.stage is Stage.THINKING
        return early and bool(slot.status) and can_stream(place)

    async def _refresh_status(self, slot: _Slot, place: Place) -> None:
        if slot.progress is None:
            return
        text = assistant.status_text(slot.progress)
        now = time.monotonic()
        if text == slot.status and now < slot.status_at + self._pace.status_every_s:
            return
        if slot.status and text != slot.status and now < slot.status_at + self._pace.edit_every_s:
            return  # `_pause` ends when it may be said
        slot.status_at = now
        if await self._signs.status(place, text):
            slot.status = text

    async def _take_status_away(self, slot: _Slot, place: Place) -> None:
        if slot.status:
            await self._signs.status(place, "")

    async def _write(self, slot: _Slot, turn: Turn, place: Place) -> None:
        if slot.stream is None:
            slot.stream = Stream(
                self._order(slot, turn, place, Message(" ")), self._posts, self._workspaces
            )
        await slot.stream.write(slot.text)
        slot.next_at = time.monotonic() + self._pace.stream_every_s

    async def _card(self, slot: _Slot, turn: Turn, place: Place) -> None:
        if slot.stream and slot.stream.is_open:
            await slot.stream.finish(slot.text)
        message = cards.progress_message(turn, slot.progress, slot.text)
        if message == slot.shown or self._is_held(slot, place):
            return
        try:
            await self._posts.put(self._order(slot, turn, place, message))
        except (Refused, Unsure) as error:
            log.info("the card of turn %s is not shown: %s", slot.turn_id, error)
            slot.muted = isinstance(error, Refused)
        slot.shown, slot.shown_stage = message, _stage(slot)
        slot.shown_at = time.monotonic()
        slot.next_at = slot.shown_at + self._pace.edit_every_s

    def _is_held(self, slot: _Slot, place: Place) -> bool:
        """True: it can wait, for its own sake or for the other cards of the workspace."""
        if slot.shown is None:
            return False
        now = time.monotonic()
        waits_on = slot.shown_stage is _stage(slot) is Stage.QUEUED
        pause = self._pace.wait_every_s if waits_on else 0.0
        slot.held_until = max(slot.shown_at + pause, self._next_edit.get(place.team, 0.0))
        if slot.held_until > now:
            return True
        self._next_edit[place.team] = now + self._pace.gap_s
        return False

    def _order(self, slot: _Slot, turn: Turn, place: Place, message: Message) -> Order:
        return Order(
            first_key(turn.id),
            place,
            message,
            turn.id,
            turn.created_at,
            doubtful=turn.created_at < self._born,  # an earlier process may have posted it
        )


def _stage(slot: _Slot) -> Stage:
    return slot.progress.stage if slot.progress else Stage.THINKING


def _nobody(user: UserRef) -> None:
    """Nobody watches yet."""


def first_key(turn_id: str) -> str:
    """The key of the message that is a card first and the answer at the end."""
    return f"{turn_id}:0"
