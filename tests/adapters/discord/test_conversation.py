"""Which messages are for Easel, and what they say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord.conversation import (
    Heard,
    direct,
    in_channel,
    in_thread,
    is_for_us,
    place_of,
    thread_name,
    words,
)

SAID = Heard(is_from_person=True, is_plain=True, text="a dog", has_files=False)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, False),
        ({"in_dm": True}, True),
        ({"mentions_us": True}, True),
        ({"answers_us": True}, True),
        ({"in_our_thread": True}, True),
        ({"in_our_thread": True, "is_for_others": True}, False),
        ({"in_our_thread": True, "is_for_others": True, "mentions_us": True}, True),
        ({"in_our_thread": True, "text": "// nice, isn't it?"}, False),
        ({"mentions_us": True, "text": "  // nice"}, False),
        ({"in_our_thread": True, "text": ""}, False),
        ({"in_our_thread": True, "text": "", "has_files": True}, True),
        ({"mentions_us": True, "text": ""}, True),
        ({"in_dm": True, "is_from_person": False}, False),
        ({"in_dm": True, "is_plain": False}, False),
    ],
)
def test_a_message_is_for_us_when_it_is_said_to_us(change: dict[str, bool], wanted: bool) -> None:
    assert is_for_us(replace(SAID, **change)) is wanted


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("<@1> a dog", "a dog"),
        ("<@!1>, a dog", "a dog"),
        ("a dog <@1> please", "a dog please"),
        ("<@&9> a dog", "a dog"),
        ("like <@2>'s dog", "like @Bob's dog"),
        ("like <@7>'s dog", "like @somebody's dog"),
        ("as in <#5>", "as in #art"),
        ("a dog <:wow:123> <a:dance:456>", "a dog :wow: :dance:"),
        ("see </imagine:77>", "see /imagine"),
        ("two\n\nlines stay", "two\n\nlines stay"),
    ],
)
def test_ids_become_names_and_our_mention_goes(content: str, read: str) -> None:
    assert words(content, {"1", "9"}, {"2": "Bob", "5": "art"}) == read


def test_a_thread_is_named_after_the_wish_without_flags() -> None:
    assert thread_name("a red fox --ar 16:9 --n 2") == "a red fox"
    assert thread_name("a red fox —seed 7") == "a red fox"
    assert thread_name("--raw") == "A new picture"
    assert len(thread_name("very " * 60)) <= 100


def test_each_kind_of_place_has_its_conversation() -> None:
    assert place_of(direct(7)) == "7"
    assert place_of(in_channel(1, 2)) == "2"
    assert place_of(in_thread(1, 2, 3)) == "3"
