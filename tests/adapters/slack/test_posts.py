"""Every message of ours is there once, however often an answer gets lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from adapters.slack.client import Refused, Unsure
from adapters.slack.message import Message
from adapters.slack.place import Place
from adapters.slack.posts import Order, Posts, key_in, mark
from adapters.slack.workspaces import Workspaces, connect
from tests.fakes.chat.slack import FakeSlack
from tests.fakes.chat_desk import ChatDesk

HELLO, BYE = Message("hello"), Message("bye")


@dataclass(frozen=True, slots=True)
class Desk:
    slack: FakeSlack
    desk: ChatDesk
    workspaces: Workspaces
    posts: Posts
    order: Order

    @property
    def texts(self) -> list[str]:
        return [m.text for m in self.slack.messages(by_bot=True)]

    def after_a_restart(self) -> Posts:
        return Posts(self.desk, self.workspaces)


@pytest.fixture
async def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr("adapters.slack.posts.LOOKUP_PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr("adapters.slack.client._PAUSES_S", (0.0, 0.0))
    async with FakeSlack() as slack, aiohttp.ClientSession() as session:
        workspaces = await connect(slack.bot_token, slack.api_base, session)
        root = await slack.say("root")
        desk = ChatDesk(tmp_path)
        place = Place(slack.team.id, slack.channel.id, slack.user.id, root.ts)
        order = Order("turn:0", place, HELLO, "turn")
        yield Desk(slack, desk, workspaces, Posts(desk, workspaces), order)


async def test_a_new_message_is_posted_marked_and_remembered(at: Desk) -> None:
    post = await at.posts.put(at.order)
    (message,) = at.slack.messages(by_bot=True)

    assert message.ts == post.message and message.thread_ts == at.order.place.thread
    assert message["metadata"] == mark("turn:0")
    assert at.desk.kept["turn:0"] == post


async def test_the_same_key_again_edits_the_message(at: Desk) -> None:
    await at.posts.put(at.order)
    await at.posts.put(replace(at.order, message=BYE))

    assert at.texts == ["bye"]


async def test_another_process_edits_what_was_remembered(at: Desk) -> None:
    await at.posts.put(at.order)
    await at.after_a_restart().put(replace(at.order, message=BYE))

    assert at.texts == ["bye"]


async def test_a_lost_answer_is_looked_up_before_anything_is_sent_again(at: Desk) -> None:
    at.slack.cut(1, "chat.postMessage", after=True)
    post = await at.posts.put(at.order)

    assert at.texts == ["hello"]
    assert post.message == at.slack.messages(by_bot=True)[0].ts


async def test_a_call_that_did_not_arrive_is_made_again(at: Desk) -> None:
    at.slack.cut(2, "chat.postMessage")
    await at.posts.put(at.order)

    assert at.texts == ["hello"]


async def test_a_server_error_is_a_doubt_too(at: Desk) -> None:
    at.slack.fail(1, 503, "chat.postMessage")
    at.slack.error("internal_error", 1, "chat.postMessage")
    await at.posts.put(at.order)

    assert at.texts == ["hello"]


async def test_a_doubt_outlives_the_attempt(at: Desk) -> None:
    at.slack.cut(1, "chat.postMessage", after=True)
    at.slack.cut(99, "conversations.replies")
    with pytest.raises(Unsure):
        await at.posts.put(at.order)
    at.slack.faults.clear()
    await at.posts.put(replace(at.order, message=BYE))

    assert at.texts == ["bye"]


async def test_a_doubt_outlives_the_process(at: Desk) -> None:
    await at.posts.put(at.order)
    at.desk.kept.clear()  # it died before it could note the message
    await at.after_a_restart().put(replace(at.order, message=BYE, doubtful=True))

    assert at.texts == ["bye"]


async def test_a_doubt_at_the_top_level_is_looked_up_there(at: Desk) -> None:
    order = replace(at.order, place=replace(at.order.place, thread=""))
    at.slack.cut(1, "chat.postMessage", after=True)
    await at.posts.put(order)

    assert at.texts == ["hello"]


async def test_the_marks_of_others_are_not_ours(at: Desk) -> None:
    await at.posts.put(replace(at.order, key="turn:1"))
    await at.posts.put(replace(at.order, doubtful=True))

    assert at.texts == ["hello", "hello"]


async def test_a_message_that_was_deleted_is_posted_anew(at: Desk) -> None:
    first = await at.posts.put(at.order)
    await at.slack.delete(at.slack.messages(by_bot=True)[0])
    second = await at.posts.put(replace(at.order, message=BYE))

    assert at.texts == ["bye"] and second.message != first.message
    assert at.desk.kept["turn:0"] == second


async def test_a_refusal_is_told_and_leaves_no_doubt(at: Desk) -> None:
    at.slack.error("not_in_channel", 1, "chat.postMessage")
    with pytest.raises(Refused, match="not_in_channel"):
        await at.posts.put(at.order)
    calls = len(at.slack.rec.calls)
    await at.posts.put(at.order)

    assert [c.route for c in at.slack.rec.calls[calls:]] == ["chat.postMessage"]


async def test_a_stream_that_was_left_open_is_ended_and_edited(at: Desk) -> None:
    home = at.slack.im()
    root = await at.slack.say("hi", home)
    place = replace(at.order.place, channel=home.id, thread=root.ts)
    client = at.workspaces.first().client
    open_stream = await client.chat_startStream(
        channel=home.id, thread_ts=root.ts, markdown_text="hel"
    )
    await at.posts.put(replace(at.order, place=place, doubtful=True))
    (message,) = at.slack.messages(home, by_bot=True)

    assert message.ts == open_stream["ts"] and message.text == "hello"


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"metadata": None},
        {"metadata": {"event_type": "other", "event_payload": {"key": "x"}}},
        {"metadata": {"event_type": "easel_answer", "event_payload": "x"}},
    ],
)
def test_what_is_not_marked_has_no_key(message: dict[str, object]) -> None:
    assert key_in(message) == ""
