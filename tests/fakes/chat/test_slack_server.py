"""The fake Slack refuses what Slack refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from .slack import FakeSlack
from .slack_conformity import needed_slack_spec

Json = dict[str, Any]
DIVIDER = {"type": "divider"}
MODAL: Json = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}


def button(**changes: Any) -> list[Json]:
    item = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Go"}}
    return [{"type": "actions", "elements": [item | changes]}]


def picture(file_id: str) -> list[Json]:
    return [{"type": "image", "slack_file": {"id": file_id}, "alt_text": "a fox"}]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake
        assert fake.self_check == []


def client_of(fake: FakeSlack, token: str = "") -> AsyncWebClient:
    return AsyncWebClient(token or fake.bot_token, base_url=fake.api_base)


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.mark.parametrize(
    "method, args, said",
    [
        ("chat.postMessage", {"text": "x"}, "'channel' is a required"),
        ("chat.postMessage", {"channel": "C", "text": 5}, "not of type 'string'"),
        ("chat.postMessage", {"blocks": [{"type": "sektion"}]}, "unknown block type"),
        (
            "chat.postMessage",
            {"blocks": button(text={"type": "plain_text", "text": "G" * 76})},
            "maxLength 75",
        ),
        (
            "chat.postMessage",
            {"blocks": button(text={"type": "mrkdwn", "text": "G"})},
            "plain_text",
        ),
        ("chat.postMessage", {"blocks": button(style="blue")}, "'blue' is not one of"),
        ("chat.postMessage", {"blocks": button(value="v" * 2001)}, "maxLength 2000"),
        ("chat.postMessage", {"blocks": [DIVIDER] * 51}, "51 blocks"),
        ("chat.postMessage", {"blocks": [DIVIDER | {"block_id": "b"}] * 2}, "used twice"),
        ("chat.postMessage", {"blocks": [{"type": "image", "image_url": "http://x"}]}, "alt_text"),
        ("chat.postMessage", {"blocks": [{"type": "image", "alt_text": "x"}]}, "exactly one of"),
        (
            "chat.postMessage",
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]},
            "maxLength 3000",
        ),
        ("chat.startStream", {"channel": "C"}, "thread_ts"),
        ("reactions.add", {"channel": "C", "name": "eyes"}, "timestamp"),
        ("files.completeUploadExternal", {"files": []}, "files"),
        (
            "views.open",
            {
                "trigger_id": "t",
                "view": MODAL | {"title": {"type": "plain_text", "text": "T" * 25}},
            },
            "maxLength 24",
        ),
        ("chat.postMesage", {"channel": "C"}, "no method"),
    ],
)
def test_calls_that_break_the_types_are_found(method: str, args: Json, said: str) -> None:
    usual = {"channel": "C", "text": "x"} if "blocks" in args else {}

    problems, _ = needed_slack_spec().check_call(method, usual | args)

    assert any(said in problem for problem in problems), problems


def test_a_misspelt_argument_is_a_warning() -> None:
    args = {"channel": "C", "text": "x", "thread": "1.2"}

    problems, warnings = needed_slack_spec().check_call("chat.postMessage", args)

    assert problems == []
    assert "'thread' was unexpected" in warnings[0]


async def test_what_the_app_may_not_do_has_its_error(slack: FakeSlack) -> None:
    client = client_of(slack)
    slack.scopes -= {"reactions:write"}
    here, secret = slack.channel.id, slack.add_channel("secret", private=True, bot_member=False)
    theirs = await slack.say("mine")

    assert await refusal(client.chat_postMessage(channel=secret.id, text="x")) == "not_in_channel"
    assert await refusal(client.chat_postMessage(channel="C999", text="x")) == "channel_not_found"
    update = client.chat_update(channel=here, ts=theirs.ts, text="x")
    assert await refusal(update) == "cant_update_message"
    react = client.reactions_add(channel=here, timestamp=theirs.ts, name="eyes")
    assert await refusal(react) == "missing_scope"
    unknown = client.chat_postMessage(channel=here, text="x", blocks=picture("F404"))
    assert await refusal(unknown) == "invalid_blocks"
    assert await refusal(client.views_open(trigger_id="x", view=MODAL)) == "invalid_trigger_id"
    assert await refusal(client_of(slack, "xoxb-wrong").auth_test()) == "invalid_auth"


async def uploaded(slack: FakeSlack, client: AsyncWebClient, data: bytes) -> str:
    asked = await client.files_getUploadURLExternal(filename="a.png", length=len(data))
    async with (
        aiohttp.ClientSession() as session,
        session.post(asked["upload_url"], data=data) as r,
    ):
        assert r.status == 200
    await client.files_completeUploadExternal(files=[{"id": asked["file_id"]}])
    return str(asked["file_id"])


async def test_an_uploaded_file_shows_in_a_block_once_it_is_ready(slack: FakeSlack) -> None:
    client = client_of(slack)
    file_id = await uploaded(slack, client, b"12345")
    slack.file_not_ready()

    early = client.chat_postMessage(channel=slack.channel.id, text="x", blocks=picture(file_id))
    assert await refusal(early) == "invalid_blocks"
    await client.chat_postMessage(channel=slack.channel.id, text="x", blocks=picture(file_id))

    assert slack.messages()[0].images[0]["slack_file"] == {"id": file_id}


async def test_a_download_takes_the_token(slack: FakeSlack) -> None:
    said = await slack.say("look", files=[("a.png", b"12345")])
    url = said.files[0]["url_private"]
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(url) as without,
        session.get(url, headers=headers) as with_token,
    ):
        assert "Sign in" in await without.text()
        assert await with_token.read() == b"12345"

    assert "without the bot token" in slack.rec.problems()[0]


async def test_metadata_is_seen_only_when_asked_for(slack: FakeSlack) -> None:
    client, here = client_of(slack), slack.channel.id
    mark = {"event_type": "answer", "event_payload": {"key": "k1"}}
    posted = await client.chat_postMessage(channel=here, text="x", metadata=mark)

    plain = await client.conversations_history(channel=here)
    whole = await client.conversations_replies(
        channel=here, ts=posted["ts"], include_all_metadata=True
    )

    assert "metadata" not in plain["messages"][0]
    assert whole["messages"][0]["metadata"] == mark


async def test_replies_come_in_pages_and_after_a_time(slack: FakeSlack) -> None:
    client, root = client_of(slack), await slack.say("0")
    later = [await slack.say(str(n), thread=root) for n in range(1, 6)]
    where: Json = {"channel": slack.channel.id, "ts": root.ts}

    first = await client.conversations_replies(**where, limit=4)
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_replies(**where, limit=4, cursor=cursor)
    since = await client.conversations_replies(**where, oldest=later[3].ts)

    assert [m["text"] for m in first["messages"]] == ["0", "1", "2", "3"]
    assert [m["text"] for m in second["messages"]] == ["4", "5"]
    assert not second["has_more"]
    assert [m["text"] for m in since["messages"]] == ["0", "5"]


async def test_each_workspace_has_its_own_token_people_and_channels(slack: FakeSlack) -> None:
    other = slack.add_team("Other")
    theirs = slack.add_channel("theirs", team=other)
    bob = slack.add_user("bob", team=other)
    client = client_of(slack, other.bot_token)

    assert (await client.auth_test())["team_id"] == other.id
    assert (await client.users_info(user=bob.id))["user"]["team_id"] == other.id
    await client.chat_postMessage(channel=theirs.id, text="x")
    elsewhere = client.chat_postMessage(channel=slack.channel.id, text="x")

    assert await refusal(elsewhere) == "channel_not_found"
    assert [m["user"] for m in slack.messages(theirs)] == [other.bot_user]


async def test_a_stream_grows_and_ends_in_a_message(slack: FakeSlack) -> None:
    client, direct = client_of(slack), slack.im()
    asked = await slack.say("a fox", channel=direct)
    where: Json = {"channel": direct.id}
    started = await client.chat_startStream(**where, thread_ts=asked.ts, markdown_text="A ")
    here = where | {"ts": started["ts"]}

    await client.chat_appendStream(**here, markdown_text="red ")
    busy = client.chat_update(**here, text="x")
    assert await refusal(busy) == "streaming_state_conflict"
    await client.chat_stopStream(**here, markdown_text="fox", blocks=button())

    answer = await slack.wait_message(channel=direct)
    assert (answer.text, answer["streaming_state"]) == ("A red fox", "completed")
    assert await refusal(client.chat_appendStream(**here, markdown_text="!")) == (
        "message_not_in_streaming_state"
    )


async def test_in_the_agent_view_prompts_need_no_thread(slack: FakeSlack) -> None:
    client, direct = client_of(slack), slack.im()
    prompts = [{"title": "Night", "message": "make it night"}]

    await client.assistant_threads_setSuggestedPrompts(channel_id=direct.id, prompts=prompts)

    assert slack.prompts[direct.id, ""] == prompts


async def test_the_same_trigger_opens_one_modal(slack: FakeSlack) -> None:
    client = client_of(slack)
    asked = await slack.slash("/imagine")
    trigger = asked.payload["trigger_id"]

    await client.views_open(trigger_id=trigger, view=MODAL)

    assert (
        await refusal(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
    )
    assert (await slack.wait_view()).user is slack.user


async def test_a_call_before_retry_after_is_reported(slack: FakeSlack) -> None:
    client = client_of(slack)
    slack.rate_limit(1, retry_after=5)

    assert await refusal(client.auth_test()) == "ratelimited"
    await client.auth_test()

    assert "before Retry-After" in slack.rec.problems()[0]
