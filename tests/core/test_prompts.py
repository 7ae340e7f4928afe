"""The texts sent to models: versions, variables, and examples that mean what they should."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.ports import TextDelta, ToolCall
from core.prompts import NAMES, PromptLibrary, parse_prompt
from core.protocol import ActionPiece, Limits, Parser, tool_action
from core.types import Action, Verb

VERSIONS: dict[str, tuple[str, str]] = {
    "chat_tags": (
        "3",
        "3c88dfd61fa63da7eedf4bc83934f892fc97fe6c92a70664dcb03ed00888a6c2",
    ),
    "chat_tools": (
        "3",
        "15baa35b38d8aa51690f585ed06dc62b23eb5c4f70ded7c28941706eea61fa8e",
    ),
    "refine": (
        "1",
        "e1e697f08e1f1ece2b06247a3cfa39267ca67afdce58f235c5a51dd9665ff3fe",
    ),
    "vary": (
        "1",
        "ac4368b878555dc1ed93805c22f0812bac2b7b1f8ce0ee53101c3c8543c3f2d6",
    ),
    "rewrite": (
        "1",
        "aaaa9caa86730a9966cacc68dd076a2a58d83fb2a8027ebd5ba4baeee9875d40",
    ),
}
"""A text that changes needs a new version in its header; then this table changes with it."""


def test_every_text_has_the_version_that_belongs_to_it() -> None:
    library = PromptLibrary.load()

    assert {name: (library[name].version, library[name].sha256) for name in NAMES} == VERSIONS


FILLINGS: dict[str, dict[str, str | int]] = {
    "chat_tags": {
        "painter": "PAINTER",
        "pictures": "PICTURES",
        "next_number": 7,
        "earlier": "EARLIER",
    },
    "chat_tools": {
        "painter": "PAINTER",
        "pictures": "PICTURES",
        "next_number": 7,
        "earlier": "EARLIER",
    },
    "refine": {"count": 3},
    "vary": {"count": 3},
    "rewrite": {},
}


@pytest.mark.parametrize("name", NAMES)
def test_a_filled_text_holds_its_values_and_no_placeholders(name: str) -> None:
    library = PromptLibrary.load()

    filled = library.fill(name, **FILLINGS[name])

    assert "$" not in filled.text
    assert all(str(value) in filled.text for value in FILLINGS[name].values())
    assert (filled.name, filled.version, filled.sha256) == (name, *VERSIONS[name])
    assert filled.use("m", 1.5).model == "m"


def test_the_chat_prompts_are_short_enough_for_small_models() -> None:
    library = PromptLibrary.load()

    assert len(library["chat_tags"].text) < 3_500
    assert len(library["chat_tools"].text) < 3_500


@pytest.mark.parametrize(
    "variables", [{}, {"count": 1, "more": 2}, {"number": 1}], ids=["missing", "unknown", "wrong"]
)
def test_missing_and_unknown_variables_are_errors(variables: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="Prompt 'refine': variable"):
        PromptLibrary.load().fill("refine", **variables)


def test_an_unknown_prompt_is_an_error() -> None:
    with pytest.raises(ConfigError, match="There is no prompt 'poem'"):
        PromptLibrary.load().fill("poem")


def test_a_folder_without_a_needed_prompt_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="chat_tags.md is missing"):
        PromptLibrary.load(tmp_path)


GOOD = "---\nname: x\nversion: 1\nvariables: a\nanswer: line\n---\nSay $a for $$5.\n"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (GOOD.replace("version: 1\n", ""), "the header needs exactly name, version"),
        (GOOD.replace("---\n", ""), "the header needs exactly"),
        (GOOD.replace("Say $a for $$5.\n", ""), "the header needs exactly"),
        (GOOD.replace("name: x", "name: y"), "its name is 'y'"),
        (GOOD.replace("$a", "$b"), "the variables of the header are not those of the text"),
        (GOOD.replace("$$5", "$5"), "the variables of the header are not those of the text"),
    ],
)
def test_a_broken_prompt_file_is_an_error_that_names_it(source: str, complaint: str) -> None:
    assert parse_prompt("x.md", GOOD).text == "Say $a for $$5."
    with pytest.raises(ConfigError, match=rf"x\.md: {complaint}"):
        parse_prompt("x.md", source)


CAT = "a superhero cat with a red cape"


def test_the_examples_of_the_tag_prompt_mean_what_they_should() -> None:
    text = PromptLibrary.load()["chat_tags"].text
    answers = text[text.index("Example:") : text.index("Now the real")]
    parser = Parser(Limits(actions=99, pictures=99))

    pieces = [*parser.feed(TextDelta(answers)), *parser.close()]

    assert parser.dropped == []
    assert [piece.action for piece in pieces if isinstance(piece, ActionPiece)] == [
        Action(Verb.GENERATE, text=CAT, number=1),
        Action(Verb.NAME, text="Bob", picture=1),
        Action(Verb.VARY, picture=1, number=2, count=2),
        Action(Verb.SELECT, picture=3),
        Action(Verb.EDIT, text=f"{CAT} flying over a city", picture=3, number=4),
        Action(Verb.REFINE, picture=4, number=5),
        Action(Verb.DETAILS, picture=5),
        Action(Verb.UNDO, picture=3),
        Action(Verb.GENERATE, text=f"{CAT} sleeping on a sofa", number=6),
        Action(Verb.GENERATE, text=f"{CAT} on a roof at night", number=7),
        Action(Verb.GENERATE, text="a cute dog", number=1, count=3),
        Action(Verb.EDIT, text="a pencil drawing of a cute dog in the snow", picture=2, number=4),
    ]


def test_the_forms_that_the_tag_prompt_explains_are_those_that_are_read() -> None:
    text = PromptLibrary.load()["chat_tags"].text
    forms = (
        text[text.index("<image id") : text.index("Rules:")]
        .replace('"N"', '"9"')
        .replace('"M"', '"2"')
    )
    parser = Parser(Limits(actions=99, pictures=99))

    pieces = [*parser.feed(TextDelta(forms)), *parser.close()]

    assert parser.dropped == []
    assert [(p.action.verb, p.action.picture) for p in pieces if isinstance(p, ActionPiece)] == [
        (Verb.GENERATE, None), (Verb.EDIT, 2), (Verb.VARY, 2), (Verb.REFINE, 2), (Verb.SELECT, 2), (Verb.UNDO, 2),
        (Verb.NAME, 2), (Verb.DESCRIBE, 2), (Verb.DETAILS, 2),
    ]  # fmt: skip


def test_the_examples_of_the_tool_prompt_mean_what_they_should() -> None:
    text = PromptLibrary.load()["chat_tools"].text
    calls = re.findall(r"\b([a-z]+) with\s+(\{[^}]*\})", text)

    actions = [tool_action(ToolCall(name, arguments), Limits()) for name, arguments in calls]

    assert all(json.loads(arguments) for _, arguments in calls)
    assert actions == [
        Action(Verb.GENERATE, text=CAT),
        Action(Verb.NAME, text="Bob", picture=1),
        Action(Verb.VARY, picture=1, count=2),
        Action(Verb.SELECT, picture=3),
        Action(Verb.EDIT, text=f"{CAT} flying over a city", picture=3),
        Action(Verb.REFINE, picture=4),
        Action(Verb.UNDO, picture=3),
        Action(Verb.DESCRIBE, picture=2),
        Action(Verb.DETAILS, picture=5),
    ]
