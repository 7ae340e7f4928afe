"""Where a person did something, and so where the answer goes. It survives restarts as the `origin` of a turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.types import ThreadRef

PLATFORM = "slack"


@dataclass(frozen=True, slots=True)
class Place:
    """All ids are Slack's own."""

    team: str
    channel: str  # "": nowhere, such as the App Home; whispers go into the person's DM then
    user: str
    thread: str = ""  # the thread to answer in; "": the top level
    message: str = ""  # ts of what the person wrote; "" for presses and commands
    response_url: str = ""  # of a command or a press: the way to whisper where the bot is no member

    @property
    def is_direct(self) -> bool:
        """Between one person and the bot."""
        return self.channel.startswith("D")

    def thread_ref(self) -> ThreadRef:
        return ThreadRef(PLATFORM, self.team, self.channel, self.thread)

    def origin(self) -> str:
        """What is kept with the turn; a `response_url` is not, since it dies after half an hour."""
        return json.dumps(
            {
                "team": self.team,
                "channel": self.channel,
                "user": self.user,
                "thread": self.thread,
                "message": self.message,
            }
        )


def place_of_origin(origin: str, thread: ThreadRef) -> Place:
    """The place that `Place.origin` wrote; of a turn without one, its thread."""
    try:
        known = json.loads(origin or "{}")
    except ValueError:
        known = {}
    if not isinstance(known, dict):
        known = {}
    here = {"team": thread.workspace, "channel": thread.channel, "thread": thread.thread}
    fields = ("team", "channel", "user", "thread", "message")
    return Place(**{name: str(known.get(name) or here.get(name, "")) for name in fields})


def place_of_action(body: Mapping[str, Any]) -> Place:
    """Of a press or a message shortcut: the answer goes into the thread of the message, or starts it."""
    message = _object(body, "message")
    container = _object(body, "container")
    channel = _text(_object(body, "channel"), "id") or _text(container, "channel_id")
    own = _text(message, "ts") or _text(container, "message_ts") or _text(body, "message_ts")
    thread = _text(message, "thread_ts") or _text(container, "thread_ts")
    if not thread and not channel.startswith("D") and not container.get("is_ephemeral"):
        thread = own  # nobody can answer below an ephemeral message
    return Place(
        team=team_of(body),
        channel=channel,
        user=_text(_object(body, "user"), "id"),
        thread=thread if channel else "",
        response_url=_text(body, "response_url"),
    )


def place_of_command(body: Mapping[str, Any]) -> Place:
    """Of a slash command, which Slack gives at the top level of a channel only."""
    return Place(
        team=team_of(body),
        channel=_text(body, "channel_id"),
        user=_text(body, "user_id"),
        response_url=_text(body, "response_url"),
    )


def team_of(body: Mapping[str, Any]) -> str:
    """The workspace that installed the app, which in a shared channel is not always where the person is."""
    installed = _text(_object(body, "view"), "app_installed_team_id")
    if installed:  # a dialog's `team` is the person's
        return installed
    authorizations = body.get("authorizations")
    if isinstance(authorizations, list) and authorizations and isinstance(authorizations[0], dict):
        found = _text(authorizations[0], "team_id")
        if found:
            return found
    team = _text(body, "team_id") or _text(_object(body, "team"), "id")
    return team or _text(_object(body, "user"), "team_id")  # installed for a whole organisation


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""
