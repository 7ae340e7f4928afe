"""Choices of people and places: how many pictures, whose words, who may press. Kept as text under a scope and a key.

A person's choice comes before the channel's, the channel's before the server's; an inline flag before all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.errors import BadInput
from core.flags import parse_flags
from core.types import ThreadRef, UserRef

SERVER_WIDE = ""  # the channel of a scope that means the whole server or workspace
COUNT, REWRITE, ASPECT = "count", "rewrite", "aspect"
PRESS = "press"  # of a place: who may press buttons, EVERYONE or the OWNER of the turn
SPOILER = "spoiler"  # of a place: pictures are hidden until clicked
BLOCKED = "blocked"  # of a server: ids of people who are not served, separated by spaces
ON, OFF = "on", "off"
EVERYONE, OWNER = "everyone", "owner"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a turn begins with, before its flags."""

    count: int = 1  # pictures of a wish that names no number
    rewrite: bool | None = None  # False: my words, as they are; None: as the operator set it
    aspect: float | None = None  # width over height of new pictures


def person_scope(user: UserRef) -> str:
    return f"person:{user.platform}:{user.id}"


def place_scope(platform: str, workspace: str, channel: str = SERVER_WIDE) -> str:
    """The scope of a channel, or of its whole server or workspace."""
    return f"place:{platform}:{workspace}:{channel}"


def scopes(thread: ThreadRef, user: UserRef) -> tuple[str, str, str]:
    """Where to look for a choice, the nearest first."""
    return (
        person_scope(user),
        place_scope(thread.platform, thread.workspace, thread.channel),
        place_scope(thread.platform, thread.workspace),
    )


def validated(key: str, value: str) -> str:
    """The value as it is kept. Raises `BadInput` when the key is one of these and the value none of its."""
    check = _CHECKS.get(key)
    return check(key, value.strip()) if check else value


def merged(choices: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The choices that count, out of those of each scope, the nearest first."""
    found: dict[str, str] = {}
    for nearer in choices:
        found = {**nearer, **found}
    return found


def preferences_of(choice: Mapping[str, str]) -> Preferences:
    """From values that were `validated`."""
    return Preferences(
        count=int(choice.get(COUNT, "1")),
        rewrite=choice[REWRITE] == ON if REWRITE in choice else None,
        aspect=parse_flags(f"--ar {choice[ASPECT]}")[1].aspect if ASPECT in choice else None,
    )


def is_blocked(choice: Mapping[str, str], user: UserRef) -> bool:
    """`choice` is that of the whole server."""
    return user.id in choice.get(BLOCKED, "").split()


def _one_of(*allowed: str) -> Callable[[str, str], str]:
    def check(key: str, value: str) -> str:
        if value not in allowed:
            raise BadInput(f"“{key}” is one of {', '.join(allowed)}, not “{value[:20]}”.")
        return value

    return check


def _aspect(key: str, value: str) -> str:
    parse_flags(f"--ar {value}")
    return value


def _ids(key: str, value: str) -> str:
    return " ".join(dict.fromkeys(value.split()))


_CHECKS: Mapping[str, Callable[[str, str], str]] = {
    COUNT: _one_of("1", "2", "3", "4"),
    REWRITE: _one_of(ON, OFF),
    ASPECT: _aspect,
    PRESS: _one_of(EVERYONE, OWNER),
    SPOILER: _one_of(ON, OFF),
    BLOCKED: _ids,
}
