"""What an event of Slack means for the conversation: decided from the event alone, without asking anybody.

A mention opens a conversation in its thread; there no further mentions are needed. A direct message is always meant for
the bot. `//` talks past it, and so does a message in a thread that mentions only others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.place import Place
from adapters.slack.speech import mentioned, without_mention

_SPOKEN = frozenset((None, "", "file_share", "thread_broadcast", "me_message"))
_ASIDE = "//"


@dataclass(frozen=True, slots=True)
class Said:
    """Words for the bot; with `if_known` only where there is a conversation already."""

    key: str  # the same for every delivery of the message, as mention or as message
    place: Place
    text: str  # as on the wire, without the mention of the bot
    files: tuple[Mapping[str, Any], ...] = ()
    if_known: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    key: str
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The person deleted what they had said."""

    key: str
    place: Place


Meaning = Said | Corrected | Withdrawn


def key_of(channel: str, ts: str) -> str:
    return f"{channel}:{ts}"


def meaning_of(event: Mapping[str, Any], team: str, bot_user: str) -> Meaning | None:
    """None: not for the bot, or not an event that is understood. Never raises, whatever the event holds."""
    subtype = event.get("subtype")
    channel = event.get("channel")
    if not isinstance(channel, str) or not channel:
        return None
    if subtype == "message_changed":
        return _correction(event, channel, team, bot_user)
    if subtype == "message_deleted":
        return _withdrawal(event, channel, team, bot_user)
    if not (subtype is None or isinstance(subtype, str)) or subtype not in _SPOKEN:
        return None
    return _saying(event, channel, team, bot_user)


def _saying(event: Mapping[str, Any], channel: str, team: str, bot_user: str) -> Said | None:
    place = _place(event, channel, team)
    text = event.get("text") or ""
    if place is None or not _is_person(event, bot_user) or not isinstance(text, str):
        return None
    people = mentioned(text)
    words = without_mention(text, bot_user)
    if words.startswith(_ASIDE):
        return None
    files = event.get("files")
    said = Said(
        key_of(channel, place.message),
        place,
        words,
        tuple(f for f in files if isinstance(f, dict)) if isinstance(files, list) else (),
        if_known=not place.is_direct and bot_user not in people,
    )
    if said.if_known and (people or place.thread == place.message):
        return None  # to others, or a new message of a channel that is not for the bot
    return said


def _correction(
    event: Mapping[str, Any], channel: str, team: str, bot_user: str
) -> Corrected | None:
    """Slack also calls it a change when a link unfolds; then the text is the same."""
    new, old = event.get("message"), event.get("previous_message")
    if not isinstance(new, dict) or not _is_person(new, bot_user):
        return None
    place = _place(new, channel, team)
    text = new.get("text")
    before = old.get("text") if isinstance(old, dict) else None
    if place is None or not isinstance(text, str) or text == before:
        return None
    return Corrected(key_of(channel, place.message), place, without_mention(text, bot_user))


def _withdrawal(
    event: Mapping[str, Any], channel: str, team: str, bot_user: str
) -> Withdrawn | None:
    old = event.get("previous_message")
    if not isinstance(old, dict) or not _is_person(old, bot_user):
        return None
    place = _place(old, channel, team)
    return Withdrawn(key_of(channel, place.message), place) if place else None


def _is_person(message: Mapping[str, Any], bot_user: str) -> bool:
    user = message.get("user")
    return isinstance(user, str) and user not in ("", bot_user) and not message.get("bot_id")


def _place(message: Mapping[str, Any], channel: str, team: str) -> Place | None:
    """The thread of a channel message is its own where it is in none; a direct message at the top level has none."""
    user, ts, thread = message.get("user"), message.get("ts"), message.get("thread_ts")
    if not isinstance(user, str) or not isinstance(ts, str) or not ts:
        return None
    if not isinstance(thread, str) or not thread:
        thread = "" if channel.startswith("D") else ts
    return Place(team, channel, user, thread, ts)
