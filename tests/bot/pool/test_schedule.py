"""Whose turn it is: pure decisions."""

from __future__ import annotations

import pytest

from bot.pool.schedule import (
    INTERACTIVE_RUN,
    QueueLimits,
    Speed,
    Turns,
    admit,
    forecast,
    line_up,
    pick,
    units,
)
from core.errors import QueueFull
from core.painting.recipe import Recipe
from core.types import Job


def job(name: str, user: str, pictures: int = 1, interactive: bool = False) -> Job:
    recipe = Recipe("pocket", "a dog", 1, 25, 4.0, 256, 256)
    ids = tuple(f"{name}-{number}" for number in range(pictures))
    return Job(name, "c", "t", user, ids, (recipe,) * pictures, interactive=interactive)


def users(line: list[Job]) -> str:
    return "".join(one.user_key for one in line)


def test_one_who_floods_the_queue_delays_others_by_one_job_only() -> None:
    flood = [job(f"{number:03}", "F") for number in range(200)]
    others = [job(f"other-{letter}", letter) for letter in "abcdefghijklmnopqrs"]

    line = line_up(Turns(), [*flood, *others])

    assert users(line)[:21] == "FabcdefghijklmnopqrsF"


def test_a_newcomer_is_next_after_the_job_that_runs() -> None:
    flood = [job(f"{number:03}", "F") for number in range(200)]
    turns = Turns()
    for _ in range(50):
        choice = pick(turns, flood)
        assert choice is not None
        flood.remove(choice[0])
        turns = choice[1]

    line = line_up(turns, [*flood, job("new", "N"), job("newer", "N")])

    assert users(line)[:4] == "NFNF"


def test_those_who_wait_share_the_work_not_the_number_of_jobs() -> None:
    small = [job(f"s{number}", "s") for number in range(40)]
    large = [job(f"l{number}", "l", pictures=4) for number in range(10)]

    line = users(line_up(Turns(), [*small, *large]))

    assert [line[: 5 * rounds].count("s") for rounds in (1, 2, 4)] == [4, 8, 16]


def test_edits_come_before_new_batches_but_do_not_starve_them() -> None:
    batches = [job(f"b{number}", "b", pictures=4) for number in range(2)]
    edits = [job(f"e{number}", "e", interactive=True) for number in range(10)]

    line = users(line_up(Turns(), [*batches, *edits]))

    assert line == "e" * INTERACTIVE_RUN + "b" + "e" * INTERACTIVE_RUN + "b" + "ee"


def test_jobs_of_one_user_keep_their_order() -> None:
    jobs = [job(f"{number}", "u", pictures=1 + number % 3) for number in range(6)]

    assert line_up(Turns(), jobs) == jobs


def test_picking_one_by_one_follows_the_line() -> None:
    waiting = [job(f"{number:02}", "abc"[number % 3], 1 + number % 4) for number in range(12)]
    expected, turns, picked = line_up(Turns(), waiting), Turns(), []

    while choice := pick(turns, waiting):
        one, turns = choice
        waiting.remove(one)
        picked.append(one)

    assert picked == expected
    assert len(turns.accounts) <= 3


def test_nothing_waiting_is_nothing_to_pick() -> None:
    assert pick(Turns(), []) is None


def test_work_counts_pictures_size_steps_and_guidance() -> None:
    plain = Recipe("m", "", 1, 10, 1.0, 1000, 1000)
    guided = Recipe("m", "", 1, 10, 5.0, 1000, 1000)
    edited = Recipe("m", "", 1, 10, 1.0, 1000, 1000, strength=0.5)

    work = [units(Job("j", "c", "t", "u", ("p",), (recipe,))) for recipe in (plain, guided, edited)]

    assert work == [10.0, 20.0, 5.0]


def test_expected_waits_follow_measured_speed_and_the_number_of_workers() -> None:
    line = [job("a", "u"), job("b", "u"), job("c", "u")]
    speed = Speed().after(units(line[0]), 4.0)

    one_worker = forecast(line, [1.0], speed)
    two_workers = forecast(line, [1.0, 3.0], speed)

    assert [one_worker[one.id].wait_s for one in line] == pytest.approx([1.0, 5.0, 9.0])
    assert [two_workers[one.id].wait_s for one in line] == pytest.approx([1.0, 3.0, 5.0])
    assert [one_worker[one.id].position for one in line] == [0, 1, 2]


def test_no_wait_is_told_before_a_speed_was_measured() -> None:
    expected = forecast([job("a", "u")], [0.0], Speed())

    assert (expected["a"].position, expected["a"].wait_s) == (0, None)


def test_speed_follows_the_latest_jobs() -> None:
    speed = Speed().after(1.0, 10.0)
    for _ in range(20):
        speed = speed.after(1.0, 2.0)

    assert speed.seconds_per_unit == pytest.approx(2.0, abs=0.1)


def test_one_turn_that_asks_for_too_much_is_told_how_much_there_is() -> None:
    limits = QueueLimits(per_user=3, total=200)

    with pytest.raises(QueueFull) as refused:
        admit([], "ann", 4, limits)

    assert refused.value.reply == "That is more than 3 paintings at once; ask for fewer."


def test_a_turn_that_paints_nothing_is_always_admitted() -> None:
    full = [job(f"{number}", "ann") for number in range(9)]

    admit(full, "ann", 0, QueueLimits(3, 3))

    with pytest.raises(QueueFull):
        admit(full, "ann", 1, QueueLimits(3, 3))


def test_queues_have_bounds_and_say_so_kindly() -> None:
    waiting = [job(f"{number}", "ann") for number in range(3)]

    admit(waiting, "bob", 1, QueueLimits(per_user=3, total=4))
    with pytest.raises(QueueFull) as own:
        admit(waiting, "ann", 1, QueueLimits(per_user=3, total=10))
    with pytest.raises(QueueFull) as total:
        admit(waiting, "bob", 2, QueueLimits(per_user=3, total=4))

    assert own.value.retryable
    assert "3 requests" in own.value.reply and "few minutes" in total.value.reply
