"""Who is who: names from users.info, remembered for a while. Slack's user ids are unique only within a workspace."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.client import Refused, Unsure, again
from adapters.slack.place import PLATFORM
from adapters.slack.workspaces import Workspaces
from core.types import UserRef

log = logging.getLogger(__name__)

CAPACITY = 2000
LIFE_S = 3600.0
LOOKUP_S = 5.0  # a message waits no longer for a name
_AFTER_FAILURE_S = 60.0


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    is_admin: bool
    until: float  # monotonic seconds


class People:
    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._known: OrderedDict[tuple[str, str], Person] = OrderedDict()

    async def ref(self, team: str, user: str) -> UserRef:
        return UserRef(PLATFORM, f"{team}:{user}", (await self._person(team, user)).name)

    async def is_admin(self, team: str, user: str) -> bool:
        """Admin or owner of the workspace."""
        return (await self._person(team, user)).is_admin

    async def names(self, team: str, users: Sequence[str]) -> dict[str, str]:
        return {user: (await self._person(team, user)).name for user in users[:20]}

    async def _person(self, team: str, user: str) -> Person:
        known = self._known.get((team, user))
        if known is None or known.until < time.monotonic():
            known = await self._look_up(team, user)
            self._known[team, user] = known
        self._known.move_to_end((team, user))
        while len(self._known) > CAPACITY:
            self._known.popitem(last=False)
        return known

    async def _look_up(self, team: str, user: str) -> Person:
        """Without a name a person can still talk: an unknown one is called by the id."""
        client = self._workspaces.one(team).client
        try:
            async with asyncio.timeout(LOOKUP_S):
                answer = await again(lambda: client.users_info(user=user))
        except (Refused, Unsure, TimeoutError) as error:
            log.warning("the name of %s in %s is not known: %s", user, team, error)
            return Person(user, False, time.monotonic() + _AFTER_FAILURE_S)
        return _person(answer["user"], user, team)


def slack_id(user: UserRef) -> str:
    """Slack's own id of a person."""
    return user.id.partition(":")[2]


def _person(wire: Mapping[str, Any], user: str, team: str) -> Person:
    profile = wire.get("profile") or {}
    names = (profile.get("display_name"), profile.get("real_name"), wire.get("name"), user)
    name = next(str(n) for n in names if n)
    is_admin = bool(wire.get("is_admin") or wire.get("is_owner")) and not _is_guest(wire, team)
    return Person(name[:80], is_admin, time.monotonic() + LIFE_S)


def _is_guest(wire: Mapping[str, Any], team: str) -> bool:
    """Of another workspace, in a shared channel: an admin there is none here."""
    enterprise = wire.get("enterprise_user")
    teams = enterprise.get("teams") if isinstance(enterprise, dict) else None
    homes = {wire.get("team_id") or team, *(teams or ())}
    return bool(wire.get("is_stranger")) or team not in homes
