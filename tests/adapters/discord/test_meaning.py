from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import discord
import pytest

from adapters.discord.meaning import Meant, Said, Wish, form_wish, press_wish, retry_wish
from core.errors import BadInput
from core.types import Press, Verb
from tests.fakes.answers import turn

OURS = Meant("01ARZ3NDEKTSV4RRFFQ69G5FAV")
FILE = cast(discord.Attachment, "a file")
MASK = cast(discord.Attachment, "a mask")
THEIRS = Meant(uploads=(FILE,))


def said(words: str = "a red hat", mask: bool = False, **texts: str) -> Said:
    return Said({"words": words, **texts}, {"mask": (MASK,)} if mask else {})


@pytest.mark.parametrize(
    ("verb", "argument", "press"),
    [
        ("select", "", Press(Verb.SELECT, OURS.picture_id)),
        ("vary", "", Press(Verb.VARY, OURS.picture_id, "subtle")),
        ("vary", "strong", Press(Verb.VARY, OURS.picture_id, "strong")),
        ("vary-strong", "", Press(Verb.VARY, OURS.picture_id, "strong")),
        ("refine", "", Press(Verb.REFINE, OURS.picture_id)),
        ("again", "", Press(Verb.AGAIN, OURS.picture_id)),
    ],
)
def test_a_verb_on_our_picture_is_a_press(verb: str, argument: str, press: Press) -> None:
    assert press_wish(verb, argument, OURS) == Wish(press=press)


def test_a_verb_on_a_foreign_picture_is_a_press_on_the_file_that_comes_along() -> None:
    assert press_wish("vary", "", THEIRS) == Wish(
        press=Press(Verb.VARY, "", "subtle"), uploads=(FILE,)
    )


def test_describing_a_foreign_picture_is_asked_in_words() -> None:
    assert press_wish("describe", "", THEIRS) == Wish("Describe this picture.", uploads=(FILE,))


def test_an_edit_carries_its_strength_as_a_flag_unless_it_is_left_to_easel() -> None:
    free, set_ = said(strength="auto"), said(strength="55")

    assert form_wish("edit", OURS, free).press == Press(Verb.EDIT, OURS.picture_id, "a red hat")
    assert form_wish("edit", OURS, set_).press == Press(
        Verb.EDIT, OURS.picture_id, "a red hat --strength 55"
    )


def test_a_reference_of_ours_is_answered_on_and_a_foreign_one_sent_along() -> None:
    words = "--strength 65 a red hat"
    assert form_wish("reference", OURS, said()) == Wish(words, reply_to=OURS.picture_id)
    assert form_wish("reference", THEIRS, said()) == Wish(words, uploads=(FILE,))


def test_a_mask_comes_last_and_counts_before_any_named_region() -> None:
    wish = form_wish("region", THEIRS, said(mask=True, region="top"))

    assert wish.press and wish.press.region == "mask"
    assert wish.uploads == (FILE, MASK)


def test_the_mask_region_without_a_mask_asks_for_one() -> None:
    with pytest.raises(BadInput, match="mask") as refused:
        form_wish("region", OURS, said(region="mask"))

    assert refused.value.reply.startswith("Please add the mask")


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(BadInput):
        form_wish("region", OURS, said(region="moon"))


# -- once more --------------------------------------------------------------------------------------------


def retried(press: Press | None = None, uploads: tuple[str, ...] = (), **more: Any) -> Wish:
    return retry_wish(replace(turn(text="make it night", press=press), upload_ids=uploads, **more))


def test_words_are_asked_once_more_as_they_were() -> None:
    assert retried() == Wish("make it night")
    assert retried(reply_to="fox") == Wish("make it night", reply_to="fox")


def test_a_picture_that_came_with_the_words_is_answered_on() -> None:
    assert retried(uploads=("fox",)) == Wish("make it night", reply_to="fox")


def test_several_pictures_that_came_with_the_words_go_along_again() -> None:
    assert retried(uploads=("fox", "owl")) == Wish("make it night", files=("fox", "owl"))


def test_a_press_on_a_file_becomes_a_press_on_the_picture_it_became() -> None:
    blend = Press(Verb.BLEND, "", "both", others=("cat",))

    assert retried(blend, ("fox", "owl")).press == Press(
        Verb.BLEND, "fox", "both", others=("cat", "owl")
    )


def test_a_mask_goes_along_again() -> None:
    press = Press(Verb.EDIT, "fox", "a hat", region="mask")

    assert retried(press, ("mask",)) == Wish(press=press, files=("mask",))
