"""What buttons carry: every one of a card can be read again, and nothing else is believed."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack import blocks, cards, knobs
from adapters.slack.knobs import Asked, Knob
from tests.fakes.slack_pictures import answer, files_of, picture


def pressed(element: dict[str, Any]) -> list[dict[str, Any]]:
    """What Slack sends for each thing an element lets one choose."""
    base = {"type": element["type"], "action_id": element["action_id"]}
    if element["type"] == "button":
        return [base | {"value": element["value"]}]
    if element["type"] == "feedback_buttons":
        return [
            base | {"value": element[k]["value"]} for k in ("positive_button", "negative_button")
        ]
    options = element.get("options") or [o for g in element["option_groups"] for o in g["options"]]
    return [base | {"selected_option": option} for option in options]


def test_everything_on_a_card_can_be_read_and_names_one_of_its_pictures() -> None:
    for count in (1, 4):
        whole = answer([picture(n + 1) for n in range(count)])
        ids = {p.id for p in whole.pictures}
        (message,) = cards.answer_messages(whole, files_of(whole))
        elements = [e for b in message.blocks if "actions" in b["type"] for e in b["elements"]]

        asked = [knobs.read(action) for e in elements for action in pressed(e)]

        assert len(asked) > 12
        for one in asked:
            assert one is not None
            assert set(one.subject.split(",")) <= ids


@pytest.mark.parametrize("count", [1, 4, 7])
def test_a_card_names_its_pictures_in_order(count: int) -> None:
    whole = answer([picture(n + 1) for n in range(count)])
    (message,) = cards.answer_messages(whole, files_of(whole))

    found = knobs.pictures_on({"blocks": list(message.blocks)})

    assert found == [p.id for p in whole.pictures]


def test_a_message_without_a_card_names_none() -> None:
    assert knobs.pictures_on({"text": "hello"}) == []
    assert knobs.pictures_on({"blocks": [{"type": "rich_text", "elements": [{}]}]}) == []


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        (blocks.button("x", "easel:vary:2", "ID:strong"), Asked(Knob.VARY, "ID", "strong")),
        (blocks.button("x", "easel:cancel:0", "TURN"), Asked(Knob.CANCEL, "TURN")),
        (
            {"action_id": "easel:more:0", "selected_option": {"value": "send:ID"}},
            Asked(Knob.SEND, "ID"),
        ),
        (
            {"action_id": "easel:set:1", "selected_option": {"value": "aspect:16:9"}},
            Asked(Knob.SET, "aspect", "16:9"),
        ),
        (
            {"action_id": "easel:set:0", "selected_option": {"value": "count:"}},
            Asked(Knob.SET, "count", ""),
        ),
    ],
)
def test_an_action_is_read(action: dict[str, Any], asked: Asked) -> None:
    assert knobs.read(action) == asked


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"action_id": "easel:explode:0", "value": "ID"},
        {"action_id": "easel", "value": "ID"},
        {"action_id": "easel:vary:0"},
        {"action_id": "easel:more:0", "selected_option": {"value": "explode:ID"}},
        {"action_id": "easel:more:0", "selected_option": {"value": "more:ID"}},
        {"action_id": "easel:more:0", "selected_option": None},
        {"action_id": "easel:vary:0", "value": 7},
    ],
)
def test_what_another_version_made_is_not_believed(action: dict[str, Any]) -> None:
    assert knobs.read(action) is None
