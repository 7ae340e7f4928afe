"""What was said while the line was down: found in the threads that are alive and the channels that are known.

Slack repeats an event three times within about six minutes and only while nobody acknowledged it. A look behind every
new connection costs little, since what was received before is known by its key. It goes back no further than to when
the line stood last, so that nothing is answered again that people had Easel forget.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.channels import KnownChannels
from adapters.slack.client import PatientClient, Refused, Unsure, again
from adapters.slack.place import PLATFORM
from adapters.slack.reception import Reception
from adapters.slack.workspaces import Workspaces
from core.errors import StoreError
from core.ports import Desk
from core.preferences import place_scope
from core.types import ConversationView, ThreadRef

log = logging.getLogger(__name__)

LOOK_BACK_S = 3600.0  # what is older is better said again than answered now
OVERLAP_S = 120.0  # before the line was last known to stand
NOTE_EVERY_S = 60.0
THREADS = 30
CHANNELS = 20
MESSAGES = 100  # of each
_KEY = "connected_at"


@dataclass(frozen=True, slots=True)
class Missed:
    """Where to look, and from when on."""

    team: str
    channel: str
    thread: str
    oldest: float  # seconds since 1970


class Catchup:
    def __init__(
        self, desk: Desk, workspaces: Workspaces, channels: KnownChannels, reception: Reception
    ) -> None:
        self._desk, self._workspaces = desk, workspaces
        self._channels, self._reception = channels, reception
        self._wanted = asyncio.Event()

    def look_back(self) -> None:
        """A line stands again. Returns at once."""
        self._wanted.set()

    async def run(self, is_connected: Callable[[], bool]) -> None:
        """Looks when it is wanted, one look at a time, and notes in between that the line stands."""
        while True:
            try:
                async with asyncio.timeout(NOTE_EVERY_S):
                    await self._wanted.wait()
            except TimeoutError:
                if is_connected():
                    await self._note()
                continue
            self._wanted.clear()
            try:
                await self._look()
                await self._note()
            except StoreError as error:
                log.warning("no look at what was missed: %s", error)

    async def _look(self) -> None:
        """Every message goes the way of an event."""
        places = await self._places()
        for place in places:
            for message in await self._messages(place):
                event = {"type": "message", **message, "channel": place.channel}
                await self._reception.hear(event, place.team)
        log.info("looked for missed messages in %d places", len(places))

    async def _places(self) -> list[Missed]:
        since = {team: await self._since(team) for team in self._workspaces.teams()}
        found: list[Missed] = []
        threads = [t for t, _ in await self._desk.threads(PLATFORM) if t.workspace in since]
        for thread in threads[:THREADS]:
            oldest = first_heard(await self._desk.view(thread), thread)
            oldest = max(oldest, since[thread.workspace])
            found.append(Missed(thread.workspace, thread.channel, thread.thread, oldest))
        for team, oldest in since.items():
            channels = await self._channels.of(team)
            found += [Missed(team, channel, "", oldest) for channel in channels[-CHANNELS:]]
        return _each_once(found)

    async def _since(self, team: str) -> float:
        noted = _seconds(await self._desk.setting(place_scope(PLATFORM, team), _KEY) or "")
        return max(time.time() - LOOK_BACK_S, noted - OVERLAP_S)

    async def _note(self) -> None:
        for team in self._workspaces.teams():
            try:
                await self._desk.set_setting(
                    place_scope(PLATFORM, team), _KEY, f"{time.time():.0f}"
                )
            except StoreError as error:
                log.warning("that the line stands is not noted: %s", error)

    async def _messages(self, place: Missed) -> Sequence[Mapping[str, Any]]:
        """Oldest first; none from a place that cannot be read."""
        client = self._workspaces.one(place.team).client
        try:
            page = await again(lambda: _ask(client, place))
        except (Refused, Unsure) as error:
            log.info("no look at %s: %s", place.channel, error)
            return ()
        found = [m for m in page.get("messages") or [] if isinstance(m, dict)]
        new = [
            m for m in found if _seconds(str(m.get("ts"))) >= place.oldest
        ]  # a thread's root is not
        return sorted(new, key=lambda m: str(m["ts"]))


def first_heard(view: ConversationView | None, thread: ThreadRef) -> float:
    """The first message of a conversation, of its known turns; its birth when none was said; 0 without any.

    What others said before is no part of it. The last one is no mark: a message before it may be lost.
    """
    if view is None:
        return 0.0
    split = (turn.event_id.partition(":") for turn in view.turns)
    heard = [_seconds(ts) for channel, _, ts in split if channel == thread.channel]
    return min(heard, default=view.conversation.created_at)


def _seconds(ts: str) -> float:
    try:
        return float(ts)
    except ValueError:
        return 0.0


def _each_once(places: Sequence[Missed]) -> list[Missed]:
    found: dict[tuple[str, str, str], Missed] = {}
    for place in places:
        known = found.get((place.team, place.channel, place.thread))
        if known is None or place.oldest < known.oldest:
            found[place.team, place.channel, place.thread] = place
    return list(found.values())


async def _ask(client: PatientClient, place: Missed) -> Any:
    window: dict[str, Any] = {"channel": place.channel, "limit": MESSAGES}
    window["oldest"] = f"{place.oldest:.6f}"
    if place.thread:
        return await client.conversations_replies(ts=place.thread, **window)
    return await client.conversations_history(**window)
