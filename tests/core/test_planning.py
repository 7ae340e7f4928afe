"""Buttons and actions become plans: parts of pictures, blends, and pictures that are no longer there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import BadInput, UnknownPicture
from core.flags import parse_flags
from core.llm.offline import OfflineChat
from core.painting.profile import PainterProfile
from core.painting.recipe import Technique
from core.planning import Kitchen, Planner
from core.prompt_adapter import PromptAdapter
from core.prompts import PromptLibrary
from core.records import details, notes
from core.transcript import situation_of
from core.turn_text import index_text
from core.types import (
    Action,
    Picture,
    PicturesPart,
    PictureState,
    Plan,
    Press,
    TextPart,
    Turn,
    TurnState,
    Verb,
)
from tests.fakes.history import ANN, History, said
from tests.fakes.writer import Writer

LIBRARY = PromptLibrary.load()
PROFILE = PainterProfile("pocket", 4, 5.0, 0.0, 256, 256, 16, 4, any_shape=False)


def planner(talk: History, turn: Turn, writer: Writer | None = None, flags: str = "") -> Planner:
    adapter = PromptAdapter(writer or OfflineChat(), LIBRARY)
    view = talk.view()
    kitchen = Kitchen(PROFILE, adapter, lambda: 99)
    return Planner(kitchen, view, turn, situation_of(view, turn), parse_flags(flags)[1])


async def pressed(
    talk: History,
    press: Press,
    uploads: tuple[int, ...] = (),
    writer: Writer | None = None,
    flags: str = "",
) -> Plan:
    ids = tuple(f"p{number}" for number in uploads)
    turn = Turn("now", "c", "e9", ANN, "", TurnState.ACCEPTED, press, None, ids)
    planning = planner(talk, turn, writer, flags)
    await planning.press(press)
    return planning.finish()


def text_of(plan: Plan) -> str:
    return "".join(part.text for part in plan.parts if isinstance(part, TextPart))


def gallery() -> History:
    """Pictures 1 to 3: a red fox, a blue car at night, an upload."""
    talk = History()
    talk.turn("a fox", talk.paint("a red fox on grass"))
    talk.turn("a car", talk.paint("a blue car at night"))
    talk.turn("mine", uploads=(talk.upload("photo.png"),))
    return talk


def change(talk: History, number: int, **fields: object) -> Picture:
    talk.pictures[number - 1] = replace(talk.pictures[number - 1], **fields)  # type: ignore[arg-type]
    return talk.pictures[number - 1]


# -- parts of pictures --------------------------------------------------------------------------------------


async def test_an_edit_of_a_region_says_so_in_its_recipe_and_in_words() -> None:
    plan = await pressed(gallery(), Press(Verb.EDIT, "p1", "make it night", region="top"))

    [recipe] = plan.orders[0].recipes
    assert (recipe.region, recipe.mask, recipe.source) == ("top", None, "p1")
    assert recipe.technique is Technique.PICTURE_TO_PICTURE
    assert recipe.strength is not None and recipe.strength >= 0.85
    assert text_of(plan) == "Picture 1, changed in the top half only: make it night"


async def test_an_edit_of_everything_has_no_region() -> None:
    [recipe] = (await pressed(gallery(), Press(Verb.EDIT, "p1", "at night"))).orders[0].recipes

    assert (recipe.region, recipe.mask) == ("", None)


async def test_a_flag_limits_an_edit_that_was_asked_for_in_words() -> None:
    talk = gallery()
    turn = Turn("now", "c", "e9", ANN, "make 1 night", TurnState.ACCEPTED)
    planning = planner(talk, turn, flags="--part left")

    await planning.act(Action(Verb.EDIT, text="a red fox at night", picture=1))
    await planning.act(Action(Verb.GENERATE, text="a blue car"))

    plan = planning.finish()
    assert [order.recipes[0].region for order in plan.orders] == ["left", ""]
    assert "--part changes nothing" in text_of(plan)


async def test_the_strength_that_was_asked_for_holds_in_a_region_too() -> None:
    press = Press(Verb.EDIT, "p1", "make it night", region="top")

    [recipe] = (await pressed(gallery(), press, flags="--strength 40")).orders[0].recipes

    assert recipe.strength == 0.4


async def test_a_part_keeps_the_shape_of_its_picture() -> None:
    press = Press(Verb.EDIT, "p1", "make it night", region="top")

    plan = await pressed(gallery(), press, flags="--ar 2:1")

    [recipe] = plan.orders[0].recipes
    assert (recipe.width, recipe.height) == (256, 256)
    assert "the shape stays" in text_of(plan)


async def test_the_last_upload_of_the_press_is_the_mask_and_never_current() -> None:
    talk = gallery()
    masks = talk.upload("sketch.png"), talk.upload("mask.png")

    plan = await pressed(talk, Press(Verb.EDIT, "p1", "a hat", region="mask"), masks)
    asked = await pressed(talk, Press(Verb.DETAILS, "p1", region="mask"), masks[1:])

    [recipe] = plan.orders[0].recipes
    assert (recipe.region, recipe.mask, recipe.source) == ("mask", "p5", "p1")
    assert plan.current_id == plan.orders[0].picture_ids[0]
    assert asked.current_id is None


async def test_a_mask_can_come_with_the_picture_it_is_for() -> None:
    talk = gallery()
    uploads = talk.upload("house.png"), talk.upload("mask.png")

    plan = await pressed(talk, Press(Verb.EDIT, "p4", "a red roof", region="mask"), uploads)

    [recipe] = plan.orders[0].recipes
    assert (recipe.source, recipe.mask) == ("p4", "p5")


@pytest.mark.parametrize("uploads", [(), (3,)])
async def test_a_mask_that_did_not_come_is_asked_for(uploads: tuple[int, ...]) -> None:
    press = Press(Verb.EDIT, "p3", "a hat", region="mask")

    plan = await pressed(gallery(), press, uploads)

    assert plan.orders == ()
    assert "send the mask along" in text_of(plan)


async def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(BadInput, match="nose"):
        await pressed(gallery(), Press(Verb.EDIT, "p1", "a hat", region="nose"))


async def test_an_edited_part_is_painted_again_as_a_part() -> None:
    talk = gallery()
    first = talk.pictures[0].recipe
    assert first
    talk.turn("a hat", talk.paint("a red fox with a hat", verb=Verb.EDIT, parent=1))
    change(talk, 4, recipe=replace(first, source="p1", strength=0.9, region="top"), job_id="j4")

    [recipe] = (await pressed(talk, Press(Verb.AGAIN, "p4"))).orders[0].recipes

    assert (recipe.region, recipe.source, recipe.seed) == ("top", "p1", 99)


# -- blends -------------------------------------------------------------------------------------------------


async def test_a_blend_has_the_words_of_all_and_the_pixels_of_the_first() -> None:
    plan = await pressed(gallery(), Press(Verb.BLEND, "p1", others=("p2",)))

    [order] = plan.orders
    [recipe] = order.recipes
    assert (order.verb, order.parent_id) == (Verb.BLEND, "p1")
    assert (recipe.source, recipe.others, recipe.strength, recipe.seed) == ("p1", ("p2",), 0.75, 99)
    assert all(word in recipe.prompt for word in ("fox", "car", "night"))
    assert text_of(plan) == "Pictures 1 and 2 in one:"
    assert plan.current_id == order.picture_ids[0]


async def test_the_model_that_joins_the_words_hears_those_of_the_person() -> None:
    writer = Writer("a red fox driving a blue car at night")

    plan = await pressed(
        gallery(), Press(Verb.BLEND, "p1", "let it drive", others=("p2",)), writer=writer
    )

    assert writer.requests[0].description == "a red fox on grass"
    assert writer.requests[0].instruction == "add a blue car at night. let it drive"
    assert plan.orders[0].captions == ("a red fox driving a blue car at night",)


async def test_a_raw_blend_joins_the_words_as_they_are() -> None:
    press = Press(Verb.BLEND, "p1", "in oil", others=("p2",))

    plan = await pressed(gallery(), press, flags="--raw")

    assert plan.orders[0].recipes[0].prompt == "a red fox on grass, a blue car at night, in oil"


async def test_uploads_that_come_along_are_blended_too_but_their_file_names_are_no_words() -> None:
    talk = gallery()
    upload = talk.upload("car.png")

    plan = await pressed(talk, Press(Verb.BLEND, "p1", "in the snow"), (upload,))

    [recipe] = plan.orders[0].recipes
    assert recipe.others == ("p4",)
    assert "car" not in recipe.prompt and "snow" in recipe.prompt


async def test_uploads_alone_need_words() -> None:
    talk = gallery()
    uploads = (3, talk.upload("car.png"))

    without = await pressed(talk, Press(Verb.BLEND, "p3"), uploads)
    with_words = await pressed(talk, Press(Verb.BLEND, "p3", "a green car"), uploads)

    assert without.orders == ()
    assert "Tell me what to make of them" in text_of(without)
    assert with_words.orders[0].captions == ("a green car",)


@pytest.mark.parametrize("others", [(), ("p1",), ("p2", "p3", "p4", "p5", "p6")])
async def test_a_blend_takes_two_to_five_pictures(others: tuple[str, ...]) -> None:
    talk = gallery()
    talk.turn("dogs", talk.paint("a dog", count=3))

    plan = await pressed(talk, Press(Verb.BLEND, "p1", others=others))

    assert plan.orders == ()
    assert "two to five" in text_of(plan)


async def test_a_blend_with_a_picture_that_never_was_is_refused() -> None:
    with pytest.raises(UnknownPicture):
        await pressed(gallery(), Press(Verb.BLEND, "p1", others=("p77",)))


async def test_details_tell_what_a_blend_and_a_part_came_from() -> None:
    talk = gallery()
    recipe = talk.pictures[0].recipe
    assert recipe
    made = replace(recipe, technique=Technique.PICTURE_TO_PICTURE, source="p1", strength=0.9)
    talk.turn("x", talk.paint("both", verb=Verb.BLEND, parent=1))
    blend = change(talk, 4, recipe=replace(made, others=("p2", "p3")))
    talk.turn(
        "x", talk.paint("a hat", verb=Verb.EDIT, parent=1), talk.paint("a hat", verb=Verb.EDIT)
    )
    part = change(talk, 5, recipe=replace(made, region="left"))
    masked = change(talk, 6, recipe=replace(made, region="mask", mask="p3"))
    pictures = {picture.id: picture for picture in talk.pictures}

    assert "blended from pictures 1, 2 and 3" in details(blend, pictures)
    assert "edited from picture 1" in details(part, pictures)
    assert "strength 0.9, only the left half" in details(part, pictures)
    assert "only where picture 3 is white" in details(masked, pictures)


# -- pictures that are no longer there ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "verb",
    [Verb.EDIT, Verb.VARY, Verb.REFINE, Verb.SELECT, Verb.AGAIN, Verb.DESCRIBE],
)
async def test_a_deleted_picture_is_no_source(verb: Verb) -> None:
    talk = gallery()
    change(talk, 1, state=PictureState.DELETED)

    plan = await pressed(talk, Press(verb, "p1", "make it night"))

    assert plan.orders == ()
    assert not any(isinstance(part, PicturesPart) for part in plan.parts)
    assert "Picture 1 was deleted" in text_of(plan)


async def test_the_recipe_of_a_deleted_picture_can_still_be_read() -> None:
    talk = gallery()
    change(talk, 1, state=PictureState.DELETED)

    plan = await pressed(talk, Press(Verb.DETAILS, "p1"))

    assert "prompt: a red fox on grass" in text_of(plan)


async def test_a_deleted_picture_is_not_blended_in_and_not_found_by_number() -> None:
    talk = gallery()
    change(talk, 2, state=PictureState.DELETED)
    turn = Turn("now", "c", "e9", ANN, "vary picture 2", TurnState.ACCEPTED)
    planning = planner(talk, turn)

    blend = await pressed(talk, Press(Verb.BLEND, "p1", others=("p2",)))
    await planning.act(Action(Verb.VARY, picture=2))

    assert "Picture 2 was deleted" in text_of(blend)
    assert "Picture 2 was deleted" in text_of(planning.finish())


async def test_a_picture_made_from_a_deleted_one_cannot_be_painted_again() -> None:
    talk = gallery()
    recipe = talk.pictures[0].recipe
    assert recipe
    talk.turn("night", talk.paint("a fox at night", verb=Verb.EDIT, parent=1))
    change(talk, 4, recipe=replace(recipe, source="p1", strength=0.7), job_id="j4")
    change(talk, 1, state=PictureState.DELETED)

    plan = await pressed(talk, Press(Verb.AGAIN, "p4"))

    assert plan.orders == ()
    assert "Picture 1 was deleted" in text_of(plan)


@pytest.mark.parametrize(("draft_steps", "steps"), [(2, [2, 2, 2]), (None, [4, 4, 4])])
async def test_several_pictures_to_choose_from_are_drafts_where_the_painter_has_such(
    draft_steps: int | None, steps: list[int]
) -> None:
    talk = History()
    turn = Turn("now", "c", "e9", ANN, "three foxes", TurnState.ACCEPTED)
    adapter = PromptAdapter(OfflineChat(), LIBRARY)
    kitchen = Kitchen(replace(PROFILE, draft_steps=draft_steps), adapter, lambda: 99)
    planning = Planner(
        kitchen, talk.view(), turn, situation_of(talk.view(), turn), parse_flags("")[1]
    )

    await planning.act(Action(Verb.GENERATE, text="a fox", count=3))
    await planning.act(Action(Verb.GENERATE, text="an owl"))

    several, one = planning.finish().orders
    assert [recipe.steps for recipe in several.recipes] == steps
    assert [recipe.steps for recipe in one.recipes] == [4]


async def test_a_refined_draft_gets_all_steps() -> None:
    talk = History()
    talk.turn("foxes", talk.paint("a fox", count=2))
    recipe = talk.pictures[0].recipe
    assert recipe
    change(talk, 1, recipe=replace(recipe, steps=2))

    plan = await pressed(talk, Press(Verb.REFINE, "p1"))

    assert plan.orders[0].recipes[0].steps > PROFILE.steps


async def test_again_leaves_out_what_was_deleted_from_the_batch() -> None:
    talk = History()
    talk.turn("dogs", talk.paint("a dog", count=4))
    change(talk, 2, state=PictureState.DELETED)

    three = await pressed(talk, Press(Verb.AGAIN, "p1"))
    two = await pressed(talk, Press(Verb.AGAIN, "p1"), flags="--n 2")

    assert [recipe.seed for recipe in three.orders[0].recipes] == [99, 100, 101]
    assert len(two.orders[0].recipes) == 2


async def test_going_back_skips_what_was_deleted() -> None:
    talk = History()
    talk.turn("a dog", talk.paint("a dog"))
    talk.turn("night", talk.paint("a dog at night", verb=Verb.EDIT, parent=1))
    talk.turn("snow", talk.paint("a dog in snow", verb=Verb.EDIT, parent=2))
    change(talk, 2, state=PictureState.DELETED)
    turn = Turn("now", "c", "e9", ANN, "undo", TurnState.ACCEPTED)
    planning = planner(talk, turn)

    await planning.act(Action(Verb.UNDO))

    assert planning.finish().current_id == "p1"


def test_the_list_of_pictures_skips_what_was_deleted() -> None:
    talk = gallery()
    change(talk, 2, state=PictureState.DELETED)

    situation = situation_of(talk.view(), talk.turn("and now?", said("...")))

    assert [note.number for note in situation.pictures] == [1, 3]
    assert "blue car" not in index_text(situation, 1000)
    assert [note.number for note in notes([talk.pictures[0]], {})] == [1]


async def test_an_edit_needs_words() -> None:
    with pytest.raises(BadInput, match="without words"):
        await pressed(gallery(), Press(Verb.EDIT, "p1", "  ", region="top"))
