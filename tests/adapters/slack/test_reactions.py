from __future__ import annotations

import pytest

from adapters.slack.reactions import Wish, wish_of
from core.types import Mark, Press, Verb

FOUR = ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("reaction", "wish"),
    [
        ("one", Wish(press=Press(Verb.SELECT, "a"))),
        ("four", Wish(press=Press(Verb.SELECT, "d"))),
        ("repeat", Wish(press=Press(Verb.AGAIN, "a"))),
        ("star", Wish(mark=Mark.FAVOURITE)),
        ("+1", Wish(mark=Mark.GOOD)),
        ("thumbsup::skin-tone-2", Wish(mark=Mark.GOOD)),
        ("-1", Wish(mark=Mark.BAD)),
        ("wastebasket", Wish(deed="delete")),
        ("envelope", Wish(deed="send")),
        ("eyes", None),
        ("five", None),
    ],
)
def test_reactions_are_wishes(reaction: str, wish: Wish | None) -> None:
    assert wish_of(reaction, FOUR) == wish


def test_a_number_without_its_picture_is_a_reaction_like_any_other() -> None:
    assert wish_of("three", ("a", "b")) is None
    assert wish_of("star", ()) is None
