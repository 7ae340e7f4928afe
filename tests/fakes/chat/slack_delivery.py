"""How Slack brings events, commands and clicks to an app: Socket Mode or signed HTTP, again when unacknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

import aiohttp
from aiohttp import WSMsgType, web

from .server import Json
from .slack_messages import Delivery
from .slack_model import APP, Team, new_id
from .slack_posting import respond
from .slack_workspace import EVENT_SCOPES

if TYPE_CHECKING:
    from .slack_workspace import SlackWorkspace

Order = Literal["sent", "reversed", "shuffled"]
EVENTS, COMMANDS, INTERACTIVE = "events_api", "slash_commands", "interactive"
FORM, JSON_TYPE = "application/x-www-form-urlencoded", "application/json"


class Courier:
    def __init__(self, workspace: SlackWorkspace) -> None:
        self._workspace = workspace
        self.sockets: list[web.WebSocketResponse] = []
        self._requests: dict[web.WebSocketResponse, web.Request] = {}
        self.accepting = True
        self.opened = 0  # how often the app asked for a connection
        self.event_repeats = 1
        self.held: list[Delivery] | None = None  # a list: events wait in it
        self._tickets: set[str] = set()
        self._envelopes: dict[str, tuple[Delivery, float]] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/link", self._socket)

    # -- what is sent ---------------------------------------------------------------------------------

    def event(self, team: Team, event: Json, subscription: str) -> None:
        """Sends an event if the app is subscribed to it and has the scope it takes."""
        workspace = self._workspace
        scope = EVENT_SCOPES[subscription]
        missing = scope and scope not in workspace.scopes
        if subscription not in workspace.subscriptions or missing:
            return
        if workspace.spec:
            errors = workspace.spec.check_event(event)
            workspace.self_check += [f"event {event['type']}: {error}" for error in errors]
        authorization = {
            "enterprise_id": None,
            "team_id": team.id,
            "user_id": team.bot_user,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        payload = {
            "token": "verification",
            "team_id": team.id,
            "context_team_id": team.id,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(time.time()),
            "is_ext_shared_channel": False,
            "event_context": f"4-{secrets.token_hex(8)}",
            "authorizations": [authorization],
        }
        self.send(Delivery(EVENTS, payload))

    def send(self, delivery: Delivery) -> Delivery:
        """Starts the delivery; see `Delivery.acked`."""
        self._workspace.deliveries.append(delivery)
        if self.held is not None and delivery.kind == EVENTS:
            self.held.append(delivery)
        else:
            self._workspace.later(self._deliver(delivery))
        return delivery

    async def release(self, order: Order, times: int) -> None:
        """Delivers what was held, one after the other, all of it so many times."""
        held, self.held = self.held or [], None
        for number in range(times):
            queue = list(held)
            if order == "reversed":
                queue.reverse()
            elif order == "shuffled":
                random.Random(number).shuffle(queue)
            for delivery in queue:
                await self.attempt(delivery, number, "timeout" if number else None)

    async def _deliver(self, delivery: Delivery) -> None:
        # only events are sent again; a lost command or click shows an error to the person
        again = delivery.kind == EVENTS
        for number, pause in enumerate((0.0, *(self._workspace.retry_delays if again else ()))):
            await asyncio.sleep(pause)
            if await self.attempt(delivery, number, delivery.failed):
                break
        for number in range(1, self.event_repeats if again else 1):
            await self.attempt(delivery, number, "timeout")
        self._workspace.rec.notify()

    async def attempt(self, delivery: Delivery, number: int, reason: str | None) -> bool:
        """True: acknowledged in time. `number` counts from 0, `reason` is why it comes again."""
        delivery.attempts += 1
        delivery.first_sent = delivery.first_sent or time.monotonic()
        if self._workspace.request_url:
            return await self._attempt_http(delivery, number, reason)
        return await self._attempt_socket(delivery, number, reason)

    async def _acknowledged(self, delivery: Delivery, payload: Any) -> None:
        if not delivery.acked:
            delivery.acked_at, delivery.ack_payload = time.monotonic(), payload
            if payload and delivery.kind == COMMANDS:
                respond(self._workspace, delivery, payload, self.event)
            if delivery.view and delivery.payload.get("type") == "view_submission":
                self._answer_view(delivery, payload or {})
        self._workspace.rec.notify()

    def _answer_view(self, delivery: Delivery, payload: Json) -> None:
        """What the acknowledgement of a submitted modal does to it."""
        view, action = delivery.view, payload.get("response_action")
        assert view is not None, "only views are submitted"
        if action in ("update", "push"):
            self._check_pushed_view(payload["view"])
        if action == "update":
            view.show(payload["view"])
        elif action == "push":
            self._workspace.open_view(payload["view"], view.user, view.stack)
        elif action == "errors":
            unknown = set(payload["errors"]) - {block["block_id"] for block in view.blocks}
            if unknown:
                self._complain(f"response_action errors for unknown block_ids {sorted(unknown)}")
        elif action == "clear":
            for other in view.stack:
                other.closed = True
        else:
            view.closed = True

    def _check_pushed_view(self, view: Json) -> None:
        if self._workspace.spec:
            for problem in self._workspace.spec.check_view(view)[0]:
                self._complain(f"response_action: {problem}")

    def _complain(self, problem: str) -> None:
        if self._workspace.rec.calls:
            self._workspace.rec.calls[-1].problems.append(problem)

    # -- Socket Mode ----------------------------------------------------------------------------------

    def ticket(self) -> str:
        """What apps.connections.open gives, for one connection."""
        self.opened += 1
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if not self.accepting or ticket not in self._tickets:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        self.sockets.append(ws)
        self._requests[ws] = request
        hello = {
            "type": "hello",
            "num_connections": len(self.sockets),
            "connection_info": {"app_id": APP},
            "debug_info": {"host": "fake", "build_number": 1, "approximate_connection_time": 18060},
        }
        await ws.send_json(hello)
        self._workspace.rec.notify()
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._frame(json.loads(message.data))
        finally:
            self.sockets.remove(ws)
            del self._requests[ws]
            self._workspace.rec.notify()
        return ws

    async def _frame(self, frame: Json) -> None:
        call = self._workspace.rec.new("WS", "ack", body=frame, status=1)
        found = self._envelopes.get(frame.get("envelope_id", ""))
        if found is None:
            call.problems.append(f"ack of unknown envelope {frame.get('envelope_id')!r}")
            return
        delivery, sent_at = found
        took = time.monotonic() - sent_at
        if took > self._workspace.ack_deadline:
            call.problems.append(f"{delivery.kind} acknowledged after {took:.1f} s")
        if frame.get("payload") and delivery.kind == EVENTS:
            call.problems.append("an events_api ack takes no payload")
        await self._acknowledged(delivery, frame.get("payload"))

    async def _attempt_socket(self, delivery: Delivery, number: int, reason: str | None) -> bool:
        if not self.sockets:
            delivery.failed = "no_connection"
            return False
        envelope_id = secrets.token_hex(16)  # each attempt has its own
        self._envelopes[envelope_id] = (delivery, time.monotonic())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != EVENTS,
        }
        if delivery.kind == EVENTS:
            envelope |= {"retry_attempt": number, "retry_reason": reason or ""}
        ws = self.sockets[delivery.attempts % len(self.sockets)]
        try:
            await ws.send_json(envelope)
            await self._workspace.until(lambda: delivery.acked, self._workspace.ack_deadline)
        except (ConnectionResetError, RuntimeError):
            delivery.failed = "connection_failed"
        except TimeoutError:
            delivery.failed = "timeout"
        return delivery.acked

    async def refresh(self) -> None:
        """Slack asks the app to reconnect, as it does every few hours."""
        for ws in list(self.sockets):
            debug = {"host": "fake"}
            reason = "refresh_requested"
            await ws.send_json({"type": "disconnect", "reason": reason, "debug_info": debug})

    async def drop(self) -> None:
        for ws in list(self.sockets):
            await ws.close(code=1001)

    async def abort(self) -> None:
        """Cuts the TCP connections without a close frame."""
        for request in list(self._requests.values()):
            if request.transport:
                request.transport.abort()

    # -- HTTP -----------------------------------------------------------------------------------------

    async def _attempt_http(self, delivery: Delivery, number: int, reason: str | None) -> bool:
        headers = {}
        if number:
            headers["X-Slack-Retry-Num"] = str(number)
            headers["X-Slack-Retry-Reason"] = reason or "http_timeout"
        kind, body = _encoded(delivery)
        try:
            async with asyncio.timeout(self._workspace.ack_deadline):
                status, text, answer_kind = await self.post(body, kind, headers)
        except TimeoutError:
            delivery.failed = "http_timeout"
            return False
        except aiohttp.ClientError:
            delivery.failed = "connection_failed"
            return False
        if status != 200:
            delivery.failed = "http_error"
            return False
        payload = {"text": text} if text else None
        await self._acknowledged(
            delivery, json.loads(text) if _is_json(text, answer_kind) else payload
        )
        return True

    async def post(
        self,
        body: str,
        kind: str,
        headers: dict[str, str],
        secret: str | None = None,
        stamp: int | None = None,
    ) -> tuple[int, str, str]:
        """(status, text, content type) of a signed request; wrong `secret` or old `stamp`: a forged one."""
        moment = str(int(time.time()) if stamp is None else stamp)
        key = (secret or self._workspace.signing_secret).encode()
        digest = hmac.new(key, f"v0:{moment}:{body}".encode(), hashlib.sha256)
        signed = headers | {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": moment,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        url = self._workspace.request_url
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body.encode(), headers=signed) as reply,
        ):
            return reply.status, await reply.text(), reply.headers.get("Content-Type", "")


def _encoded(delivery: Delivery) -> tuple[str, str]:
    """(content type, body) as Slack posts it."""
    if delivery.kind == EVENTS:
        return JSON_TYPE, json.dumps(delivery.payload)
    if delivery.kind == COMMANDS:
        return FORM, urlencode(delivery.payload)
    return FORM, urlencode({"payload": json.dumps(delivery.payload)})


def _is_json(text: str, kind: str) -> bool:
    return bool(text) and "json" in kind
