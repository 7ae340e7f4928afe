from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.apart import Apart
from tests.fakes.discord_doors import Doors, fields_of, open_doors, options_in
from tests.fakes.discord_house import button_of, shown_by, text_of
from tests.fakes.discord_manners import all_well

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    house = Apart(open_doors(tmp_path_factory.mktemp("easel")))
    yield await house.enter()
    await house.leave()


@pytest.mark.parametrize(
    ("button", "said"),
    [
        ("Vary", "More like picture"),
        ("Vary strongly", "More like picture"),
        ("Refine", "I am going over picture"),
        ("Again", "The same once more, from new noise:"),
    ],
)
async def test_a_button_paints_and_the_answer_shows_a_new_picture(
    doors: Doors, button: str, said: str
) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)

    pressed = await doors.discord.click(card, button, user=ann)
    answer = await doors.answer(pressed)

    assert text_of(answer).startswith(said)
    assert shown_by(answer) != shown_by(card)
    assert all_well(doors.discord)


async def test_a_number_picks_that_picture(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann, count=4)
    second = shown_by(card)[1]
    number = second.removeprefix("Picture ").split(":")[0]

    answer = await doors.answer(await doors.discord.click(card, number, user=ann))

    assert text_of(answer).startswith(f"Picture {number} it is.")
    assert shown_by(answer) == [second]
    assert all_well(doors.discord)


async def test_undo_goes_back_to_where_the_picture_came_from(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    varied = await doors.answer(await doors.discord.click(card, "Vary", user=ann))

    answer = await doors.answer(await doors.discord.click(varied, "Undo", user=ann))

    assert text_of(answer).startswith("Back to picture")
    assert shown_by(answer) == shown_by(card)
    assert all_well(doors.discord)


async def test_only_the_owner_or_a_moderator_may_undo(doors: Doors) -> None:
    ann, bob = doors.newcomer("ann"), doors.newcomer("bob")
    card = await doors.paint(ann)
    varied = await doors.answer(await doors.discord.click(card, "Vary", user=ann))

    told = await doors.told(await doors.discord.click(varied, "Undo", user=bob))

    assert "Only who asked for this picture, or a moderator" in told
    assert all_well(doors.discord)


async def test_a_double_click_is_one_order(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)

    first = await doors.discord.click(card, "Again", user=ann)
    second = await doors.discord.click(card, "Again", user=ann)
    await doors.answer(first)
    await doors.discord.wait_ack(second)

    assert [m for m in second.all_messages() if m is not second.source] == []
    assert all_well(doors.discord)


async def test_details_are_for_the_person_who_asked(doors: Doors) -> None:
    card = await doors.paint()

    told = await doors.told(await doors.discord.click(card, "Details"))

    assert "- prompt: a dog near a river" in told
    assert "- seed " in told
    assert "`/show` finds it again" in told
    assert all_well(doors.discord)


async def test_edit_asks_what_shall_change_and_how_much(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    opened = await doors.discord.click(card, "Edit…", user=ann)
    form = await doors.form(opened)

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "make it night", "strength": "80"})
    )

    number = shown_by(card)[0].removeprefix("Picture ").split(":")[0]
    assert form["title"] == f"Edit: picture {number}"
    assert [label for label, _ in options_in(fields_of(form)["strength"])] == [
        "As it needs", "Subtle", "Medium", "Strong",
    ]  # fmt: skip
    assert text_of(answer).startswith(f"Picture {number}, changed: make it night")
    assert all_well(doors.discord)


async def test_under_several_pictures_edit_asks_which_one_is_meant(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann, count=3)
    opened = await doors.discord.click(card, button_of(card, "edit"), user=ann)
    which = fields_of(await doors.form(opened))["which"]
    third = which["options"][2]

    answer = await doors.answer(
        await doors.discord.submit_modal(
            opened, {"words": "make it night", "which": third["value"]}
        )
    )

    assert third["description"] == "a cute dog near a river"
    assert text_of(answer).startswith(f"{third['label']}, changed: make it night")
    assert all_well(doors.discord)


async def test_under_several_pictures_refine_asks_which_one_is_meant(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann, count=2)
    opened = await doors.discord.click(card, "Refine…", user=ann)
    second = fields_of(await doors.form(opened))["which"]["options"][1]

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"which": second["value"]})
    )

    assert second["label"].lower() in text_of(answer)
    assert all_well(doors.discord)


async def test_the_more_menu_varies_strongly(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)

    answer = await doors.answer(await doors.more(card, "vary-strong", ann))

    assert text_of(answer).startswith("More like picture")
    assert all_well(doors.discord)


async def test_taking_an_entry_of_the_more_menu_back_does_nothing(doors: Doors) -> None:
    card = await doors.paint()
    (menu,) = card.selects()

    taken = await doors.discord.select(card, menu["custom_id"], [])
    await doors.discord.wait_ack(taken)

    assert taken.callback_type == 6
    assert all_well(doors.discord)


