"""A turn's plan and its end, each saved in one go."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from bot.store import conversations, inbox, jobs, outbox
from bot.store.rows import parts_json, recipes_json, to_json
from core.types import (
    Job,
    JobState,
    PaintOrder,
    Part,
    PictureState,
    Plan,
    PromptUse,
    Turn,
    TurnState,
    Verb,
)

_INTERACTIVE = frozenset({Verb.EDIT, Verb.REFINE})  # someone waits for exactly this picture


def save_plan(
    connection: sqlite3.Connection, turn_id: str, plan: Plan, now: float
) -> tuple[Job, ...]:
    """The turn's jobs. A plan that was saved before stays as it is; a turn that is over gets none."""
    turn = conversations.turn(connection, turn_id)
    if turn is None or turn.state is not TurnState.ACCEPTED:
        return tuple(jobs.jobs_of_turn(connection, turn_id))
    connection.execute(
        "UPDATE turns SET state = ?, planned = 1, parts = ?, next_current_id = ? WHERE id = ?",
        (TurnState.PAINTING, parts_json(plan.parts), plan.current_id, turn_id),
    )
    number = inbox.next_number(connection, turn.conversation_id)
    for order in plan.orders:
        _insert_pictures(connection, turn, order, number, now)
        _insert_job(connection, turn, order, now)
        number += len(order.picture_ids)
    _add_names(connection, turn.conversation_id, plan)
    _insert_prompt_uses(connection, turn_id, plan.prompt_uses)
    jobs.end_orphans(connection)
    return tuple(jobs.jobs_of_turn(connection, turn_id))


def _insert_pictures(
    connection: sqlite3.Connection, turn: Turn, order: PaintOrder, number: int, now: float
) -> None:
    pictures = zip(order.picture_ids, order.recipes, order.captions, strict=True)
    connection.executemany(
        "INSERT INTO pictures (id, conversation_id, number, turn_id, job_id, parent_id, verb,"
        " recipe, caption, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (picture_id, turn.conversation_id, number + index, turn.id, order.job_id,
             order.parent_id, order.verb, recipe.to_json(), caption, PictureState.PLANNED, now)
            for index, (picture_id, recipe, caption) in enumerate(pictures)
        ],
    )  # fmt: skip


def _insert_job(connection: sqlite3.Connection, turn: Turn, order: PaintOrder, now: float) -> None:
    connection.execute(
        "INSERT INTO jobs (id, conversation_id, turn_id, user_key, picture_ids, recipes, state,"
        " after, interactive, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (order.job_id, turn.conversation_id, turn.id, f"{turn.user.platform}:{turn.user.id}",
         to_json(order.picture_ids), recipes_json(order.recipes), JobState.QUEUED, order.after,
         order.verb in _INTERACTIVE, now),
    )  # fmt: skip


def _add_names(connection: sqlite3.Connection, conversation_id: str, plan: Plan) -> None:
    found = conversations.conversation(connection, conversation_id)
    if plan.names and found:
        names = {**found.names, **plan.names}
        connection.execute(
            "UPDATE conversations SET names = ? WHERE id = ?", (to_json(names), conversation_id)
        )


def _insert_prompt_uses(
    connection: sqlite3.Connection, turn_id: str, uses: Sequence[PromptUse]
) -> None:
    connection.executemany(
        "INSERT INTO prompt_uses (turn_id, name, version, sha256, model, seconds, tokens)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (turn_id, use.name, use.version, use.sha256, use.model, use.seconds, use.tokens)
            for use in uses
        ],
    )


def finish(
    connection: sqlite3.Connection,
    turn_id: str,
    outcome: tuple[TurnState, str],
    parts: Sequence[Part] | None,
    now: float,
) -> bool:
    """True: the turn ended now with this (state, error), and its answer lies in the outbox. False: it had ended.

    Jobs of the turn that are still open are cancelled. `parts` replace the plan's. The conversation's current
    picture moves when the turn is DONE.
    """
    state, error = outcome
    turn = conversations.turn(connection, turn_id)
    if turn is None or turn.state not in (TurnState.ACCEPTED, TurnState.PAINTING):
        return False
    connection.execute(
        "UPDATE turns SET state = ?, error = ?, finished_at = ?, parts = ? WHERE id = ?",
        (state, error, now, parts_json(turn.parts if parts is None else parts), turn_id),
    )
    for job in jobs.jobs_of_turn(connection, turn_id):
        jobs.end(connection, job.id, JobState.CANCELLED, error)
    if state is TurnState.DONE:
        _move_current(connection, turn)
    outbox.add(connection, turn_id, now)
    return True


def _move_current(connection: sqlite3.Connection, turn: Turn) -> None:
    """To the picture the plan named; if that was not painted, to the first one that this turn did paint."""
    connection.execute(
        "UPDATE conversations SET current_id = coalesce("
        " (SELECT id FROM pictures WHERE state = 'ready' AND id ="
        "  (SELECT next_current_id FROM turns WHERE id = :turn)),"
        " (SELECT id FROM pictures WHERE turn_id = :turn AND state = 'ready' AND job_id IN"
        "  (SELECT id FROM jobs WHERE turn_id = :turn) ORDER BY number LIMIT 1),"
        " current_id) WHERE id = :conversation",
        {"turn": turn.id, "conversation": turn.conversation_id},
    )
