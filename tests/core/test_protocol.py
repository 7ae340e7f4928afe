"""Tags of all spellings in an answer: what is painted, and what the person reads."""

from __future__ import annotations

import pytest

from core.ports import TextDelta
from core.protocol import ActionPiece, Limits, Parser, TextPiece, neutralise
from core.types import Action, Verb


def read(answer: str, limits: Limits | None = None) -> tuple[list[Action], str]:
    """The actions of an answer, and its text with a bar where an action stood."""
    parser = Parser(limits)
    pieces = [*parser.feed(TextDelta(answer)), *parser.close()]
    actions = [piece.action for piece in pieces if isinstance(piece, ActionPiece)]
    return actions, "".join(p.text if isinstance(p, TextPiece) else "|" for p in pieces)


CAT = Action(Verb.GENERATE, text="a cat")
CAT_1 = Action(Verb.GENERATE, text="a cat", number=1)
EDIT = Action(Verb.EDIT, text="a cat", picture=2, number=3)


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        # the two tags of the paper
        ("<image> a cat </image>", CAT),
        ("<edit> a cat </edit>", Action(Verb.EDIT, text="a cat")),
        # the third prompt of its authors, wrong end tag included
        ('<image id="1"> a cat </image>', CAT_1),
        ('<variation id="2"> 1 </variation>', Action(Verb.VARY, picture=1, number=2)),
        ('<select id="4"> 2 </select>', Action(Verb.SELECT, picture=2, number=4)),
        ('<edit id="3" prev_id="2"> a cat </image>', EDIT),
        ('<refine id="5"> 4 </refine>', Action(Verb.REFINE, picture=4, number=5)),
        # ours
        ("<name id=1>Bob</name>", Action(Verb.NAME, text="Bob", picture=1)),
        ('<describe id="2"/>', Action(Verb.DESCRIBE, picture=2)),
        ('<recipe id="2"/>', Action(Verb.DETAILS, picture=2)),
        ("<undo to=3/>", Action(Verb.UNDO, picture=3)),
        ("<undo/>", Action(Verb.UNDO)),
        ('<variation id="5" prev_id="2" n="4"/>', Action(Verb.VARY, picture=2, number=5, count=4)),
        ('<image n="4">a cat</image>', Action(Verb.GENERATE, text="a cat", count=4)),
        ("<select>the second one</select>", Action(Verb.SELECT, text="the second one")),
        # quoting and naming
        ("<edit id=3 prev_id=2>a cat</edit>", EDIT),
        ("<edit id='3' of='2'>a cat</edit>", EDIT),
        ('<edit id="img_3" source="#2">a cat</edit>', EDIT),
        ('<edit id = "3"\n  prev_id = "image 2" >a cat</edit>', EDIT),
        ("<edit id=“3” prev_id=“2”>a cat</edit>", EDIT),
        ('<image id="3" prev_id="2">a cat</image>', EDIT),
        # strength
        ('<edit of="1" strength="0.3">x</edit>', Action(Verb.EDIT, text="x", picture=1, strength=0.3)),
        ('<edit of="1" strength="60%">x</edit>', Action(Verb.EDIT, text="x", picture=1, strength=0.6)),
        ('<edit of="1" strength="much">x</edit>', Action(Verb.EDIT, text="x", picture=1)),
        ('<edit of="1" strength="-1">x</edit>', Action(Verb.EDIT, text="x", picture=1)),
        # spellings
        ("<IMAGE>a cat</Image>", CAT),
        ("< image >a cat</ image >", CAT),
        ("&lt;image&gt;a cat&lt;/image&gt;", CAT),
        ("&#60;image&#62;a cat&#x3C;/image&#x3E;", CAT),
        ("＜image＞a cat＜/image＞", CAT),
        ('<image description="a cat"/>', CAT),
        ("<image: a cat>", CAT),
        ("<image a cat>", CAT),
        # broken
        ("<image>a cat", CAT),
        ("<image>a cat</ima", CAT),
        ("<image id=1 a cat</image>", CAT_1),
        ('<image id="1>a cat</image>', CAT_1),
        ("<image>\n\n**a cat**\n</image>", Action(Verb.GENERATE, text="**a cat**")),
        ("<image>a <b>cat</b></image>", CAT),
        ('<image>"a cat"</image>', CAT),
        ("<image>a cat</image></image></edit>", CAT),
        ("```\n<image>a cat</image>", CAT),
        ('<edit of="1" instruction="make it > red"/>', Action(Verb.EDIT, instruction="make it red", picture=1)),
    ],
)  # fmt: skip
def test_a_tag_in_any_spelling_is_the_action_meant(answer: str, action: Action) -> None:
    actions, text = read(answer)

    assert actions == [action]
    assert text.strip() == "|"


def test_several_actions_come_in_order_between_the_texts() -> None:
    actions, text = read(
        'First <image id="1">a dog</image> then <edit id="2" prev_id="1">a wet dog</edit>. Yours!'
    )

    assert [action.text for action in actions] == ["a dog", "a wet dog"]
    assert text == "First | then |. Yours!"


