"""HTTP mode: Slack's signed requests, checked before anything reads them.

https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from core.errors import ConfigError

log = logging.getLogger(__name__)

PATH = "/slack/events"
REPLAY_WINDOW_S = 300
LIMIT_BYTES = 1024 * 1024
SHUTDOWN_S = 3.0
BODY_S = 10.0  # Slack itself gives up after three
_KINDS = frozenset(
    (
        "block_actions",
        "block_suggestion",
        "message_action",
        "shortcut",
        "view_submission",
        "view_closed",
    )
)


class BadRequest(Exception):
    """Not a request of Slack's, or none that can be read; `status` is the answer."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class RequestLine:
    """Listens on an address; `url` is known and `started` is set once it does."""

    def __init__(
        self, app: AsyncApp, secret: str, host: str, port: int, on_connected: Callable[[], None]
    ) -> None:
        self._app, self._secret = app, secret.encode()
        self._host, self._port, self._on_connected = host, port, on_connected
        self.started = asyncio.Event()
        self.url = ""

    @property
    def connected(self) -> bool:
        return self.started.is_set()

    async def run(self) -> None:
        """Until cancelled. Raises `ConfigError` when the address cannot be had."""
        server = web.Application(client_max_size=LIMIT_BYTES)
        server.router.add_post(PATH, self._receive)
        runner = web.AppRunner(server, access_log=None, shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await self._listen(runner)
            await asyncio.Event().wait()
        finally:
            self.started.clear()
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError as error:
            raise ConfigError(
                f"Cannot listen for Slack on {self._host}:{self._port}: "
                f"{os.strerror(error.errno or 0)}. Set another [slack] port, or stop what uses this one."
            ) from error
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{PATH}"
        self.started.set()
        log.info("listening for Slack on %s", self.url)
        self._on_connected()

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(BODY_S):
                body = await request.read()
            check_signature(self._secret, request.headers, body, time.time())
            text = readable(request.content_type, body)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text="too large")
        except TimeoutError:
            return web.Response(status=HTTPStatus.REQUEST_TIMEOUT, text="too slow")
        except BadRequest as bad:
            log.warning("a request to %s is refused: %s", PATH, bad)
            return web.Response(status=bad.status, text=str(bad))
        headers: dict[str, str | Sequence[str]] = dict(request.headers)
        answer = await self._app.async_dispatch(AsyncBoltRequest(body=text, headers=headers))
        kinds = answer.headers.get("content-type") or ["text/plain"]
        kind = str(kinds[0]).partition(";")[0]
        return web.Response(status=answer.status, text=answer.body or "", content_type=kind)


def check_signature(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> None:
    """Raises `BadRequest` unless Slack signed this body within the last five minutes."""
    stamp = headers.get("X-Slack-Request-Timestamp", "")
    given = headers.get("X-Slack-Signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and given):
        raise BadRequest(HTTPStatus.UNAUTHORIZED, "not signed by Slack")
    if abs(now - int(stamp)) > REPLAY_WINDOW_S:
        raise BadRequest(HTTPStatus.UNAUTHORIZED, "signed too long ago")
    digest = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"v0={digest}".encode(), given.encode("utf-8", "surrogateescape")):
        raise BadRequest(HTTPStatus.UNAUTHORIZED, "wrong signature")


def readable(content_type: str, body: bytes) -> str:
    """The body as text, once it is certain that it has the shape of one of Slack's. Raises `BadRequest`."""
    try:
        text = body.decode()
        payload = _payload(content_type, text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(HTTPStatus.BAD_REQUEST, "a body that cannot be read") from error
    if not isinstance(payload, dict) or not _is_wellformed(payload):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "not a body that Slack sends")
    return text


def _payload(content_type: str, text: str) -> Any:
    if content_type == "application/json":
        return json.loads(text)
    if content_type != "application/x-www-form-urlencoded":
        raise BadRequest(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "neither JSON nor a form")
    if text.startswith("{"):  # Bolt would read it as JSON
        raise BadRequest(HTTPStatus.BAD_REQUEST, "JSON that says it is a form")
    fields = {name: values[-1] for name, values in parse_qs(text, max_num_fields=200).items()}
    return json.loads(fields["payload"]) if "payload" in fields else fields


def _is_wellformed(body: Mapping[str, Any]) -> bool:
    """Everything that Bolt looks at before a listener runs has its type."""
    if any(not isinstance(body.get(key, ""), str) for key in ("type", "command", "token")):
        return False
    if any(not isinstance(body.get(key) or {}, dict) for key in ("view", "channel", "message")):
        return False
    if "command" in body:
        return _has(body, "team_id", "user_id", "channel_id", "trigger_id")
    if "ssl_check" in body:
        return True
    kind = body.get("type")
    if kind == "url_verification":
        return _has(body, "challenge")
    if kind == "event_callback":
        return _is_event(body)
    user = body.get("user")
    return kind in _KINDS and isinstance(user, dict) and _has(user, "id") and _has_team(body)


def _is_event(body: Mapping[str, Any]) -> bool:
    event, given = body.get("event"), body.get("authorizations")
    if not isinstance(event, dict) or not _has(event, "type") or not _has(body, "team_id"):
        return False
    plain = ("user", "channel", "subtype", "bot_id", "team", "ts", "thread_ts")
    shared = given is None or (isinstance(given, list) and all(isinstance(a, dict) for a in given))
    return shared and all(_is_plain(event.get(key)) for key in plain)


def _is_plain(value: object) -> bool:
    """An id, or the object that some events give in its place."""
    if isinstance(value, dict):
        return isinstance(value.get("id", ""), str)
    return value is None or isinstance(value, str)


def _has_team(body: Mapping[str, Any]) -> bool:
    team, actions = body.get("team"), body.get("actions", [])
    known = team is None or (isinstance(team, dict) and _has(team, "id"))
    return known and isinstance(actions, list) and all(isinstance(a, dict) for a in actions)


def _has(body: Mapping[str, Any], *keys: str) -> bool:
    return all(isinstance(body.get(key), str) for key in keys)
