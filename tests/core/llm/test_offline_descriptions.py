"""Descriptions by the offline assistant: in the painter's words, or in the person's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.llm.offline import OfflineChat
from core.llm.offline.changes import changed
from core.llm.offline.reading import scene_of
from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD,
    POSES,
    POSITIONS,
    SIZES,
    STYLES,
    THINGS,
    WEARERS,
    WORN,
    Scene,
    Thing,
    caption,
    words,
)
from core.ports import ChatRequest, Task
from core.types import Verb
from tests.fakes.dialogue import Dialogue


def maybe(options: dict[str, object]) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(sorted(options))


BARE = st.builds(
    Thing, st.sampled_from(sorted(THINGS)), maybe(COLORS), maybe(SIZES), maybe(POSITIONS), maybe(POSES)
)  # fmt: skip
DRESSED = st.builds(
    Thing, st.sampled_from(sorted(WEARERS)), maybe(COLORS), maybe(SIZES), maybe(POSITIONS), maybe(POSES),
    maybe(WORN), maybe(HELD),
)  # fmt: skip
ONE = BARE | DRESSED
SCENES = st.builds(
    Scene,
    st.lists(ONE, min_size=1, max_size=2, unique_by=lambda thing: thing.name).map(tuple),
    maybe(BACKGROUNDS),
    maybe(STYLES),
)


def lines(task: Task, description: str, count: int = 1, instruction: str = "") -> list[str]:
    request = ChatRequest(task, (), description=description, count=count, instruction=instruction)
    return OfflineChat().answer(request).split("\n")


@settings(deadline=None)
@given(SCENES, st.randoms())
def test_every_caption_is_read_back_as_its_scene(scene: Scene, rng: object) -> None:
    assert scene_of(caption(scene)) == scene
    assert scene_of(caption(scene, rng)) == scene  # type: ignore[arg-type]


@settings(deadline=None)
@given(SCENES, st.integers(1, 8))
def test_refinements_are_different_wordings_of_the_same_scene(scene: Scene, count: int) -> None:
    refined = lines(Task.REFINE, caption(scene), count)

    assert len(refined) == count and refined[0] == caption(scene)
    assert {scene_of(line) for line in refined} == {scene}
    assert len(set(refined)) >= min(count, 4)


@settings(deadline=None)
@given(SCENES, st.integers(1, 8))
def test_variations_keep_the_things_and_change_one_open_attribute(scene: Scene, count: int) -> None:
    varied = lines(Task.VARY, caption(scene), count)

    assert len(varied) == count == len(set(varied))
    for line in varied:
        again = scene_of(line)
        assert again is not None
        assert [t.name for t in again.things] == [t.name for t in scene.things]
        assert set(line.split()) <= set(words())


@pytest.mark.parametrize(
    ("old", "instruction", "new"),
    [
        ("a dog on a meadow", "make it night", "a dog at night"),
        ("a dog on a meadow", "a cat instead of the dog", "a cat on a meadow"),
        ("a small dog", "bigger", "a dog"),
        ("a dog", "bigger", "a big dog"),
        ("a dog and a cat", "remove the cat", "a dog"),
        ("a dog", "add a tree", "a dog and a tree"),
        ("a red dog", "make it blue", "a blue dog"),
        ("a sticker of a dog", "not a sticker", "a dog"),
        ("a dog near a river", "make a sticker of it", "a sticker of a dog"),
        ("a dog near a river", "as a sticker at night", "a sticker of a dog at night"),
        ("a sticker of a dog near a river", "make it red", "a sticker of a red dog near a river"),
        ("a dog wearing a hat", "replace the hat with nothing", "a dog"),
        ("a dog and a cat", "swap the cat for nothing, make it night", "a dog at night"),
        ("a dog in a city", "as a watercolor", "a watercolor painting of a dog in a city"),
        ("a dog and a cat", "make the cat red", "a dog and a red cat"),
        ("a dog and a cat", "replace the dog with a fox", "a fox and a cat"),
        ("a dog and a cat", "add a fox", "a dog and a fox"),
        ("a dog at night", "no background", "a dog"),
        ("a red dog", "its normal color", "a dog"),
        ("a dog on the left", "put it in the middle", "a dog in the middle"),
        ("a dog", "make it smile", "a dog"),
        ("a dog near a river", "make it fly", "a dog flying near a river"),
        ("a cat running", "stop running", "a cat"),
        ("a cat sleeping", "wake it up", "a cat"),
        ("a dog near a river", "give it a hat", "a dog wearing a hat near a river"),
        ("a dog wearing a hat", "take off the hat", "a dog"),
        ("a dog wearing a hat", "hat off, please", "a dog"),
        ("a dog wearing a crown", "off with the crown", "a dog"),
        ("a dog holding a flag", "he should put down the flag", "a dog"),
        ("a dog holding a flag", "the flag is not needed", "a dog"),
        ("a dog holding a flag", "it can put the flag away", "a dog"),
        ("a dog holding a flag", "the flag is no longer needed", "a dog"),
        ("a dog wearing a hat and holding a flag", "hat and flag off", "a dog"),
        ("a dog wearing a hat", "hat off, crown on", "a dog wearing a crown"),
        ("a fox", "put down the sunflower on the left", "a fox and a sunflower on the left"),
        ("a fox", "he runs off with the crown", "a fox running wearing a crown"),
        ("a dog wearing a crown", "a hat instead of the crown", "a dog wearing a hat"),
        ("a dog wearing a crown", "a cat instead of the dog", "a cat wearing a crown"),
        ("a dog wearing a crown", "a house instead of the dog", "a house"),
        ("a dog and a cat", "the cat should hold a balloon", "a dog and a cat holding a balloon"),
        ("a dog", "make it an oil painting", "an oil painting of a dog"),
        ("a dog", "turn it upside down", "a dog upside down"),
        ("a dog", "put a crown on its head", "a dog wearing a crown"),
        ("a dog", "give it a balloon", "a dog holding a balloon"),
        ("a cat and a dog", "give the dog a balloon", "a cat and a dog holding a balloon"),
        ("a cat holding a balloon", "a flag instead of the balloon", "a cat holding a flag"),
        ("a cat holding a balloon", "make the balloon red", "a cat holding a balloon"),
        ("a cat holding a flower", "remove the flower", "a cat"),
        ("a cat and a dog wearing a hat", "take off the dog's hat", "a cat and a dog"),
        ("a cat wearing a hat and a dog wearing a hat", "remove the hat from the dog", "a cat wearing a hat and a dog"),
        ("a cat wearing a hat and holding a sword", "remove the hat and the sword", "a cat"),
        ("a cat wearing a hat", "remove the hat and make it night", "a cat at night"),
        ("a cat wearing a hat", "remove the red hat", "a cat"),
        ("a cat wearing a hat and holding a flag", "remove the hat, the flag stays", "a cat holding a flag"),
        ("a cat wearing a hat and holding a flag", "take it off", "a cat holding a flag"),
        ("a cat wearing a hat and holding a flag", "put it down now", "a cat wearing a hat"),
        ("a cat wearing a hat and a dog wearing a cap", "take that off", "a cat wearing a hat and a dog wearing a cap"),
        ("a dog running", "make it run to the river", "a dog running near a river"),
        ("a dog", "make it sleep next to the house", "a dog sleeping and a house"),
        ("a red dog", "make it blue and move it to the left", "a blue dog on the left"),
        ("a dog", "make it wear a hat and move to the left", "a dog wearing a hat on the left"),
        ("a cat and a dog wearing a cap", "replace the cap with a crown", "a cat and a dog wearing a crown"),
        ("a house and a dog wearing a hat", "a crown instead of the hat", "a house and a dog wearing a crown"),
        ("a cat and a red dog", "blue instead of red", "a cat and a blue dog"),
        ("a dog", "a crown instead of the hat", "a dog wearing a crown"),
        ("a dog in a city", "put it at the bus stop in the city", "a dog and a bus in a city"),
        ("a dog sleeping", "stop sleeping", "a dog"),
        ("a dog wearing a hat", "make the hat off-white", "a dog wearing a hat"),
        ("a cat wearing a hat", "remove the big red hat", "a cat"),
        ("a red dog and a cat", "remove the red dog", "a cat"),
        ("a cat wearing a hat in the snow", "remove the hat and the snow", "a cat"),
        ("a cat and a dog wearing a hat", "remove the cat and the hat", "a dog"),
        ("a dog and a cat", "no dog and the cat blue", "a blue cat"),
        ("a red dog", "I don't like the color, make it blue", "a blue dog"),
        ("a blue dog", "don't make it blue", "a dog"),
        ("a dog", "add a balloon on the right hand side", "a dog and a balloon on the right"),
        ("a cat wearing a hat", "make the hat red", "a cat wearing a hat"),
        ("a red dog", "not red but blue", "a blue dog"),
        ("a red dog", "blue instead of red", "a blue dog"),
        ("a red dog", "not red, blue please", "a blue dog"),
        ("a dog sleeping", "not sleeping, running", "a dog running"),
        ("a dog", "make the green one a sticker", "a sticker of a dog"),
        ("a dog sleeping", "running instead of sleeping", "a dog running"),
        ("a dog wearing a hat", "a tree instead of the hat", "a dog and a tree"),
    ],
)  # fmt: skip
def test_a_description_is_rewritten_by_an_instruction(old: str, instruction: str, new: str) -> None:
    assert lines(Task.REWRITE, old, instruction=instruction) == [new]


def test_what_finds_no_room_is_said() -> None:
    scene = Scene((Thing("dog"), Thing("cat")))

    change = changed(scene, "add a fox")

    assert change.notes == ("Only two things fit into one picture, so the cat had to go.",)


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("a dog and a flying cat", "a dog and a cat flying"),
        ("a cat in a red top hat, carrying an umbrella", "a cat wearing a hat and holding an umbrella"),
        ("the dog is asleep on the beach", "a dog sleeping on the beach"),
        ("an upside-down rabbit", "a rabbit upside down"),
        ("a hedgehog holding a flower", "a hedgehog holding a flower"),
        ("a hedgehog with a sunflower", "a hedgehog and a sunflower"),
        ("a superhero flying in the sky", "a superhero flying in the sky"),
        ("a house wearing a hat", "a house"),
        ("a bear holding a cake", "a bear and a cake"),
        ("a bear and a bee, the bear is sleeping", "a bear sleeping and a bee"),
        ("a dog that isn't wearing a hat", "a dog"),
        ("a bird that can't fly", "a duck"),
        ("a tiny but fierce dragon", "a small dragon"),
        ("a dog running to a blue house", "a dog running and a blue house"),
        ("a koala bear standing on its head", "a koala upside down"),
    ],
)  # fmt: skip
def test_poses_and_what_is_worn_or_held_are_read(text: str, description: str) -> None:
    scene = scene_of(text)

    assert scene is not None and caption(scene) == description


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("a bear holding a cake", "I can't show “holding”."),
        ("a cat wearing a red hat", "I can't show “red”."),
        ("a house with a hat", "I can't paint a house that wears or holds something."),
    ],
)
async def test_what_cannot_be_worn_held_or_shown_is_said(text: str, note: str) -> None:
    assert note in (await Dialogue(OfflineChat()).say(f"draw {text}")).text


async def test_what_is_not_needed_is_taken_away_without_a_word_about_needing() -> None:
    talk = Dialogue(OfflineChat())
    await talk.say("draw a cat wearing a hat")

    said = await talk.say("the hat is not needed")

    assert said.descriptions == ["a cat"] and "needed" not in said.text


async def test_what_is_offered_instead_can_wear_what_was_asked_for() -> None:
    told = (await Dialogue(OfflineChat()).say("draw a bridge with a flag")).text

    assert "Shall I paint a house?" in told


async def test_the_end_of_a_wish_that_is_too_long_for_the_painter_is_said() -> None:
    talk = Dialogue(OfflineChat())
    dressed = "a red cat wearing a hat and holding a balloon and a blue dog wearing a crown and holding a flag"

    fits = await talk.say(f"draw {dressed} at night")
    cut = await talk.say(f"draw an oil painting of {dressed} near a river")

    assert "may not show" not in fits.text
    assert "“a river” may not show" in cut.text


def test_two_words_joined_are_what_the_last_one_is() -> None:
    jet_black, snowy = scene_of("a jet-black cat"), scene_of("a snow-covered castle")

    assert jet_black and caption(jet_black) == "a cat"
    assert snowy and caption(snowy) == "a castle in the snow"


async def test_a_hat_that_nobody_wears_is_offered_on_somebody() -> None:
    said = await Dialogue(OfflineChat()).say("draw a flag on the moon")

    assert "Shall I paint an astronaut holding a flag in space?" in said.text


async def test_what_cannot_be_held_is_said_once() -> None:
    talk = Dialogue(OfflineChat())
    await talk.say("draw an airplane")

    said = await talk.say("make the airplane hold a sword at night")

    assert said.text.count("I can't paint an airplane that wears or holds something.") == 1


def test_a_description_in_other_words_comes_back_unchanged() -> None:
    assert lines(Task.REFINE, "a trebuchet", 2) == ["a trebuchet", "a trebuchet"]


# -- a painter that takes any words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("can you please draw me a trebuchet at dawn?", "a trebuchet at dawn"),
        ("Paint a majestic Norwegian fjord in oil", "a majestic Norwegian fjord in oil"),
        ("I'd like to see an astronaut riding a horse, please", "an astronaut riding a horse"),
        ("a picture of my grandmother's kitchen with a fox", "my grandmother's kitchen with a fox"),
        ("A knight on a hill. Highly detailed. 4k.", "A knight on a hill. Highly detailed. 4k"),
        ("hey! generate 3 images of a neon city", "a neon city"),
    ],
)
async def test_own_words_are_kept_when_the_painter_takes_any(text: str, description: str) -> None:
    said = await Dialogue(OfflineChat(vocabulary_only=False)).say(text)

    assert (said.verbs, said.descriptions) == ([Verb.GENERATE], [description])


@pytest.mark.parametrize(
    ("instruction", "description"),
    [
        ("make it snow at dawn", "a wolf with a red hat, snow at dawn"),
        ("replace the wolf with a tiger", "a tiger with a red hat"),
        ("remove the red hat", "a wolf"),
        ("add a wizard", "a wolf with a red hat with a wizard"),
        ("put it in the desert", "a wolf with a red hat in the desert"),
        ("a lion instead of the wolf", "a lion with a red hat"),
    ],
)
async def test_own_words_are_edited_when_the_painter_takes_any(
    instruction: str, description: str
) -> None:
    talk = Dialogue(OfflineChat(vocabulary_only=False))
    await talk.say("draw a wolf with a red hat")

    said = await talk.say(instruction)

    assert (said.verbs, said.actions[0].picture) == ([Verb.EDIT], 1)
    assert said.descriptions == [description]
