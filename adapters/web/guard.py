"""Who may talk to the page: the Host, Origin and token checks, before any handler runs.

A page of another site must not be able to drive Easel. DNS rebinding needs a host *name* that points here, so any
address is a fine Host, a name only if it is known. A browser sends Origin with every POST and every WebSocket, and a
foreign one is refused. Reading needs the token's cookie, where there is a token.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from adapters.web.settings import WebSettings, is_address

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE = "easel_access"
HEALTH_PATH = "/healthz"
OPEN_PREFIX = "/static/"  # holds no one's data; the sign-in page needs it
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Server": "Easel",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Decides from a request's headers alone."""

    def __init__(self, settings: WebSettings, token: str) -> None:
        self._names = {
            "localhost",
            settings.host.lower(),
            *(n.lower() for n in settings.host_names),
        }
        self._token = token

    @property
    def cookie_value(self) -> str:
        """Proves knowledge of the token without holding it."""
        return hmac.new(self._token.encode(), COOKIE.encode(), hashlib.sha256).hexdigest()

    def knows_host(self, host: str) -> bool:
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        return name in self._names or is_address(name)

    def same_origin(self, origin: str, host: str) -> bool:
        """True when the page that sends the request was served under this very host and port."""
        scheme, _, netloc = origin.partition("://")
        return scheme in ("http", "https") and netloc.lower() == host.lower()

    def right_token(self, given: str) -> bool:
        return bool(self._token) and hmac.compare_digest(given.encode(), self._token.encode())

    def admits(self, request: web.Request) -> bool:
        if not self._token:
            return True
        cookie = request.cookies.get(COOKIE, "")
        return hmac.compare_digest(cookie.encode(), self.cookie_value.encode())

    def admit(self, request: web.Request, response: web.Response) -> None:
        """Gives the browser the cookie that stands for the token."""
        response.set_cookie(
            COOKIE,
            self.cookie_value,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            max_age=30 * 24 * 3600,
        )

    def check(self, request: web.Request) -> None:
        """Raises 403 or 401 with a sentence."""
        if request.path == HEALTH_PATH:
            return
        if not self.knows_host(request.host):
            raise web.HTTPForbidden(
                text="This host name is not known here; add it to [web] host_names."
            )
        if _needs_origin(request) and not self.same_origin(
            request.headers.get("Origin", ""), request.host
        ):
            raise web.HTTPForbidden(text="This request did not come from Easel's own page.")
        is_open = request.path == "/" or request.path.startswith(OPEN_PREFIX)
        if not is_open and not self.admits(request):
            raise web.HTTPUnauthorized(text="Please open the page with its token first.")


def _needs_origin(request: web.Request) -> bool:
    return request.method not in ("GET", "HEAD") or "Upgrade" in request.headers


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal `on_response_prepare`: every answer carries the security headers, and says how long it is good for.

    Files of the page are asked for again each time (304 mostly), so that an update is never half there.
    """
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    is_file = request.path.startswith(OPEN_PREFIX)
    response.headers.setdefault("Cache-Control", "no-cache" if is_file else "no-store")
