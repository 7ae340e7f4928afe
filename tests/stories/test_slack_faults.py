"""What goes wrong between Easel and Slack: nothing is lost, nothing is said twice, and no request brings it down."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from core.errors import DiskFull
from core.types import Inbound, Receipt
from tests.fakes.chat.calls import Call
from tests.fakes.chat.slack import Channel, FakeSlack, Message
from tests.fakes.slack_house import HTTP, SOCKET, SlackHouse, captions_in, pictures_in, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

over_socket = pytest.mark.parametrize("opened", [SOCKET], indirect=True)
over_http = pytest.mark.parametrize("opened", [HTTP], indirect=True)
CALLS = (
    "reactions.add",
    "chat.postMessage",
    "files.getUploadURLExternal",
    "upload",
    "files.completeUploadExternal",
    "chat.update",
    "reactions.remove",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[SOCKET, HTTP])
async def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SlackHouse]:
    async with FakeSlack(retry_delays=(0.0, 0.2, 0.5)) as slack:
        house = SlackHouse(slack, tmp_path_factory.mktemp("slack"), request.param)
        async with house.open():
            yield house


@pytest.fixture
def house(opened: SlackHouse) -> Iterator[SlackHouse]:
    yield opened
    opened.slack.faults.clear()
    assert opened.slack.rec.problems() == []


@pytest.fixture
def art(house: SlackHouse) -> Channel:
    return house.slack.add_channel("art")


def ours(channel: Channel, slack: FakeSlack) -> list[Message]:
    return [m for m in slack.messages(channel, by_bot=True) if not m.ephemeral_to]


def shows_pictures(call: Call) -> bool:
    return call.route.startswith("chat.") and "slack_file" in str(call.body)


# -- events -----------------------------------------------------------------------------------------------


async def test_events_that_come_four_times_and_out_of_order_are_answered_once(
    house: SlackHouse, art: Channel
) -> None:
    slack = house.slack
    first = await slack.say("a cute dog", art, mention_bot=True)
    second = await slack.say("make it a cat", art, thread=first)
    events = [d for d in slack.deliveries if d.kind == "events_api"][-3:]
    for delivery in [*events[::-1], *events, *events[::-1]]:
        await slack.redeliver(delivery)
    dog, cat = await house.answer(first), (await house.answers(second))[-1]
    again = await slack.say("a castle", art, thread=first)
    await house.answer(again)

    assert "dog" in captions_in(dog)[0] and "cat" in captions_in(cat)[0]
    assert len(ours(art, slack)) == 3


async def test_an_event_whose_receipt_fails_for_the_disk_is_not_lost(
    house: SlackHouse, art: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert house.easel
    desk, full = house.easel.desk, [DiskFull("no room"), DiskFull("no room")]
    receive = desk.receive

    async def failing(inbound: Inbound) -> Receipt:
        if full:
            raise full.pop()
        return await receive(inbound)

    monkeypatch.setattr(desk, "receive", failing)
    asked = await house.slack.say("a cute dog", art, mention_bot=True)

    assert "dog" in captions_in(await house.answer(asked))[0]
    assert full == []


@over_socket
@pytest.mark.parametrize("route", CALLS)
async def test_a_line_that_breaks_at_any_step_changes_nothing(
    house: SlackHouse, art: Channel, route: str
) -> None:
    slack, since = house.slack, len(house.slack.rec.calls)
    root = await slack.say("a cute dog", art, mention_bot=True)
    await slack.rec.wait_for(lambda call: call.route in (route, CALLS[-1]), 20.0, since)
    await slack.abort_socket()
    reply = await slack.say("make it a cat", art, thread=root)
    answers = [*await house.answers(root), *await house.answers(reply)]

    assert len(ours(art, slack)) == 2 == len({m.ts for m in answers})


@over_socket
async def test_a_wish_for_a_fresh_socket_is_granted_without_a_gap(
    house: SlackHouse, art: Channel
) -> None:
    slack, before = house.slack, house.slack.connections_opened
    await slack.refresh_socket()
    asked = await slack.say("a cute dog", art, mention_bot=True)
    await slack.until(lambda: slack.connections_opened > before)

    assert pictures_in(await house.answer(asked)) and house.platform.connected


# -- calls ------------------------------------------------------------------------------------------------


async def test_a_rate_limit_on_every_method_only_costs_time(
    house: SlackHouse, art: Channel
) -> None:
    for route in (*CALLS, "users.info"):
        house.slack.rate_limit(1, 1, route)
    carol = house.slack.add_user("carol")
    asked = await house.slack.say("a cute dog", art, carol, mention_bot=True)
    dog = await house.answer(asked)

    assert len(pictures_in(dog)) == 1 == len(ours(art, house.slack))
    limited = {call.route for call in house.slack.rec.calls if call.status == 429}
    assert {"chat.postMessage", "files.completeUploadExternal", "users.info"} <= limited


async def test_lost_answers_double_nothing(house: SlackHouse, art: Channel) -> None:
    for route in CALLS:
        house.slack.cut(1, route, after=True)
    asked = await house.slack.say("a cute dog", art, mention_bot=True)
    (dog,) = await house.slack.until(lambda: [m for m in ours(art, house.slack) if pictures_in(m)])
    await house.slack.until(lambda: "white_check_mark" in asked.reactions)

    assert ours(art, house.slack) == [dog] and dog.thread_ts == asked.ts


async def test_calls_that_never_reached_slack_are_made_again(
    house: SlackHouse, art: Channel
) -> None:
    for route in CALLS[1:6]:
        house.slack.cut(1, route)
    await house.slack.say("a cute dog", art, mention_bot=True)
    await house.slack.until(lambda: [m for m in ours(art, house.slack) if pictures_in(m)], 20.0)

    assert len(ours(art, house.slack)) == 1


async def test_an_answer_finds_its_person_when_the_bot_was_put_out_of_the_channel(
    house: SlackHouse, art: Channel
) -> None:
    slack, gina = house.slack, house.slack.add_user("gina")
    slack.error("not_in_channel", 20, lambda call: art.id in str(call.body))
    await slack.say("a cute dog", art, gina, mention_bot=True)
    home = slack.im(gina)
    await slack.until(lambda: [m for m in ours(home, slack) if pictures_in(m)], 20.0)
    why, dog = ours(home, slack)

    assert "/invite" in words_of(why) and "dog" in captions_in(dog)[0]
    assert ours(art, slack) == []


async def test_a_file_that_is_not_ready_is_waited_for(house: SlackHouse, art: Channel) -> None:
    house.slack.error("invalid_blocks", 1, shows_pictures)
    asked = await house.slack.say("a cute dog", art, mention_bot=True)
    dog = await house.answer(asked)

    assert len(pictures_in(dog)) == 1 == len(ours(art, house.slack))


async def test_a_file_that_never_gets_ready_is_shared_below(
    house: SlackHouse, art: Channel
) -> None:
    house.slack.error("invalid_blocks", 50, shows_pictures)
    asked = await house.slack.say("a cute dog", art, mention_bot=True)
    card = await house.answer(asked)
    (shared,) = await house.slack.until(lambda: [m for m in ours(art, house.slack) if m.files])

    assert pictures_in(card) == [] and "dog" in words_of(card)
    assert shared.thread_ts == asked.ts and len(ours(art, house.slack)) == 2


async def test_a_file_that_somebody_deletes_at_once_is_uploaded_anew(
    house: SlackHouse, art: Channel
) -> None:
    slack, since = house.slack, len(house.slack.rec.calls)
    slack.error("invalid_blocks", 1, shows_pictures)

    async def deletes() -> None:
        call = await slack.rec.wait_for(shows_pictures, 20.0, since)
        for block in call.body["blocks"]:
            slack.files.pop(str((block.get("slack_file") or {}).get("id")), None)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(deletes())
        asked = await slack.say("a cute dog", art, mention_bot=True)
        dog = await house.answer(asked)

    assert set(pictures_in(dog)) <= set(slack.files) and len(ours(art, slack)) == 1


async def test_a_post_that_somebody_deletes_comes_back_with_the_answer(
    house: SlackHouse, art: Channel
) -> None:
    slack, since = house.slack, len(house.slack.rec.calls)
    slack.slow(1.0, 1, "files.getUploadURLExternal")
    asked = await slack.say("a cute dog", art, mention_bot=True)
    await slack.rec.wait_for(lambda c: c.route == "files.getUploadURLExternal", 20.0, since)
    for card in ours(art, slack):
        await slack.delete(card)
    dog = await house.answer(asked)

    assert pictures_in(dog) and ours(art, slack) == [dog]


# -- requests ---------------------------------------------------------------------------------------------


EVENT: dict[str, Any] = {"type": "event_callback", "team_id": "T1", "event_id": "Ev1"}
FORM = "application/x-www-form-urlencoded"
GARBAGE = (
    ("application/json", "", 400),
    ("application/json", "{", 400),
    ("application/json", "[]", 400),
    ("application/json", "null", 400),
    ("application/json", "[" * 20_000, 400),
    ("application/json", json.dumps(EVENT | {"event": "words"}), 400),
    ("application/json", json.dumps(EVENT | {"event": {"type": 5}}), 400),
    ("application/json", json.dumps(EVENT | {"event": {"type": "message", "user": [1]}}), 400),
    ("application/json", json.dumps({"type": "nonsense"}), 400),
    ("application/json", json.dumps({"type": "event_callback", "authorizations": 7}), 400),
    (FORM, "payload={", 400),
    (FORM, "payload=[]", 400),
    (FORM, "payload=%7B%22type%22%3A%22block_actions%22%2C%22user%22%3A4%7D", 400),
    (FORM, "command=/imagine", 400),
    (FORM, "a=b&" * 500, 400),
    ("text/plain", "hello", 415),
    ("image/png", "\x89PNG", 415),
)


@over_http
@pytest.mark.parametrize(("kind", "body", "status"), GARBAGE)
async def test_garbage_is_refused_with_a_clear_status(
    house: SlackHouse, kind: str, body: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    answered = await house.slack.post_signed(body, kind)

    assert answered[0] == status
    assert "Traceback" not in answered[1] + caplog.text


@over_http
@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({}, "wrong"),
        ({"X-Slack-Signature": "v0=é"}, None),
        ({"X-Slack-Signature": ""}, None),
        ({"X-Slack-Request-Timestamp": "soon"}, None),
        ({"X-Slack-Request-Timestamp": "-1"}, None),
        ({"X-Slack-Request-Timestamp": "9" * 40}, None),
        ({"X-Slack-Request-Timestamp": str(int(time.time()) - 301)}, None),
    ],
)
async def test_a_request_that_slack_did_not_sign_just_now_is_refused(
    house: SlackHouse, headers: dict[str, str], secret: str | None
) -> None:
    body = json.dumps(EVENT | {"event": {"type": "message"}})
    status = await signed(house, body, headers, secret)

    assert status == 401


@over_http
async def test_a_body_without_end_is_cut_off(house: SlackHouse) -> None:
    assert await signed(house, "x" * 1_100_000, {}, None) == 413


@over_http
async def test_a_signed_request_is_answered_and_an_old_copy_of_it_is_not(
    house: SlackHouse,
) -> None:
    body = json.dumps({"type": "url_verification", "token": "x", "challenge": "c1"})

    assert await signed(house, body, {}, None) == 200
    assert await signed(house, body, {}, None, age_s=301) == 401


async def signed(
    house: SlackHouse, body: str, headers: dict[str, str], secret: str | None, age_s: int = 0
) -> int:
    """The status of the answer to a request signed so long ago; `headers` replace Slack's."""
    stamp = str(int(time.time()) - age_s)
    key = (secret or house.slack.signing_secret).encode()
    digest = hmac.new(key, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    given = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        **headers,
    }
    assert house.slack.request_url
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            house.slack.request_url, data=io.BytesIO(body.encode()), headers=given
        ) as answer,
    ):
        return answer.status


@over_http
async def test_only_one_path_answers(house: SlackHouse) -> None:
    url = house.platform.url
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as got:
            assert got.status == 405
        async with session.post(url + "/more", data=b"x") as lost:
            assert lost.status == 404
