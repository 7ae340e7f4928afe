from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.texts import clip, plain, split_text

PROSE = st.text(st.sampled_from("ab .\n`*_"), max_size=400)
FENCE = st.builds(lambda body: f"\n```py\n{body}\n```\n", st.text("xy \n", max_size=200))
MIXED = st.lists(PROSE | FENCE, max_size=6).map("".join)


def test_short_text_stays_one_piece() -> None:
    assert split_text("Hello *there*.\n\nHow are you?", 100) == ["Hello *there*.\n\nHow are you?"]


def test_nothing_gives_no_piece() -> None:
    assert split_text(" \n ", 100) == []


def test_long_text_is_cut_between_paragraphs_first_then_between_sentences() -> None:
    text = "One is here. Two is here.\n\nThree is here. Four is here."

    assert split_text(text, 30) == ["One is here. Two is here.", "Three is here. Four is here."]
    assert split_text(text, 15) == [
        "One is here.",
        "Two is here.",
        "Three is here.",
        "Four is here.",
    ]


def test_a_word_longer_than_a_message_is_cut() -> None:
    assert split_text("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_a_code_block_is_never_cut_where_it_fits() -> None:
    block = "```py\nprint(1)\n\nprint(2)\n```"

    pieces = split_text(f"Some words before it.\n\n{block}\n\nand after.", 40)

    assert pieces == ["Some words before it.", f"{block}\n\nand after."]


def test_a_code_block_that_is_too_long_is_closed_and_opened_again() -> None:
    lines = "\n".join(f"line {n}" for n in range(10))

    pieces = split_text(f"```py\n{lines}\n```", 40)

    assert all(p.startswith("```py\n") and p.endswith("\n```") for p in pieces)
    assert "\n".join(p[6:-4] for p in pieces) == lines


@given(MIXED, st.integers(40, 120))
def test_every_piece_fits_and_opens_no_code_block_that_it_does_not_close(
    text: str, limit: int
) -> None:
    pieces = split_text(text, limit)

    assert all(0 < len(piece) <= limit for piece in pieces)
    assert all(piece.count("```") % 2 == 0 for piece in pieces)


@given(st.text("ab .\n", max_size=500), st.integers(10, 60))
def test_no_letter_of_prose_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit)

    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_clipped_text_ends_with_a_whole_word() -> None:
    assert clip("a lighthouse in\na storm", 18) == "a lighthouse in a…"


def test_other_peoples_words_make_no_markdown() -> None:
    assert plain("**loud** `code`", 100) == r"\*\*loud\*\* \`code\`"


@given(st.text(max_size=300), st.integers(5, 100))
def test_escaped_words_keep_to_their_length(text: str, limit: int) -> None:
    assert len(plain(text, limit)) <= limit
