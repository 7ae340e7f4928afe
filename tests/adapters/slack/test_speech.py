from __future__ import annotations

import pytest

from adapters.slack.speech import mentioned, plain, without_mention


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("&amp;lt; stays", "&lt; stays"),
        ("ask <@U1>", "ask @Ann"),
        ("ask <@U2|bob>", "ask @bob"),
        ("ask <@U3>", "ask @someone"),
        ("in <#C1|art>", "in #art"),
        ("<!here> look", "@here look"),
        ("<!subteam^S1|@team> look", "@team look"),
        ("see <https://x.org/a|x.org>", "see https://x.org/a"),
        ("mail <mailto:a@b.org|a@b.org>", "mail a@b.org"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_wire_text_becomes_the_words_that_were_written(wire: str, words: str) -> None:
    assert plain(wire, {"U1": "Ann"}) == words


def test_mentions_are_found_in_order_and_once() -> None:
    assert mentioned("<@U2> <@W1|x> <@U2> <@here> <#C1>") == ("U2", "W1")


def test_the_bots_own_mention_goes_and_others_stay() -> None:
    assert without_mention("<@U1> hi <@U2> <@U1|easel>", "U1") == "hi <@U2>"
