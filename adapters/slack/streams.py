"""Text that appears while it is written, in the threads of direct messages.

https://docs.slack.dev/reference/methods/chat.startStream needs a thread, so the top level of a direct message and the
channels get a card that is edited instead. In a channel only one person would see a stream grow.
"""

from __future__ import annotations

import logging

from adapters.slack import mrkdwn
from adapters.slack.client import Answered, Refused, Unsure, ask
from adapters.slack.place import Place
from adapters.slack.posts import Order, Posts, mark
from adapters.slack.workspaces import Workspaces

log = logging.getLogger(__name__)

LIMIT = 11_000  # characters, escaped; Slack takes 12,000


def can_stream(place: Place) -> bool:
    return place.is_direct and bool(place.thread)


class Stream:
    """The text of one turn. After the first failure it writes no more; the answer then replaces it."""

    def __init__(self, order: Order, posts: Posts, workspaces: Workspaces) -> None:
        self._order, self._posts = order, posts
        self._client = workspaces.one(order.place.team).client
        self._written = ""
        self._ts = ""
        self._broken = False

    @property
    def is_open(self) -> bool:
        return bool(self._ts)

    async def write(self, text: str) -> None:
        """Appends what is new in `text`, the whole so far."""
        if self._broken or not text.startswith(self._written) or text == self._written:
            return
        if len(mrkdwn.escape(text)) > LIMIT:
            self._broken = True
            return
        try:
            await self._send(mrkdwn.escape(text[len(self._written) :]))
            self._written = text
        except (Refused, Unsure) as error:
            log.info("the stream of turn %s ends: %s", self._order.turn_id, error)
            self._broken = True

    async def finish(self, text: str) -> bool:
        """True: the stream is over and shows this text. Raises `Refused`, `Unsure`."""
        if self._written.rstrip() != text.rstrip():
            await self.write(text)
        if not self._ts:
            return False
        try:
            await ask(
                self._client.chat_stopStream(
                    channel=self._order.place.channel,
                    ts=self._ts,
                    metadata=mark(self._order.key),
                )
            )
        except Refused as refused:
            log.info("the stream of turn %s is not stopped: %s", self._order.turn_id, refused)
            return False
        return not self._broken and self._written.rstrip() == text.rstrip()

    async def _send(self, piece: str) -> None:
        place = self._order.place
        if self._ts:
            await ask(
                self._client.chat_appendStream(
                    channel=place.channel, ts=self._ts, markdown_text=piece
                )
            )
            return
        self._ts = str((await self._start(piece))["ts"])
        await self._posts.adopt(self._order, place.channel, self._ts)

    async def _start(self, piece: str) -> Answered:
        place = self._order.place
        try:
            return await ask(
                self._client.chat_startStream(
                    channel=place.channel,
                    thread_ts=place.thread,
                    markdown_text=piece,
                    recipient_team_id=place.team,
                    recipient_user_id=place.user,
                )
            )
        except Unsure:
            found = await self._posts.find(
                self._order,
                lambda m: m.get("streaming_state") == "in_progress" or m.get("text") == piece,
            )
            if found is None:
                raise
            return dict(found)
