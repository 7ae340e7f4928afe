"""Answers on their way: side by side, in order, once, and for ever only where there is hope."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot import delivery
from bot.delivery import AT_ONCE, Delivery
from bot.store.outbox import OutboxState
from bot.store.store import Store, open_store
from core.errors import Undeliverable
from core.ports import Desk
from core.types import Answer, Progress, TurnState
from tests.fakes.sayings import message

LIMIT_S = 30.0


class Post:
    """A platform that does what `work` says, and keeps what got through."""

    def __init__(self, work: Callable[[Answer], Awaitable[None]] | None = None) -> None:
        self.name = "web"
        self.tried: list[Answer] = []
        self.shown: list[str] = []
        self.most_at_once = 0
        self._now = 0
        self._work = work
        self._news = asyncio.Event()

    async def serve(self, desk: Desk) -> None:
        raise NotImplementedError

    async def show(self, progress: Progress) -> None:
        raise NotImplementedError

    async def deliver(self, answer: Answer) -> str:
        self.tried.append(answer)
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            if self._work:
                await self._work(answer)
        finally:
            self._now -= 1
            self._news.set()
        self.shown.append(answer.turn.event_id)
        return f"m-{answer.turn.event_id}"

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not is_so():
                await self._news.wait()
                self._news.clear()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(delivery, "LONGEST_PAUSE_S", 0.05)
    monkeypatch.setattr(delivery, "LAST_SEND_S", 0.05)


async def answer(store: Store, event_id: str, place: str) -> str:
    receipt = await store.accept(message(event_id, place=place))
    await store.finish_turn(receipt.turn_id, TurnState.DONE)
    return receipt.turn_id


@asynccontextmanager
async def running(store: Store, platform: Post) -> AsyncIterator[Delivery]:
    service = Delivery(store, {"web": platform})
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_two_hundred_conversations_flow_side_by_side_each_in_order(store: Store) -> None:
    for number in range(3):
        await asyncio.gather(*(answer(store, f"{p}-{number}", str(p)) for p in range(200)))

    async def slow(_: Answer) -> None:
        await asyncio.sleep(0.001)

    platform = Post(slow)
    async with running(store, platform):
        await platform.until(lambda: len(platform.shown) == 600)

    assert 1 < platform.most_at_once <= AT_ONCE
    for place in range(200):
        of_place = [e for e in platform.shown if e.startswith(f"{place}-")]
        assert of_place == [f"{place}-{number}" for number in range(3)]
    assert await store.pending_answers() == []


async def test_a_conversation_that_hangs_holds_up_no_other(store: Store) -> None:
    hanging = asyncio.Event()

    async def stuck(answer: Answer) -> None:
        if answer.turn.event_id == "stuck":
            await hanging.wait()

    await answer(store, "stuck", "a")
    await answer(store, "behind", "a")
    await answer(store, "other", "b")
    platform = Post(stuck)
    async with running(store, platform):
        await platform.until(lambda: platform.shown == ["other"])
        hanging.set()
        await platform.until(lambda: len(platform.shown) == 3)

    assert platform.shown == ["other", "stuck", "behind"]


async def test_a_hiccup_does_not_change_the_order(store: Store) -> None:
    failures = ["first"]

    async def hiccup(answer: Answer) -> None:
        if answer.turn.event_id in failures:
            failures.clear()
            raise ConnectionResetError

    await answer(store, "first", "a")
    await answer(store, "second", "a")
    platform = Post(hiccup)
    async with running(store, platform):
        await platform.until(lambda: len(platform.shown) == 2)

    assert platform.shown == ["first", "second"]


async def test_an_answer_that_fails_again_and_again_lets_the_others_pass(store: Store) -> None:
    async def poisoned(answer: Answer) -> None:
        if answer.turn.event_id == "poison" and len(platform.shown) < 2:
            raise KeyError("a bug")

    await answer(store, "poison", "a")
    await answer(store, "second", "a")
    platform = Post(poisoned)
    async with running(store, platform) as service:
        await platform.until(lambda: platform.shown == ["second"])
        await answer(store, "third", "a")
        service.wake()
        await platform.until(lambda: len(platform.shown) == 3)

    assert platform.shown == ["second", "third", "poison"]


async def test_only_later_attempts_are_doubtful(store: Store) -> None:
    taken_up = await answer(store, "sending", "a")
    await store.mark_sending(f"answer:{taken_up}")
    await answer(store, "fresh", "b")
    await answer(store, "failing", "c")

    async def fails_once(answer: Answer) -> None:
        if answer.turn.event_id == "failing" and not answer.doubtful:
            raise TimeoutError

    platform = Post(fails_once)
    async with running(store, platform):
        await platform.until(lambda: len(platform.shown) == 3)

    doubts = {(a.turn.event_id, a.doubtful) for a in platform.tried}
    assert doubts == {("sending", True), ("fresh", False), ("failing", False), ("failing", True)}


async def test_an_answer_without_any_way_left_is_given_up(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(answer: Answer) -> None:
        if answer.turn.event_id == "gone":
            raise Undeliverable("the thread was deleted")

    await answer(store, "gone", "a")
    await answer(store, "later", "a")
    platform = Post(gone)
    async with running(store, platform):
        await platform.until(lambda: platform.shown == ["later"])

    assert Counter(a.turn.event_id for a in platform.tried) == {"gone": 1, "later": 1}
    assert await store.pending_answers() == []
    assert "the thread was deleted" in caplog.text


async def test_answers_of_a_platform_that_is_not_served_wait_untouched(store: Store) -> None:
    said = message("elsewhere")
    receipt = await store.accept(replace(said, thread=replace(said.thread, platform="slack")))
    await store.finish_turn(receipt.turn_id, TurnState.DONE)
    await answer(store, "here", "a")
    platform = Post()
    async with running(store, platform):
        await platform.until(lambda: platform.shown == ["here"])

    assert [(i.state, i.attempts) for i in await store.pending_answers()] == [
        (OutboxState.PENDING, 0)
    ]
    assert await store.pending_answers(("web",)) == []


async def test_what_was_forgotten_on_the_way_is_not_shown(store: Store) -> None:
    turn_id = await answer(store, "held", "a")
    forgotten = await answer(store, "forgotten", "b")
    go = asyncio.Event()

    async def held(_: Answer) -> None:
        go.set()
        await asyncio.Event().wait()

    turn = await store.turn(forgotten)
    platform = Post(held)
    assert turn is not None
    await store.forget_conversation(turn.conversation_id)
    async with running(store, platform):
        async with asyncio.timeout(LIMIT_S):
            await go.wait()

    assert [a.turn.id for a in platform.tried] == [turn_id]
