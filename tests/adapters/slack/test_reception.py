"""Events in, over a loopback Slack and a desk in memory."""

from __future__ import annotations

from pathlib import Path

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
