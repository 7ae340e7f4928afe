"""What a turn keeps of where it came from, so that any later process can answer it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, fields

TOKEN_LIFE_S = 15 * 60 - 30  # an interaction's token lives 15 minutes; half a minute for the way
EPOCH_MS = 1420070400000  # Discord's ids count from 2015


@dataclass(frozen=True, slots=True)
class Origin:
    """`Turn.origin` of this adapter; every field is empty where it does not apply."""

    channel: str = ""  # where the person's message or interaction is
    message: str = ""  # the person's message: a thread can be made from it
    interaction: str = ""  # id of the interaction
    token: str = ""  # its token
    card: str = ""  # our first answer to it: the progress card
    card_channel: str = ""  # where that is, when not in `channel`
    by_token: bool = (
        False  # the card can be reached with the token only (private, or not our server)
    )
    ephemeral: bool = False
    upload_limit: int = 0  # bytes a file, as the interaction said
    note: str = ""  # what the answer must say first

    def to_json(self) -> str:
        said = {key: value for key, value in asdict(self).items() if value}
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Origin:
        """An empty one when there is nothing, or nothing that can be read."""
        try:
            said = json.loads(text or "{}")
        except ValueError:
            return cls()
        known = {field.name for field in fields(cls)}
        return (
            cls(**{k: v for k, v in said.items() if k in known})
            if isinstance(said, dict)
            else cls()
        )

    def has_live_token(self, now: float | None = None) -> bool:
        if not (self.token and self.interaction):
            return False
        return (time.time() if now is None else now) - time_of(self.interaction) < TOKEN_LIFE_S


def time_of(snowflake: str) -> float:
    """When Discord gave this id, in seconds since 1970."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000


def snowflake_at(seconds: float) -> int:
    """The smallest id of that time."""
    return max(0, int(seconds * 1000) - EPOCH_MS) << 22


def nonce_of(key: str, instead_of: str = "") -> str:
    """At most 25 characters, the same for every attempt to send `key`; another one for each message it replaces.

    Discord gives back the old message for a nonce that it has seen in the last minutes, and refuses one whose message
    was deleted: https://docs.discord.com/developers/resources/message#create-message
    """
    return hashlib.sha256(f"{key}/{instead_of}".encode()).hexdigest()[:24]