async def test_a_region_can_be_changed_by_its_owner(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    opened = await doors.discord.click(card, "Region…", user=ann)
    form = await doors.form(opened)

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "a red sky", "region": "top"})
    )

    assert options_in(fields_of(form)["region"])[0][0] == "The top half"
    assert "a red sky" in text_of(answer)
    assert all_well(doors.discord)


async def test_a_region_is_not_changed_by_somebody_else(doors: Doors) -> None:
    ann, bob = doors.newcomer("ann"), doors.newcomer("bob")
    card = await doors.paint(ann)
    opened = await doors.discord.click(card, "Region…", user=bob)
    await doors.form(opened)

    told = await doors.told(
        await doors.discord.submit_modal(opened, {"words": "a red sky", "region": "top"})
    )

    assert "Only who asked for this picture" in told
    assert all_well(doors.discord)


async def test_the_exact_prompt_is_shown_to_be_changed_and_is_painted_as_it_stands(
    doors: Doors,
) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    opened = await doors.more(card, "prompt", ann)
    words = fields_of(await doors.form(opened))["words"]

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "a cat, oil on canvas"})
    )

    assert words["value"] == "a dog near a river"
    assert shown_by(answer)[0].endswith(": a cat, oil on canvas")
    assert all_well(doors.discord)


async def test_under_several_pictures_the_prompt_of_one_is_chosen_first(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann, count=2)
    asked = await doors.more(card, "prompt", ann)
    await doors.told(asked)
    (choice,) = [m for m in asked.all_messages() if m.ephemeral]
    opened = await doors.discord.click(choice, choice.buttons()[1]["custom_id"], user=ann)
    await doors.form(opened)

    answer = await doors.answer(await doors.discord.submit_modal(opened, {"words": "a cat"}))

    assert choice.buttons()[1]["label"].startswith("Picture ")
    assert not answer.ephemeral
    assert all_well(doors.discord)


async def test_a_picture_is_used_as_reference_for_a_new_one(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    opened = await doors.more(card, "reference", ann)
    await doors.form(opened)

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "a cat on the beach"})
    )

    assert shown_by(answer)
    assert "edited from picture" in text_of(answer)
    assert all_well(doors.discord)


async def test_describe_says_what_a_picture_shows(doors: Doors) -> None:
    card = await doors.paint()

    answer = await doors.answer(await doors.more(card, "describe"))

    assert "a cute dog near a river" in text_of(answer)
    assert all_well(doors.discord)


async def test_a_picture_is_sent_to_the_person_who_asked(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)

    told = await doors.told(await doors.more(card, "send", ann))

    sent = await doors.discord.wait_message(channel=doors.discord.dm_with(ann))
    assert told.endswith("is in your direct messages.")
    assert shown_by(sent) == shown_by(card)
    assert all_well(doors.discord)


async def test_closed_direct_messages_are_said_to_be_closed(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    ann.accepts_dms = False
    card = await doors.paint(ann)

    told = await doors.told(await doors.more(card, "send", ann))

    assert "your direct messages are closed to me" in told


async def test_a_favourite_is_remembered(doors: Doors) -> None:
    card = await doors.paint()

    told = await doors.told(await doors.more(card, "favourite"))

    assert told.endswith("is among your favourites.")
    assert all_well(doors.discord)


async def test_a_picture_is_deleted_after_one_more_question_and_leaves_its_card(
    doors: Doors,
) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    asked = await doors.more(card, "delete", ann)
    question = await doors.told(asked)
    (private,) = [m for m in asked.all_messages() if m.ephemeral]

    await doors.discord.click(private, "Delete", user=ann)

    await doors.discord.until(lambda: not card.attachments, 15.0, "the card without the picture")
    assert question == "Delete this picture for good? Pictures made from it stay."
    assert text_of(card).endswith("was deleted.")
    assert text_of(private).endswith("is deleted.")
    assert private.buttons() == []
    assert all_well(doors.discord)


async def test_a_picture_is_not_deleted_by_somebody_else(doors: Doors) -> None:
    ann, bob = doors.newcomer("ann"), doors.newcomer("bob")
    card = await doors.paint(ann)
    asked = await doors.more(card, "delete", bob)
    await doors.told(asked)
    (private,) = [m for m in asked.all_messages() if m.ephemeral]

    told = await doors.told(await doors.discord.click(private, "Delete", user=bob))

    assert told != text_of(private)
    assert card.attachments
    assert all_well(doors.discord)


async def test_a_button_of_another_version_points_at_show(doors: Doors) -> None:
    card = await doors.paint()
    old = dict(card.buttons()[0], custom_id="easel:pan-left:01ARZ3NDEKTSV4RRFFQ69G5FAV")
    card["components"] = [{"type": 1, "id": 1, "components": [old]}]

    told = await doors.told(await doors.discord.click(card, old["custom_id"]))

    assert "made by another version" in told and "`/show`" in told
    assert all_well(doors.discord)


async def test_answers_to_a_private_card_stay_private(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann, private=True)

    answer = await doors.answer(await doors.discord.click(card, "Vary", user=ann))

    assert card.ephemeral and answer.ephemeral
    assert all_well(doors.discord)
