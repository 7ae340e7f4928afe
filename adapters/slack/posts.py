"""Messages of ours on Slack: each is there once, however often an answer gets lost.

Every post carries its key in the message metadata. A send whose answer was lost is looked up by it before it is sent
again; a post that is known is edited, and one that somebody deleted is posted anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.client import Answered, PatientClient, Refused, Unsure, again, ask
from adapters.slack.message import Message
from adapters.slack.place import PLATFORM, Place
from adapters.slack.workspaces import Workspaces
from core.ports import Desk
from core.types import Post

log = logging.getLogger(__name__)

MARKER = "easel_answer"
LOOKUP_PAUSES_S = (
    0.2,
    1.0,
    3.0,
)  # before each look: Slack shows a new message in the history a little later
LOOKUP_PAGES = 5
_PAGE = 200
_REMEMBERED = 2000
_GONE = frozenset(
    ("message_not_found", "cant_update_message", "edit_window_closed", "message_not_editable")
)

Wire = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What shall be there: a message under a key, at a place; `since` is when it can have been sent first."""

    key: str
    place: Place
    message: Message
    turn_id: str = ""
    since: float = 0.0  # seconds since 1970
    doubtful: bool = False  # an earlier process may have sent it


class Posts:
    def __init__(self, desk: Desk, workspaces: Workspaces) -> None:
        self._desk, self._workspaces = desk, workspaces
        self._latest: OrderedDict[str, Post] = OrderedDict()
        self._doubts: set[str] = (
            set()
        )  # keys that this process began to send and did not see arrive

    async def put(self, order: Order) -> Post:
        """The post, now showing the message. Raises `Refused`, or `Unsure` when Slack stays away."""
        known = await self.known(order.turn_id, order.key)
        if known is None and (order.doubtful or order.key in self._doubts):
            known = await self._found(order)
        if known is not None:
            try:
                return await self._edited(order, known)
            except Refused as refused:
                if refused.code not in _GONE:
                    raise
                log.info("post %s was deleted; it is posted anew", order.key)
        return await self._remembered(order, await self._posted(order))

    async def known(self, turn_id: str, key: str) -> Post | None:
        if key in self._latest:
            return self._latest[key]
        posts = await self._desk.posts(turn_id) if turn_id else ()
        return next((post for post in posts if post.key == key), None)

    async def adopt(self, order: Order, channel: str, ts: str) -> Post:
        """Remembers a message that came into being another way, such as a stream."""
        return await self._remembered(order, {"channel": channel, "ts": ts})

    async def find(self, order: Order, is_it: Callable[[Wire], bool]) -> Wire | None:
        """The newest message of ours at the order's place that fits."""
        home = self._workspaces.one(order.place.team)
        for message in await self._recent(home.client, order):
            if message.get("user") == home.bot_user and is_it(message):
                return message
        return None

    # -- one way ----------------------------------------------------------------------------------------------

    async def _posted(self, order: Order) -> Wire:
        """Sends, and looks before sending again. A refusal says that nothing was sent; all else leaves a doubt."""
        client = self._workspaces.one(order.place.team).client
        self._doubts.add(order.key)
        for pause in LOOKUP_PAUSES_S:
            try:
                return await self._sent(client, order)
            except Unsure as unsure:
                log.warning("post %s is in doubt: %s", order.key, unsure)
                await asyncio.sleep(pause)
                if found := await self._marked(order):
                    return found
        return await self._sent(client, order)

    async def _sent(self, client: PatientClient, order: Order) -> Wire:
        try:
            return await ask(client.chat_postMessage(**_new(order)))
        except Refused:
            self._doubts.discard(order.key)
            raise

    async def _edited(self, order: Order, post: Post) -> Post:
        client = self._workspaces.one(order.place.team).client
        try:
            await again(lambda: client.chat_update(**_edit(order, post)))
        except Refused as refused:
            if refused.code != "streaming_state_conflict":
                raise
            await ask(client.chat_stopStream(channel=post.channel, ts=post.message))
            await again(lambda: client.chat_update(**_edit(order, post)))
        return await self._remembered(order, {"channel": post.channel, "ts": post.message})

    async def _remembered(self, order: Order, wire: Wire) -> Post:
        post = Post(
            order.key,
            PLATFORM,
            str(wire["channel"]),
            str(wire["ts"]),
            order.turn_id,
            order.message.picture_ids,
        )
        if self._latest.get(order.key) != post:
            await self._desk.remember(post)
        self._doubts.discard(order.key)
        self._latest[order.key] = post
        while len(self._latest) > _REMEMBERED:
            self._latest.popitem(last=False)
        return post

    # -- looking ----------------------------------------------------------------------------------------------

    async def _found(self, order: Order) -> Post | None:
        wire = await self._marked(order)
        return await self._remembered(order, wire) if wire else None

    async def _marked(self, order: Order) -> Wire | None:
        found = await self.find(
            order, lambda m: key_in(m) == order.key or m.get("streaming_state") == "in_progress"
        )  # a stream gets its mark at its end
        return {"channel": order.place.channel, "ts": found["ts"]} if found else None

    async def _recent(self, client: PatientClient, order: Order) -> list[Wire]:
        """The messages at a place since the order's birth, newest first, bounded."""
        found: list[Wire] = []
        cursor = ""
        for _ in range(LOOKUP_PAGES):
            page = await self._page(client, order, cursor)
            found += [m for m in page.get("messages") or [] if isinstance(m, dict)]
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return sorted(found, key=lambda m: str(m.get("ts")), reverse=True)

    async def _page(self, client: PatientClient, order: Order, cursor: str) -> Answered:
        place = order.place
        window: dict[str, Any] = {
            "channel": place.channel,
            "include_all_metadata": True,
            "limit": _PAGE,
            "oldest": f"{max(order.since - 60.0, 0.0):.6f}",
        }
        if cursor:
            window["cursor"] = cursor
        try:
            if place.thread:
                return await again(lambda: client.conversations_replies(ts=place.thread, **window))
            return await again(lambda: client.conversations_history(**window))
        except Refused as refused:
            log.info("no look at %s: %s", place.channel, refused)
            return {}


def key_in(message: Wire) -> str:
    """The key of a post of ours; "" for anything else."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != MARKER:
        return ""
    payload = metadata.get("event_payload")
    return str(payload.get("key") or "") if isinstance(payload, dict) else ""


def mark(key: str) -> dict[str, Any]:
    return {"event_type": MARKER, "event_payload": {"key": key}}


def _content(order: Order) -> dict[str, Any]:
    blocks = [dict(block) for block in order.message.blocks]
    return {"text": order.message.text, "blocks": blocks, "metadata": mark(order.key)}


def _new(order: Order) -> dict[str, Any]:
    where: dict[str, Any] = {"channel": order.place.channel, "unfurl_links": False}
    if order.place.thread:
        where["thread_ts"] = order.place.thread
    return {**where, "unfurl_media": False, **_content(order)}


def _edit(order: Order, post: Post) -> dict[str, Any]:
    return {"channel": post.channel, "ts": post.message, **_content(order)}
