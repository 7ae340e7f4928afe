"""The channels the bot is in, as far as it has heard: kept, so that a new process can look for what it missed there."""

from __future__ import annotations

import logging

from adapters.slack.errands import patiently
from adapters.slack.place import PLATFORM
from core.errors import StoreError
from core.ports import Desk
from core.preferences import place_scope

log = logging.getLogger(__name__)

_KEY = "channels"
_LIMIT = 100


class KnownChannels:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[str, list[str]] = {}

    async def of(self, team: str) -> list[str]:
        """The one noted last comes last."""
        if team not in self._known:
            scope = place_scope(PLATFORM, team)
            kept = await patiently(lambda: self._desk.setting(scope, _KEY), "a list of channels")
            self._known.setdefault(team, (kept or "").split())
        return list(self._known[team])

    async def note(self, team: str, channel: object) -> None:
        """Of any message, also those that are not for the bot: even its joining is one."""
        known = await self.of(team)
        if isinstance(channel, str) and channel and channel not in known:
            self._known[team] = [*known, channel][-_LIMIT:]
            await self._keep(team)

    async def _keep(self, team: str) -> None:
        """A memory that cannot be written now is written with the next new channel."""
        try:
            await self._desk.set_setting(
                place_scope(PLATFORM, team), _KEY, " ".join(self._known[team])
            )
        except StoreError as error:
            log.warning("the channels of %s are not kept: %s", team, error)
