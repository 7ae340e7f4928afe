"""Cards: complete, within Slack's limits, and readable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import cards
from adapters.slack.message import Message
from core.types import Answer, PictureState, Stage, TurnState
from tests.fakes.chat.slack_conformity import needed_slack_spec
from tests.fakes.slack_pictures import answer, files_of, picture, progress

HOSTILE = st.text(st.sampled_from("ab <!here>&`*_\n.😀"), max_size=5000)


def problems(message: Message) -> list[str]:
    found, unknown = needed_slack_spec().check_blocks(list(message.blocks))
    return [*found, *unknown]


def elements(message: Message, kind: str = "button") -> list[dict[str, Any]]:
    rows = [b for b in message.blocks if b["type"] == "actions"]
    return [e for row in rows for e in row["elements"] if e["type"] == kind]


def labels(message: Message) -> list[str]:
    return [e["text"]["text"] for e in elements(message)]


def words(messages: list[Message]) -> str:
    return json.dumps([m.blocks for m in messages], ensure_ascii=False)


@settings(max_examples=12)
@given(HOSTILE, st.integers(0, 12), HOSTILE, HOSTILE)
def test_every_answer_keeps_slacks_rules(text: str, count: int, after: str, caption: str) -> None:
    batch = [picture(n + 1, caption=caption) for n in range(count)]
    whole = answer(text, batch, after)

    messages = cards.answer_messages(whole, files_of(whole))

    assert [p for m in messages for p in problems(m)] == []
    assert [i for m in messages for i in m.picture_ids] == [p.id for p in batch]
    assert all(m.text and len(m.picture_ids) <= 10 for m in messages)
    for message in messages:
        sections = [b["text"]["text"] for b in message.blocks if b["type"] == "section"]
        assert sum(map(len, sections)) <= 12_000


def test_a_single_picture_has_all_its_buttons() -> None:
    (message,) = cards.answer_messages(
        one := answer("Here:", [picture(3, parent=picture(2))]), files_of(one)
    )

    kinds = [b["type"] for b in message.blocks]
    assert kinds == ["section", "image", "context", "actions", "actions", "context_actions"]
    assert labels(message) == [
        "Edit…", "Vary a little", "Vary a lot", "Refine", "Again", "Details", "Undo",
    ]  # fmt: skip
    menu = [o["text"]["text"] for o in elements(message, "static_select")[0]["options"]]
    assert menu == [
        "Change a part…", "Exact prompt…", "Use as reference…", "Describe", "Send to me", "Favourite",
    ]  # fmt: skip


def test_four_pictures_are_picked_and_varied_by_their_numbers() -> None:
    four = answer([picture(n) for n in (5, 6, 7, 8)])

    (message,) = cards.answer_messages(four, files_of(four))

    assert labels(message) == [
        "Pick 5", "Pick 6", "Pick 7", "Pick 8", "Again", "Vary 5", "Vary 6", "Vary 7", "Vary 8",
    ]  # fmt: skip
    groups = elements(message, "static_select")[0]["option_groups"]
    assert [g["label"]["text"] for g in groups] == [f"Picture {n}" for n in (5, 6, 7, 8)]
    assert [b["alt_text"] for b in message.blocks if b["type"] == "image"] == [
        "a dog near a river"
    ] * 4


def test_deleting_asks_first() -> None:
    (message,) = cards.answer_messages(one := answer([picture(3)]), files_of(one))

    (dots,) = elements(message, "overflow")

    assert [o["text"]["text"] for o in dots["options"]] == ["Delete picture 3"]
    assert dots["confirm"]["title"]["text"] == "Delete this picture?"


def test_the_line_below_names_number_source_painter_time_and_id() -> None:
    parent = picture(4)
    child = picture(5, caption="a cat", parent=parent)

    line = cards.caption_line([child], {parent.id: 4})

    expected = f"*Picture 5* · “a cat” · from picture 4 · pocket · 12 s · id {child.id[-6:]}"
    assert line == expected


def test_more_than_ten_pictures_go_into_a_second_message() -> None:
    many = answer([picture(n) for n in range(1, 13)])

    first, second = cards.answer_messages(many, files_of(many))

    assert [len(first.picture_ids), len(second.picture_ids)] == [8, 4]
    assert first.blocks[-1]["type"] != "context_actions"
    assert second.blocks[-1]["type"] == "context_actions"


def test_a_picture_without_a_file_keeps_its_line_and_buttons() -> None:
    (message,) = cards.answer_messages(answer([picture(3)]), {})

    assert "image" not in [b["type"] for b in message.blocks]
    assert "Edit…" in labels(message)
    assert "*Picture 3*" in words([message])


def test_a_deleted_picture_is_named_but_not_shown() -> None:
    gone, left = picture(1, PictureState.DELETED), picture(2)
    whole = answer([gone, left])

    (message,) = cards.answer_messages(whole, files_of(whole))

    assert "Picture 1 was deleted." in words([message])
    assert gone.id not in words([message])
    assert message.picture_ids == (left.id,)
    assert cards.wanted_pictures(whole) == (left,)


@pytest.mark.parametrize("state", [TurnState.FAILED, TurnState.CANCELLED])
def test_what_did_not_end_well_says_why_and_can_be_tried_again(state: TurnState) -> None:
    broken = answer([picture(1, PictureState.FAILED)], state=state, error="It broke <twice>.")

    (message,) = cards.answer_messages(broken, {})

    assert "It broke &lt;twice&gt;." in words([message])
    (retry,) = elements(message)
    assert (retry["text"]["text"], retry["value"]) == ("Try again", broken.turn.id)
    assert problems(message) == []


def test_a_note_at_the_end_of_a_good_answer_is_no_failure() -> None:
    noted = answer([picture(1)], error="Memory was short.")

    (message,) = cards.answer_messages(noted, files_of(noted))

    assert "Memory was short." in words([message])
    assert "Try again" not in labels(message)


def test_an_answer_without_anything_still_says_something() -> None:
    (message,) = cards.answer_messages(answer(), {})

    assert "I have nothing to add to that." in words([message])


def test_texts_and_pictures_stand_in_the_order_said() -> None:
    first, second = picture(1), picture(2)
    story = answer("One day", [first], "and then", [second], "The end.")

    (message,) = cards.answer_messages(story, files_of(story))

    shown = [b["type"] for b in message.blocks if b["type"] in ("section", "image")]
    assert shown == ["section", "image", "section", "image", "section"]


def test_a_long_answer_never_cuts_a_code_block() -> None:
    text = "word " * 580 + "\n```\n" + "code\n" * 300 + "```\n" + "word " * 3000

    messages = cards.answer_messages(answer(text), {})

    sections = [b["text"]["text"] for m in messages for b in m.blocks]
    assert len(messages) == 2
    assert all(s.count("```") % 2 == 0 for s in sections)


def test_the_progress_card_of_a_new_turn_shows_the_wish_and_cancel() -> None:
    turn = answer().turn

    message = cards.progress_message(turn, None)

    (cancel,) = elements(message)
    assert "“a dog”" in words([message]) and "Thinking…" in words([message])
    assert (cancel["text"]["text"], cancel["value"]) == ("Cancel", turn.id)
    assert cancel["confirm"]["confirm"]["text"] == "Stop"
    assert problems(message) == []


@pytest.mark.parametrize(
    ("sign", "line"),
    [
        (progress(Stage.THINKING), "Thinking…"),
        (progress(Stage.QUEUED, position=2, wait_s=40), "Number 3 in line · starts in about 40 s"),
        (progress(Stage.QUEUED, position=0), "Next in line"),
        (progress(Stage.PAINTING), "Painting…"),
        (progress(Stage.PAINTING, step=3, steps=10, wait_s=200), "Painting ▰▰▰▱▱▱▱▱▱▱ 3/10 · about 3 min left"),
    ],
)  # fmt: skip
def test_the_status_line_says_where_it_stands(sign: Any, line: str) -> None:
    assert cards.status_line(sign) == line


def test_a_half_written_answer_is_shown_as_it_grows() -> None:
    message = cards.progress_message(answer().turn, progress(Stage.WRITING), "A **dog** `x")

    assert "A *dog* `x" in words([message])
    assert problems(message) == []


def test_pictures_shown_again_carry_their_buttons_and_a_title() -> None:
    message = cards.pictures_message([one := picture(3)], {one.id: "F1"}, "You asked <for> this.")

    assert message.picture_ids == (one.id,)
    assert "You asked &lt;for&gt; this." in words([message])
    assert "Edit…" in labels(message)
    assert problems(message) == []


def test_the_root_of_a_thread_names_the_person_without_a_mention() -> None:
    message = cards.asked_message("Ann <@U1>", "a fox <!here>")

    assert message.text == "*Ann &lt;@U1&gt;* asked: a fox &lt;!here&gt;"


def test_no_text_of_a_person_reaches_slack_unescaped() -> None:
    spoken: Answer = answer("<!channel> hi", [picture(1, caption="<@U1> & <!here>")])

    sent = words(cards.answer_messages(spoken, files_of(spoken)))

    without_alt = json.loads(sent)
    for blocks in without_alt:
        for block in blocks:
            block.pop("alt_text", None)  # alt text is never read as mrkdwn
    assert "<!" not in json.dumps(without_alt) and "<@" not in json.dumps(without_alt)
