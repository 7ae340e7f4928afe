"""Events in, over a loopback Slack and a desk in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.types import Inbound, Receipt
from tests.fakes.slack_room import slack_room


async def test_a_reply_that_comes_before_its_mention_is_heard_and_older_talk_is_not(
    tmp_path: Path,
) -> None:
    async with slack_room(tmp_path) as room:
        root = await room.slack.say("what shall we paint?")
        await room.slack.say("no idea", thread=root)
        await room.slack.settle(0.1)
        room.slack.hold()
        asked = await room.slack.say("a dog", thread=root, mention_bot=True)
        late = await room.slack.say("make it night", thread=root)
        await room.slack.release("reversed")
        await room.over(asked)
        await room.over(late)

        assert [inbound.text for inbound in room.desk.received] == ["a dog", "make it night"]


async def test_slack_hears_of_a_message_only_when_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with slack_room(tmp_path) as room:
        receive, acked = room.desk.receive, []

        async def watched(inbound: Inbound) -> Receipt:
            acked.append(any(d.acked for d in room.slack.deliveries))
            return await receive(inbound)

        monkeypatch.setattr(room.desk, "receive", watched)
        await room.over(await room.slack.say("a dog", mention_bot=True))
        await room.slack.until(lambda: all(d.acked for d in room.slack.deliveries))

    assert acked == [False]
