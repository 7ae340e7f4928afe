"""The REST API: every request is recorded, compared with the OpenAPI document, and carried out."""

from __future__ import annotations

import hashlib
import json
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web

from . import discord_accounts, discord_answers, discord_channels
from .calls import Call
from .discord_codes import ApiError
from .discord_operations import Operations
from .server import Fault, read_body

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

API = re.compile(r"^/api/v(\d+)(/.*)$")
BY_TOKEN = ("/interactions/", "/webhooks/")
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")
REFUSED = ("$", "a request body", "attachment id", "path ")  # problems Discord answers 400 to


class DiscordApi:
    def __init__(self, world: DiscordWorld) -> None:
        self._world = world
        self._operations = Operations(
            discord_accounts.TABLE, discord_answers.TABLE, discord_channels.TABLE
        )
        self._windows: dict[str, tuple[float, int]] = {}
        self._no_retry_before: dict[str, float] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{tail:.*}", self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = await self._record(request)
        found = self._operations.find(call.method, call.path)
        if found:
            call.route = found[0]
            call.params = {key: unquote(value) for key, value in found[1].items()}
        if self._world.spec:
            self._world.spec.check(call)
        fault = await self._world.take_fault(call)
        self._check_retry(call)
        if fault and fault.replaces:
            status, answer = fault.status or 599, fault.body
        else:
            status, answer = await self._answer(call)
        call.response, call.status = answer, status
        self._world.rec.notify()
        if fault and fault.drop:
            return self._world.cut_connection(request)
        return self._response(call, fault)

    async def _record(self, request: web.Request) -> Call:
        found = API.match(request.rel_url.raw_path)
        body, files, problems = await read_body(request)
        if isinstance(body, dict) and "payload_json" in body:
            extra = sorted(set(body) - {"payload_json"})
            problems += [f"form fields {extra} beside payload_json"] if extra else []
            body = json.loads(body["payload_json"])
        if not found or found.group(1) != "10":
            problems.append("not an API v10 path")
        # calls by an interaction's token come from discord.py's webhook adapter, which has no such agent
        agent = request.headers.get("User-Agent", "")
        if not agent.startswith("DiscordBot (") and "Authorization" in request.headers:
            problems.append("User-Agent is not of the form DiscordBot (url, version)")
        return self._world.rec.new(
            request.method,
            found.group(2) if found else request.path,
            query=dict(request.query),
            headers=dict(request.headers),
            content_type=request.headers.get("Content-Type", ""),
            body=body,
            files=files,
            problems=problems,
        )

    async def _answer(self, call: Call) -> tuple[int, Any]:
        try:
            self._authorize(call)
            bad = [p for p in call.problems if p.startswith(REFUSED)]
            if self._world.strict and bad:
                errors = {"_errors": [{"code": "SCHEMA", "message": text} for text in bad]}
                raise ApiError(400, 50035, "Invalid Form Body", errors=errors)
            found = self._operations.find(call.method, call.path)
            if found is None:
                call.warnings.append("the fake does not implement this operation")
                raise ApiError(404, 0, "404: Not Found")
            result = await found[2](self._world, call)
            return result if isinstance(result, tuple) else (200, result)
        except ApiError as error:
            return error.status, error.body

    def _authorize(self, call: Call) -> None:
        if call.path.startswith(BY_TOKEN) and "Authorization" not in call.headers:
            return
        if call.headers.get("Authorization") != f"Bot {self._world.token}":
            raise ApiError(401, 0, "401: Unauthorized")

    def _response(self, call: Call, fault: Fault | None) -> web.Response:
        spec, answer = self._world.spec, call.response
        if spec:
            self._world.self_check += [f"{call}: {e}" for e in spec.check_response(call)]
        headers = self._limit_headers(call) | ((fault.headers or {}) if fault else {})
        if call.status == 429 and isinstance(answer, dict) and "retry_after" in answer:
            self._no_retry_before[_bucket(call)] = time.monotonic() + answer["retry_after"]
        if not headers["Via"]:
            del headers["Via"]
        if answer is None:
            return web.Response(status=call.status, headers=headers)
        if isinstance(answer, str):
            return web.Response(status=call.status, text=answer, headers=headers)
        # Exactly this content type: discord.py compares the whole header value, so the
        # '; charset=utf-8' of web.json_response() would make it treat every body as text.
        headers["Content-Type"] = "application/json"
        body = json.dumps(answer).encode()
        return web.Response(status=call.status, body=body, headers=headers)

    def _check_retry(self, call: Call) -> None:
        """Sending again before retry_after is over is what gets bots banned."""
        early = self._no_retry_before.pop(_bucket(call), 0) - time.monotonic()
        if early > 0.02:
            call.problems.append(f"retried {early:.2f} s before retry_after was over")

    def _limit_headers(self, call: Call) -> dict[str, str]:
        limit, window = self._limits(call)
        bucket, now = _bucket(call), time.monotonic()
        end, used = self._windows.get(bucket, (0.0, 0))
        if now > end:
            end, used = now + window, 0
        self._windows[bucket] = (end, used + 1)
        left = max(0.0, end - now)
        name = f"{call.method}{call.route}".encode()
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - used - 1)),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(name, usedforsecurity=False).hexdigest(),
            "Via": "1.1 google",  # without it discord.py takes a 429 for a Cloudflare ban and raises
        }

    def _limits(self, call: Call) -> tuple[int, float]:
        """(requests, seconds) of a bucket, as bots see them in Discord's headers."""
        if self._world.realistic_limits and "/reactions/" in call.route:
            return 1, 0.25
        if self._world.realistic_limits and call.route == "/channels/{channel_id}/messages":
            return 5, 5.0
        return 50, 1.0


def _bucket(call: Call) -> str:
    return f"{call.method} {call.route}:{'+'.join(call.params.get(key, '') for key in MAJOR)}"
