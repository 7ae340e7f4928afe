from __future__ import annotations

from pathlib import Path

from tests.fakes.chat.discord import FakeDiscord
from tests.fakes.discord_doors import Doors, photo
from tests.fakes.discord_house import DiscordHouse, shown_by, text_of
from tests.fakes.discord_manners import all_well


async def test_forms_and_buttons_from_before_a_restart_work_after_it(tmp_path: Path) -> None:
    async with FakeDiscord() as discord:
        house = DiscordHouse(tmp_path, discord)
        async with house.open() as easel:
            doors = Doors(discord, easel)
            await discord.wait_commands("imagine")
            card = await doors.paint()
            theirs = await discord.say("look", files=[photo()])
            gone = await discord.say("look here too", files=[photo("blue")])
            edit_ours = await discord.click(card, "Edit…", user=doors.newcomer("ann"))
            await doors.form(edit_ours)
            edit_theirs = await discord.context_menu("Edit this image", theirs)
            await doors.form(edit_theirs)
            edit_gone = await discord.context_menu("Edit this image", gone)
            await doors.form(edit_gone)
        await discord.delete(gone)

        async with house.open() as easel:
            doors = Doors(discord, easel)
            ours = await doors.answer(
                await discord.submit_modal(edit_ours, {"words": "make it night"})
            )
            changed = await doors.answer(
                await discord.submit_modal(edit_theirs, {"words": "a dog on a beach"})
            )
            lost = await doors.refusal(await discord.submit_modal(edit_gone, {"words": "a dog"}))
            varied = await doors.answer(await discord.click(card, "Vary"))

    assert text_of(ours).startswith("Picture 1, changed: make it night")
    assert "a dog on a beach" in text_of(changed) and shown_by(changed)
    assert lost == "I can no longer find that picture. Please use the menu on it once more."
    assert text_of(varied).startswith("More like picture 1")
    assert all_well(discord)


async def test_without_message_content_people_talk_by_a_button_and_a_form(tmp_path: Path) -> None:
    async with (
        FakeDiscord() as discord,
        DiscordHouse(tmp_path, discord, message_content=False).open() as easel,
    ):
        doors = Doors(discord, easel)
        await discord.wait_commands("imagine")
        thread = await doors.in_thread()
        greeting = await discord.wait_message(channel=thread)
        opened = await discord.click(greeting, "Tell me…")
        await doors.form(opened)

        answer = await doors.answer(
            await discord.submit_modal(opened, {"words": "a cute cat in a forest"})
        )

        assert "I can read messages that mention me or answer me" in text_of(greeting)
        assert shown_by(answer) == ["Picture 1: a cute cat in a forest"]
        assert "Tell me…" in [b["label"] for b in answer.buttons()]
    assert all_well(discord)
