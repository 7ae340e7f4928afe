"""Rows that show and change things: what is chosen, what waits, how it goes."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack import panel
from core.preferences import ASPECT, COUNT, PRESS, REWRITE
from core.types import QueueEntry
from tests.fakes.slack_pictures import THREAD


def shown(row: dict[str, Any]) -> dict[str, str]:
    """What each menu of a row shows at first, by action id."""
    return {e["action_id"]: e["initial_option"]["text"]["text"] for e in row["elements"]}


def test_menus_show_what_is_chosen_and_the_usual_else() -> None:
    row = panel.settings("easel:own", panel.OWN, {COUNT: "3", REWRITE: "off"})

    assert list(shown(row).values()) == ["3 at a time", "Shape: as usual", "Exactly my words"]


def test_menus_of_two_rows_never_share_an_action_id() -> None:
    own, place = panel.settings("a", panel.OWN, {}), panel.settings("b", (PRESS,), {})

    assert not set(shown(own)) & set(shown(place))


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (COUNT, "2", "How many pictures: 2 at a time."),
        (ASPECT, "", "Shape: as usual."),
        (PRESS, "owner", "Who may press: Only who asked may press."),
    ],
)
def test_a_change_is_confirmed_in_words(key: str, value: str, sentence: str) -> None:
    assert panel.said(key, value) == sentence


def test_a_queue_tells_what_is_painted_and_what_waits() -> None:
    running = QueueEntry("j1", "t1", THREAD, "slack:T1:U1", "a <fox>", True, 0, 20.0)
    waiting = QueueEntry("j2", "t2", THREAD, "slack:T1:U2", "", False, 1, 200.0)

    first, second = panel.queue([running, waiting], ["t1"])

    assert first["text"]["text"] == "*Painting*, about 20 s left: “a &lt;fox&gt;”"
    assert first["accessory"]["value"] == "t1"
    assert second["text"]["text"] == "*Number 2 in line*, starts in about 3 min: “a picture”"
    assert "accessory" not in second


def test_how_it_goes_is_a_line_for_each_fact() -> None:
    health = {"ready": True, "workers": ["a <b>"], "platforms": {"slack": "connected"}, "queued": 0}

    assert panel.report(health).split("\n") == [
        "*ready*: yes", "*workers*: a &lt;b&gt;", "*platforms*: slack connected", "*queued*: 0",
    ]  # fmt: skip
