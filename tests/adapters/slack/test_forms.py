"""Filled-in dialogs: understood, or refused at the input that is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.forms import Incomplete, Wish, understand
from adapters.slack.modals import USUAL, Dialog, Entry, Memory, Subject
from core.types import Press, Verb

OWN = Memory("C1", "1.0", (Subject("Picture 3", picture_id="P3"),))
FOREIGN = Memory("C1", "1.0", (Subject("a.png", file_id="F1"), Subject("b.png", file_id="F2")))
MASK = {"id": "F9", "name": "mask.png"}


def state(**inputs: Any) -> dict[str, Any]:
    """What Slack sends: texts for text inputs, ("value",) for menus, a list for files."""
    values: dict[str, dict[str, Any]] = {}
    for block, value in inputs.items():
        if isinstance(value, tuple):
            entry: dict[str, Any] = {"selected_option": {"value": value[0]}}
        elif isinstance(value, list):
            entry = {"files": value}
        else:
            entry = {"value": value}
        values[block] = {"easel_input": entry}
    return {"values": values}


@pytest.mark.parametrize(
    ("dialog", "inputs", "wish"),
    [
        (
            Dialog.EDIT,
            {"text": " make it night ", "strength": (USUAL,)},
            Wish(press=Press(Verb.EDIT, "P3", "make it night")),
        ),
        (
            Dialog.EDIT,
            {"text": "make it night", "strength": ("85",)},
            Wish(press=Press(Verb.EDIT, "P3", "make it night --strength 85")),
        ),
        (
            Dialog.REGION,
            {"text": "a moon", "region": ("top",), "mask": []},
            Wish(press=Press(Verb.EDIT, "P3", "a moon", region="top")),
        ),
        (
            Dialog.REGION,
            {"text": "a moon", "region": ("top",), "mask": [MASK]},
            Wish(press=Press(Verb.EDIT, "P3", "a moon", region="mask"), mask=MASK),
        ),
        (
            Dialog.PROMPT,
            {"text": "a dog, oil", "negative": "cats,\n people", "seed": "7"},
            Wish(text="exactly: a dog, oil --seed 7 --no cats, people"),
        ),
        (
            Dialog.REFERENCE,
            {"text": "a boat", "strength": ("65",)},
            Wish(text="a boat --strength 65", reply_to="P3"),
        ),
        (
            Dialog.VARY,
            {"amount": ("strong",), "count": ("3",)},
            Wish(press=Press(Verb.VARY, "P3", "strong --n 3")),
        ),
        (Dialog.DESCRIBE, {}, Wish(press=Press(Verb.DESCRIBE, "P3"))),
        (
            Dialog.CREATE,
            {"text": "a boat", "aspect": ("16:9",), "count": (USUAL,)},
            Wish(text="a boat --ar 16:9"),
        ),
    ],
)
def test_a_dialog_is_understood(dialog: Dialog, inputs: dict[str, Any], wish: Wish) -> None:
    assert understand(dialog, state(**inputs), OWN) == wish


def test_a_picture_that_easel_did_not_make_is_the_first_that_comes_along() -> None:
    chosen = state(text="make it night", strength=(USUAL,), picture=("1",))

    wish = understand(Dialog.EDIT, chosen, FOREIGN)

    assert wish == Wish(press=Press(Verb.EDIT, "", "make it night"), file_id="F2")


def test_describing_a_foreign_picture_is_said_in_words() -> None:
    wish = understand(Dialog.DESCRIBE, state(picture=("0",)), FOREIGN)

    assert wish == Wish(text="Describe this picture.", file_id="F1")


def test_a_place_can_be_chosen() -> None:
    values = state(text="a boat", aspect=(USUAL,), count=("2",))
    values["values"]["channel"] = {"easel_input": {"selected_conversation": "C9"}}

    assert understand(Dialog.CREATE, values, Memory()) == Wish("a boat --n 2", channel="C9")


@pytest.mark.parametrize(
    ("dialog", "inputs", "where", "sentence"),
    [
        (Dialog.EDIT, {"text": "  "}, Entry.TEXT, "Please write what shall change."),
        (Dialog.EDIT, {"text": None}, Entry.TEXT, "Please write what shall change."),
        (Dialog.EDIT, {"text": "night --strength 200"}, Entry.TEXT, "--strength takes"),
        (Dialog.CREATE, {"text": "--raw"}, Entry.TEXT, "There are only flags"),
        (Dialog.REGION, {"text": "x", "region": ("mask",), "mask": []}, Entry.MASK, "add the mask"),
        (Dialog.PROMPT, {"text": ""}, Entry.TEXT, "Please write the prompt."),
        (Dialog.PROMPT, {"text": "a", "seed": "seven"}, Entry.SEED, "--seed takes a whole number"),
        (Dialog.EDIT, {"text": "x", "picture": ("9",)}, Entry.PICTURE, "Please choose a picture."),
    ],
)
def test_what_is_wrong_is_said_at_its_input(
    dialog: Dialog, inputs: dict[str, Any], where: Entry, sentence: str
) -> None:
    with pytest.raises(Incomplete) as raised:
        understand(dialog, state(**inputs), OWN)

    assert list(raised.value.errors) == [where]
    assert sentence in raised.value.errors[where]


def test_a_dialog_of_another_version_is_not_understood() -> None:
    assert understand("easel:explode", {}, OWN) is None
