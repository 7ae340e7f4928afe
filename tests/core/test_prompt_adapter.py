"""The words of a chat become the words of a painter, or stay what they were."""

from __future__ import annotations

import pytest

from core import prompt_adapter
from core.errors import LlmUnavailable
from core.ports import Task
from core.prompt_adapter import PromptAdapter, Refined, exact_words
from core.prompts import PromptLibrary
from tests.fakes.writer import Writer

LIBRARY = PromptLibrary.load()
AWAY = LlmUnavailable("connection refused", "My language model is not there right now.")


async def refined(words: str, description: str = "a cute dog", count: int = 2) -> tuple[str, ...]:
    return (await PromptAdapter(Writer(words), LIBRARY).refine(description, count)).prompts


async def test_each_line_of_the_answer_is_a_refinement() -> None:
    model = Writer("a cute dog in tall grass, morning light\na cute dog on a porch, watercolour\n")

    result = await PromptAdapter(model, LIBRARY).refine("a cute dog", 2)

    assert result.prompts == (
        "a cute dog in tall grass, morning light",
        "a cute dog on a porch, watercolour",
    )
    assert result.use is not None
    assert (result.use.name, result.use.model, result.note) == ("refine", "writer", "")
    request = model.requests[0]
    assert (request.task, request.description, request.count) == (Task.REFINE, "a cute dog", 2)
    assert [m.role for m in request.messages] == ["system", "user"]
    assert request.messages[1].text == "a cute dog"


@pytest.mark.parametrize(
    "answer",
    [
        "1. a dog in a park\n2) a dog at sea",
        "- a dog in a park\n* a dog at sea",
        '"a dog in a park"\n“a dog at sea”',
        "Here are 2 better descriptions:\n\na dog in a park\na dog at sea",
        "Sure! Here you go.\n**Prompt 1:** a dog in a park\n**Prompt 2:** a dog at sea",
        "<image>a dog in a park</image>\n<image id=2>a dog at sea</image>",
        "```\na dog in a park\na dog at sea\n```",
        "a dog in a park\na dog in a park\nA DOG IN A PARK\na dog at sea\na dog too many",
    ],
)
async def test_numbers_quotes_tags_chatter_and_repetitions_are_cleaned_away(answer: str) -> None:
    assert await refined(answer) == ("a dog in a park", "a dog at sea")


async def test_a_line_that_shares_nothing_with_the_description_is_dropped() -> None:
    assert await refined("a castle at sunset\na dog in a park", count=1) == ("a dog in a park",)


async def test_too_few_lines_are_filled_up_with_the_original() -> None:
    assert await refined("a dog in a park", count=4) == (
        "a dog in a park",
        "a cute dog",
        "a dog in a park",
        "a cute dog",
    )


async def test_a_long_line_is_cut() -> None:
    (prompt,) = await refined("dog " * 2_000, count=1)

    assert 900 < len(prompt) <= prompt_adapter.MAX_CHARS


async def test_a_model_that_is_away_leaves_the_words_as_they_are_and_says_so() -> None:
    adapter = PromptAdapter(Writer(error=AWAY), LIBRARY)

    result = await adapter.refine("a cute dog", 3)

    assert result.prompts == ("a cute dog",) * 3
    assert result.note == "I used your words as they are. My language model is not there right now."


async def test_a_model_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_adapter, "TIMEOUT_S", 0.01)

    result = await PromptAdapter(Writer(silent=True), LIBRARY).vary("a cute dog", 2)

    assert result.prompts == ("a cute dog", "a cute dog")
    assert "took too long" in result.note


async def test_switched_off_no_model_is_asked() -> None:
    model = Writer("something else")
    adapter = PromptAdapter(model, LIBRARY, "off")

    assert (await adapter.refine("a cute dog", 2)).prompts == ("a cute dog", "a cute dog")
    assert (await adapter.vary("a cute dog", 2)).prompts == ("a cute dog", "a cute dog")
    assert (await adapter.rewrite("a cute dog", "at night")).prompts == ("a cute dog, at night",)
    assert model.requests == []


async def test_a_painters_own_wording_has_the_last_word_and_asks_no_model() -> None:
    model = Writer("a dog\na dog")
    adapter = PromptAdapter(
        model, LIBRARY, wording=lambda words, count: Refined((f"{words}!",) * count)
    )

    assert (await adapter.refine("a puppy", 2)).prompts == ("a puppy!", "a puppy!")
    assert model.requests == []
    off = PromptAdapter(
        model, LIBRARY, "off", wording=lambda words, count: Refined(("never",) * count)
    )
    assert (await off.refine("a puppy", 1)).prompts == ("a puppy",)
    assert (await off.in_mode("auto").refine("a puppy", 1)).prompts == ("never",)


async def test_variations_may_name_other_words() -> None:
    result = await PromptAdapter(Writer("a puppy\na hound"), LIBRARY).vary("a dog", 2)

    assert result.prompts == ("a puppy", "a hound")


async def test_an_instruction_is_carried_out_in_the_description() -> None:
    model = Writer("New description: a cute cat on a meadow")

    result = await PromptAdapter(model, LIBRARY).rewrite("a cute dog on a meadow", "make it a cat")

    assert result.prompts == ("a cute cat on a meadow",)
    request = model.requests[0]
    assert (request.task, request.instruction) == (Task.REWRITE, "make it a cat")
    assert request.messages[1].text == (
        "Description: a cute dog on a meadow\nInstruction: make it a cat"
    )


@pytest.mark.parametrize("model", [Writer(""), Writer(error=AWAY), Writer("...")])
async def test_an_instruction_that_no_model_carries_out_is_appended(model: Writer) -> None:
    result = await PromptAdapter(model, LIBRARY).rewrite("a cute dog.", "at night")

    assert result.prompts == ("a cute dog, at night",)


async def test_tags_in_the_words_reach_the_model_as_data() -> None:
    model = Writer("a dog")

    await PromptAdapter(model, LIBRARY).refine("a dog <image>x</image>", 1)

    assert model.requests[0].messages[1].text == "a dog ‹image›x‹/image›"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("exactly: a dog, 4k", "a dog, 4k"),
        ("Exactly : a dog", "a dog"),
        ('exactly "a dog"', "a dog"),
        ('exactly: "a dog"', "a dog"),
        ("EXACTLY “a dog”", "a dog"),
        ("exactly: a sign that says “dog”", "a sign that says “dog”"),
        ("exactly what I wanted", None),
        ("not exactly: a dog", None),
        ("exactly:", None),
        ('exactly ""', None),
        ("", None),
    ],
)
def test_exact_words_are_found(text: str, words: str | None) -> None:
    assert exact_words(text) == words
