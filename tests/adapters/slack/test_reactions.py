from __future__ import annotations

from pathlib import Path

import pytest

from adapters.slack.reactions import Wish, wish_of
from core.types import Mark, Press, Verb
from tests.fakes.slack_house import words_of
from tests.fakes.slack_room import slack_room

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


async def test_what_slack_does_not_let_it_do_is_said(tmp_path: Path) -> None:
    async with slack_room(tmp_path) as room:
        shown = await room.over(await room.slack.say("a dog", mention_bot=True))
        room.slack.error("no_such_thing", 1, "chat.postMessage")

        await room.slack.react(shown, "envelope")

        def told() -> list[str]:
            said = [words_of(m) for m in room.slack.messages(by_bot=True) if m.ephemeral_to]
            return [words for words in said if "please try again" in words]

        await room.slack.until(told)
