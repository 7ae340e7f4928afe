"""The page's requests: every route, and how a failure becomes an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.web.guard import HEALTH_PATH, Guard, Handler, add_headers
from adapters.web.listeners import Listeners
from adapters.web.pictures import PictureFiles
from adapters.web.presentation import present_view
from adapters.web.reception import ID, read_message, read_press
from adapters.web.settings import WebSettings
from core.errors import (
    BadInput,
    EaselError,
    MessageTooLong,
    PictureTooLarge,
    QueueFull,
    UnknownPicture,
)
from core.ports import Desk
from core.types import Inbound, ThreadRef, UserRef

STATIC = Path(__file__).parent / "static"
VISITOR = UserRef("web", "visitor", "you")
PING_S = 30.0  # finds pages that vanished without a word
Health = Callable[[], Mapping[str, Any]]


def thread_of(conversation_id: str) -> ThreadRef:
    return ThreadRef("web", "local", "page", conversation_id)


class Api:
    """The handlers; one instance serves one desk."""

    def __init__(
        self, desk: Desk, settings: WebSettings, guard: Guard, listeners: Listeners, health: Health
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._guard = guard
        self._listeners = listeners
        self._health = health
        self._page_html = (STATIC / "page.html").read_bytes()
        self._signin_html = (STATIC / "signin.html").read_bytes()

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._errors, self._guarded])
        app.on_response_prepare.append(add_headers)
        conversation = "/api/conversations/{id}"
        pictures = PictureFiles(self._desk)
        app.add_routes(
            [
                web.get("/", self._page),
                web.get(HEALTH_PATH, self._healthz),
                web.get("/api/conversations", self._conversations),
                web.get(conversation, self._view),
                web.get(f"{conversation}/events", self._events),
                web.post(f"{conversation}/messages", self._message),
                web.post(f"{conversation}/press", self._press),
                web.post("/api/jobs/{id}/cancel", self._cancel),
                web.get("/pictures/{id}", pictures.file),
                web.get("/pictures/{id}/recipe", pictures.recipe),
                web.static("/static", STATIC),
            ]
        )
        return app

    # -- every request --------------------------------------------------------------------------------------------

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except EaselError as error:
            return _sentence(_status(error), error.reply, error.retryable)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return _sentence(error.status, error.text or error.reason)

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._guard.check(request)
        return await handler(request)

    # -- the page -------------------------------------------------------------------------------------------------

    async def _page(self, request: web.Request) -> web.StreamResponse:
        """The page, or the sign-in page. A right `?token=` is answered with the cookie at once: a redirect that
        another site began would not carry a SameSite=Strict cookie."""
        given = request.query.get("token", "")
        if self._guard.right_token(given):
            response = _html(self._page_html)
            self._guard.admit(request, response)
            return response
        if self._guard.admits(request):
            return _html(self._page_html)
        return _html(self._signin_html, status=401)

    async def _healthz(self, _request: web.Request) -> web.Response:
        state = self._health()
        return web.json_response(dict(state), status=200 if state.get("ready") else 503)

    # -- conversations --------------------------------------------------------------------------------------------

    async def _conversations(self, _request: web.Request) -> web.Response:
        threads = await self._desk.threads("web")
        known = [{"id": thread.thread, "title": title} for thread, title in threads]
        limits = {
            "upload_limit_mb": self._settings.upload_limit_mb,
            "message_characters": self._desk.message_characters,
        }
        return web.json_response({"conversations": known, **limits})

    async def _view(self, request: web.Request) -> web.Response:
        conversation_id = _conversation_id(request)
        view = await self._desk.view(thread_of(conversation_id))
        return web.json_response(present_view(conversation_id, view))

    async def _message(self, request: web.Request) -> web.Response:
        conversation_id = _conversation_id(request)
        message = await read_message(request, self._settings.upload_limit)
        return await self._receive(
            Inbound(
                message.event_id,
                thread_of(conversation_id),
                VISITOR,
                message.text,
                message.attachments,
                reply_to=message.reply_to,
                received_at=time.time(),
            )
        )

    async def _press(self, request: web.Request) -> web.Response:
        conversation_id = _conversation_id(request)
        pressed = await read_press(request)
        return await self._receive(
            Inbound(
                pressed.event_id,
                thread_of(conversation_id),
                VISITOR,
                press=pressed.press,
                received_at=time.time(),
            )
        )

    async def _receive(self, inbound: Inbound) -> web.Response:
        receipt = await self._desk.receive(inbound)
        return web.json_response({"turn_id": receipt.turn_id, "is_new": receipt.is_new}, status=202)

    async def _cancel(self, request: web.Request) -> web.Response:
        stopped = await self._desk.cancel(request.match_info["id"], VISITOR)
        return web.json_response({"cancelled": stopped})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        conversation_id = _conversation_id(request)
        socket = web.WebSocketResponse(heartbeat=PING_S, max_msg_size=1024, timeout=2.0)
        if not socket.can_prepare(request):
            raise web.HTTPBadRequest(text="Events come over a WebSocket.")
        await socket.prepare(request)
        await self._listeners.attend(conversation_id, socket)
        return socket


def _conversation_id(request: web.Request) -> str:
    conversation_id = request.match_info["id"]
    if not ID.fullmatch(conversation_id):
        raise web.HTTPNotFound(text="There is no such conversation.")
    return conversation_id


def _html(body: bytes, status: int = 200) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        content_type="text/html",
        charset="utf-8",
    )


def _status(error: EaselError) -> int:
    if isinstance(error, MessageTooLong | PictureTooLarge):
        return 413
    if isinstance(error, UnknownPicture):
        return 404
    if isinstance(error, BadInput):
        return 400
    return 429 if isinstance(error, QueueFull) else 503


def _sentence(status: int, sentence: str, retryable: bool = False) -> web.Response:
    return web.json_response({"error": sentence, "retryable": retryable}, status=status)
