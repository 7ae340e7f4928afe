"""The real slack-bolt, in this process, on the fake Slack."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from .slack import FakeSlack

Json = dict[str, Any]


class App:
    """Echoes mentions, opens a modal by command, and keeps what it heard."""

    def __init__(self, fake: FakeSlack) -> None:
        client = AsyncWebClient(fake.bot_token, base_url=fake.api_base)
        self.bolt = AsyncApp(client=client, signing_secret=fake.signing_secret)
        self.heard: list[str] = []
        self.bolt.event("app_mention")(self._mentioned)
        self.bolt.event("message")(self._message)
        self.bolt.event("app_home_opened")(self._opened)
        self.bolt.event("app_context_changed")(self._looked)
        self.bolt.event("reaction_added")(self._reacted)
        self.bolt.command("/form")(self._form)
        self.bolt.view("form")(self._submitted)
        self.bolt.action("vary")(self._vary)

    async def _mentioned(self, event: Json, say: Any) -> None:
        words = event["text"].split("> ", 1)[1]
        self.heard.append(words)
        buttons = {
            "type": "button",
            "action_id": "vary",
            "text": {"type": "plain_text", "text": "V"},
        }
        blocks = [{"type": "actions", "elements": [buttons]}]
        await say(f"echo {words}", thread_ts=event["ts"], blocks=blocks)

    async def _message(self, event: Json) -> None:
        return None

    async def _opened(self, event: Json) -> None:
        self.heard.append(f"tab {event['tab']}")

    async def _looked(self, event: Json) -> None:
        self.heard.append(f"looks at {event['context']['entities'][0]['value']}")

    async def _reacted(self, event: Json) -> None:
        self.heard.append(f":{event['reaction']}:")

    async def _form(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack("one moment")
        words = {"type": "plain_text_input", "action_id": "words"}
        label = {"type": "plain_text", "text": "Words"}
        block = {"type": "input", "block_id": "b", "label": label, "element": words}
        text = {"type": "plain_text", "text": "Form"}
        view = {"type": "modal", "callback_id": "form", "title": text, "submit": text}
        await client.views_open(trigger_id=body["trigger_id"], view=view | {"blocks": [block]})

    async def _submitted(self, ack: Any, view: Json) -> None:
        words = view["state"]["values"]["b"]["words"]["value"]
        if words == "bad":
            await ack(response_action="errors", errors={"b": "not that"})
            return
        self.heard.append(words)
        await ack()

    async def _vary(self, ack: Any, body: Json, client: AsyncWebClient) -> None:
        await ack()
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await client.chat_update(**where, text="varied")


@asynccontextmanager
async def by_socket(fake: FakeSlack) -> AsyncIterator[App]:
    app = App(fake)
    handler = AsyncSocketModeHandler(app.bolt, fake.app_token, ping_interval=1)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await fake.wait_ready()
        yield app
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def by_http(fake: FakeSlack) -> AsyncIterator[App]:
    app = App(fake)
    runner = web.AppRunner(app.bolt.web_app("/slack/events"), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        await fake.wait_ready()
        yield app
    finally:
        await runner.cleanup()


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(retry_delays=(0.0, 0.1, 0.1)) as fake:
        yield fake
        assert fake.self_check == []


async def heard(slack: FakeSlack, app: App, count: int) -> list[str]:
    await slack.until(lambda: len(app.heard) >= count)
    await slack.settle(0.2)
    return app.heard


@pytest.mark.parametrize("reach", [by_socket, by_http])
async def test_a_mention_a_click_and_a_modal_with_an_error(slack: FakeSlack, reach: Any) -> None:
    async with reach(slack) as app:
        asked = await slack.say("a fox", mention_bot=True)
        answer = await slack.wait_message(lambda m: m.text == "echo a fox")
        assert answer.thread_ts == asked.ts
        await slack.wait_ack(await slack.click(answer, "vary"))
        await slack.until(lambda: answer.text == "varied")

        called = await slack.wait_ack(await slack.slash("/form"))
        view = await slack.wait_view()
        bad = await slack.wait_ack(await slack.submit_view(view, {"words": "bad"}))
        assert bad.ack_payload["errors"] == {"b": "not that"} and not view.closed
        await slack.submit_view(view, {"words": "good"})
        await slack.until(lambda: view.closed)

        assert (await slack.wait_response(called)).ephemeral_to == slack.user.id
        assert app.heard == ["a fox", "good"]
    assert slack.rec.problems() == []


async def test_the_agent_view_tells_what_is_opened_and_looked_at(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        await slack.open_home()
        await slack.until(lambda: len(app.heard) == 1)
        await slack.open_messages_tab()
        await slack.until(lambda: len(app.heard) == 2)
        await slack.change_context(slack.channel)

        assert await heard(slack, app, 3) == [
            "tab home",
            "tab messages",
            f"looks at {slack.channel.id}",
        ]


async def test_held_events_come_out_of_order_and_again(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        slack.subscriptions = {"app_mention"}
        slack.hold()
        for words in ("one", "two", "three"):
            await slack.say(words, mention_bot=True)
        await slack.release("reversed", times=2)

        assert await heard(slack, app, 6) == ["three", "two", "one"] * 2


async def test_repeated_events_come_as_often_as_said(slack: FakeSlack) -> None:
    async with by_http(slack) as app:
        slack.subscriptions = {"app_mention"}
        slack.repeat_events(4)
        await slack.say("one", mention_bot=True)

        assert await heard(slack, app, 4) == ["one"] * 4


async def test_a_missing_scope_silences_its_events(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        said = await slack.say("hello")
        slack.scopes -= {"app_mentions:read"}
        await slack.say("one", mention_bot=True)
        await slack.react(said, "eyes")

        assert await heard(slack, app, 1) == [":eyes:"]


async def test_the_socket_is_refreshed_and_cut(slack: FakeSlack) -> None:
    async with by_socket(slack) as app:
        first = slack.sockets[0]
        await slack.refresh_socket()
        await slack.until(lambda: slack.sockets and first not in slack.sockets)
        await slack.abort_socket()
        await slack.until(lambda: slack.connections_opened == 3 and slack.sockets, 20)
        await slack.say("one", mention_bot=True)

        assert await heard(slack, app, 1) == ["one"]


async def test_forged_and_replayed_requests_are_refused(slack: FakeSlack) -> None:
    body = '{"type": "event_callback"}'
    async with by_http(slack) as app:
        forged = await slack.post_signed(body, secret="wrong")
        replayed = await slack.post_signed(body, stamp=int(time.time()) - 600)

        assert (forged[0], replayed[0]) == (401, 401)
        assert app.heard == []


async def test_an_event_that_a_blocked_app_does_not_acknowledge_comes_again() -> None:
    rules = FakeSlack(ack_deadline=0.3, retry_delays=(0.0,), events={"app_mention"})
    async with rules as slack, by_socket(slack) as app:
        go_on = asyncio.Event()

        async def hold(next: Any) -> None:  # bolt passes arguments by name
            await go_on.wait()
            await next()

        app.bolt.use(hold)
        await slack.say("one", mention_bot=True)
        await slack.until(lambda: slack.deliveries[0].attempts == 2)
        go_on.set()

        assert await heard(slack, app, 2) == ["one", "one"]
