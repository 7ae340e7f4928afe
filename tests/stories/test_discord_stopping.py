"""Somebody on Discord waits long for a picture, looks at the queue, and stops it: by the card, the panel, a command."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.apart import Apart
from tests.fakes.chat.discord import Interaction, Message, User
from tests.fakes.discord_doors import Doors, open_doors
from tests.fakes.discord_house import is_waiting, text_of
from tests.fakes.discord_manners import all_well

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATIENT = "tests.fakes.patient_painter:PatientPainter"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    house = Apart(open_doors(tmp_path_factory.mktemp("easel"), painter=PATIENT))
    yield await house.enter()
    await house.leave()


async def begin(doors: Doors, user: User) -> tuple[Interaction, Message]:
    """A wish that is being painted, and its card."""
    asked = await doors.discord.slash("imagine", {"prompt": "a cute dog"}, user=user)

    def painting() -> list[Message]:
        return [m for m in asked.all_messages() if "Painting" in text_of(m)]

    (card,) = await doors.discord.until(painting, 30.0, "a card of a picture being painted")
    return asked, card


async def stopped(doors: Doors, card: Message) -> str:
    await doors.discord.until(lambda: not is_waiting(card), 30.0, "the end of it")
    return text_of(card)


async def test_the_card_of_a_picture_in_the_making_stops_it(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    _, card = await begin(doors, ann)

    await doors.discord.click(card, "Cancel", user=ann)

    assert "Stopped" in await stopped(doors, card)
    assert all_well(doors.discord)


async def test_only_the_owner_or_a_moderator_may_stop_it(doors: Doors) -> None:
    ann, bob, root = (
        doors.newcomer("ann"), doors.newcomer("bob"), doors.newcomer("root", admin=True),
    )  # fmt: skip
    _, card = await begin(doors, ann)

    told = await doors.told(await doors.discord.click(card, "Cancel", user=bob))

    assert told and is_waiting(card)
    await doors.discord.click(card, "Cancel", user=root)
    assert "Stopped" in await stopped(doors, card)
    assert all_well(doors.discord)


async def test_the_queue_lists_it_and_has_a_button_to_stop_it(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    _, card = await begin(doors, ann)
    listed = await doors.discord.slash("queue", user=ann)
    told = await doors.told(listed)
    (panel,) = listed.all_messages()

    await doors.discord.click(panel, "Stop 1", user=ann)

    assert told.startswith("1. a cute dog · being painted")
    assert "Stopped" in await stopped(doors, card)
    assert all_well(doors.discord)


async def test_the_command_stops_the_newest_one(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    _, card = await begin(doors, ann)
    choices = await doors.discord.autocomplete("cancel", {"job": ""}, focused="job", user=ann)

    told = await doors.told(await doors.discord.slash("cancel", user=ann))

    assert [choice["name"] for choice in choices] == ["now: a cute dog"]
    assert told == "Stopped."
    assert "Stopped" in await stopped(doors, card)
    assert all_well(doors.discord)
