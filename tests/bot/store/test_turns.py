from __future__ import annotations

from dataclasses import replace

from bot.store.rows import RenderedFile
from bot.store.store import Store
from core.types import (
    JobState,
    PaintOrder,
    PicturesPart,
    PictureState,
    PromptUse,
    TextPart,
    TurnState,
    Verb,
)
from tests.fakes.sayings import message, order, plan, thread


async def paint(store: Store, painting: PaintOrder) -> None:
    sha256 = await store.put_picture(b"pixels")
    await store.start_job(painting.job_id, "me", 60)
    files = [RenderedFile(picture_id, sha256, 2, 3) for picture_id in painting.picture_ids]
    assert await store.finish_job(painting.job_id, "me", files, 1.5)


async def current(store: Store) -> str | None:
    conversation = await store.conversation(thread())
    assert conversation is not None
    return conversation.current_id


async def test_a_plan_becomes_numbered_pictures_and_queued_jobs(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    batch, edit = order(count=2), order(Verb.EDIT)
    edit = replace(edit, after=batch.job_id, parent_id=batch.picture_ids[0])

    jobs = await store.save_plan(turn_id, plan(batch, edit))

    assert [(job.id, job.state, job.interactive, job.after) for job in jobs] == [
        (batch.job_id, JobState.QUEUED, False, None),
        (edit.job_id, JobState.QUEUED, True, batch.job_id),
    ]
    assert (jobs[0].recipes, jobs[0].user_key) == (batch.recipes, "web:ann")
    pictures = await store.pictures((*batch.picture_ids, *edit.picture_ids))
    assert [(p.number, p.parent_id, p.state) for p in pictures] == [
        (1, None, PictureState.PLANNED),
        (2, None, PictureState.PLANNED),
        (3, batch.picture_ids[0], PictureState.PLANNED),
    ]
    assert (pictures[1].recipe, pictures[1].caption) == (batch.recipes[1], "dog 1")


async def test_the_parts_of_an_answer_come_back_as_they_were(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    shown = PicturesPart(("A", "B"), Verb.SELECT)
    parts = (TextPart("“Hé” 🦊\n"), shown, PicturesPart(("C",), Verb.EDIT, "J"))

    await store.save_plan(turn_id, replace(plan(), parts=parts))

    turn = await store.turn(turn_id)
    assert turn is not None and (turn.parts, turn.state) == (parts, TurnState.PAINTING)


async def test_a_plan_saved_twice_stays_the_first(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    first = await store.save_plan(turn_id, plan(order()))

    second = await store.save_plan(turn_id, plan(order(), order()))

    assert second == first
    view = await store.view(thread())
    assert view is not None and len(view.pictures) == 1


async def test_a_turn_that_is_over_gets_no_plan(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    await store.finish_turn(turn_id, TurnState.CANCELLED)

    assert await store.save_plan(turn_id, plan(order())) == ()
    assert await store.queued_jobs() == []


async def test_names_are_added_to_those_known(store: Store) -> None:
    for event_id, names in (("e1", {"Bob": "P1", "Tim": "P2"}), ("e2", {"Bob": "P3"})):
        turn_id = (await store.accept(message(event_id))).turn_id
        await store.save_plan(turn_id, replace(plan(), names=names))

    conversation = await store.conversation(thread())
    assert conversation is not None and conversation.names == {"Bob": "P3", "Tim": "P2"}


async def test_prompt_uses_are_kept_with_the_turn(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    uses = (PromptUse("chat", "3", "ab", "tiny", 0.5, 12), PromptUse("refine", "1", "cd", "x", 1.0))

    await store.save_plan(turn_id, replace(plan(), prompt_uses=uses))

    assert await store.prompt_uses(turn_id) == list(uses)


async def test_the_current_picture_becomes_the_first_new_one(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    batch = order(count=2)
    await store.save_plan(turn_id, plan(batch))
    await paint(store, batch)
    assert await current(store) is None

    await store.finish_turn(turn_id, TurnState.DONE)

    assert await current(store) == batch.picture_ids[0]


async def test_the_current_picture_is_the_one_the_plan_names(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    batch = order(count=2)
    await store.save_plan(turn_id, plan(batch, current_id=batch.picture_ids[1]))
    await paint(store, batch)

    await store.finish_turn(turn_id, TurnState.DONE)

    assert await current(store) == batch.picture_ids[1]


async def test_a_failed_turn_leaves_the_current_picture_and_ends_its_jobs(store: Store) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id
    painted, waiting = order(), order()
    await store.save_plan(turn_id, plan(painted, waiting))
    await paint(store, painted)

    await store.finish_turn(turn_id, TurnState.FAILED, "The painter is away.")

    assert await current(store) is None
    states = [
        picture.state
        for picture in await store.pictures((*painted.picture_ids, *waiting.picture_ids))
    ]
    assert states == [PictureState.READY, PictureState.CANCELLED]
    assert await store.queued_jobs() == []


async def test_a_turn_ends_once_and_puts_one_answer_into_the_outbox(
    store: Store,
) -> None:
    turn_id = (await store.accept(message("e1"))).turn_id

    ended = [
        await store.finish_turn(turn_id, TurnState.FAILED, "No.", parts=[TextPart("so far")]),
        await store.finish_turn(turn_id, TurnState.DONE),
    ]

    turn = await store.turn(turn_id)
    assert ended == [True, False] and turn is not None
    assert (turn.state, turn.error, turn.finished_at) == (TurnState.FAILED, "No.", 1000.0)
    assert turn.parts == (TextPart("so far"),)
    assert [item.turn_id for item in await store.pending_answers()] == [turn_id]


async def test_open_turns_are_those_without_their_answer(store: Store) -> None:
    ids = [(await store.accept(message(str(index)))).turn_id for index in range(4)]
    await store.save_plan(ids[1], plan(order()))
    await store.finish_turn(ids[0], TurnState.DONE)
    await store.finish_turn(ids[2], TurnState.CANCELLED)

    assert [turn.id for turn in await store.open_turns()] == [ids[1], ids[3]]
