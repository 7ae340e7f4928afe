from __future__ import annotations

from bot.store.outbox import OutboxState
from bot.store.store import Store
from core.types import TurnState
from tests.fakes.sayings import message


async def answer(store: Store, event_id: str) -> str:
    turn_id = (await store.accept(message(event_id))).turn_id
    await store.finish_turn(turn_id, TurnState.DONE)
    return f"answer:{turn_id}"


async def test_answers_wait_in_order_until_they_are_sent(store: Store) -> None:
    first, second = await answer(store, "1"), await answer(store, "2")

    assert await store.mark_sending(first)
    await store.mark_sent(first, "platform-1")

    waiting = await store.pending_answers()
    assert [(item.key, item.state, item.attempts) for item in waiting] == [
        (second, OutboxState.PENDING, 0)
    ]


async def test_an_answer_on_its_way_is_doubtful_and_counted(store: Store) -> None:
    key = await answer(store, "1")

    for _ in range(2):
        assert await store.mark_sending(key)

    waiting = await store.pending_answers()
    assert [(item.state, item.attempts) for item in waiting] == [(OutboxState.SENDING, 2)]


async def test_a_sent_or_unknown_answer_is_not_sent_again(store: Store) -> None:
    key = await answer(store, "1")
    await store.mark_sending(key)
    await store.mark_sent(key, "platform-1")

    assert not await store.mark_sending(key)
    assert not await store.mark_sending("answer:unknown")
