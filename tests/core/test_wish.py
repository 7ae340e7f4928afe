from __future__ import annotations

import pytest

from core.wish import asks_for_change, asks_for_picture, picture_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("draw me a fox", "a fox"),
        ("Can you please paint a castle at night?", "a castle at night"),
        ("I want a picture of two owls", "two owls"),
        ("hi, could you generate an image of a red car.", "a red car"),
        ("a lighthouse in a storm", "a lighthouse in a storm"),
    ],
)
def test_what_is_to_be_seen_is_left_over(text: str, words: str) -> None:
    assert picture_words(text) == words


@pytest.mark.parametrize(
    "text", ["draw me a fox", "make a sticker of it", "I'd like a photo of Bob"]
)
def test_a_plain_wish_is_recognised(text: str) -> None:
    assert asks_for_picture(text)


@pytest.mark.parametrize("text", ["how are you?", "what is the prompt?", "thanks!", ""])
def test_talk_is_not_a_wish(text: str) -> None:
    assert not asks_for_picture(text)


@pytest.mark.parametrize("text", ["make it night", "please remove the hat", "Can you add a tree?"])
def test_a_change_of_the_picture_at_hand_is_recognised(text: str) -> None:
    assert asks_for_change(text)


@pytest.mark.parametrize("text", ["make a cake", "draw a fox", "a moving van"])
def test_a_new_picture_is_not_a_change(text: str) -> None:
    assert not asks_for_change(text)


def test_a_long_hostile_text_is_read_in_no_time() -> None:
    text = "please hi hello " * 10_000

    assert picture_words(text)
    assert not asks_for_change(text)
