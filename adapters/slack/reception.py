"""Events in: told apart, read, received; each once, in the order of its thread, however often it comes."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from adapters.slack.channels import KnownChannels
from adapters.slack.context import Context
from adapters.slack.conversation import Corrected, Meaning, Said, Withdrawn, meaning_of
from adapters.slack.errands import Lanes, patiently
from adapters.slack.people import People
from adapters.slack.place import PLATFORM, team_of
from adapters.slack.reactions import Reactions
from adapters.slack.signs import Signs
from adapters.slack.speech import mentioned, plain
from adapters.slack.workspaces import Workspaces
from core.errors import EaselError
from core.types import Inbound

log = logging.getLogger(__name__)

_AT_ONCE = 32  # of many that come together, so that acknowledgements do not wait for all of them
_REMEMBERED = 5000
_EARLY = 200


class Reception:
    def __init__(
        self,
        context: Context,
        workspaces: Workspaces,
        people: People,
        signs: Signs,
        channels: KnownChannels,
    ) -> None:
        self._context, self._workspaces, self._people = context, workspaces, people
        self._signs, self._channels = signs, channels
        self._reactions = Reactions(context)
        self._lanes = Lanes()
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._settled: OrderedDict[str, None] = OrderedDict()  # keys that need no second look
        self._early: OrderedDict[str, Said] = OrderedDict()  # perhaps replies to what comes later

    async def take(self, body: Mapping[str, Any]) -> None:
        """Deals with an event of the Events API; returns when it is safe on disk, or refused."""
        event = body.get("event")
        home = self._workspaces.get(team_of(body))
        if not isinstance(event, dict) or home is None:
            log.info("an event of workspace %r is not for us", team_of(body)[:20])
            return
        kind = event.get("type")
        if kind in ("message", "app_mention"):
            await self._channels.note(home.team, event.get("channel"))
            await self.hear(event, home.team)
        elif kind in ("reaction_added", "reaction_removed"):
            await self._reactions.take(event, home.team, home.bot_user)

    async def hear(self, event: Mapping[str, Any], team: str) -> None:
        """Deals with a message, also with one that was missed and is found later."""
        home = self._workspaces.one(team)
        meaning = meaning_of(event, home.team, home.bot_user)
        if meaning is not None:
            await self._take_in(meaning)

    async def _take_in(self, meaning: Meaning) -> None:
        lane = (meaning.place.team, meaning.place.channel, meaning.place.thread)
        async with self._lanes.lane(lane), self._gate:
            await patiently(lambda: self._act(meaning), meaning.key)

    async def _act(self, meaning: Meaning) -> None:
        if isinstance(meaning, Said):
            await self._said(meaning)
        elif isinstance(meaning, Corrected):
            await self._corrected(meaning)
        else:
            await self._withdrawn(meaning)

    async def _said(self, said: Said) -> None:
        desk = self._context.desk
        if said.key in self._settled or await desk.turn_of_event(PLATFORM, said.key):
            return
        reply_to = await self._picture_at_root(said)
        if said.if_known and not reply_to and await desk.view(said.place.thread_ref()) is None:
            self._put_by(said)
            return
        self._signs.seen(said.place)
        try:
            inbound = await self._inbound(said, reply_to)
            await self._context.accept(inbound, said.place)
            self._take_up(said)
        except EaselError as error:
            log.info("message %s is refused: %s", said.key, error)
            await self._context.tell_error(said.place, error)
            self._signs.ended(said.place, well=False)
        self._settle(said.key)

    def _put_by(self, said: Said) -> None:
        """Slack may bring a reply before the mention that makes it one."""
        self._early[said.key] = said
        while len(self._early) > _EARLY:
            self._early.popitem(last=False)

    def _take_up(self, opening: Said) -> None:
        """What came before the first word of its conversation although it was said after it."""
        place = opening.place
        for early in sorted(self._early.values(), key=lambda said: said.place.message):
            is_here = early.place.thread_ref() == place.thread_ref()
            if is_here and early.place.message > place.message:
                del self._early[early.key]
                self._context.start(self._take_in(early))

    async def _inbound(self, said: Said, reply_to: str | None) -> Inbound:
        place = said.place
        names = await self._people.names(place.team, mentioned(said.text))
        return Inbound(
            said.key,
            place.thread_ref(),
            await self._people.ref(place.team, place.user),
            plain(said.text, names),
            await self._context.download(place.team, said.files),
            reply_to=reply_to,
        )

    async def _picture_at_root(self, said: Said) -> str | None:
        """The picture that a new thread hangs on, when it begins at a message of ours that shows one."""
        place = said.place
        if not place.thread or place.thread == place.message:
            return None
        post = await self._context.desk.post(PLATFORM, place.channel, place.thread)
        if post is None or not post.picture_ids:
            return None
        known = await self._context.desk.view(place.thread_ref())
        return None if known else post.picture_ids[0]

    async def _corrected(self, corrected: Corrected) -> None:
        turn = await self._context.desk.turn_of_event(PLATFORM, corrected.key)
        if turn is None:
            return
        names = await self._people.names(corrected.place.team, mentioned(corrected.text))
        try:
            counts = await self._context.desk.amend(turn.id, plain(corrected.text, names))
            log.info("message %s was corrected, %s", corrected.key, "in time" if counts else "late")
        except EaselError as error:
            await self._context.tell_error(corrected.place, error)

    async def _withdrawn(self, withdrawn: Withdrawn) -> None:
        place = withdrawn.place
        self._settle(withdrawn.key)  # an event that was overtaken by its own deletion
        turn = await self._context.desk.turn_of_event(PLATFORM, withdrawn.key)
        if turn is None:
            return
        try:
            user = await self._people.ref(place.team, place.user)
            await self._context.desk.cancel_turn(turn.id, user)
        except EaselError as error:
            log.info("turn %s goes on: %s", turn.id, error)

    def _settle(self, key: str) -> None:
        self._settled[key] = None
        while len(self._settled) > _REMEMBERED:
            self._settled.popitem(last=False)
