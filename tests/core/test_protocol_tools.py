"""Tool calls, native and written as text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.ports import TextDelta, ToolCall
from core.protocol import TOOLS, ActionPiece, Limits, Parser, Piece, TextPiece, tool_action
from core.types import Action, Verb


def read(*chunks: TextDelta | ToolCall) -> list[Piece]:
    parser = Parser()
    return [*(piece for chunk in chunks for piece in parser.feed(chunk)), *parser.close()]


@pytest.mark.parametrize(
    ("name", "arguments", "action"),
    [
        ("generate", {"description": "a cat", "count": 3}, Action(Verb.GENERATE, text="a cat", count=3)),
        ("edit", {"source_id": 2, "description": "a wet cat"}, Action(Verb.EDIT, text="a wet cat", picture=2)),
        (
            "edit",
            {"source_id": "2", "instruction": "make it night", "strength": 0.4},
            Action(Verb.EDIT, instruction="make it night", picture=2, strength=0.4),
        ),
        ("vary", {"source_id": 2, "count": 4}, Action(Verb.VARY, picture=2, count=4)),
        ("select", {"image_id": 2}, Action(Verb.SELECT, picture=2)),
        ("refine", {"image_id": 2}, Action(Verb.REFINE, picture=2)),
        ("describe", {"image_id": 2}, Action(Verb.DESCRIBE, picture=2)),
        ("details", {"image_id": 2}, Action(Verb.DETAILS, picture=2)),
        ("undo", {"to_id": 2}, Action(Verb.UNDO, picture=2)),
        ("undo", {}, Action(Verb.UNDO)),
        ("name", {"image_id": 2, "name": "Bob"}, Action(Verb.NAME, text="Bob", picture=2)),
        ("generate_image", {"prompt": "a cat"}, Action(Verb.GENERATE, text="a cat")),
        ("functions.edit_image", {"id": 2, "prompt": "x"}, Action(Verb.EDIT, text="x", number=2)),
    ],
)  # fmt: skip
def test_a_native_call_is_the_action_meant(
    name: str, arguments: dict[str, Any], action: Action
) -> None:
    assert read(ToolCall(name, json.dumps(arguments))) == [ActionPiece(action)]


@pytest.mark.parametrize(
    "arguments",
    [
        "{'description': 'a cat'}",
        '{"description": "a cat",}',
        '"{\\"description\\": \\"a cat\\"}"',
        "a cat",
        '"a cat"',
        '{"description": "a\ncat"}',
    ],
)
def test_arguments_that_are_nearly_json_are_read(arguments: str) -> None:
    assert tool_action(ToolCall("generate", arguments), Limits()) == Action(
        Verb.GENERATE, text="a cat"
    )


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("get_weather", "{}"),
        ("generate", "{broken"),
        ("", ""),
        ("generate", "[" * 100_000),
        ("edit", "[1, 2]"),
    ],
)
def test_a_call_that_cannot_be_read_is_left_out_with_a_reason(name: str, arguments: str) -> None:
    parser = Parser()

    assert parser.feed(ToolCall(name, arguments)) == []
    assert len(parser.dropped) == 1


def test_text_held_back_comes_before_the_call_that_follows_it() -> None:
    pieces = read(TextDelta("<"), ToolCall("undo", "{}"), TextDelta("one"))

    assert pieces == [TextPiece("<"), ActionPiece(Action(Verb.UNDO)), TextPiece("one")]


CALL = '{"name": "generate", "arguments": {"description": "a {cat}"}}'


@pytest.mark.parametrize(
    "answer",
    [
        CALL,
        f"```json\n{CALL}\n```",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"[{CALL}]",
        '{"type": "function", "function": ' + CALL + "}",
        '{"tool_calls": [' + CALL + "]}",
        '{"tool": "generate", "parameters": {"prompt": "a {cat}"}}',
        '{"name": "generate", "description": "a {cat}"}',
        "{'name': 'generate_image', 'arguments': {'prompt': 'a {cat}'}}",
        '{"name": "generate", "arguments": {"description": "a {cat}',
        "<tool_call>" + CALL,
        "<tool_call>generate: " + CALL + "</tool_call>",
    ],
)
def test_a_call_written_as_text_is_the_action_meant(answer: str) -> None:
    pieces = read(TextDelta(answer))

    actions = [piece.action for piece in pieces if isinstance(piece, ActionPiece)]
    assert actions == [Action(Verb.GENERATE, text="a {cat}")]
    text = "".join(piece.text for piece in pieces if isinstance(piece, TextPiece))
    assert "cat" not in text and '"' not in text


def test_a_broken_call_is_not_shown() -> None:
    parser = Parser()

    pieces = [*parser.feed(TextDelta("Ok <tool_call>{'name': oops</tool_call>")), *parser.close()]

    assert pieces == [TextPiece("Ok ")]
    assert len(parser.dropped) == 1


def test_every_tool_names_a_verb_and_describes_its_parameters() -> None:
    for tool in TOOLS:
        function = tool["function"]
        assert Verb(function["name"])
        assert function["description"]
        assert set(function["parameters"]["required"]) <= set(function["parameters"]["properties"])
