"""What a button or a form carries: a verb and the id of what it is about. Nothing else is needed, so it never dies."""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX = "easel"
_ULID = r"[0-9A-HJKMNP-TV-Z]{26}"
_CARRIED = re.compile(rf"easel:(?P<verb>[a-z-]+):(?P<id>{_ULID})(?::(?P<argument>.+))?")
_ABOUT = re.compile(r"easel-menu:(?P<verb>[a-z-]+):(?P<channel>\d{1,20}):(?P<message>\d{1,20})")


@dataclass(frozen=True, slots=True)
class Carried:
    """On our own pictures."""

    verb: str
    id: str  # ULID of a picture; of a turn for "cancel", "retry" and "tell"
    argument: str = ""

    def __str__(self) -> str:
        tail = f":{self.argument}" if self.argument else ""
        return f"{PREFIX}:{self.verb}:{self.id}{tail}"


@dataclass(frozen=True, slots=True)
class About:
    """On the pictures of somebody else's message."""

    verb: str
    channel: str
    message: str

    def __str__(self) -> str:
        return f"{PREFIX}-menu:{self.verb}:{self.channel}:{self.message}"


def read(custom_id: str) -> Carried | None:
    """What a custom_id of ours carries; None: another version's, or not ours."""
    match = _CARRIED.fullmatch(custom_id)
    return Carried(match["verb"], match["id"], match["argument"] or "") if match else None


def read_about(custom_id: str) -> About | None:
    match = _ABOUT.fullmatch(custom_id)
    return About(**match.groupdict()) if match else None
