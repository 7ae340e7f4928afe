"""Messages and interactions as a person sees them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from .calls import Call
from .discord_codes import EPHEMERAL, LOADING
from .discord_model import Channel, User
from .server import Json


class Message(dict[str, Any]):
    """A message in wire form, with readable access for tests."""

    def __init__(self, data: Json) -> None:
        super().__init__(data)
        self.versions: list[Json] = []  # what it was before each edit
        self.embedded: list[Json] = []  # files that only show inside an embed
        self.reactors: dict[str, list[str]] = {}  # emoji -> ids of users
        self.ephemeral_to: str | None = None
        self.interaction: Interaction | None = None
        self.deleted = False
        self.sent_at = time.monotonic()
        self.hours_old = 0.0

    @property
    def id(self) -> str:
        return str(self["id"])

    @property
    def content(self) -> str:
        return str(self["content"])

    @property
    def channel_id(self) -> str:
        return str(self["channel_id"])

    @property
    def author_id(self) -> str:
        return str(self["author"]["id"])

    @property
    def embeds(self) -> list[Json]:
        return list(self["embeds"])

    @property
    def attachments(self) -> list[Json]:
        return list(self["attachments"])

    @property
    def files(self) -> list[Json]:
        """All files that belong to it, also those an embed shows."""
        return self.attachments + self.embedded

    @property
    def reactions(self) -> dict[str, int]:
        return {r["emoji"]["name"]: r["count"] for r in self.get("reactions", [])}

    @property
    def loading(self) -> bool:
        return bool(self["flags"] & LOADING)

    @property
    def ephemeral(self) -> bool:
        return bool(self["flags"] & EPHEMERAL)

    @property
    def text(self) -> str:
        """All that can be read: content and text displays."""
        shown = [c["content"] for c in self.components() if c["type"] == 10]
        return "\n".join(part for part in (self.content, *shown) if part)

    def components(self) -> list[Json]:
        """All components, depth first."""
        found: list[Json] = []

        def walk(items: list[Json]) -> None:
            for item in items:
                found.append(item)
                walk(item.get("components", []))
                walk([item[k] for k in ("accessory", "component") if isinstance(item.get(k), dict)])

        walk(self["components"])
        return found

    def gallery(self) -> list[Json]:
        """The items of its media galleries: `media`, `description`, `spoiler`."""
        return [item for c in self.components() if c["type"] == 12 for item in c["items"]]

    def buttons(self) -> list[Json]:
        return [c for c in self.components() if c["type"] == 2]

    def selects(self) -> list[Json]:
        return [c for c in self.components() if c["type"] in (3, 5, 6, 7, 8)]

    def button(self, text: str) -> Json:
        """The button whose label, custom_id or emoji is, or starts with, this text."""
        for item in self.buttons():
            if text in _names(item):
                return item
        for item in self.buttons():
            if any(name.startswith(text) for name in _names(item)):
                return item
        known = [(b.get("label"), b.get("custom_id")) for b in self.buttons()]
        raise LookupError(f"no button {text!r} among {known}")


def _names(button: Json) -> tuple[str, str, str]:
    emoji = (button.get("emoji") or {}).get("name") or ""
    return button.get("label", ""), button.get("custom_id", ""), emoji


@dataclass
class Interaction:
    """One interaction sent to the bot, and what the bot has answered so far."""

    id: str
    token: str
    kind: int  # 2 command, 3 component, 4 autocomplete, 5 modal submit
    data: Json
    user: User
    channel: Channel
    source: Message | None = None
    upload_limit: int = 0
    foreign: bool = False  # the bot is not in that place: the user brought it along
    sent_at: float = field(default_factory=time.monotonic)
    acked_at: float | None = None
    callback: Call | None = None
    callback_type: int | None = None
    message: Message | None = None  # the original response, or the message it updated
    followups: list[Message] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    pending_defer: bool = False

    @property
    def ack_seconds(self) -> float | None:
        return None if self.acked_at is None else self.acked_at - self.sent_at

    @property
    def deferred(self) -> bool:
        return self.callback_type in (5, 6)

    def all_messages(self) -> list[Message]:
        return ([] if self.message is None else [self.message]) + self.followups


def parse_emoji(text: str) -> Json:
    """Discord's partial emoji of "👍" or "name:123"."""
    custom = re.fullmatch(r"(\w+):(\d+)", text)
    if custom:
        return {"id": custom.group(2), "name": custom.group(1)}
    return {"id": None, "name": text}
