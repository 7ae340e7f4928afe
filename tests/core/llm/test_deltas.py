from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llm.deltas import Delta, Fragment, Gatherer, delta_of
from core.ports import ChatChunk, TextDelta, ToolCall


def gather(*deltas: Delta) -> list[ChatChunk]:
    gatherer = Gatherer()
    chunks = [chunk for delta in deltas for chunk in gatherer.feed(delta)]
    return [*chunks, *gatherer.flush()]


def piece(index: int | None, id: str = "", name: str = "", arguments: str = "") -> Delta:
    return Delta(fragments=(Fragment(index, id, name, arguments),))


def test_fragments_are_joined_by_their_index() -> None:
    chunks = gather(
        piece(0, "a", "generate"), piece(0, arguments='{"d":'), piece(0, arguments='"fox"}')
    )

    assert chunks == [ToolCall("generate", '{"d":"fox"}')]


def test_text_and_calls_keep_their_order() -> None:
    chunks = gather(
        Delta(text="first "),
        piece(0, "a", "generate", "{}"),
        Delta(text=" then "),
        piece(1, "b", "edit", "{}"),
    )

    assert chunks == [
        TextDelta("first "),
        ToolCall("generate", "{}"),
        TextDelta(" then "),
        ToolCall("edit", "{}"),
    ]


@pytest.mark.parametrize(
    "calls",
    [
        (piece(0, "a", "x", "1"), piece(0, "b", "y", "2")),  # all under index 0
        (piece(None, "a", "x", "1"), piece(None, "b", "y", "2")),
        (piece(None, "", "x", "1"), piece(None, "", "y", "2")),
        (piece(0, "", "x", "1"), piece(1, "", "y", "2")),
        (Delta(fragments=(Fragment(0, "a", "x", "1"), Fragment(1, "b", "y", "2"))),),
    ],
)
def test_two_calls_stay_two_however_they_are_numbered(calls: tuple[Delta, ...]) -> None:
    assert gather(*calls) == [ToolCall("x", "1"), ToolCall("y", "2")]


def test_a_name_repeated_in_every_fragment_is_one_name() -> None:
    chunks = gather(piece(0, "a", "edit", "{"), piece(0, "a", "edit", "}"))

    assert chunks == [ToolCall("edit", "{}")]


def test_a_call_without_a_name_is_left_out() -> None:
    assert gather(piece(0, "a", "", "{}")) == []


def test_white_space_is_no_answer() -> None:
    gatherer = Gatherer()

    list(gatherer.feed(Delta(text=" \n")))

    assert not gatherer.has_answer


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    ["choices", "delta", "content", "tool_calls", "function", "name", "index", "id", "refusal"]
)
SHAPES = st.recursive(
    JSON,
    lambda inner: (
        st.dictionaries(FIELDS, inner).map(lambda d: SimpleNamespace(**d))
        | st.lists(inner, max_size=2)
    ),
    max_leaves=12,
)


@given(SHAPES)
def test_an_event_of_any_shape_is_read_without_an_error(shape: Any) -> None:
    event = SimpleNamespace(choices=[SimpleNamespace(delta=shape, finish_reason=shape)])

    for chunk in gather(delta_of(event), delta_of(shape)):
        assert isinstance(chunk, TextDelta | ToolCall)
