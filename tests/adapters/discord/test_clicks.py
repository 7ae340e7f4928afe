from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.discord.clicks import Clicks

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_same_press_by_the_same_person_within_three_seconds_is_a_double_click() -> None:
    clicks = Clicks()

    assert not clicks.is_double(1, "easel:again:x", NOON)
    assert clicks.is_double(1, "easel:again:x", after(2.9))
    assert not clicks.is_double(1, "easel:again:x", after(6))


def test_somebody_else_or_another_button_is_no_double_click() -> None:
    clicks = Clicks()
    clicks.is_double(1, "easel:again:x", NOON)

    assert not clicks.is_double(2, "easel:again:x", NOON)
    assert not clicks.is_double(1, "easel:vary:x", NOON)


def test_the_memory_of_presses_stays_small() -> None:
    clicks = Clicks()

    for person in range(5000):
        clicks.is_double(person, "easel:again:x", NOON)

    assert len(clicks) <= 1000
