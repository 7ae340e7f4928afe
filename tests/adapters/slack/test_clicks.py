"""Two clicks: one job when they are the same and close together, two when they are not."""

from __future__ import annotations

import pytest

from adapters.slack import clicks
from adapters.slack.clicks import Clicks
from adapters.slack.knobs import Asked, Knob
from adapters.slack.place import Place

ANN, BOB = Place("T1", "C1", "U1", "1.0"), Place("T1", "C1", "U2", "1.0")
AGAIN = Asked(Knob.AGAIN, "P1")


def at(seconds: float) -> dict[str, str]:
    return {"action_ts": f"{seconds:.6f}"}


def test_the_same_button_within_three_seconds_is_the_same_event() -> None:
    seen = Clicks()

    first, second = (seen.event_id(ANN, at(s), AGAIN) for s in (100.0, 102.9))

    assert first == second == "100.000000:U1"


def test_later_it_is_another_event() -> None:
    seen = Clicks()

    assert len({seen.event_id(ANN, at(s), AGAIN) for s in (100.0, 103.1, 200.0)}) == 3


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        (BOB, AGAIN),
        (ANN, Asked(Knob.AGAIN, "P2")),
        (ANN, Asked(Knob.VARY, "P1")),
        (Place("T1", "C1", "U1", "2.0"), AGAIN),
        (Place("T2", "C1", "U1", "1.0"), AGAIN),
    ],
)
def test_another_person_button_or_place_is_another_click(place: Place, asked: Asked) -> None:
    seen = Clicks()
    seen.event_id(ANN, at(100.0), AGAIN)

    assert seen.event_id(place, at(101.0), asked).startswith("101.")


def test_only_so_many_clicks_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clicks, "REMEMBERED_CLICKS", 2)
    seen = Clicks()
    for n in range(3):
        seen.event_id(ANN, at(100.0 + n / 10), Asked(Knob.AGAIN, f"P{n}"))

    assert seen.event_id(ANN, at(101.0), Asked(Knob.AGAIN, "P0")).startswith("101.")
    assert seen.event_id(ANN, at(101.0), Asked(Knob.AGAIN, "P2")).startswith("100.2")


def test_a_stamp_that_is_no_number_is_taken_as_it_is() -> None:
    assert Clicks().event_id(ANN, {"action_ts": "soon"}, AGAIN) == "soon:U1"
