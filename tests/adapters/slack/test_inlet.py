from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.inlet import BadRequest, RequestLine, check_signature, readable

SECRET, NOW = b"secret", 1_800_000_000.0
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def headers(body: bytes, stamp: str) -> dict[str, str]:
    digest = hmac.new(SECRET, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


@pytest.mark.parametrize("age", [0, 299, 300, -300])
def test_a_fresh_signature_of_any_body_is_accepted(age: int) -> None:
    body = b"\xff\x00 not even text"

    check_signature(SECRET, headers(body, str(int(NOW) - age)), body, NOW)


@pytest.mark.parametrize("age", [301, -301, 10**9])
def test_a_signature_outside_the_window_is_refused(age: int) -> None:
    with pytest.raises(BadRequest, match="too long ago") as refused:
        check_signature(SECRET, headers(b"x", str(int(NOW) - age)), b"x", NOW)
    assert refused.value.status == HTTPStatus.UNAUTHORIZED


def test_a_signature_of_another_body_is_refused() -> None:
    with pytest.raises(BadRequest, match="wrong signature") as refused:
        check_signature(SECRET, headers(b"x", str(int(NOW))), b"y", NOW)
    assert refused.value.status == HTTPStatus.UNAUTHORIZED


def test_a_signature_by_another_secret_is_refused() -> None:
    with pytest.raises(BadRequest, match="wrong signature") as refused:
        check_signature(b"guessed", headers(b"x", str(int(NOW))), b"x", NOW)
    assert refused.value.status == HTTPStatus.UNAUTHORIZED


@given(st.text(max_size=30), st.text(max_size=80))
def test_no_header_whatever_it_holds_raises_anything_else(stamp: str, signature: str) -> None:
    given_headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}

    with pytest.raises(BadRequest) as refused:
        check_signature(SECRET, given_headers, b"x", NOW)
    assert refused.value.status == HTTPStatus.UNAUTHORIZED


def test_the_bodies_that_slack_sends_are_readable() -> None:
    event = {"type": "event_callback", "team_id": "T1", "event": {"type": "message"}}
    press = {"type": "block_actions", "user": {"id": "U1"}, "team": {"id": "T1"}, "actions": []}

    assert readable(JSON, json.dumps(event).encode())
    assert readable(FORM, f"payload={json.dumps(press)}".encode())
    assert readable(FORM, b"command=%2Feasel&team_id=T&user_id=U&channel_id=C&trigger_id=1")
    assert readable(FORM, b"ssl_check=1&token=x")


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "event", "team", "team_id", "user", "view", "actions", "id"]),
            inner,
        )
    ),
    max_leaves=8,
)


@given(bodies | st.binary(max_size=40))
def test_no_body_whatever_it_holds_raises_anything_else(body: Any) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    for kind in (JSON, FORM, "text/html", ""):
        try:
            assert isinstance(readable(kind, raw), str)
        except BadRequest as refused:
            assert refused.status in (400, 415)


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.slack.inlet.BODY_S", 0.05)
    app = AsyncApp(client=AsyncWebClient("xoxb-1"), request_verification_enabled=False)
    line = RequestLine(app, "secret", "127.0.0.1", 0, lambda: None)
    serving = asyncio.create_task(line.run())
    await line.started.wait()
    host, port = line.url.split("/")[2].split(":")

    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
    async with asyncio.timeout(5):
        answer = await reader.readline()
    writer.close()
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    assert b" 408 " in answer
