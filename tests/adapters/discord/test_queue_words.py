from __future__ import annotations

from discord import ui

from adapters.discord.queue_words import queue_panel
from core.types import QueueEntry, UserRef, new_id
from tests.fakes.answers import THREAD, every

ANN = UserRef("discord", "4", "Ann")


def entry(caption: str = "a red fox", user: str = "discord:4", running: bool = False) -> QueueEntry:
    return QueueEntry(new_id(), new_id(), THREAD, user, caption, running, wait_s=12.4)


def words(view: ui.LayoutView) -> str:
    return "\n".join(c["content"] for c in every(view.to_components()) if c["type"] == 10)


def buttons(view: ui.LayoutView) -> list[tuple[str, str]]:
    found = [c for c in every(view.to_components()) if c["type"] == 2]
    return [(c["label"], c["custom_id"]) for c in found]


def test_ones_own_orders_are_named_and_can_be_stopped() -> None:
    mine = entry(running=True)

    view = queue_panel([mine, entry("a *blue* owl")], ANN)

    assert words(view).splitlines() == [
        "1. a red fox · being painted, done in about 12 s",
        "2. a \\*blue\\* owl · waiting, starts in about 12 s",
    ]
    assert buttons(view)[0] == ("Stop 1", f"easel:cancel:{mine.turn_id}")


def test_other_peoples_wishes_stay_their_own() -> None:
    view = queue_panel([entry("a secret", "discord:5"), entry()], ANN)

    assert "secret" not in words(view)
    assert words(view).startswith("1. somebody else's · waiting")
    assert [label for label, _ in buttons(view)] == ["Stop 2"]


def test_who_looks_after_a_server_sees_and_stops_every_order() -> None:
    view = queue_panel([entry("a secret", "discord:5")], ANN, overseer=True)

    assert "a secret" in words(view)
    assert [label for label, _ in buttons(view)] == ["Stop 1"]


def test_a_long_queue_fits_into_one_message() -> None:
    view = queue_panel([entry("word " * 100) for _ in range(60)], ANN)

    assert len(list(every(view.to_components()))) <= 40
    assert len(words(view)) <= 4000
    assert words(view).endswith("-# and 40 more")


def test_two_orders_of_one_wish_are_stopped_by_one_button() -> None:
    first = entry()
    second = QueueEntry(new_id(), first.turn_id, THREAD, "discord:4", "a red fox", False)

    assert len(buttons(queue_panel([first, second], ANN))) == 1
