"""Text for Slack: nobody is pinged, Markdown reads well, cuts hurt nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.slack import mrkdwn

WORDS = st.text(st.sampled_from("ab <>&`*_~[]()#-\n.!@|é"), max_size=400)


@pytest.mark.parametrize(
    "ping", ["<!here>", "<!channel>", "<@U123>", "<!subteam^S1|@all>", "<#C1>"]
)
def test_what_a_person_writes_can_ping_nobody(ping: str) -> None:
    for shown in (mrkdwn.escape(ping), mrkdwn.from_markdown(f"**hello** {ping}")):
        assert "<" not in shown
        assert "&lt;" in shown


@given(WORDS)
def test_only_web_links_are_ever_in_angle_brackets(text: str) -> None:
    shown = mrkdwn.from_markdown(text)

    for inside in re.findall("<([^>]*)>?", shown):
        assert inside.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**bold** and *italic*", "*bold* and _italic_"),
        ("~~gone~~", "~gone~"),
        ("# A title", "*A title*"),
        ("## **A title** ##", "*A title*"),
        ("- one\n* two", "• one\n• two"),
        ("[here](https://example.org/a?b=1&c=2)", "<https://example.org/a?b=1&amp;c=2|here>"),
        ("![a dog](https://example.org/dog.png)", "a dog"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("2 * 3 * 4 and snake_case_name", "2 * 3 * 4 and snake_case_name"),
        ("> quoted", ">quoted"),
        ("`a **b** <c>`", "`a **b** &lt;c&gt;`"),
        ("```py\na **b**\n```", "```\na **b**\n```"),
        ("```\nnot closed", "```\nnot closed\n```"),
    ],
)
def test_markdown_becomes_mrkdwn(markdown: str, shown: str) -> None:
    assert mrkdwn.from_markdown(markdown) == shown


def test_a_clip_ends_at_a_word_with_an_ellipsis() -> None:
    assert mrkdwn.clip("a lighthouse in a storm", 16) == "a lighthouse in…"
    assert mrkdwn.clip("short", 16) == "short"
    assert mrkdwn.clip("x" * 40, 10) == "x" * 9 + "…"


@given(st.text(max_size=300), st.integers(2, 60))
def test_an_escaped_clip_keeps_its_limit_and_whole_entities(text: str, limit: int) -> None:
    shown = mrkdwn.escaped_clip(text + "&<>" * 30, limit)

    assert len(shown) <= limit
    assert re.sub("&(?:amp|lt|gt);", "", shown).count("&") == 0


@given(WORDS.map(mrkdwn.from_markdown), st.integers(40, 120))
@example("```\n" + "long line " * 40 + "\n```", 60)
@example("&amp;" * 100, 41)
def test_pieces_keep_the_limit_and_every_letter(text: str, limit: int) -> None:
    pieces = mrkdwn.pieces(text, limit)

    assert all(len(piece) <= limit for piece in pieces)
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    kept = re.sub(r"[\s`]", "", "".join(pieces))
    assert kept == re.sub(r"[\s`]", "", text)


def test_a_code_block_that_fits_is_never_cut() -> None:
    code = "```\n" + "\n".join(f"line {n}" for n in range(8)) + "\n```"

    pieces = mrkdwn.pieces("word " * 12 + "\n" + code + "\nafter", 100)

    assert code in pieces[1]


def test_a_long_code_block_is_closed_and_opened_again() -> None:
    text = "```\n" + "\n".join(f"line number {n}" for n in range(30)) + "\n```"

    pieces = mrkdwn.pieces(text, 100)

    assert len(pieces) > 3
    assert all(p.startswith("```\n") and p.endswith("\n```") for p in pieces)
    assert [line for p in pieces for line in p.split("\n")[1:-1]] == text.split("\n")[1:-1]


def test_nothing_is_one_empty_piece() -> None:
    assert mrkdwn.pieces("", 100) == [""]
