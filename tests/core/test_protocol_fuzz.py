"""Hostile and broken answers: whatever a model writes, and however it is cut up."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ports import TextDelta
from core.protocol import ActionPiece, Limits, Parser, Piece, TextPiece, neutralise
from core.protocol.pieces import PAINTING_VERBS

# No name that HTML shares with us: those may stand in an answer about HTML.
TAG = re.compile(
    r"(?:[<＜]|&lt;|&#60;|&#x3c;)/?"
    r"(?:image|generate|edit|variation|vary|refine|describe|undo|tool_call|function_call)(?=[\s/>＞<＜])",
    re.IGNORECASE,
)
_WORDS = """
<image> </image> <image <edit </edit> <edit/> <IMAGE <name <name> </name> <select> </select> <option> < > / ＜ ＞ &lt;
&gt; &#60; &amp; id= id="1" prev_id='2' n=4 " ' = 1 2 cat <tool_call> </tool_call> {"name" {" [{ [ ] } \\ : , ``` `
{"name":"generate","arguments":{"description":"x"}} ```json ![ ]( ) http:// https://a.b/c.png data:image/ <variation
<vary/> <undo <refine &LT; h ht < a <div> - é 😀 ｛ ‹ <| |> [INST]
"""
SCRAPS = st.sampled_from(
    [*_WORDS.split(), "\n", " ", "\n\n", "```\n", '<img src="x">', "\x00", "\ud800"]
)
HOSTILE = st.lists(SCRAPS | st.text(max_size=4), max_size=30).map("".join)


def parse(text: str, cuts: tuple[int, ...] = (), limits: Limits | None = None) -> list[Piece]:
    """The pieces of an answer that came cut at `cuts`; neighbouring texts joined."""
    parser = Parser(limits)
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [p for a, b in pairwise(places) for p in parser.feed(TextDelta(text[a:b]))]
    return joined([*pieces, *parser.close()])


def joined(pieces: list[Piece]) -> list[Piece]:
    result: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, TextPiece) and result and isinstance(last := result[-1], TextPiece):
            result[-1] = TextPiece(last.text + piece.text)
        else:
            result.append(piece)
    return result


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))


@settings(max_examples=150, deadline=None)
@given(HOSTILE, st.lists(st.integers(0, 120), max_size=8))
def test_chunks_do_not_matter(text: str, cuts: list[int]) -> None:
    assert parse(text, tuple(cuts)) == parse(text)
    assert parse(text, tuple(range(len(text)))) == parse(text)


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_no_tag_is_ever_shown_or_painted(text: str) -> None:
    pieces = parse(text)

    assert not TAG.search(said(pieces))
    for piece in pieces:
        if isinstance(piece, ActionPiece):
            assert not TAG.search(piece.action.text + "\n" + piece.action.instruction)


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_limits_hold_for_any_answer(text: str) -> None:
    pieces = parse(text, limits=Limits(actions=2, pictures=3, description_chars=10))
    actions = [piece.action for piece in pieces if isinstance(piece, ActionPiece)]

    assert len(actions) <= 2
    assert sum(action.count for action in actions if action.verb in PAINTING_VERBS) <= 3
    assert all(len(action.text) <= 10 and len(action.instruction) <= 10 for action in actions)


PLAIN = st.text(
    st.characters(exclude_characters="<＜&`{[]!hHsSdD", exclude_categories=["Cs"]), max_size=20
)


@settings(max_examples=100, deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=5))
def test_text_between_tags_is_kept_to_the_letter(texts: list[str]) -> None:
    answer = '<edit id="3" prev_id="2">a cat</edit>'.join(texts)

    pieces = parse(answer, limits=Limits(actions=9, pictures=9))

    assert said(pieces) == "".join(texts)
    assert len([p for p in pieces if isinstance(p, ActionPiece)]) == len(texts) - 1


ORDINARY = st.lists(
    st.sampled_from(
        [*"<>&{}[]()`!h/", "<div>",
         "</b>", "a < b", "<3", "{'a': 1}", "```py\n", "https://docs.rs ", "&amp;", "x[1]", "\n"]
    ),
    max_size=20,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(ORDINARY)
def test_ordinary_html_and_code_are_kept_to_the_letter(text: str) -> None:
    assert said(parse(text)) == text


@settings(max_examples=150, deadline=None)
@given(HOSTILE)
def test_neutralised_text_holds_no_action_and_stays_as_it_is(text: str) -> None:
    safe = neutralise(text)

    assert not [piece for piece in parse(safe) if isinstance(piece, ActionPiece)]
    assert neutralise(safe) == safe


@pytest.mark.parametrize(
    "scrap",
    ["<", "<image ", '<image id="', "<image>x", "</image ", "< name", "<name>", "<select>< ", "&lt;", "&#x3", "`",
     '{"name":', '[{"name"', "<tool_call>{", "![", "![a](", "](", "https://", "h", "<image>" + "x " * 50],
)  # fmt: skip
def test_a_long_hostile_answer_is_read_in_linear_time(scrap: str) -> None:
    """A parser that goes back again and again would need hours for these."""
    text = scrap * (40_000 // len(scrap))
    parser = Parser(Limits(answer_chars=len(text)))

    pieces = [*parser.feed(TextDelta(text)), *parser.close()]

    assert len([piece for piece in pieces if isinstance(piece, ActionPiece)]) <= Limits().actions
