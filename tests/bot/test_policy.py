from __future__ import annotations

import pytest

from bot.config import parse_settings
from bot.policy import Policy, PolicySettings
from core.errors import ConfigError, ContentRefused
from tests.fakes.sayings import order, plan

POLICY = Policy(PolicySettings(refused_words=("gore", "blood bath", "血"), adult_words=("nude",)))


@pytest.mark.parametrize(
    "text",
    [
        "some gore please",
        "GORE!",
        "ｇｏｒｅ",  # noqa: RUF001 - other letters for the same word
        "go\u200bre",
        "a blood\n bath",
        "a blood-bath",
        "血だらけの犬",
        "gore --n 99",
        "a dog --ar 16:9 of gore",
    ],
)
def test_a_refused_word_is_found_in_any_form(text: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        POLICY.check_words(text, adult=True)

    assert "gore" not in refused.value.reply


@pytest.mark.parametrize("text", ["gored", "Tangore", "a bath, no blood", "a dog --no gore", ""])
def test_other_words_that_contain_it_are_fine(text: str) -> None:
    assert POLICY.check_words(text, adult=False) is None


def test_adult_words_are_for_adult_places() -> None:
    with pytest.raises(ContentRefused, match="adult") as refused:
        POLICY.check_words("a nude", adult=False)

    assert "age-restricted" in refused.value.reply
    assert POLICY.check_words("a nude", adult=True) is None


def test_what_would_be_painted_is_looked_at_too() -> None:
    painting = plan(order())
    policy = Policy(PolicySettings(refused_words=("a dog",)))

    with pytest.raises(ContentRefused):
        policy.check_plan(painting, adult=True)
    assert POLICY.check_plan(painting, adult=False) is None


def test_a_list_of_words_is_read_from_the_configuration() -> None:
    settings = parse_settings('[policy]\nrefused_words = ["gore"]')

    with pytest.raises(ContentRefused):
        Policy(settings.policy).check_words("gore", adult=True)


@pytest.mark.parametrize("word", ['""', '" ! "'])
def test_a_word_without_letters_is_a_mistake(word: str) -> None:
    with pytest.raises(ConfigError, match="refused_words"):
        parse_settings(f"[policy]\nrefused_words = [{word}]")
