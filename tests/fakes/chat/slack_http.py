"""The Web API, uploads, downloads and response_urls."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from . import slack_methods, slack_surfaces
from .calls import Call
from .server import Json, read_body
from .slack_methods import Asking
from .slack_model import SlackError
from .slack_posting import respond
from .uploads import Upload

if TYPE_CHECKING:
    from .slack_people import SlackPeople

METHODS = slack_methods.METHODS | slack_surfaces.METHODS
# the scope a method takes; longer names first
SCOPES = {
    "chat.": "chat:write",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "reactions.get": "reactions:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.delete": "files:write",
    "files.info": "files:read",
    "conversations.open": "im:write",
    "conversations.join": "channels:join",
    "conversations.history": "{kind}:history",
    "conversations.replies": "{kind}:history",
    "conversations.info": "{kind}:read",
    "conversations.list": "channels:read",
    "conversations.members": "{kind}:read",
    "users.": "users:read",
    "team.info": "team:read",
    "assistant.threads.": "assistant:write",
}
JSON_ARGUMENTS = {
    "blocks",
    "attachments",
    "view",
    "metadata",
    "files",
    "prompts",
    "chunks",
    "unfurls",
    "loading_messages",
}
NUMBERS = {"limit", "length", "count", "page"}
BOOLEANS = {
    "include_all_metadata",
    "inclusive",
    "exclude_archived",
    "unfurl_links",
    "unfurl_media",
    "reply_broadcast",
    "include_locale",
    "include_num_members",
    "link_names",
    "as_user",
    "return_im",
    "full",
}
LOGIN_PAGE = "<!DOCTYPE html><html><title>Sign in to Slack</title></html>"
RESPONSE_URL_LIFE_S, RESPONSE_URL_USES = 1800, 5
BURST, BURST_WINDOW_S = 4, 4.0


class SlackApi:
    def __init__(self, slack: SlackPeople) -> None:
        self._slack = slack
        self._no_retry_before: dict[str, float] = {}
        self._bursts: dict[str, list[float]] = {}

    def add_routes(self, app: web.Application) -> None:
        app.router.add_route("*", "/api/{method}", self._handle)
        app.router.add_post("/upload/v1/{key}", self._upload)
        app.router.add_post("/response/{key}", self._response_url)
        app.router.add_get("/files-pri/{ref}/{name}", self._download)
        app.router.add_get("/files-pri-download/{ref}/{name}", self._download)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        call = await self._record(request)
        if self._slack.spec:
            problems, warnings = self._slack.spec.check_call(call.route, call.body)
            call.problems += problems
            call.warnings += warnings
        fault = await self._slack.take_fault(call)
        if fault and fault.replaces:
            status, call.response = fault.status or 599, fault.body
        else:
            status, call.response = self._answer(call)
        call.status = status
        self._check_retry(call)
        self._slack.rec.notify()
        if fault and fault.drop:
            return self._slack.cut_connection(request)
        headers = {"X-OAuth-Scopes": ",".join(sorted(self._slack.scopes))}
        headers |= (fault.headers or {}) if fault else {}
        if call.status == 429:
            wait = int(headers.setdefault("Retry-After", "1"))
            self._no_retry_before[call.route] = time.monotonic() + wait
        return self._response(call, headers)

    async def _record(self, request: web.Request) -> Call:
        body, files, problems = await read_body(request)
        if request.content_type == "application/json":
            args: Json = body if isinstance(body, dict) else {}
        else:
            # slack_sdk sends its `params` in the query string even for POST; Slack takes both
            form = body if isinstance(body, dict) else {}
            args, bad = decoded(dict(request.query) | form)
            problems += bad
        return self._slack.rec.new(
            request.method,
            request.path,
            route=request.match_info["method"],
            query=dict(request.query),
            headers=dict(request.headers),
            content_type=request.headers.get("Content-Type", ""),
            body=args,
            files=files,
            problems=problems,
        )

    def _response(self, call: Call, headers: dict[str, str]) -> web.Response:
        answer = call.response
        if not isinstance(answer, dict):
            return web.Response(status=call.status, text=str(answer or ""), headers=headers)
        if answer.get("ok") and self._slack.spec:
            errors = self._slack.spec.check_response(call.route, answer)
            self._slack.self_check += [f"{call}: {error}" for error in errors]
        return web.json_response(answer, status=call.status, headers=headers)

    def _answer(self, call: Call) -> tuple[int, Json]:
        try:
            asking = self._authorized(call)
            if self._limited(call):
                return 429, {"ok": False, "error": "ratelimited"}
            self._need_scope(asking, call.route)
            if self._slack.strict and call.problems:
                blocks = any("blocks" in problem for problem in call.problems)
                words = [f"[ERROR] {problem}" for problem in call.problems]
                error = "invalid_blocks" if blocks else "invalid_arguments"
                raise SlackError(error, response_metadata={"messages": words})
            method = METHODS.get(call.route)
            if method is None:
                call.warnings.append("the fake does not implement this method")
                raise SlackError("unknown_method", req_method=call.route)
            return 200, {"ok": True} | method(asking)
        except SlackError as error:
            return 200, error.body

    def _authorized(self, call: Call) -> Asking:
        token = call.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or str(call.body.get("token") or "")
        slack = self._slack
        if not token:
            raise SlackError("not_authed")
        is_app = token == slack.app_token
        if is_app != (call.route == "apps.connections.open"):
            known = is_app or any(team.bot_token == token for team in slack.teams.values())
            raise SlackError("not_allowed_token_type" if known else "invalid_auth")
        return Asking(slack, slack.team if is_app else slack.team_of_token(token), call.body)

    def _need_scope(self, ask: Asking, method: str) -> None:
        scope = next((s for prefix, s in SCOPES.items() if method.startswith(prefix)), "")
        if "{kind}" in scope:
            scope = scope.format(kind=ask.channel(member=False).scope)
        if scope and scope not in self._slack.scopes:
            provided = ",".join(sorted(self._slack.scopes))
            raise SlackError("missing_scope", needed=scope, provided=provided)

    def _check_retry(self, call: Call) -> None:
        early = self._no_retry_before.pop(call.route, 0) - time.monotonic()
        if early > 0.05:
            call.problems.append(f"called again {early:.2f} s before Retry-After was over")

    def _limited(self, call: Call) -> bool:
        """chat.postMessage: about one a second and channel, short bursts allowed."""
        posting = call.route in ("chat.postMessage", "chat.postEphemeral")
        if not self._slack.realistic_limits or not posting:
            return False
        times = self._bursts.setdefault(str(call.body.get("channel")), [])
        now = time.monotonic()
        times[:] = [at for at in times if now - at < BURST_WINDOW_S] + [now]
        return len(times) > BURST

    # -- files and response_urls ----------------------------------------------------------------------

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        call = self._slack.rec.new("POST", request.path, route="upload")
        call.headers = dict(request.headers)
        data = await _raw_file(request)
        fault = await self._slack.take_fault(call)
        file = self._slack.uploads.get(request.match_info["key"])
        call.status = 200
        if fault and fault.replaces:
            call.status = fault.status or 599
        elif file is None or file.upload is not None:
            call.status = 404
        else:
            file.upload = Upload(file.name, data)
            call.files = {"file": file.upload}
            if len(data) != file.length:
                words = f"uploaded {len(data)} bytes, announced length={file.length}"
                call.problems.append(words)
        self._slack.rec.notify()
        if fault and fault.drop:
            return self._slack.cut_connection(request)
        return web.Response(status=call.status, text=f"OK - {len(data)}")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Without the token Slack answers 200 with its login page, a classic trap."""
        call = self._slack.rec.new("GET", request.path, route="download")
        call.headers = dict(request.headers)
        team_id, file_id = request.match_info["ref"].split("-", 1)
        file = self._slack.files.get(file_id)
        fault = await self._slack.take_fault(call)
        call.status = (fault.status if fault else None) or 200
        if call.status == 200 and (file is None or file.upload is None):
            call.status = 404
        self._slack.rec.notify()
        if fault and fault.drop:
            return self._slack.cut_connection(request)
        token = f"Bearer {self._slack.teams[team_id].bot_token}"
        if call.headers.get("Authorization") != token or "files:read" not in self._slack.scopes:
            call.problems.append("file download without the bot token or files:read")
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if call.status != 200 or file is None or file.upload is None:
            return web.Response(status=call.status)
        kind = file.wire(self._slack.url)["mimetype"]
        return web.Response(body=file.upload.data, content_type=kind)

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        body, _, problems = await read_body(request)
        call = self._slack.rec.new("POST", request.path, route="response_url", body=body)
        call.headers, call.problems = dict(request.headers), problems
        fault = await self._slack.take_fault(call)
        if fault and fault.replaces:
            call.status, answer = fault.status or 599, fault.body
        else:
            call.status, answer = self._respond(request.match_info["key"], call)
        call.response = answer
        self._slack.rec.notify()
        if fault and fault.drop:
            return self._slack.cut_connection(request)
        return web.json_response(answer, status=call.status)

    def _respond(self, key: str, call: Call) -> tuple[int, Json]:
        found = self._slack.response_urls.get(key)
        if found is None or time.monotonic() - found[1] > RESPONSE_URL_LIFE_S:
            return 404, {"ok": False, "error": "expired_url"}
        delivery, born, used = found
        if used >= RESPONSE_URL_USES:
            call.problems.append(f"response_url used more than {RESPONSE_URL_USES} times")
            return 404, {"ok": False, "error": "used_url"}
        self._slack.response_urls[key] = (delivery, born, used + 1)
        delivery.response_calls.append(call)
        if call.body.get("blocks") and self._slack.spec:
            call.problems += self._slack.spec.check_blocks(call.body["blocks"])[0]
        if self._slack.strict and call.problems:
            return 500, {"ok": False, "error": "invalid_blocks"}
        if not any(call.body.get(k) for k in ("text", "blocks", "attachments", "delete_original")):
            return 400, {"ok": False, "error": "no_text"}
        try:
            respond(self._slack, delivery, call.body, self._slack.courier.event)
        except SlackError as error:
            return 500, error.body
        return 200, {"ok": True}


async def _raw_file(request: web.Request) -> bytes:
    if request.content_type == "multipart/form-data":
        return next(iter((await read_body(request))[1].values())).data
    return await request.read()


def decoded(form: dict[str, Any]) -> tuple[Json, list[str]]:
    """Form fields are text: (arguments as what they mean, problems)."""
    args: Json = {}
    problems = []
    for key, value in form.items():
        args[key] = value
        if not isinstance(value, str):
            continue
        if key in JSON_ARGUMENTS:
            try:
                args[key] = json.loads(value)
            except ValueError:
                problems.append(f"{key} is not JSON: {value[:60]!r}")
        elif key in NUMBERS and re.fullmatch(r"-?\d+", value):
            args[key] = int(value)
        elif key in BOOLEANS and value.lower() in ("0", "1", "true", "false"):
            args[key] = value.lower() in ("1", "true")
    return args, problems
