from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.identifiers import About, Carried, read, read_about
from core.types import new_id

VERBS = st.from_regex(r"[a-z-]{1,20}", fullmatch=True)
IDS = st.integers(0, 2**64 - 1).map(str)


@given(VERBS, st.text(st.characters(exclude_categories=["C"]), max_size=30))
def test_what_a_button_carries_is_read_again_from_its_id(verb: str, argument: str) -> None:
    carried = Carried(verb, new_id(), argument)

    assert read(str(carried)) == carried
    assert len(str(carried)) <= 100


@given(VERBS, IDS, IDS)
def test_what_a_form_is_about_is_read_again_from_its_id(
    verb: str, channel: str, message: str
) -> None:
    about = About(verb, channel, message)

    assert read_about(str(about)) == about
    assert read(str(about)) is None
    assert len(str(about)) <= 100


@pytest.mark.parametrize(
    "custom_id", ["", "easel", "easel:vary:7", "i2:vary:01ARZ3NDEKTSV4RRFFQ69G5FAV", "easel:Vary:x"]
)
def test_an_id_of_another_version_carries_nothing(custom_id: str) -> None:
    assert read(custom_id) is None
    assert read_about(custom_id) is None
