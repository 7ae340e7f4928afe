from __future__ import annotations

import pytest

from core.errors import BadInput
from core.preferences import (
    Preferences,
    is_blocked,
    merged,
    person_scope,
    place_scope,
    preferences_of,
    scopes,
    validated,
)
from core.types import ThreadRef, UserRef

ANN = UserRef("discord", "7", "Ann")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("count", "0"),
        ("count", "5"),
        ("count", "many"),
        ("rewrite", "yes"),
        ("aspect", "16/9"),
        ("aspect", "9:1"),
        ("press", "nobody"),
        ("spoiler", ""),
    ],
)
def test_a_value_that_is_none_of_its_key_is_refused_with_a_sentence(key: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        validated(key, value)

    assert len(refused.value.reply) > 20


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("count", " 4 ", "4"),
        ("aspect", "16:9", "16:9"),
        ("press", "owner", "owner"),
        ("blocked", "7  8\n7", "7 8"),
        ("a key of an adapter", " anything ", " anything "),
    ],
)
def test_a_value_that_fits_is_kept(key: str, value: str, kept: str) -> None:
    assert validated(key, value) == kept


def test_a_person_comes_before_the_channel_and_the_channel_before_the_server() -> None:
    person, channel, server = {"count": "2"}, {"count": "3", "aspect": "1:1"}, {"rewrite": "off"}

    choice = merged([person, channel, server])

    assert preferences_of(choice) == Preferences(count=2, rewrite=False, aspect=1.0)
    assert preferences_of(merged([])) == Preferences(1, None, None)


def test_scopes_are_looked_at_from_the_person_outwards() -> None:
    thread = ThreadRef("discord", "guild", "channel", "thread")

    assert scopes(thread, ANN) == (
        person_scope(ANN),
        place_scope("discord", "guild", "channel"),
        place_scope("discord", "guild"),
    )
    assert len(set(scopes(thread, ANN))) == 3


def test_only_whole_ids_are_blocked() -> None:
    assert is_blocked({"blocked": "5 7"}, ANN)
    assert not is_blocked({"blocked": "77"}, ANN)
    assert not is_blocked({}, ANN)
