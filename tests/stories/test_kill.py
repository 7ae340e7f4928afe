"""kill -9 at every step of a turn: nothing lost, nothing answered twice, no half-written picture."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.fakes.bot_process import BotProcess, new_event

CONVERSATION = "kill-story-conversation"
WORDS = "a dog in the snow"
STEPS = range(1, 9)  # a turn writes: inbox, plan, job started, job done, turn done, sending, sent


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_turn_survives_kill_9_at_each_write(tmp_path: Path, step: int, after: bool) -> None:
    event = new_event()
    dying = ["--die", str(step), *(["--after"] if after else [])]

    async with BotProcess(tmp_path, *dying) as bot:
        if await bot.say(CONVERSATION, WORDS, event):
            await _until_it_ends(bot)
    async with BotProcess(tmp_path) as bot:
        await bot.say(CONVERSATION, WORDS, event)  # a person who saw no answer sends it again
        view = await bot.settled(CONVERSATION, 1)
        await bot.say(CONVERSATION, "make it night")
        later = await bot.settled(CONVERSATION, 2)

        _check_one_answer(view)
        assert [t["state"] for t in later["turns"]] == ["done", "done"]
        assert [p["number"] for p in later["pictures"]] == [1, 2]
        for picture in later["pictures"]:
            assert Image.open(BytesIO(await bot.picture(picture["id"]))).size == (256, 256)
    assert not list((tmp_path / "pictures").glob("*.tmp*"))


@pytest.mark.parametrize(("step", "after"), [(1, False), (1, True), (2, True), (5, True)])
async def test_a_picture_taken_from_another_conversation_is_there_once_after_kill_9(
    tmp_path: Path, step: int, after: bool
) -> None:
    event, elsewhere = new_event(), "another-conversation-of-the-story"
    async with BotProcess(tmp_path) as bot:
        await bot.say(CONVERSATION, WORDS)
        (dog,) = (await bot.settled(CONVERSATION, 1))["pictures"]
    dying = ["--die", str(step), *(["--after"] if after else [])]

    async with BotProcess(tmp_path, *dying) as bot:
        if await bot.press(elsewhere, "edit", dog["id"], event, "make it night"):
            await _until_it_ends(bot, elsewhere)
    async with BotProcess(tmp_path) as bot:
        await bot.press(elsewhere, "edit", dog["id"], event, "make it night")
        view = await bot.settled(elsewhere, 1)
        copy, edited = [await bot.picture(p["id"]) for p in view["pictures"]]
        original = await bot.picture(dog["id"])

    assert [p["number"] for p in view["pictures"]] == [1, 2]
    assert copy == original != edited
    assert [turn["state"] for turn in view["turns"]] == ["done"]


async def _until_it_ends(bot: BotProcess, conversation: str = CONVERSATION) -> None:
    """Until the process died at its step, or the turn needed fewer steps than that."""
    try:
        await bot.settled(conversation, 1)
    except OSError:
        return


def _check_one_answer(view: Mapping[str, Any]) -> None:
    (turn,) = view["turns"]
    (picture,) = view["pictures"]
    assert turn["state"] == "done"
    assert [part["picture_ids"] for part in turn["parts"] if "picture_ids" in part] == [
        [picture["id"]]
    ]
    assert picture["state"] == "ready"
