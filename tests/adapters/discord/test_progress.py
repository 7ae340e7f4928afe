"""Progress cards: merged, the last state wins, and nothing is drawn once the answer is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from adapters.discord.conversation import direct
from adapters.discord.places import Outgoing
from adapters.discord.progress import Board
from core.types import (
    Inbound,
    Progress,
    Stage,
    ThreadRef,
    Turn,
    UserRef,
)
from tests.adapters.discord.test_trouble import refusal
from tests.fakes.chat_desk import ChatDesk

THREAD = direct(7)


class Wall:
    """Draws in memory; waits for `go` each time."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.files: list[tuple[str, ...]] = []
        self.error: Exception | None = None
        self.changed = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def draw(self, turn: Turn, thread: ThreadRef, outgoing: Outgoing) -> None:
        await self.go.wait()
        self.drawn.append(str(outgoing.view.to_components()))
        self.files.append(tuple(file.name for file in outgoing.files))
        self.changed.set()
        if self.error:
            raise self.error

    async def until(self, words: str) -> None:
        async with asyncio.timeout(10):
            while not (self.drawn and words in self.drawn[-1]):
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def desk(tmp_path: Path) -> ChatDesk:
    desk = ChatDesk(tmp_path)
    desk.hold()
    return desk


async def accepted(desk: ChatDesk) -> str:
    """A turn that waits half way through its painting."""
    receipt = await desk.receive(Inbound("1", THREAD, UserRef("discord", "1", "Ann"), "a dog"))
    return receipt.turn_id


def step(turn_id: str, number: int, preview: bytes | None = None) -> Progress:
    return Progress(THREAD, turn_id, Stage.PAINTING, step=number, steps=30, preview=preview)


async def test_an_accepted_turn_gets_a_card(desk: ChatDesk) -> None:
    wall = Wall()
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)

    board.accept(THREAD, turn_id)
    await wall.until(f"easel:cancel:{turn_id}")
    await board.close()
    await desk.close()

    assert len(wall.drawn) == 1


async def test_states_in_between_are_dropped(desk: ChatDesk) -> None:
    wall = Wall()
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)
    wall.go.clear()

    for number in range(1, 31):
        board.show(step(turn_id, number))
    wall.go.set()
    await wall.until("30/30")
    await board.close()
    await desk.close()

    assert len(wall.drawn) <= 2


async def test_what_looks_the_same_is_not_drawn_again(desk: ChatDesk) -> None:
    wall = Wall()
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)

    board.show(step(turn_id, 3))
    await wall.until("3/30")
    board.show(step(turn_id, 3))
    board.show(step(turn_id, 4))
    await wall.until("4/30")
    await board.close()
    await desk.close()

    assert sum("3/30" in drawn for drawn in wall.drawn) == 1


async def test_a_preview_goes_with_the_card(desk: ChatDesk) -> None:
    wall = Wall()
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)

    board.show(step(turn_id, 3, preview=b"jpeg"))
    await wall.until("attachment://preview.jpg")
    await board.close()
    await desk.close()

    assert wall.files[-1] == ("preview.jpg",)


async def test_nothing_is_drawn_once_finished(desk: ChatDesk) -> None:
    wall = Wall()
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)
    board.show(step(turn_id, 3))
    await wall.until("3/30")
    desk.release()
    await desk.close()

    await board.finish(turn_id)
    drawn = len(wall.drawn)
    board.show(step(turn_id, 4))
    await board.finish(turn_id)
    await desk.close()

    assert len(wall.drawn) == drawn


async def test_an_edit_under_way_is_waited_for(desk: ChatDesk) -> None:
    wall = Wall()
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)
    wall.go.clear()
    board.show(step(turn_id, 3))
    await asyncio.sleep(0)

    finishing = asyncio.create_task(board.finish(turn_id))
    wall.go.set()
    await finishing
    await desk.close()

    assert len(wall.drawn) <= 1


@pytest.mark.parametrize(("status", "code", "times"), [(403, 50013, 1), (503, 0, 3)])
async def test_only_a_passing_refusal_is_tried_again(
    desk: ChatDesk, status: int, code: int, times: int
) -> None:
    wall = Wall()
    wall.error = refusal(status, code)
    board = Board(desk, wall.draw, pace_s=0)
    turn_id = await accepted(desk)

    for number in (3, 4, 5):
        board.show(step(turn_id, number))
        await idle()
    await board.close()
    await desk.close()

    assert len(wall.drawn) == times


async def idle() -> None:
    """Returns when every card was drawn as it is now, or given up."""
    for _ in range(1000):
        await asyncio.sleep(0)
