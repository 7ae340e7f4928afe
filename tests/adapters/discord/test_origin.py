"""What a turn keeps of where it came from."""

from __future__ import annotations

import pytest

from adapters.discord.origin import (
    TOKEN_LIFE_S,
    Origin,
    nonce_of,
    snowflake_at,
    time_of,
)


def test_an_origin_survives_the_database() -> None:
    origin = Origin(channel="2", message="3", upload_limit=7, by_token=True)

    assert Origin.from_json(origin.to_json()) == origin


@pytest.mark.parametrize("text", ["", "{", "[]", '{"later": 1}', "null"])
def test_what_cannot_be_read_is_an_empty_origin(text: str) -> None:
    assert Origin.from_json(text) == Origin()


def test_a_token_lives_not_quite_a_quarter_of_an_hour() -> None:
    origin = Origin(interaction=str(snowflake_at(1_800_000_000.0)), token="t")

    assert origin.has_live_token(1_800_000_000.0 + TOKEN_LIFE_S - 1)
    assert not origin.has_live_token(1_800_000_000.0 + TOKEN_LIFE_S + 1)
    assert not Origin(token="t").has_live_token(0.0)


def test_ids_tell_the_time() -> None:
    # from Discord's own documentation of its ids
    assert time_of("175928847299117063") == pytest.approx(1462015105.796)
    assert time_of(str(snowflake_at(1_800_000_000.5))) == 1_800_000_000.5


def test_a_nonce_is_short_steady_and_another_for_each_message_it_replaces() -> None:
    assert nonce_of("turn:0") == nonce_of("turn:0")
    assert len({nonce_of("turn:0"), nonce_of("turn:1"), nonce_of("turn:0", "9")}) == 3
    assert len(nonce_of("turn:0")) <= 25
