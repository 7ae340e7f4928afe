from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.flags import Flags, parse_flags


def test_flags_are_taken_out_of_the_words() -> None:
    words, flags = parse_flags("a red fox --n 4 in the snow --seed 7")

    assert words == "a red fox in the snow"
    assert flags == Flags(count=4, seed=7)


def test_words_without_flags_stay_as_they_are() -> None:
    assert parse_flags("a well-known fox\n on -- a hill") == (
        "a well-known fox\n on -- a hill",
        Flags(),
    )


def test_a_typographic_dash_works_like_two_hyphens() -> None:
    assert parse_flags("a fox —raw –n 2") == ("a fox", Flags(raw=True, count=2))


def test_no_takes_all_words_up_to_the_next_flag() -> None:
    assert parse_flags("a town --no people, cars --ar 16:9") == (
        "a town",
        Flags(negative="people, cars", aspect=16 / 9),
    )


def test_strength_is_given_as_a_percentage() -> None:
    assert parse_flags("bluer --strength 60")[1].strength == 0.6


def test_a_part_is_named_in_any_case() -> None:
    assert parse_flags("make it night --part Top please") == (
        "make it night please",
        Flags(region="top"),
    )


def test_an_unknown_flag_is_listed_and_its_words_stay() -> None:
    words, flags = parse_flags("a fox --stylize 200")

    assert (words, flags.unknown) == ("a fox 200", ("--stylize",))


@pytest.mark.parametrize(
    "text",
    [
        "a --n 9",
        "a --n 0",
        "a --n",
        "a --seed -1",
        "a --seed ٣",
        "a --ar 9",
        "a --ar 1:99",
        "a --part mask",
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(BadInput, match="takes a"):
        parse_flags(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        words, flags = parse_flags(text)
    except BadInput as error:
        assert error.reply
    else:
        assert isinstance(words, str) and isinstance(flags, Flags)
