from __future__ import annotations

import pytest

from adapters.slack.place import Place, place_of_action, place_of_command, place_of_origin, team_of
from core.types import ThreadRef

PLACE = Place("T1", "C1", "U1", "1.1", "1.2", "https://hooks/x")
BODY = {"team": {"id": "T1"}, "user": {"id": "U1"}, "channel": {"id": "C1"}}


def test_the_origin_of_a_turn_brings_its_place_back_without_the_short_lived_url() -> None:
    found = place_of_origin(PLACE.origin(), ThreadRef("slack", "", "", ""))

    assert found == Place("T1", "C1", "U1", "1.1", "1.2")


@pytest.mark.parametrize("origin", ["", "{", "[]", "7", '{"user": 5}'])
def test_a_turn_without_a_readable_origin_is_answered_in_its_thread(origin: str) -> None:
    found = place_of_origin(origin, ThreadRef("slack", "T1", "C1", "1.1"))

    assert (found.team, found.channel, found.thread, found.message) == ("T1", "C1", "1.1", "")


def test_a_press_is_answered_in_the_thread_of_its_message() -> None:
    body = {**BODY, "message": {"ts": "1.2", "thread_ts": "1.1"}}

    assert place_of_action(body).thread == "1.1"


def test_a_press_on_a_message_outside_threads_starts_one_but_not_in_a_direct_message() -> None:
    body = {**BODY, "message": {"ts": "1.2"}}

    assert place_of_action(body).thread == "1.2"
    assert place_of_action({**body, "channel": {"id": "D1"}}).thread == ""


def test_nobody_can_answer_below_an_ephemeral_message() -> None:
    container = {"message_ts": "1.2", "channel_id": "C1", "is_ephemeral": True}

    assert place_of_action({**BODY, "container": container}).thread == ""
    assert place_of_action({**BODY, "container": {**container, "thread_ts": "1.1"}}).thread == "1.1"


def test_a_press_in_a_view_has_no_channel() -> None:
    place = place_of_action({"team": {"id": "T1"}, "user": {"id": "U1"}, "view": {}})

    assert (place.channel, place.thread) == ("", "")


def test_a_command_is_given_at_the_top_level() -> None:
    body = {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "response_url": "https://h"}

    assert place_of_command(body) == Place("T1", "C1", "U1", response_url="https://h")


@pytest.mark.parametrize(
    "body",
    [
        {"team_id": "T2", "authorizations": [{"team_id": "T1"}]},
        {"team_id": "T1", "authorizations": []},
        {"team": {"id": "T1"}},
    ],
)
def test_the_team_is_the_one_that_installed_the_app(body: dict[str, object]) -> None:
    assert team_of(body) == "T1"


def test_a_dialog_belongs_to_the_workspace_of_the_app_and_not_of_the_person() -> None:
    body = {"team": {"id": "T2"}, "view": {"app_installed_team_id": "T1"}}

    assert team_of(body) == "T1"


def test_where_a_whole_organisation_has_the_app_the_persons_workspace_counts() -> None:
    assert team_of({"team": None, "user": {"id": "U1", "team_id": "T1"}}) == "T1"
