from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.painting.recipe import Recipe, Technique

OLD = (
    '{"guidance":4.0,"guidance_rescale":0.7,"height":256,"model":"pocket","negative":"","prompt":"a dog",'
    '"scheduler":"","seed":7,"source":"p1","steps":25,"strength":0.65,"technique":"picture_to_picture","width":256}'
)
OLD_SHA256 = "623e0d076808a27507cc660ad3515269d8cc9542ba6c41b7fb951ca25c8f9c36"
RECIPE = Recipe("pocket", "a dog", 7, 25, 4.0, 256, 256)
PART = replace(
    RECIPE,
    technique=Technique.PICTURE_TO_PICTURE,
    source="p1",
    strength=0.9,
    region="mask",
    mask="p2",
    others=("p3", "p4"),
)


def test_a_recipe_of_the_first_version_keeps_its_text_and_its_hash() -> None:
    recipe = Recipe.from_json(OLD)

    assert (recipe.region, recipe.mask, recipe.others) == ("", None, ())
    assert recipe.to_json() == OLD
    assert recipe.sha256 == OLD_SHA256


def test_a_recipe_comes_back_from_its_json_with_all_it_says() -> None:
    assert Recipe.from_json(PART.to_json()) == PART
    assert hash(Recipe(**json.loads(PART.to_json()))) == hash(PART)


@pytest.mark.parametrize("field", ["region", "mask", "others"])
def test_what_an_edit_is_limited_to_belongs_to_the_hash(field: str) -> None:
    without = replace(PART, **{field: getattr(RECIPE, field)})  # type: ignore[arg-type]

    assert without.sha256 != PART.sha256


def test_an_edit_of_a_part_is_not_painted_together_with_one_of_the_whole() -> None:
    assert PART.batch_key != replace(PART, region="", mask=None).batch_key
    assert PART.batch_key == replace(PART, region="top", mask=None).batch_key
