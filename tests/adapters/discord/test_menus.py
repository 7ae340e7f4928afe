from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.apart import Apart
from tests.fakes.chat.discord import Interaction, Message, Upload
from tests.fakes.discord_doors import Doors, fields_of, open_doors, options_in, photo
from tests.fakes.discord_house import shown_by, text_of
from tests.fakes.discord_manners import all_well

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    house = Apart(open_doors(tmp_path_factory.mktemp("easel")))
    yield await house.enter()
    await house.leave()


async def posted(doors: Doors, *files: Upload) -> Message:
    """Somebody's message with pictures, which Easel has nothing to do with."""
    return await doors.discord.say("look what I have", files=list(files))


async def use(doors: Doors, menu: str, message: Message) -> Interaction:
    return await doors.discord.context_menu(menu, message, user=doors.newcomer("ann"))


async def test_somebody_elses_picture_is_edited(doors: Doors) -> None:
    opened = await use(doors, "Edit this image", await posted(doors, photo()))
    form = await doors.form(opened)

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "a dog on a beach", "strength": "55"})
    )

    assert form["title"] == "Edit: photo.png"
    assert "a dog on a beach" in text_of(answer) and shown_by(answer)
    assert all_well(doors.discord)


async def test_one_of_several_foreign_pictures_is_chosen_in_the_form(doors: Doors) -> None:
    message = await posted(doors, photo(name="one.png"), photo("blue", "two.png"))
    opened = await use(doors, "Edit this image", message)
    which = fields_of(await doors.form(opened))["which"]

    answer = await doors.answer(
        await doors.discord.submit_modal(
            opened, {"words": "a dog", "which": which["options"][1]["value"]}
        )
    )

    assert [label for label, _ in options_in(which)] == ["one.png", "two.png"]
    assert shown_by(answer)
    used = [c.path for c in doors.discord.rec.calls if c.route == "cdn"]
    assert used[-1].endswith("two.png")
    assert all_well(doors.discord)


async def test_variations_of_somebody_elses_picture_need_no_form(doors: Doors) -> None:
    used = await use(doors, "Make variations", await posted(doors, photo()))

    assert len(shown_by(await doors.answer(used))) == 1
    assert all_well(doors.discord)


async def test_somebody_elses_picture_is_a_reference(doors: Doors) -> None:
    opened = await use(doors, "Use as reference", await posted(doors, photo()))
    await doors.form(opened)

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "a dog like this"})
    )

    assert shown_by(answer)
    assert all_well(doors.discord)


async def test_somebody_elses_picture_is_described(doors: Doors) -> None:
    used = await use(doors, "Describe image", await posted(doors, photo()))

    assert text_of(await doors.answer(used))
    assert all_well(doors.discord)


async def test_of_somebody_elses_picture_only_its_size_is_known(doors: Doors) -> None:
    told = await doors.told(await use(doors, "Image details", await posted(doors, photo())))

    assert told.startswith("`photo.png`: 64 × 64, ")
    assert "I did not paint it" in told
    assert all_well(doors.discord)


async def test_a_message_without_pictures_is_said_to_have_none(doors: Doors) -> None:
    message = await posted(doors, Upload("notes.txt", b"hello", "text/plain"))

    told = await doors.told(await use(doors, "Edit this image", message))

    assert told.startswith("There is no picture on that message that I can open.")
    assert all_well(doors.discord)


async def test_our_own_picture_is_edited_under_its_own_number(doors: Doors) -> None:
    card = await doors.paint()
    number = shown_by(card)[0].removeprefix("Picture ").split(":")[0]
    opened = await use(doors, "Edit this image", card)
    form = await doors.form(opened)

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"words": "make it night"})
    )

    assert form["title"] == f"Edit: picture {number}"
    assert text_of(answer).startswith(f"Picture {number}, changed: make it night")
    assert all_well(doors.discord)


async def test_one_of_our_several_pictures_is_chosen_in_the_form(doors: Doors) -> None:
    card = await doors.paint(count=2)
    opened = await use(doors, "Make variations", card)
    second = fields_of(await doors.form(opened))["which"]["options"][1]

    answer = await doors.answer(
        await doors.discord.submit_modal(opened, {"which": second["value"]})
    )

    assert second["label"].lower() in text_of(answer)
    assert all_well(doors.discord)


async def test_details_of_our_own_picture_are_its_recipe(doors: Doors) -> None:
    told = await doors.told(await use(doors, "Image details", await doors.paint()))

    assert "- prompt: a dog near a river" in told
    assert all_well(doors.discord)
