"""What is remembered as heard: never more than what is safe with the desk."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.discord.catchup import KEY, Catchup
from adapters.discord.errands import Errands
from tests.fakes.chat_desk import ChatDesk

SCOPE = "application:discord:1"
ALONE: Any = SimpleNamespace(application_id=1, shard_count=1, guilds=[])


class Ear:
    """Hears a message when `go` is set, or fails."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.error: Exception | None = None

    async def hear(self, message: Any) -> None:
        await self.go.wait()
        if self.error:
            raise self.error


def message(number: int) -> Any:
    return SimpleNamespace(id=number)


async def settled(desk: ChatDesk, wanted: str) -> None:
    async with asyncio.timeout(10):
        while True:
            if desk.choices.get((SCOPE, KEY)) == wanted:
                return
            await asyncio.sleep(0)


async def test_a_message_on_its_way_is_not_yet_heard(tmp_path: Path) -> None:
    desk, ear = ChatDesk(tmp_path), Ear()
    catchup = Catchup(ALONE, desk, Errands(), ear.hear)

    catchup.noticed(500)
    hearing = asyncio.create_task(catchup.hear(message(500)))
    await settled(desk, "499")
    assert not hearing.done()
    ear.go.set()
    await hearing

    await settled(desk, "500")


async def test_a_message_whose_hearing_failed_is_not_heard(tmp_path: Path) -> None:
    desk, ear = ChatDesk(tmp_path), Ear()
    ear.error = RuntimeError("the session is closed")
    ear.go.set()
    catchup = Catchup(ALONE, desk, Errands(), ear.hear)

    catchup.noticed(500)
    with pytest.raises(RuntimeError):
        await catchup.hear(message(500))

    await settled(desk, "499")


async def test_what_was_not_yet_read_up_is_not_heard(tmp_path: Path) -> None:
    desk, ear = ChatDesk(tmp_path), Ear()
    ear.go.set()
    await desk.set_setting(SCOPE, KEY, "100")
    errands = Errands()
    first = Catchup(ALONE, desk, errands, ear.hear)
    await first.load()
    first.noticed(500)
    await first.hear(message(500))

    second = Catchup(ALONE, desk, errands, ear.hear)
    await second.load()
    await second.read_up(0)
    second.noticed(600)
    await second.hear(message(600))

    assert desk.choices[SCOPE, KEY] == "100"
    await settled(desk, "600")
