"""What can be seen and touched in a Slack: messages, files, views, and what was sent to the app."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .calls import Call
from .server import Json
from .slack_model import APP, Channel, Team, User, block_id
from .uploads import Upload, kind_of

TEXT_TYPES = ("mrkdwn", "plain_text", "image", None)


class Message(dict[str, Any]):
    """A message in wire form, with readable access for tests."""

    def __init__(self, channel: Channel, data: Json) -> None:
        super().__init__(data)
        self.channel = channel
        self.versions: list[Json] = []  # what it was before each update
        self.deleted = False
        self.ephemeral_to: str | None = None
        self.streaming = False
        self.chunks: list[Any] = []

    @property
    def ts(self) -> str:
        return str(self["ts"])

    @property
    def text(self) -> str:
        return str(self.get("text") or "")

    @property
    def thread_ts(self) -> str | None:
        return self.get("thread_ts")

    @property
    def blocks(self) -> list[Json]:
        return list(self.get("blocks") or [])

    @property
    def files(self) -> list[Json]:
        return list(self.get("files") or [])

    @property
    def reactions(self) -> dict[str, int]:
        return {r["name"]: r["count"] for r in self.get("reactions", [])}

    @property
    def images(self) -> list[Json]:
        """Its image blocks."""
        return [block for block in self.blocks if block["type"] == "image"]

    @property
    def root(self) -> str:
        """The ts of its thread, be it the first message or a later one."""
        return self.thread_ts or self.ts

    def elements(self) -> list[tuple[Json, Json]]:
        """(block, interactive element) pairs."""
        return elements(self.blocks)

    def element(self, text: str) -> tuple[Json, Json]:
        """The element whose label or action_id is, or starts with, this text."""
        for block, item in self.elements():
            if text in _names(item):
                return block, item
        for block, item in self.elements():
            if any(name.startswith(text) for name in _names(item)):
                return block, item
        known = [_names(item) for _, item in self.elements()]
        raise LookupError(f"no element {text!r} among {known}")


def _names(item: Json) -> tuple[str, str]:
    label = item.get("text")
    return str(item.get("action_id", "")), label["text"] if isinstance(label, dict) else ""


def _inner(block: Json) -> Iterator[Json]:
    for item in [*(block.get("elements") or []), block.get("accessory"), block.get("element")]:
        if isinstance(item, dict):
            yield item


def elements(blocks: list[Json]) -> list[tuple[Json, Json]]:
    return [(block, item) for block in blocks for item in _inner(block) if item.get("action_id")]


def named_blocks(blocks: list[Json] | None) -> list[Json]:
    """A copy with the block_ids and action_ids that Slack gives where the app gave none."""
    blocks = copy.deepcopy(blocks or [])
    for block in blocks:
        block.setdefault("block_id", block_id())
        for item in _inner(block):
            kind = item.get("type")
            if kind not in TEXT_TYPES and not str(kind).startswith("rich_text"):
                item.setdefault("action_id", block_id())
    return blocks


@dataclass
class File:
    id: str
    name: str
    length: int  # bytes announced
    team: Team
    alt: str | None = None
    upload: Upload | None = None
    title: str | None = None
    complete: bool = False
    user: str = ""

    def wire(self, base: str) -> Json:
        ending = self.name.rsplit(".", 1)[-1].lower()
        kind = (kind_of(self.name) or "application/octet-stream").split(";")[0]
        place = f"{self.team.id}-{self.id}"
        data: Json = dict.fromkeys(("channels", "groups", "ims"), [])
        data |= dict.fromkeys(NOT, False)
        data |= {
            "id": self.id,
            "created": int(time.time()),
            "timestamp": int(time.time()),
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": kind,
            "filetype": ending,
            "pretty_type": ending.upper(),
            "user": self.user,
            "user_team": self.team.id,
            "size": len(self.upload.data) if self.upload else 0,
            "mode": "hosted",
            "external_type": "",
            "username": "",
            "url_private": f"{base}/files-pri/{place}/{self.name}",
            "url_private_download": f"{base}/files-pri-download/{place}/{self.name}",
            "permalink": f"https://fake.slack.com/files/{self.user}/{self.id}/{self.name}",
            "permalink_public": f"https://slack-files.com/{place}-0",
            "media_display_type": "unknown",
            "file_access": "visible",
        }
        return data | {"alt_txt": self.alt} if self.alt else data


NOT = (
    "editable",
    "is_external",
    "is_public",
    "public_url_shared",
    "display_as_bot",
    "is_starred",
    "has_rich_preview",
)


@dataclass
class View:
    """A modal or a home tab as its user sees it."""

    id: str
    body: Json
    user: User
    stack: list[View]
    hash: str = field(default_factory=lambda: f"{int(time.time())}.{block_id()}")
    state: Json = field(default_factory=lambda: {"values": {}})
    closed: bool = False

    @property
    def blocks(self) -> list[Json]:
        return list(self.body["blocks"])

    def show(self, body: Json) -> None:
        self.body = body | {"blocks": named_blocks(body["blocks"])}
        self.hash = f"{int(time.time())}.{block_id()}"

    def wire(self) -> Json:
        team = self.user.team
        usual: Json = dict.fromkeys(("private_metadata", "callback_id", "external_id"), "")
        usual |= {"clear_on_close": False, "notify_on_close": False, "close": None, "submit": None}
        root = self.stack[0].id if self.stack else self.id
        given = {
            "id": self.id,
            "team_id": team.id,
            "app_installed_team_id": team.id,
            "state": self.state,
            "hash": self.hash,
            "root_view_id": root,
            "previous_view_id": None,
            "app_id": APP,
            "bot_id": team.bot_id,
        }
        return usual | self.body | given


@dataclass
class Delivery:
    """One event, command or interaction sent to the app, with its acknowledgement."""

    kind: str  # events_api, slash_commands, interactive
    payload: Json
    user: User | None = None
    channel: Channel | None = None
    source: Message | None = None
    view: View | None = None
    attempts: int = 0
    first_sent: float | None = None
    acked_at: float | None = None
    ack_payload: Any = None
    failed: str | None = None  # why the latest attempt did
    responses: list[Message] = field(default_factory=list)
    response_calls: list[Call] = field(default_factory=list)

    @property
    def acked(self) -> bool:
        return self.acked_at is not None

    @property
    def ack_seconds(self) -> float | None:
        if self.acked_at is None or self.first_sent is None:
            return None
        return self.acked_at - self.first_sent
