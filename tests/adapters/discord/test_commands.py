from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from adapters.discord.painting_commands import wish
from core import preferences
from tests.fakes.apart import Apart
from tests.fakes.chat.discord import Upload
from tests.fakes.discord_doors import Doors, fields_of, open_doors, photo
from tests.fakes.discord_house import shown_by, text_of
from tests.fakes.discord_manners import all_well

pytestmark = pytest.mark.asyncio(loop_scope="module")
LANGUAGES = {"de", "fr", "es-ES", "ja"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doors(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Doors]:
    house = Apart(open_doors(tmp_path_factory.mktemp("easel")))
    yield await house.enter()
    await house.leave()


def named(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Commands, their options and the options of those."""
    for part in parts:
        yield part
        yield from named(part.get("options") or [])


# -- what Discord is told -------------------------------------------------------------------------------


async def test_every_command_and_option_is_described_in_five_languages(doors: Doors) -> None:
    commands = await doors.discord.wait_commands("imagine")

    for part in named(commands):
        assert set(part["name_localizations"]) == LANGUAGES, part["name"]
        if part.get("type") not in (2, 3) or "options" in part:
            assert set(part.get("description_localizations") or LANGUAGES) == LANGUAGES


async def test_names_in_other_languages_are_unique_and_may_be_typed(doors: Doors) -> None:
    commands = await doors.discord.wait_commands("imagine")

    for language in LANGUAGES:
        names = [c["name_localizations"][language] for c in commands if c["type"] == 1]
        assert len(set(names)) == len(names)
        assert all(name == name.lower() and " " not in name for name in names)


async def test_commands_work_in_servers_direct_and_group_messages_wherever_that_makes_sense(
    doors: Doors,
) -> None:
    commands = {c["name"]: c for c in await doors.discord.wait_commands("imagine")}

    assert commands["imagine"]["contexts"] == [0, 1, 2]
    assert commands["imagine"]["integration_types"] == [0, 1]
    assert commands["chat"]["contexts"] == [0]
    assert commands["admin"]["default_member_permissions"] == str(1 << 5)
    assert [n for n, c in commands.items() if c["type"] == 3] == [
        "Edit this image", "Make variations", "Use as reference", "Describe image", "Image details",
    ]  # fmt: skip


async def test_options_become_inline_flags_with_what_shall_not_be_there_at_the_end() -> None:
    assert wish("a fox") == "a fox"
    assert (
        wish("a fox", count=2, seed=7, aspect="16:9", strength=40, raw=True, negative="fog, rain")
        == "a fox --n 2 --seed 7 --ar 16:9 --strength 40 --raw --no fog, rain"
    )


# -- painting -------------------------------------------------------------------------------------------


async def test_imagine_paints_as_many_as_asked_and_answers_at_once(doors: Doors) -> None:
    asked = await doors.discord.slash(
        "imagine", {"prompt": "a dog", "count": 3, "seed": 7, "negative": "fog", "aspect": "1:1"}
    )
    answer = await doors.answer(asked)

    assert len(shown_by(answer)) == 3
    assert not answer.ephemeral
    assert all_well(doors.discord)


async def test_imagine_in_private_is_seen_by_one_person_only(doors: Doors) -> None:
    answer = await doors.paint(private=True)

    assert answer.ephemeral
    assert all_well(doors.discord)


async def test_a_reference_is_stored_with_a_number_before_its_link_dies(doors: Doors) -> None:
    wanted = {"prompt": "a dog like this", "reference": photo(), "strength": 40}
    asked = await doors.discord.slash("imagine", wanted)
    answer = await doors.answer(asked)

    doors.discord.expire_cdn()
    told = await doors.told(await doors.discord.click(answer, "Details"))
    assert "strength 0.4" in told
    assert all_well(doors.discord)


async def test_a_file_that_is_no_picture_is_refused_in_private(doors: Doors) -> None:
    notes = Upload("notes.txt", b"hello", "text/plain")

    told = await doors.told(
        await doors.discord.slash("imagine", {"prompt": "a dog", "reference": notes})
    )

    assert told == "notes.txt is not a picture I can open. PNG, JPEG, WebP and GIF work."
    assert all_well(doors.discord)


async def test_edit_changes_the_picture_that_was_chosen_from_the_list(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    (choice,) = await doors.discord.autocomplete(
        "edit", {"instruction": "x", "picture": "dog"}, focused="picture", user=ann
    )

    asked = await doors.discord.slash(
        "edit", {"instruction": "make it night", "picture": choice["value"]}, user=ann
    )

    number = shown_by(card)[0].removeprefix("Picture ").split(":")[0]
    assert choice["name"] == f"{number}: a cute dog near a river"
    assert text_of(await doors.answer(asked)).startswith(
        f"Picture {number}, changed: make it night"
    )
    assert all_well(doors.discord)


async def test_edit_without_a_picture_takes_the_latest_one_here(doors: Doors) -> None:
    card = await doors.paint()

    asked = await doors.discord.slash("edit", {"instruction": "make it night"})

    number = shown_by(card)[0].removeprefix("Picture ").split(":")[0]
    assert f"Picture {number}, changed" in text_of(await doors.answer(asked))


async def test_edit_of_a_part_keeps_the_rest(doors: Doors) -> None:
    await doors.paint()

    asked = await doors.discord.slash("edit", {"instruction": "a red sky", "region": "top"})

    assert "a red sky" in text_of(await doors.answer(asked))
    assert all_well(doors.discord)


async def test_edit_with_a_mask_and_a_picture_sent_along(doors: Doors) -> None:
    asked = await doors.discord.slash(
        "edit",
        {"instruction": "a red hat", "image": photo(), "mask": photo("white", "mask.png")},
    )

    assert "a red hat" in text_of(await doors.answer(asked))
    assert all_well(doors.discord)


async def test_vary_takes_an_amount_and_a_number(doors: Doors) -> None:
    await doors.paint()

    asked = await doors.discord.slash("vary", {"amount": "strong", "count": 2})

    assert len(shown_by(await doors.answer(asked))) == 2
    assert all_well(doors.discord)


async def test_vary_works_on_a_picture_sent_along(doors: Doors) -> None:
    asked = await doors.discord.slash("vary", {"image": photo()})

    assert len(shown_by(await doors.answer(asked))) == 1
    assert all_well(doors.discord)


async def test_refine_makes_the_latest_picture_better(doors: Doors) -> None:
    await doors.paint()

    asked = await doors.discord.slash("refine", {"strength": 30})

    assert "I am going over picture" in text_of(await doors.answer(asked))
    assert all_well(doors.discord)


async def test_describe_says_what_a_picture_shows(doors: Doors) -> None:
    await doors.paint()

    answer = await doors.answer(await doors.discord.slash("describe", {"private": True}))

    assert "a cute dog near a river" in text_of(answer)
    assert answer.ephemeral
    assert all_well(doors.discord)


async def test_blend_makes_one_picture_of_an_old_and_a_new_one(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    await doors.paint(ann)
    (choice,) = await doors.discord.autocomplete(
        "blend", {"picture1": ""}, focused="picture1", user=ann
    )

    asked = await doors.discord.slash(
        "blend",
        {"picture1": choice["value"], "image1": photo(), "instruction": "in the same style"},
        user=ann,
    )

    assert len(shown_by(await doors.answer(asked))) == 1
    assert all_well(doors.discord)


async def test_blend_of_one_picture_is_refused_in_private(doors: Doors) -> None:
    told = await doors.told(await doors.discord.slash("blend", {"image1": photo()}))

    assert told == "Give me two pictures or more to blend."
    assert all_well(doors.discord)


async def test_a_shown_picture_has_live_buttons_in_another_channel_too(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    card = await doors.paint(ann)
    (choice,) = await doors.discord.autocomplete("show", {"picture": ""}, "picture", user=ann)
    direct = doors.discord.dm_with(ann)

    asked = await doors.discord.slash("show", {"picture": choice["value"]}, ann, direct)
    shown = await doors.answer(asked)

    assert shown_by(shown) == shown_by(card)
    varied = await doors.answer(await doors.discord.click(shown, "Vary", user=ann))
    assert shown_by(varied)
    assert all_well(doors.discord)


async def test_an_unknown_picture_is_said_to_be_unknown_in_private(doors: Doors) -> None:
    told = await doors.refusal(await doors.discord.slash("show", {"picture": "999"}))

    assert told.startswith("I know no picture “999” of yours.")
    assert all_well(doors.discord)


# -- the talk itself ------------------------------------------------------------------------------------


async def test_chat_opens_a_thread_with_a_greeting_and_one_paints_there_by_talking(
    doors: Doors,
) -> None:
    thread = await doors.in_thread()

    greeting = await doors.discord.wait_message(channel=thread)
    await doors.discord.say("a cute cat in a forest", thread)
    painted = await doors.discord.wait_message(lambda m: m.attachments, channel=thread)

    assert thread.name == "foxes"
    assert "Hello! Tell me what you would like to see" in text_of(greeting)
    assert shown_by(painted) == ["Picture 1: a cute cat in a forest"]
    assert all_well(doors.discord)


async def test_an_empty_queue_is_said_to_be_empty(doors: Doors) -> None:
    told = await doors.told(await doors.discord.slash("queue", {"scope": "all"}))

    assert told == "Nothing is waiting. What shall I paint?"
    assert all_well(doors.discord)


async def test_cancel_with_nothing_to_stop_says_so(doors: Doors) -> None:
    told = await doors.told(await doors.discord.slash("cancel"))

    assert told == "Nothing of yours is waiting there."
    assert all_well(doors.discord)


async def test_help_names_every_door(doors: Doors) -> None:
    told = await doors.told(await doors.discord.slash("help"))

    for door in ("/imagine", "/chat", "/edit", "/show", "/privacy", "--ar 16:9", "exactly:"):
        assert door in told
    assert all_well(doors.discord)


# -- choices ----------------------------------------------------------------------------------------------


async def test_own_settings_are_kept_and_stand_in_the_form_next_time(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    opened = await doors.discord.slash("settings me", user=ann)
    await doors.form(opened)

    told = await doors.told(
        await doors.discord.submit_modal(
            opened, {"count": ["2"], "rewrite": ["off"], "aspect": ["unset"]}
        )
    )

    again = await doors.form(await doors.discord.slash("settings me", user=ann))
    chosen = [o["value"] for o in fields_of(again)["count"]["options"] if o.get("default")]
    assert "- Pictures at once: 2" in told and "- Better words: No, use my words" in told
    assert chosen == ["2"]
    assert len(shown_by(await doors.paint(ann, count=2))) == 2
    assert all_well(doors.discord)


async def test_a_channel_is_set_up_only_by_who_manages_it(doors: Doors) -> None:
    told = await doors.told(await doors.discord.slash("settings channel"))

    assert told == "That takes the permission **Manage Channels**."
    assert all_well(doors.discord)


async def test_pictures_of_a_server_can_be_hidden_and_buttons_kept_for_the_owner(
    doors: Doors,
) -> None:
    root, ann, bob = (
        doors.newcomer("root", admin=True), doors.newcomer("ann"), doors.newcomer("bob"),
    )  # fmt: skip
    opened = await doors.discord.slash("settings server", user=root)
    await doors.form(opened)
    scope = preferences.place_scope("discord", doors.discord.guild.id)
    try:
        await doors.told(
            await doors.discord.submit_modal(opened, {"press": ["owner"], "spoiler": ["on"]})
        )
        card = await doors.paint(ann)

        told = await doors.told(await doors.discord.click(card, "Again", user=bob))

        (gallery,) = [c for c in card.components() if c["type"] == 12]
        assert gallery["items"][0]["spoiler"]
        assert "only the person who had it painted may press this" in told
        assert all_well(doors.discord)
    finally:
        for key in (preferences.PRESS, preferences.SPOILER):
            await doors.easel.desk.set_setting(scope, key, None)


# -- what is kept -----------------------------------------------------------------------------------------


async def test_everything_kept_of_a_person_comes_as_a_file(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    await doors.paint(ann)

    asked = await doors.discord.slash("privacy export", user=ann)
    (message,) = await doors.discord.until(
        lambda: [m for m in asked.all_messages() if m.attachments], 15.0, "the file"
    )

    (call,) = [c for c in doors.discord.rec.calls if "easel-export.zip" in str(c)]
    (upload,) = call.files.values()
    assert message.ephemeral
    assert zipfile.ZipFile(io.BytesIO(upload.data)).namelist()
    assert all_well(doors.discord)


async def test_everything_kept_of_a_person_is_deleted_after_one_more_question(
    doors: Doors,
) -> None:
    ann = doors.newcomer("ann")
    await doors.paint(ann)
    asked = await doors.discord.slash("privacy delete", user=ann)
    question = await doors.told(asked)
    (private,) = [m for m in asked.all_messages() if m.ephemeral]

    await doors.discord.click(private, "Delete everything", user=ann)
    await doors.discord.until(lambda: "Done" in text_of(private), 15.0, "the end of it")

    assert "This cannot be undone." in question
    left = await doors.discord.autocomplete("show", {"picture": ""}, "picture", user=ann)
    assert left == []
    assert all_well(doors.discord)


# -- looking after a server ---------------------------------------------------------------------------------


async def test_a_blocked_person_is_not_served_until_unblocked(doors: Doors) -> None:
    root, bob = doors.newcomer("root", admin=True), doors.newcomer("bob")

    await doors.told(await doors.discord.slash("admin block", {"user": bob}, user=root))
    refused = await doors.told(await doors.discord.slash("imagine", {"prompt": "a dog"}, user=bob))
    await doors.told(await doors.discord.slash("admin unblock", {"user": bob}, user=root))

    assert refused
    assert shown_by(await doors.paint(bob))
    assert all_well(doors.discord)


async def test_status_says_how_easel_is(doors: Doors) -> None:
    root = doors.newcomer("root", admin=True)

    told = await doors.told(await doors.discord.slash("admin status", user=root))

    assert "ready" in told
    assert all_well(doors.discord)


async def test_a_thread_is_forgotten_after_one_more_question(doors: Doors) -> None:
    root = doors.newcomer("root", admin=True)
    thread = await doors.in_thread()
    await doors.discord.say("a cute cat in a forest", thread)
    await doors.discord.wait_message(lambda m: m.attachments, channel=thread)
    asked = await doors.discord.slash("admin forget", user=root, channel=thread)
    await doors.told(asked)
    (private,) = [m for m in asked.all_messages() if m.ephemeral]

    await doors.discord.click(private, "Forget it", user=root)

    await doors.discord.until(lambda: "is forgotten" in text_of(private), 15.0, "the end of it")
    assert all_well(doors.discord)


async def test_who_does_not_manage_the_server_is_told_so(doors: Doors) -> None:
    bob = doors.newcomer("bob")
    admin = next(c for c in await doors.discord.wait_commands("admin") if c["name"] == "admin")
    offered = admin.pop("default_member_permissions")  # a server may offer a command to anybody

    told = await doors.told(await doors.discord.slash("admin status", user=bob))
    admin["default_member_permissions"] = offered

    assert told == "That takes the permission **Manage Server**."
    assert all_well(doors.discord)


async def test_what_was_painted_in_private_is_not_at_hand_for_others(doors: Doors) -> None:
    ann, bob = doors.newcomer("ann"), doors.newcomer("bob")
    channel = doors.discord.add_channel("quiet")
    wish = {"prompt": "a cute dog near a river", "private": True}
    await doors.answer(await doors.discord.slash("imagine", wish, ann, channel))

    shown = await doors.discord.slash("show", {"picture": "1"}, bob, channel)
    edited = await doors.discord.slash("edit", {"instruction": "make it night"}, bob, channel)

    assert "I know no picture" in await doors.refusal(shown)
    assert "There is no picture here yet" in await doors.refusal(edited)
    assert all_well(doors.discord)


async def test_what_was_painted_in_private_is_found_again_in_private(doors: Doors) -> None:
    ann, channel = doors.newcomer("ann"), doors.discord.add_channel("quiet-too")
    wish = {"prompt": "a cute dog near a river", "private": True}
    card = await doors.answer(await doors.discord.slash("imagine", wish, ann, channel))

    asked = await doors.discord.slash("show", {"picture": "1", "private": True}, ann, channel)

    assert shown_by(await doors.answer(asked)) == shown_by(card)
    assert all_well(doors.discord)


async def test_a_refusal_after_thinking_stays_where_it_was_asked(doors: Doors) -> None:
    ann = doors.newcomer("ann")
    await doors.paint(ann)
    notes = Upload("notes.txt", b"a dog", "text/plain")

    asked = await doors.discord.slash("edit", {"instruction": "a hat", "mask": notes}, ann)

    assert "not a picture" in await doors.told(asked)
    assert doors.discord.messages(doors.discord.dm_with(ann)) == []
    assert all_well(doors.discord)
