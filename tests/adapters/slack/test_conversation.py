"""What an event means is decided from the event alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.conversation import Corrected, Said, Withdrawn, key_of, meaning_of
from adapters.slack.place import Place

BOT, TEAM = "UBOT", "T1"
MESSAGE: dict[str, Any] = {
    "type": "message",
    "channel": "C1",
    "user": "U1",
    "ts": "100.1",
    "text": "words",
}


def meant(**event: Any) -> object:
    return meaning_of(MESSAGE | event, TEAM, BOT)


def test_a_mention_opens_a_thread_at_the_message() -> None:
    said = meant(text=f"<@{BOT}> a dog")

    assert said == Said("C1:100.1", Place(TEAM, "C1", "U1", "100.1", "100.1"), "a dog")


def test_the_mention_and_the_message_of_the_same_words_have_one_key() -> None:
    by_message = meant(text=f"<@{BOT}> a dog")
    by_mention = meant(type="app_mention", text=f"<@{BOT}> a dog")

    assert by_message == by_mention


def test_a_thread_goes_on_without_mentions_where_it_is_known() -> None:
    said = meant(thread_ts="90.1")

    assert isinstance(said, Said) and said.if_known and said.place.thread == "90.1"


def test_a_direct_message_is_always_meant_and_has_no_thread_at_the_top() -> None:
    said = meant(channel="D1")

    assert isinstance(said, Said) and not said.if_known and said.place.thread == ""


def test_the_agent_view_talks_in_threads_of_a_direct_message() -> None:
    said = meant(channel="D1", thread_ts="90.1")

    assert isinstance(said, Said) and not said.if_known and said.place.thread == "90.1"


@pytest.mark.parametrize(
    "event",
    [
        {},  # a channel's own talk
        {"text": "// aside", "thread_ts": "90.1"},
        {"text": f"<@{BOT}> // aside"},
        {"text": "// aside", "channel": "D1"},
        {"text": "<@U2> look", "thread_ts": "90.1"},
        {"user": BOT, "thread_ts": "90.1"},
        {"bot_id": "B1", "thread_ts": "90.1"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message", "thread_ts": "90.1"},
    ],
)
def test_what_is_not_for_the_bot_means_nothing(event: dict[str, Any]) -> None:
    assert meant(**event) is None


def test_a_mention_of_the_bot_among_others_is_for_the_bot() -> None:
    said = meant(text=f"<@U2> and <@{BOT}|easel> paint us", thread_ts="90.1")

    assert isinstance(said, Said) and not said.if_known and said.text == "<@U2> and   paint us"


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_words_of_other_kinds_are_words_too(subtype: str) -> None:
    assert isinstance(meant(subtype=subtype, channel="D1"), Said)


def test_files_come_along() -> None:
    said = meant(channel="D1", subtype="file_share", files=[{"id": "F1"}, "rubbish"])

    assert isinstance(said, Said) and said.files == ({"id": "F1"},)


def test_an_edit_is_a_correction_and_an_unfolded_link_is_not() -> None:
    old = {"user": "U1", "ts": "100.1", "text": "a dog"}
    edit = meant(subtype="message_changed", message=old | {"text": "a cat"}, previous_message=old)
    link = meant(subtype="message_changed", message=old | {"x": 1}, previous_message=old)

    assert edit == Corrected("C1:100.1", Place(TEAM, "C1", "U1", "100.1", "100.1"), "a cat")
    assert link is None


def test_a_deletion_withdraws_what_was_said_and_not_what_the_bot_said() -> None:
    old = {"user": "U1", "ts": "100.1", "text": "a dog"}
    mine = old | {"user": BOT, "bot_id": "B1"}

    assert isinstance(meant(subtype="message_deleted", previous_message=old), Withdrawn)
    assert meant(subtype="message_deleted", previous_message=mine) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            name: json_values
            for name in ("channel", "user", "ts", "thread_ts", "text", "files", "bot_id", "message")
        }
        | {
            "subtype": st.sampled_from(["message_changed", "message_deleted", "file_share"])
            | json_values,
            "previous_message": json_values,
        },
    )
)
def test_no_event_whatever_it_holds_raises(event: dict[str, Any]) -> None:
    for sent in (event, {**MESSAGE, **event}):
        meaning = meaning_of(sent, TEAM, BOT)

        if meaning is not None:
            place = meaning.place
            assert place.user not in ("", BOT)
            assert meaning.key == key_of(place.channel, place.message)