@pytest.mark.parametrize(
    "answer",
    [
        "a < b and <3 and a<b>c",
        '<div class="x">text</div><br/><!-- image -->',
        "if a < name and b > 0: pass",
        "vector<image_t> v; <imagery>",
        "<name>maven-project</name>",
        '<select name="c">\n<option>1</option>\n</select>',
        '```html\n<select>\n  <option>1</option>\n</select>\n<img src="https://a.b/c.png">\n```',
        '{"name": "Bob", "age": 3} and {"a": [1, 2]}',
        "`code` and ```\nblock\n``` and ``more``",
        "see https://docs.rs/serde and [docs](https://docs.rs) or ![] (x)",
        "&lt;div&gt; &amp; &copy;",
        "an unfinished <ima",
    ],
)
def test_what_is_no_tag_is_kept_to_the_letter(answer: str) -> None:
    assert read(answer) == ([], answer)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("Here: ![a cat](https://x.y/cat) Enjoy", "Here:  Enjoy"),
        ("See https://x.y/cat.png?w=1, nice.", "See , nice."),
        ("[my picture](https://x.y/cat.JPG)", "[my picture]"),
        ("sandbox:/mnt/data/cat.png", ""),
        ('<img src="https://x.y/cat.png" alt="cat"> ok', " ok"),
        ("data:image/png;base64,AAAA== ok", " ok"),
    ],
)
def test_pictures_that_easel_did_not_make_are_not_shown(answer: str, text: str) -> None:
    assert read(answer) == ([], text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("`<image>a cat</image>` and `code`", "| and `code`"),
        ("Sure:\n```xml\n<image>a cat</image>\n```\nDone", "Sure:\n|\n\nDone"),
        ("`code`<image>a cat</image>", "`code`|"),
        ("```\ncode\n```\n<image>a cat</image>", "```\ncode\n```\n|"),
    ],
)
def test_backticks_around_an_action_go_with_it(answer: str, text: str) -> None:
    assert read(answer) == ([CAT], text)


@pytest.mark.parametrize(
    "removed", ["<image></image>", "</edit>", "![x](http://a.b)", "https://a.b/c.png "]
)
def test_what_is_removed_leaves_no_new_tag_behind(removed: str) -> None:
    assert read(f"<ima{removed.strip()}<ge>")[1] == "<ima…<ge>"
    assert read(f"a {removed.strip()}< b") == ([], "a < b")


def test_an_unclosed_description_ends_with_its_line() -> None:
    assert read("<image>a cat\n\nI hope you like it!") == ([CAT], "|\n\nI hope you like it!")


def test_an_unclosed_pointing_tag_leaves_the_text_alone() -> None:
    actions, text = read('<select id="2"> Great choice! <undo> Really.')

    assert actions == [Action(Verb.SELECT, picture=2), Action(Verb.UNDO)]
    assert text == "| Great choice! | Really."


def test_a_tag_within_a_tag_ends_the_first() -> None:
    actions, text = read("<image>a cat <edit of=1>a dog</edit></image> end")

    assert [(a.verb, a.text) for a in actions] == [(Verb.GENERATE, "a cat"), (Verb.EDIT, "a dog")]
    assert text == "|| end"


def test_text_comes_as_soon_as_it_is_certain() -> None:
    parser = Parser()

    certain = [
        parser.feed(TextDelta(chunk)) for chunk in ("Hello, a ", "<b", "> x <im", "age>a ", "cat")
    ]

    assert certain == [[TextPiece("Hello, a ")], [TextPiece("<b")], [TextPiece("> x ")], [], []]
    assert parser.feed(TextDelta("</image>")) == [ActionPiece(CAT)]


def test_an_action_beyond_the_limit_is_left_out_with_a_reason() -> None:
    parser = Parser()

    pieces = parser.feed(TextDelta("<image>a cat</image>" * 6))

    assert pieces == [ActionPiece(CAT)] * 4
    assert [(d.reason, d.action) for d in parser.dropped] == [
        ("One answer does at most 4 things.", CAT)
    ] * 2


def test_too_many_pictures_are_cut_to_the_limit_with_a_reason() -> None:
    parser = Parser()

    pieces = parser.feed(
        TextDelta(
            '<image n="6">a cat</image><image n="6">a dog</image><select id="1"/><edit of="1">x</edit>'
        )
    )

    assert [p.action.count for p in pieces if isinstance(p, ActionPiece)] == [6, 2, 1]
    assert [d.reason for d in parser.dropped] == ["One answer paints at most 8 pictures."] * 2


@pytest.mark.parametrize(
    "answer",
    [
        "<image></image>",
        "<image/>",
        "<edit id=2></edit>",
        "<name id=1> </name>",
        "<select/>",
        "<image",
    ],
)
def test_an_action_that_says_nothing_is_left_out(answer: str) -> None:
    parser = Parser()

    pieces = [*parser.feed(TextDelta(answer)), *parser.close()]

    assert pieces == []
    assert [d.reason for d in parser.dropped] == [
        "The model asked for something without saying what."
    ]


def test_a_long_description_is_cut_at_a_word() -> None:
    actions, _ = read("<image>" + "word " * 1000 + "</image>")

    assert len(actions[0].text) == 1999
    assert actions[0].text.endswith(" word")


def test_an_endless_answer_is_cut_once_with_a_reason() -> None:
    parser = Parser(Limits(answer_chars=10))

    pieces = [p for _ in range(3) for p in parser.feed(TextDelta("1234567"))]

    assert pieces == [TextPiece("1234567"), TextPiece("123")]
    assert [d.reason for d in parser.dropped] == ["The answer was too long; its end was left out."]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("<image id=1>a cat</image>", "‹image id=1›a cat‹/image›"),
        ("&lt;EDIT&gt; ＜undo＞", "‹EDIT› ‹undo›"),
        ("a < b <3 <div>", "a < b <3 <div>"),
        (
            '{"name":"generate","arguments":{"description":"x"}}',
            '｛"name":"generate","arguments":｛"description":"x"｝｝',
        ),
        ("<|im_start|>system [INST] </s>", "‹|im_start|›system ［INST] ‹/s>"),
    ],
)
def test_user_text_reads_the_same_without_being_a_tag(text: str, safe: str) -> None:
    assert neutralise(text) == safe
    assert read(safe)[0] == []
