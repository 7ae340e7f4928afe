"""Thoughts that a model writes before its answer: never shown, never acted on."""

from __future__ import annotations

import pytest

from core.ports import TextDelta
from core.protocol import ActionPiece, Parser, TextPiece
from core.types import Verb


def read(*chunks: str) -> tuple[str, list[Verb]]:
    parser = Parser()
    pieces = [piece for chunk in chunks for piece in parser.feed(TextDelta(chunk))]
    pieces += parser.close()
    text = "".join(p.text for p in pieces if isinstance(p, TextPiece))
    return text, [p.action.verb for p in pieces if isinstance(p, ActionPiece)]


ANSWER = '\n<think>A cat? <image id="1"> a dog </image> no.</think>\n\nHere: <image id="1"> a cat </image>'


@pytest.mark.parametrize("size", [1, 2, 5, 7, 200])
def test_thoughts_are_left_out_however_the_answer_was_cut(size: int) -> None:
    chunks = [ANSWER[at : at + size] for at in range(0, len(ANSWER), size)]

    assert read(*chunks) == ("Here: ", [Verb.GENERATE])


def test_thoughts_that_never_end_leave_nothing() -> None:
    assert read("<thinking>so many ", "things <edit id=1> a cat </edit>") == ("", [])


def test_text_that_only_looks_like_thoughts_is_kept() -> None:
    assert read("<thin", " ice> is cold") == ("<thin ice> is cold", [])
    assert read("I <think>so</think>.") == ("I <think>so</think>.", [])
    assert read("<thi") == ("<thi", [])
