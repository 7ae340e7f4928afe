from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from adapters.web.guard import Guard
from adapters.web.settings import WebSettings
from tests.fakes.visit import CONVERSATION, Visit, open_visit

EVENT = "event-0123456789abcdef"
TOKEN = "a-token-that-nobody-guesses"
MESSAGES = f"/api/conversations/{CONVERSATION}/messages"
EVENTS = f"/api/conversations/{CONVERSATION}/events"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8321", "localhost:8321", "LOCALHOST", "[::1]:8321", "192.168.7.7:8321"]
)
def test_addresses_and_localhost_are_known_hosts(host: str) -> None:
    assert Guard(WebSettings(), "").knows_host(host)


@pytest.mark.parametrize("host", ["evil.example:8321", "", "127.0.0.1.evil.example", "[::1", "a b"])
def test_a_name_that_is_not_configured_is_no_known_host(host: str) -> None:
    assert not Guard(WebSettings(), "").knows_host(host)


def test_a_configured_name_is_a_known_host() -> None:
    guard = Guard(WebSettings(host_names=["Paint.example.org"]), "")

    assert guard.knows_host("paint.example.org")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://127.0.0.1:1", "file://127.0.0.1:8321"]
)
def test_another_origin_is_not_the_same(origin: str) -> None:
    assert not Guard(WebSettings(), "").same_origin(origin, "127.0.0.1:8321")


@pytest.mark.parametrize("path", ["/", "/api/conversations", "/static/page.js", "/pictures/none"])
async def test_a_rebound_host_name_gets_nothing(visit: Visit, path: str) -> None:
    async with visit.http.get(path, headers={"Host": "evil.example:8321"}) as response:
        assert response.status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_foreign_page_cannot_send(visit: Visit, origin: str) -> None:
    status, body = await visit.post(
        MESSAGES, {"event_id": EVENT, "text": "hello"}, headers={"Origin": origin}
    )

    assert (status, body["error"]) == (403, "This request did not come from Easel's own page.")
    assert visit.desk.received == []


async def test_a_request_without_origin_cannot_send(visit: Visit) -> None:
    async with (
        ClientSession(visit.platform.url) as http,
        http.post(MESSAGES, json={"event_id": EVENT, "text": "hello"}) as response,
    ):
        assert response.status == 403


async def test_a_foreign_page_cannot_listen(visit: Visit) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await visit.http.ws_connect(EVENTS, headers={"Origin": "https://evil.example"})

    assert refused.value.status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/static/../settings.py",
        "/static/..%2fsettings.py",
        "/static/%2e%2e/settings.py",
        "/static//etc/passwd",
        "/pictures/..%2f..%2fetc%2fpasswd",
    ],
)
async def test_no_path_leads_out_of_the_static_files(visit: Visit, path: str) -> None:
    from yarl import URL

    async with visit.http.get(URL(visit.platform.url + path, encoded=True)) as response:
        assert response.status in (403, 404)


async def test_every_answer_forbids_foreign_scripts_and_frames(visit: Visit) -> None:
    for path in ("/", "/static/page.js", "/api/conversations", "/nothing", "/healthz"):
        async with visit.http.get(path) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_without_the_token_nothing_but_the_sign_in_page_is_shown(tmp_path: Path) -> None:
    async with open_visit(tmp_path, token=TOKEN) as visit:
        async with visit.http.get("/?token=wrong") as page:
            text, status = await page.text(), page.status
        read, _ = await visit.get("/api/conversations")
        sent, _ = await visit.say("hello", EVENT)
        with pytest.raises(WSServerHandshakeError) as heard:
            await visit.http.ws_connect(EVENTS)

    assert (status, "needs its token" in text) == (401, True)
    assert (read, sent, heard.value.status) == (401, 401, 401)
    assert visit.desk.received == []


async def test_the_token_opens_the_page_and_stays_out_of_scripts(tmp_path: Path) -> None:
    async with open_visit(tmp_path, token=TOKEN) as visit:
        async with visit.http.get("/", params={"token": TOKEN}) as page:
            status, cookie = page.status, page.headers["Set-Cookie"]
        visit.http.cookie_jar.clear()
        name, _, value = cookie.partition(";")[0].partition("=")
        read, _ = await visit.get("/api/conversations", headers={"Cookie": f"{name}={value}"})
        forged, _ = await visit.get("/api/conversations", headers={"Cookie": f"{name}={TOKEN}"})

    assert (status, read, forged) == (200, 200, 401)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie


async def test_health_needs_no_token(tmp_path: Path) -> None:
    async with open_visit(tmp_path, token=TOKEN) as visit:
        assert await visit.get("/healthz") == (200, {"ready": True})
