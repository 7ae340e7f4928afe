"""The App Home: recent pictures, what is being painted, usual choices, one's data.

It is published when a person opens it and, for people who did, when something of theirs changed.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.slack import blocks, panel
from adapters.slack.blocks import Block
from adapters.slack.cards import caption_line
from adapters.slack.client import Refused, Unsure, ask
from adapters.slack.people import slack_id
from adapters.slack.rows import picture_rows
from core.preferences import person_scope
from core.types import Picture, PictureState, QueueEntry, UserRef

if TYPE_CHECKING:
    from adapters.slack.context import Context

log = logging.getLogger(__name__)

SHOWN = 6  # pictures
PAUSE_S = 3.0  # at least, between two views of the same person
REMEMBERED = 500  # people whose Home is kept up to date


@dataclass(frozen=True, slots=True)
class HomeState:
    """What a Home shows."""

    pictures: Sequence[Picture]
    files: Mapping[str, str]  # picture id -> Slack file id
    queue: Sequence[QueueEntry]
    chosen: Mapping[str, str]


class Home:
    """Publishes Homes; of one person one after another, the latest state last."""

    def __init__(self, context: Context, pause_s: float = PAUSE_S) -> None:
        self._context, self._pause_s = context, pause_s
        self._guests: OrderedDict[str, UserRef] = OrderedDict()  # who opened it, latest last
        self._stale: set[str] = set()  # ids of guests whose Home must be published (again)
        self._busy: set[str] = set()

    def opened(self, user: UserRef) -> None:
        self._guests[user.id] = user
        self._guests.move_to_end(user.id)
        while len(self._guests) > REMEMBERED:
            self._guests.popitem(last=False)
        self.changed(user)

    def changed(self, user: UserRef) -> None:
        """Something that the person's Home shows is different now. Returns at once."""
        if user.id not in self._guests:
            return
        self._stale.add(user.id)
        if user.id not in self._busy:
            self._busy.add(user.id)
            self._context.start(self._publish(user))

    async def _publish(self, user: UserRef) -> None:
        try:
            while user.id in self._stale:
                self._stale.discard(user.id)
                await self._publish_once(user)
                await asyncio.sleep(self._pause_s)
        finally:
            self._busy.discard(user.id)

    async def _publish_once(self, user: UserRef) -> None:
        team = user.id.partition(":")[0]
        state = await self._state(team, user)
        if await self._is_shown(team, user, state) or not state.files:
            return
        files = await self._context.mended(team, state.pictures, state.files)
        for shown in (files, {}):  # a picture that Slack cannot show must not take the rest along
            if await self._is_shown(team, user, replace(state, files=shown)):
                return

    async def _is_shown(self, team: str, user: UserRef, state: HomeState) -> bool:
        """False: Slack refused what is in it."""
        try:
            client = self._context.client(team)
            await ask(client.views_publish(user_id=slack_id(user), view=home_view(state)))
        except (Refused, Unsure) as error:
            log.warning("the Home of %s could not be shown: %s", user.id, error)
            return isinstance(error, Unsure)
        return True

    async def _state(self, team: str, user: UserRef) -> HomeState:
        desk = self._context.desk
        pictures = [p for p in await desk.pictures_of(user, SHOWN) if p.state is PictureState.READY]
        chosen = {k: await desk.setting(person_scope(user), k) for k in panel.OWN}
        return HomeState(
            pictures,
            await self._context.files(team, pictures),
            await desk.queue(user),
            {k: v for k, v in chosen.items() if v is not None},
        )


def home_view(state: HomeState) -> Block:
    """Pure: at most 100 blocks."""
    shown = [
        blocks.header("In the works"),
        *panel.queue(state.queue, [entry.turn_id for entry in state.queue]),
        blocks.divider(),
        blocks.header("Your latest pictures"),
        *_gallery(state),
        blocks.divider(),
        blocks.header("Your usual choices"),
        panel.settings("easel:settings", panel.OWN, state.chosen),
        blocks.context("Flags such as `--n 2` or `--ar 16:9` in a message count more than these."),
        blocks.divider(),
        blocks.header("Your data"),
        blocks.section("I keep what you say to me and what I paint for you, so that I can go on."),
        panel.privacy(),
    ]
    return {"type": "home", "blocks": shown[: blocks.VIEW_BLOCKS]}


def _gallery(state: HomeState) -> list[Block]:
    if not state.pictures:
        return [
            blocks.section(
                "None yet. Write to me under *Messages*, mention me in a channel, or use `/imagine a red fox`."
            )
        ]
    shown: list[Block] = []
    for picture in state.pictures:
        if picture.id in state.files:
            shown.append(blocks.image(state.files[picture.id], picture.caption))
        shown.append(blocks.context(caption_line([picture], {})))
        shown += picture_rows(f"{picture.id}:home", [picture])
    return shown
