from __future__ import annotations

from core.flags import Flags
from core.painting.profile import PainterProfile
from core.painting.recipe import Recipe, Technique
from core.recipes import edit_strength, edited, fresh, refined, varied
from core.types import Picture, PictureState, Verb

PROFILE = PainterProfile("m", 20, 7.0, 0.0, 512, 512, 8, 4, refine_scale=1.5, max_side=1024)


def picture(recipe: Recipe | None) -> Picture:
    verb = Verb.GENERATE if recipe else None
    return Picture("p1", "c", 1, "t", "j", None, verb, recipe, "a dog", PictureState.READY, "sha")


def test_a_fresh_recipe_takes_the_painters_habits() -> None:
    recipe = fresh(PROFILE, "a dog", 7)

    assert (recipe.steps, recipe.guidance, recipe.width, recipe.height) == (20, 7.0, 512, 512)
    assert (recipe.technique, recipe.source) == (Technique.TEXT_TO_PICTURE, None)


def test_another_shape_keeps_the_area_and_the_grid() -> None:
    recipe = fresh(PROFILE, "a dog", 7, Flags(aspect=16 / 9))

    assert abs(recipe.width * recipe.height - 512 * 512) < 512 * 512 * 0.05
    assert recipe.width % 8 == recipe.height % 8 == 0
    assert 1.7 < recipe.width / recipe.height < 1.85


def test_an_edit_keeps_seed_and_size_and_starts_from_the_source() -> None:
    source = picture(fresh(PROFILE, "a dog", 7, Flags(aspect=2.0)))

    recipe = edited(PROFILE, source, "a dog at night", Flags())

    assert source.recipe is not None
    assert (recipe.seed, recipe.source, recipe.prompt) == (7, "p1", "a dog at night")
    assert (recipe.width, recipe.height) == (source.recipe.width, source.recipe.height)
    assert recipe.technique is Technique.PICTURE_TO_PICTURE


def test_more_changed_words_redo_more_of_the_picture() -> None:
    small = edit_strength("a cute dog near a river", "a cute cat near a river")
    large = edit_strength("a cute dog near a river", "an old castle in space with stars")

    assert 0.6 < small < large <= 0.95


def test_a_variation_of_an_upload_starts_from_its_pixels() -> None:
    recipe = varied(PROFILE, picture(None), "a dog", 9, Flags())

    assert (recipe.source, recipe.technique) == ("p1", Technique.PICTURE_TO_PICTURE)


def test_a_variation_of_a_painted_picture_starts_from_noise() -> None:
    recipe = varied(PROFILE, picture(fresh(PROFILE, "a dog", 7)), "a dog", 9, Flags())

    assert (recipe.source, recipe.seed) == (None, 9)


def test_a_refinement_grows_up_to_the_limit() -> None:
    once = refined(PROFILE, picture(fresh(PROFILE, "a dog", 7)), "a dog", Flags())
    again = refined(PROFILE, picture(once), "a dog", Flags())

    assert (once.width, again.width) == (768, 1024)
    assert once.steps > 20
    assert once.strength is not None and once.strength < 0.5
