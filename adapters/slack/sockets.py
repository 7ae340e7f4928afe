"""Socket Mode: a line to Slack that comes back by itself. https://docs.slack.dev/apis/events-api/using-socket-mode

The events go to Bolt. The sockets are kept here, since the SDK's own client notices a dead one late and gives up the
old one before the new one stands: here Slack's wish for a fresh socket is granted first, so that no event falls between
two sockets, and a socket that does not answer pings is dropped.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from adapters.slack.client import PatientClient, Refused, Unsure, ask
from adapters.slack.errands import Errands
from core.errors import ConfigError

log = logging.getLogger(__name__)

_BAD_TOKEN = (
    "Slack refused the app token ({code}). Make an app-level token with the scope connections:write on the app's page "
    "Basic Information and put it into SLACK_APP_TOKEN, and switch Socket Mode on."
)


@dataclass(frozen=True, slots=True)
class Patience:
    """All in seconds."""

    ping_every: float = 10.0  # an answer is waited for half as long
    hello_within: float = 10.0
    old_socket: float = 30.0  # Slack closes it before, as a rule
    first_pause: float = 0.5
    longest_pause: float = 30.0


@dataclass(slots=True, eq=False)
class _Socket:
    web: aiohttp.ClientWebSocketResponse
    said_hello: bool = False
    replaced: asyncio.Event = field(default_factory=asyncio.Event)  # or closed: time for a new one


class SocketLine:
    def __init__(
        self,
        app: AsyncApp,
        client: PatientClient,
        session: aiohttp.ClientSession,
        errands: Errands,
        on_connected: Callable[[], None],
        patience: Patience | None = None,
    ) -> None:
        self._app, self._client, self._session = app, client, session
        self._errands, self._on_connected = errands, on_connected
        self._patience = patience or Patience()
        self._alive: set[_Socket] = set()
        self._was_connected = False

    @property
    def connected(self) -> bool:
        """Slack said hello on a socket that still answers."""
        return bool(self._alive)

    async def run(self) -> None:
        """Until cancelled. Raises `ConfigError` when Slack refuses the token at the first try."""
        pause = self._patience.first_pause
        while True:
            socket = await self._open()
            if socket is not None:
                self._errands.start(self._read(socket), "slack socket")
                began = time.monotonic()
                await socket.replaced.wait()
                lived = time.monotonic() - began
                if socket.said_hello and lived > self._patience.first_pause:
                    pause = self._patience.first_pause
                    continue
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, self._patience.longest_pause)

    async def _open(self) -> _Socket | None:
        try:
            token = self._client.token or ""
            granted = await ask(self._client.apps_connections_open(app_token=token))
            web = await self._session.ws_connect(
                str(granted["url"]), heartbeat=self._patience.ping_every
            )
        except Refused as refused:
            if not self._was_connected:
                raise ConfigError(_BAD_TOKEN.format(code=refused.code)) from refused
            log.error("Slack refuses the app token now: %s", refused)
        except (Unsure, aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("no line to Slack: %s", _without_address(error))
        else:
            return _Socket(web)
        return None

    async def _read(self, socket: _Socket) -> None:
        try:
            await self._greeted(socket)
            async for frame in socket.web:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(socket, frame.data)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.info("a line to Slack broke: %s", str(error) or type(error).__name__)
        finally:
            self._alive.discard(socket)
            socket.replaced.set()
            await socket.web.close()

    async def _greeted(self, socket: _Socket) -> None:
        async with asyncio.timeout(self._patience.hello_within):
            while not socket.said_hello:
                frame = await socket.web.receive()
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    raise aiohttp.ClientConnectionError("closed before hello")
                self._take(socket, frame.data)

    def _take(self, socket: _Socket, text: str) -> None:
        try:
            frame = json.loads(text)
        except ValueError:
            frame = None
        if not isinstance(frame, dict):
            return
        kind = frame.get("type")
        if kind == "hello":
            self._hello(socket)
        elif kind == "disconnect":
            log.info("Slack asks for a fresh socket: %s", frame.get("reason"))
            self._errands.start(self._retire(socket), "old slack socket")
        elif frame.get("envelope_id"):
            self._errands.start(self._answer(socket, frame), "slack envelope")

    def _hello(self, socket: _Socket) -> None:
        socket.said_hello = self._was_connected = True
        self._alive.add(socket)
        log.info("connected to Slack")
        self._on_connected()

    async def _retire(self, socket: _Socket) -> None:
        """It goes on listening until Slack closes it, while the next one opens."""
        socket.replaced.set()
        await asyncio.sleep(self._patience.old_socket)
        await socket.web.close()

    async def _answer(self, socket: _Socket, frame: dict[str, Any]) -> None:
        request = SocketModeRequest.from_dict(frame)
        if request is None:
            return
        began = time.monotonic()
        response = await run_async_bolt_app(self._app, request)
        if response is None or response.status != 200:
            log.warning("an envelope of type %s is not acknowledged", request.type)
            return
        answer = SocketModeResponse(request.envelope_id, _payload(response))
        try:
            await socket.web.send_json(answer.to_dict())
        except (ConnectionError, aiohttp.ClientError) as error:
            log.info("an acknowledgement is lost, Slack will repeat: %s", error)
        log.debug("acknowledged after %.3f s", time.monotonic() - began)


def _without_address(error: BaseException) -> str:
    """The address of a socket holds the ticket that opens it, and a failed handshake tells it."""
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"the handshake ended with status {error.status}"
    return str(error) or type(error).__name__


def _payload(response: BoltResponse) -> dict[str, Any] | None:
    if not response.body:
        return None
    kinds = response.headers.get("content-type") or [""]
    if str(kinds[0]).startswith("application/json"):
        return dict(json.loads(response.body))
    return {"text": response.body}
