"""A Slack of one's own on a loopback port: Web API, Socket Mode or signed HTTP, and files for the real slack-bolt.

    async with FakeSlack() as slack:
        ...start an app with slack.bot_token, slack.app_token and base_url=slack.api_base...
        await slack.wait_ready()
        asked = await slack.say("a fox", mention_bot=True)
        answer = await slack.wait_message(lambda m: m.thread_ts == asked.ts)
        await slack.click(answer, "Vary")
        assert slack.rec.problems() == []

Every call is recorded in `rec.calls`, applied to the workspace that people see, and, where the schema of Slack's types
is found (see `specs`), compared with it. Modelled from documentation: a green run does not prove that Slack agrees.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any, Self, Unpack

import aiohttp
from aiohttp import web

from .calls import Call
from .server import Fault, Match, matcher
from .slack_delivery import Order
from .slack_http import SlackApi
from .slack_messages import Delivery, File, Message, View
from .slack_model import Channel, Team, User
from .slack_people import SlackPeople
from .slack_workspace import ALL_EVENTS, ALL_SCOPES, Rules
from .uploads import Upload

__all__ = [
    "ALL_EVENTS",
    "ALL_SCOPES",
    "Channel",
    "Delivery",
    "FakeSlack",
    "File",
    "Message",
    "Team",
    "Upload",
    "User",
    "View",
]

Check = Callable[[Message], Any]
CHALLENGE = json.dumps({"token": "x", "challenge": "c123", "type": "url_verification"})


def anything(message: Message) -> bool:
    return True


class FakeSlack(SlackPeople):
    def __init__(self, port: int = 0, **rules: Unpack[Rules]) -> None:
        super().__init__(port, rules)
        self._api = SlackApi(self)

    async def start(self) -> Self:
        await super().start()
        if self.checks and self.spec is None:
            print("The schema of Slack's types is not there: calls are not compared with it.")
        return self

    def add_routes(self, app: web.Application) -> None:
        self.courier.add_routes(app)
        self._api.add_routes(app)

    @property
    def sockets(self) -> list[web.WebSocketResponse]:
        """The app's open connections."""
        return self.courier.sockets

    @property
    def connections_opened(self) -> int:
        """How often the app asked for a connection."""
        return self.courier.opened

    @property
    def accept_sockets(self) -> bool:
        return self.courier.accepting

    @accept_sockets.setter
    def accept_sockets(self, accepting: bool) -> None:
        self.courier.accepting = accepting

    # -- waiting for the app --------------------------------------------------------------------------

    async def wait_ready(self, limit_s: float = 20.0) -> None:
        """Socket Mode: the app has an open connection. HTTP: its request URL takes the challenge."""
        if not self.request_url:
            await self.until(lambda: self.sockets, limit_s, "socket mode connection")
            return
        end = time.monotonic() + limit_s
        while not await self._takes_challenge():
            if time.monotonic() > end:
                raise TimeoutError("request URL does not answer url_verification")
            await asyncio.sleep(0.1)

    async def _takes_challenge(self) -> bool:
        try:
            return (await self.post_signed(CHALLENGE))[0] == 200
        except aiohttp.ClientError:
            return False

    async def wait_ack(self, delivery: Delivery, limit_s: float | None = None) -> Delivery:
        limit_s = limit_s or self.ack_deadline + 0.5
        await self.until(lambda: delivery.acked, limit_s, f"ack of {delivery.kind}")
        return delivery

    async def wait_call(self, method: str, limit_s: float = 10.0, since: int = 0) -> Call:
        """The first answered call of a Web API method."""
        return await self.wait_for(lambda call: call.route == method, limit_s, since)

    async def wait_message(
        self, check: Check = anything, channel: Channel | None = None, limit_s: float = 15.0
    ) -> Message:
        """A message by the app, in one channel or anywhere, that is whole and passes the check."""

        def find() -> list[Message]:
            places = [channel] if channel else list(self.channels.values())
            found = [m for place in places for m in self.messages(place, by_bot=True)]
            return [m for m in found if not m.streaming and check(m)]

        return (await self.until(find, limit_s, "bot message"))[0]

    async def wait_view(self, limit_s: float = 5.0, user: User | None = None) -> View:
        """The latest modal that is open for somebody."""
        who = (user or self.user).id

        def find() -> list[View]:
            return [v for v in self.views.values() if v.user.id == who and not v.closed]

        return (await self.until(find, limit_s, "view"))[-1]

    async def wait_home(self, user: User | None = None, limit_s: float = 5.0) -> View:
        """Somebody's Home tab, once published."""
        who = (user or self.user).id
        return (await self.until(lambda: [v for u, v in self.home.items() if u == who], limit_s))[0]

    async def wait_response(
        self, delivery: Delivery, check: Check = anything, limit_s: float = 10.0
    ) -> Message:
        """A message sent as the ack's payload or to the delivery's response_url."""

        def find() -> list[Message]:
            return [message for message in delivery.responses if check(message)]

        return (await self.until(find, limit_s, "response"))[0]

    # -- faults ---------------------------------------------------------------------------------------

    def rate_limit(self, n: int = 1, retry_after: int = 1, match: Match = None) -> None:
        """Answers the next n matching calls with 429."""
        headers = {"Retry-After": str(retry_after)}
        body = {"ok": False, "error": "ratelimited"}
        self.faults.append(Fault(n, matcher(match), status=429, body=body, headers=headers))

    def error(self, error: str, n: int = 1, match: Match = None, **extra: Any) -> None:
        """Answers the next n matching calls with ok: false."""
        body = {"ok": False, "error": error} | extra
        self.faults.append(Fault(n, matcher(match), status=200, body=body))

    def file_not_ready(self, n: int = 1) -> None:
        """The next n messages that show a slack_file are refused: invalid_blocks."""
        self.unready_files = n

    def repeat_events(self, times: int) -> None:
        """From now on every event comes so many times, acknowledged or not."""
        self.courier.event_repeats = times

    def hold(self) -> None:
        """Events wait from now on, until `release`."""
        self.courier.held = []

    async def release(self, order: Order = "sent", times: int = 1) -> None:
        """Delivers the events that were held: in this order, and all of them so many times."""
        await self.courier.release(order, times)

    async def redeliver(self, delivery: Delivery, reason: str = "timeout") -> None:
        """Sends the same event once more, as Slack does when it believes the ack was lost."""
        await self.courier.attempt(delivery, max(1, delivery.attempts), reason)

    async def refresh_socket(self) -> None:
        """As `Courier.refresh`."""
        await self.courier.refresh()

    async def drop_socket(self) -> None:
        """Closes the connections."""
        await self.courier.drop()

    async def abort_socket(self) -> None:
        """As `Courier.abort`."""
        await self.courier.abort()

    async def post_signed(
        self,
        body: str,
        kind: str = "application/json",
        secret: str | None = None,
        stamp: int | None = None,
    ) -> tuple[int, str, str]:
        """(status, text, content type) of the app's answer to a request signed as Slack does.

        A wrong `secret` or an old `stamp` (seconds since 1970) makes it a forgery or a replay.
        """
        return await self.courier.post(body, kind, {}, secret, stamp)
