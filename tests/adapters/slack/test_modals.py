"""Dialogs: what they look like, and that they come back whole."""

from __future__ import annotations

import pytest

from adapters.slack import modals
from adapters.slack.blocks import Block
from adapters.slack.modals import Entry, Memory, Subject
from adapters.slack.place import Place
from adapters.slack.shortcuts import Pointed
from tests.fakes.chat.slack_conformity import needed_slack_spec
from tests.fakes.slack_pictures import picture

ONE = Memory("C1", "1.0", (modals.of_picture(picture(3)),))
TEN = Memory(
    "C1", "1.0", tuple(Subject(f"Picture {n} " + "x" * 80, file_id=f"F{n}") for n in range(10))
)


@pytest.mark.parametrize("memory", [ONE, TEN])
@pytest.mark.parametrize(
    "view",
    [modals.edit, modals.region, modals.reference, modals.vary, modals.describe, modals.create],
)
def test_every_dialog_keeps_slacks_rules(view: object, memory: Memory) -> None:
    assert callable(view)
    shown: Block = view(memory)

    assert needed_slack_spec().check_view(shown) == ([], [])
    assert len(shown["private_metadata"]) <= 3000
    assert Memory.load(shown["private_metadata"]) == memory


def test_a_dialog_about_several_pictures_asks_which() -> None:
    first = modals.edit(TEN)["blocks"][0]

    assert first["block_id"] == Entry.PICTURE
    assert len(first["element"]["options"]) == 10
    assert Entry.PICTURE not in [b["block_id"] for b in modals.edit(ONE)["blocks"]]


def test_the_exact_prompt_is_there_to_be_changed() -> None:
    view = modals.prompt(picture(3, caption="a dog, oil painting"), ONE)

    by_id = {b["block_id"]: b for b in view["blocks"]}
    assert by_id[Entry.TEXT]["element"]["initial_value"] == "a dog, oil painting"
    assert "it was 7" in by_id[Entry.SEED]["hint"]["text"]
    assert needed_slack_spec().check_view(view) == ([], [])


def test_details_show_the_recipe_and_the_full_id() -> None:
    parent = picture(1)
    child = picture(2, caption="a <b> cat", parent=parent)

    view = modals.about([child], {parent.id: parent, child.id: child})

    text = str(view["blocks"])
    assert "a &lt;b&gt; cat" in text and "seed 7" in text and "edited from picture 1" in text
    assert child.id in text
    assert needed_slack_spec().check_view(view) == ([], [])


def test_details_of_a_foreign_file_say_what_is_known() -> None:
    file = {"id": "F1", "title": "me <3 cats.png", "pretty_type": "PNG", "size": 3 * 2**20}

    view = modals.about_files([file | {"original_w": 640, "original_h": 480}, {"name": "b.jpg"}])

    text = str(view["blocks"])
    assert "me &lt;3 cats.png · PNG · 640 x 480 · 3.0 MB" in text and "b.jpg" in text
    assert needed_slack_spec().check_view(view) == ([], [])


def test_a_dialog_never_offers_a_talk_where_the_bot_is_not() -> None:
    (choice,) = [
        block["element"]
        for block in modals.create(Memory())["blocks"]
        if block["element"]["type"] == "conversations_select"
    ]

    assert set(choice["filter"]["include"]) == {"public", "private"}


def test_what_a_dialog_remembers_of_files_fits_whatever_they_are_called() -> None:
    files = tuple({"id": f"F{n:010}", "name": "\u96ea\u5c71" * 127} for n in range(10))
    pointed = Pointed(Place("T1", "C1", "U1"), "e", "t", (), files)

    assert len(pointed.memory().dump()) <= 3000
