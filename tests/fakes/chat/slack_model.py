"""The people and places of a Slack: workspaces, users, channels."""

from __future__ import annotations

import itertools
import random
import string
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from .server import Json

if TYPE_CHECKING:
    from .slack_messages import Message

APP = "A0FAKE001"
Kind = Literal["channel", "group", "im"]
_ids = itertools.count(1)


class Clock:
    """Message timestamps: unique, increasing, in Slack's seconds.microseconds form."""

    _last = 0

    @classmethod
    def stamp(cls) -> str:
        cls._last = max(cls._last + 1, int(time.time() * 1_000_000))
        return f"{cls._last // 1_000_000}.{cls._last % 1_000_000:06d}"


def new_ts() -> str:
    return Clock.stamp()


def new_id(prefix: str) -> str:
    return f"{prefix}0{next(_ids):08d}"


def block_id() -> str:
    return "".join(random.choices(string.ascii_letters + string.digits, k=5))


class SlackError(Exception):
    """Answers the call with `ok: false`."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.body: Json = {"ok": False, "error": error} | extra


@dataclass(frozen=True)
class Team:
    """A workspace that installed the app, and who the bot is there."""

    id: str
    name: str
    bot_token: str
    bot_user: str
    bot_id: str


@dataclass
class User:
    id: str
    name: str
    team: Team
    is_bot: bool = False
    is_admin: bool = False

    def wire(self) -> Json:
        names = {"display_name": self.name, "real_name": self.name.title()}
        return {
            "id": self.id,
            "team_id": self.team.id,
            "name": self.name,
            "real_name": self.name.title(),
            "deleted": False,
            "is_bot": self.is_bot,
            "is_admin": self.is_admin,
            "is_owner": False,
            "is_app_user": False,
            "updated": 1,
            "tz": "Etc/UTC",
            "tz_label": "UTC",
            "tz_offset": 0,
            "locale": "en-US",
            "profile": names | {"email": f"{self.name}@example.com"},
        }

    def short(self) -> Json:
        """As interactions name a person."""
        return {
            "id": self.id,
            "username": self.name,
            "name": self.name,
            "team_id": self.team.id,
        }


@dataclass
class Channel:
    id: str
    name: str
    team: Team
    kind: Kind = "channel"
    members: set[str] = field(default_factory=set)
    messages: dict[str, Message] = field(default_factory=dict)
    archived: bool = False

    @property
    def has_bot(self) -> bool:
        return self.team.bot_user in self.members

    @property
    def scope(self) -> str:
        """The part before ":history" of the scope that lets an app read here."""
        return {"channel": "channels", "group": "groups", "im": "im"}[self.kind]

    @property
    def subscription(self) -> str:
        """The event an app subscribes to for what is said here."""
        return f"message.{self.scope}"

    def short(self) -> Json:
        """As interactions name a channel."""
        return {"id": self.id, "name": self.name or "directmessage"}

    def wire(self) -> Json:
        data: Json = {
            "id": self.id,
            "created": 1,
            "is_archived": self.archived,
            "is_im": self.kind == "im",
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_private": self.kind != "channel",
            "is_mpim": False,
            "is_member": self.has_bot,
        }
        if self.kind == "im":
            return data | {"user": next(iter(self.members - {self.team.bot_user}), "")}
        names = {"name": self.name, "name_normalized": self.name}
        return data | names | {"num_members": len(self.members)}
