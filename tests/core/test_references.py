"""The words people point with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AmbiguousPicture, UnknownPicture
from core.ports import PictureNote, Situation
from core.references import action_source, grid, resolve
from core.types import Action, Verb

GRID = (4, 5, 6, 7)
SITUATION = Situation(
    user_text="",
    pictures=(
        PictureNote(1, "a red fox in the snow"),
        PictureNote(2, "a dog on a meadow"),
        PictureNote(3, "a dog wearing a hat", parent=2),
        PictureNote(4, "a cat", batch=GRID),
        PictureNote(5, "a black cat", batch=GRID),
        PictureNote(6, "a cat at night", batch=GRID),
        PictureNote(7, "a red cat", batch=GRID),
    ),
    current=3,
    names={"Bob": 2, "Old Tom": 1},
)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        # a number
        ("image 4", 4), ("#4", 4), ("# 4", 4), ("picture four", 4), ("number 3", 3), ("2", 2), ("the 2", 2),
        ("take 2", 2), ("2 is good", 2), ("more like 2", 2), ("go back to 3 please", 3), ("Image 5, but blue", 5),
        # a place in the latest batch, which is shown as 4 5 / 6 7
        ("the second one", 5), ("2nd", 5), ("I like the second.", 5), ("the 3rd picture", 6), ("last", 7),
        ("the last one", 7), ("left bottom", 6), ("right bottom", 7), ("top right", 5), ("the upper left one", 4),
        ("I prefer the bottom-right picture", 7), ("the one on the lower left, please", 6),
        # names
        ("Bob", 3), ("make Bob's hat green", 3), ("go back to Bob", 2), ("Old Tom in space", 1),
        # descriptions
        ("the red one", 7), ("the dog one", 3), ("the black cat", 5), ("the one with the hat", 3), ("the fox", 1),
        ("make the one at night brighter", 6),
        # what came before
        ("the previous one", 2), ("the original", 2),
        # the current one
        ("it", 3), ("this", 3), ("that one", 3), ("", 3), ("make it night", 3),
        # words that point at nothing
        ("add a second cat", 3), ("make 2 cats", 3), ("put a house on the left", 3), ("make the sky red", 3),
        ("make the whole picture brighter", 3), ("4 images of a dog", 3), ("for the last time, a hat", 3),
        ("a number one fan", 3),
    ],
)  # fmt: skip
def test_words_point_at_the_picture_meant(words: str, number: int) -> None:
    assert resolve(words, SITUATION) == number


@pytest.mark.parametrize(
    ("words", "numbers"),
    [("left", (4, 6)), ("the top one", (4, 5)), ("the cat one", (4, 5, 6, 7))],
)
def test_words_that_fit_several_pictures_ask_which(words: str, numbers: tuple[int, ...]) -> None:
    with pytest.raises(AmbiguousPicture) as caught:
        resolve(words, SITUATION)

    assert caught.value.numbers == numbers
    assert caught.value.reply.startswith("Which one do you mean: 4")


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("image 14", "There is no picture 14 here. The last are 4 to 7."),
        ("the ninth one", "There are only 7 pictures to choose from: 1 to 7."),
    ],
)
def test_an_unknown_picture_is_named_with_those_there_are(words: str, reply: str) -> None:
    with pytest.raises(UnknownPicture) as caught:
        resolve(words, SITUATION)

    assert caught.value.reply == reply


def test_without_pictures_nothing_can_be_meant() -> None:
    for words in ("it", "the second one", "image 1"):
        with pytest.raises(UnknownPicture, match="no pictures here yet"):
            resolve(words, Situation(""))


@pytest.mark.parametrize(
    ("words", "number"),
    [("make it blue", 6), ("image 2", 2), ("the second one", 5), ("Bob", 6), ("the fox", 6)],
)
def test_the_picture_answered_to_comes_after_a_number_and_before_a_name(
    words: str, number: int
) -> None:
    assert resolve(words, replace(SITUATION, reply_to=6)) == number


def test_a_description_that_fits_the_current_picture_too_means_that_one() -> None:
    assert resolve("the cat one", replace(SITUATION, current=6)) == 6


def test_a_picture_sent_with_the_message_comes_before_the_current_one() -> None:
    situation = replace(SITUATION, uploads=(1,))

    assert resolve("make this a watercolour", situation) == 1
    assert resolve("image 2", situation) == 2


def test_without_a_current_picture_it_is_the_latest() -> None:
    assert resolve("it", replace(SITUATION, current=None)) == 7
    assert resolve("it", replace(SITUATION, current=99)) == 7


def test_places_count_through_single_pictures_where_there_is_no_batch() -> None:
    pictures = tuple(PictureNote(number, "a dog", batch=(number,)) for number in (1, 2, 3))

    assert resolve("the second one", Situation("", pictures)) == 2


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, (1, 1)), (2, (2, 1)), (3, (3, 1)), (4, (2, 2)), (5, (4, 2)), (8, (4, 2))],
)
def test_the_grid_of_a_batch(count: int, expected: tuple[int, int]) -> None:
    assert grid(count) == expected


@pytest.mark.parametrize(
    ("size", "words", "number"),
    [(3, "left", 1), (3, "middle", 2), (3, "the right one", 3), (2, "right", 2), (5, "bottom", 5),
     (8, "bottom right", 8), (8, "top left", 1)],
)  # fmt: skip
def test_sides_follow_the_grid(size: int, words: str, number: int) -> None:
    batch = tuple(range(1, size + 1))
    situation = Situation("", tuple(PictureNote(n, "a dog", batch=batch) for n in batch))

    assert resolve(words, situation) == number


@pytest.mark.parametrize(
    ("action", "user_text", "number"),
    [
        (Action(Verb.EDIT, picture=5), "the first one", 5),
        (Action(Verb.EDIT, picture=20), "x", 9),
        (Action(Verb.EDIT, number=2), "x", 2),  # the model put the source into `id`
        (Action(Verb.EDIT, number=8), "the second one in blue", 5),
        (Action(Verb.SELECT, text="the black one"), "I like it", 5),
        (Action(Verb.UNDO), "undo, image 9 is bad", 3),
        (Action(Verb.REFINE), "finer", 3),
    ],
)
def test_the_source_of_an_action(action: Action, user_text: str, number: int) -> None:
    situation = replace(SITUATION, user_text=user_text)

    assert action_source(action, situation, {20: 9}) == number


def test_a_source_that_the_model_invented_is_refused() -> None:
    with pytest.raises(
        UnknownPicture, match=r"There is no picture 14 here\. The last are 4 to 7\."
    ):
        action_source(Action(Verb.EDIT, picture=14), SITUATION)


@given(st.text())
def test_any_words_give_a_picture_that_exists_or_a_sentence(words: str) -> None:
    try:
        assert resolve(words, SITUATION) in range(1, 8)
    except (UnknownPicture, AmbiguousPicture) as error:
        assert error.reply
