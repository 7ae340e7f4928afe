"""Conversations on Discord: the real client library, all of Easel, a loopback Discord that checks each request."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path

from PIL import Image

from core.types import PictureState, ThreadRef, TurnState
from tests.fakes.chat.discord import FakeDiscord, Message, Upload
from tests.fakes.discord_house import (
    DiscordHouse,
    Person,
    is_waiting,
    remembered,
    shown_by,
    text_of,
)
from tests.fakes.discord_manners import all_well, quick_discord


async def test_figure_1_in_a_thread_named_after_the_wish(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        house, ann = DiscordHouse(tmp_path, discord), Person(discord)
        async with house.open():
            thread, hello = await ann.mention("Hi, can you help me?")
            dog = await ann.say("That's awesome. Can you generate a cute dog?", thread)
            river = await ann.say("Good! Can you make it run near the river?", thread)
        async with house.open():
            sticker = await ann.say("Cool! Could you make some sticker?", thread)
            home = await ann.say("What would this dog's house look like?", thread)
            thanks = await ann.say("It looks great!", thread)

        assert thread.name == "Hi, can you help me?"
        assert shown_by(hello) == [] and text_of(hello)
        assert "dog" in shown_by(dog)[0]
        assert "dog" in shown_by(river)[0] and "river" in shown_by(river)[0]
        assert "from picture 1" in text_of(river)
        assert all("sticker" in alt and "dog" in alt for alt in shown_by(sticker))
        assert "house" in shown_by(home)[0]
        assert shown_by(thanks) == [] and text_of(thanks)
        assert len(ann.answers(thread)) == 6
        assert all_well(discord)


async def test_figure_4_the_six_interactions_on_discord(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        house, ann = DiscordHouse(tmp_path, discord), Person(discord)
        async with house.open():
            thread, first = await ann.mention(
                "My 7 year-old keeps talking he dreamed a superman cat last night -- What does it look like?"
            )
            more = await ann.say("My son says its name is Bob. Can I see more like this?", thread)
            picked = await ann.say("He's going to love these! Can you pick the second one?", thread)
        async with house.open():
            flying = await ann.say("I like this one. Could you make Bob flying in the sky?", thread)
            refined = await ann.say(
                "This looks great! Can you refine the image for a story book?", thread
            )
            story = await ann.say("Bob looks strong, what's the story of him?", thread)

        assert "cat" in shown_by(first)[0]
        assert len(shown_by(more)) >= 2
        assert shown_by(picked) == [shown_by(more)[1]]
        assert "sky" in shown_by(flying)[0]
        assert len(shown_by(refined)) == 1
        assert shown_by(story) == [] and "Bob" in text_of(story)
        assert all_well(discord)


async def test_two_people_in_two_channels_are_not_mixed_up(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, bob = Person(discord), Person(discord, discord.add_user("bob"))
        other = discord.add_channel("other")
        async with DiscordHouse(tmp_path, discord).open():
            (dogs, _), (cats, _) = await asyncio.gather(
                ann.mention("a cute dog"), bob.mention("a cat", other)
            )
            dog, cat = await asyncio.gather(
                ann.say("make it night", dogs), bob.say("make it snowy", cats)
            )

        assert "dog" in shown_by(dog)[0] and "night" in shown_by(dog)[0]
        assert "cat" in shown_by(cat)[0] and "snow" in shown_by(cat)[0]
        assert (dogs.parent_id, cats.parent_id) == (discord.channel.id, other.id)
        assert all_well(discord)


async def test_two_people_talk_in_one_thread(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, bob = Person(discord), Person(discord, discord.add_user("bob"))
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, _ = await ann.mention("a cute dog")
            night = await bob.say("make it night", thread)
            view = await easel.desk.view(
                ThreadRef("discord", discord.guild.id, discord.channel.id, thread.id)
            )

        assert "night" in shown_by(night)[0]
        assert view and [turn.user.name for turn in view.turns] == ["Alice", "Bob"]
        assert all_well(discord)


async def test_direct_messages_need_no_mention_and_no_thread(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, private = Person(discord), discord.dm_with(discord.user)
        async with DiscordHouse(tmp_path, discord).open():
            dog = await ann.say("a cute dog", private)
            night = await ann.say("make it night", private)

        assert "dog" in shown_by(dog)[0]
        assert "night" in shown_by(night)[0]
        assert discord.threads() == []
        assert all_well(discord)


async def test_people_can_talk_among_themselves_in_a_thread(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, bob = Person(discord), Person(discord, discord.add_user("bob"))
        async with DiscordHouse(tmp_path, discord).open():
            thread, dog = await ann.mention("a cute dog")
            await discord.say("// is it not lovely?", thread, bob.user)
            aside = await discord.say("what do you think?", thread, ann.user, mentions=[bob.user])
            await discord.say("lovely!", thread, bob.user, reply_to=aside)
            night = await ann.say("make it night", thread)

        assert ann.answers(thread) == [dog, night]
        assert all_well(discord)


async def test_a_message_without_mention_in_a_channel_is_left_alone(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            await discord.say("a cute cat")
            _, dog = await ann.mention("a cute dog")

        assert len(discord.threads()) == 1
        assert "dog" in shown_by(dog)[0]
        assert all_well(discord)


async def test_a_reply_makes_the_picture_the_source(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, dog = await ann.mention("a cute dog")
            await ann.say("a cat in a forest", thread)
            await remembered(easel, dog)
            night = await ann.say("make it night", thread, reply_to=dog)

        assert "dog" in shown_by(night)[0] and "night" in shown_by(night)[0]
        assert all_well(discord)


async def test_an_attachment_is_stored_at_once_and_becomes_the_source(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, _ = await ann.mention("look at this", files=[red_square()])
            discord.expire_cdn()
            await ann.say("it is a dog on the beach", thread)
            again = await ann.say("make it snowy", thread)
            view = await easel.desk.view(
                ThreadRef("discord", discord.guild.id, discord.channel.id, thread.id)
            )

        assert view and [p.number for p in view.pictures if p.recipe is None] == [1]
        assert view.pictures[-1].parent_id is not None
        assert "snow" in shown_by(again)[0]
        assert all_well(discord)


async def test_a_picture_somebody_else_posted_is_the_source_of_a_reply(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, bob = Person(discord), discord.add_user("bob")
        async with DiscordHouse(tmp_path, discord).open() as easel:
            posted = await discord.say("look", user=bob, files=[red_square()])
            said = await discord.say(
                "make it night", user=ann.user, mentions=[discord.bot], reply_to=posted
            )
            thread = await discord.wait_thread()
            await ann.answer_in(thread)
            view = await easel.desk.view(
                ThreadRef("discord", discord.guild.id, discord.channel.id, said.id)
            )

        assert view and len(view.turns[0].upload_ids) == 1
        assert all_well(discord)


async def test_reactions_pick_repeat_mark_and_send(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        private = discord.dm_with(discord.user)
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, dogs = await ann.mention("a cute dog --n 2")
            await remembered(easel, dogs)
            await discord.react(dogs, "2️⃣")
            picked = await ann.answer_in(thread, 1)
            await discord.react(dogs, "🔁")
            again = await ann.answer_in(thread, 2)
            await discord.react(dogs, "⭐")
            await discord.react(dogs, "✉️")
            sent = await ann.answer_in(private)
            view = await easel.desk.view(
                ThreadRef("discord", discord.guild.id, discord.channel.id, thread.id)
            )

        assert view and view.conversation.current_id is not None
        assert shown_by(picked) == [shown_by(dogs)[1]]
        assert len(shown_by(again)) >= 1
        assert shown_by(sent) == shown_by(dogs)
        assert all_well(discord)


async def test_the_owner_deletes_with_a_reaction_and_others_do_not(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, bob = Person(discord), discord.add_user("bob")
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, dog = await ann.mention("a cute dog")
            ref = ThreadRef("discord", discord.guild.id, discord.channel.id, thread.id)
            await remembered(easel, dog)
            await discord.react(dog, "🗑️", bob)
            await ann.say("make it night", thread)
            before = await easel.desk.view(ref)
            await discord.react(dog, "🗑️")
            await discord.until(lambda: "deleted" in text_of(dog))
            after = await easel.desk.view(ref)

        assert before and before.pictures[0].state is PictureState.READY
        assert after and after.pictures[0].state is PictureState.DELETED
        assert dog.files == []
        assert all_well(discord)


async def test_a_forum_post_is_a_conversation_once_it_mentions_the_bot(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, forum = Person(discord), discord.add_forum("ideas")
        async with DiscordHouse(tmp_path, discord).open():
            quiet = await discord.post(forum, "rules", "be kind")
            post = await discord.post(forum, "dogs", f"<@{discord.bot.id}> a cute dog")
            dog = await ann.answer_in(post)
            night = await ann.say("make it night", post)

        assert "dog" in shown_by(dog)[0] and "night" in shown_by(night)[0]
        assert discord.messages(quiet, by_bot=True) == []
        assert all_well(discord)


async def test_an_age_restricted_channel_is_told_to_the_desk(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann, cellar = Person(discord), discord.add_channel("cellar", nsfw=True)
        async with DiscordHouse(tmp_path, discord).open() as easel:
            thread, _ = await ann.mention("a cute dog", cellar)
            await ann.say("make it night", thread)
            view = await easel.desk.view(
                ThreadRef("discord", discord.guild.id, cellar.id, thread.id)
            )

        assert view and [turn.adult for turn in view.turns] == [True, True]
        assert all_well(discord)


async def test_a_private_wish_is_answered_in_private(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        async with DiscordHouse(tmp_path, discord).open():
            await discord.wait_commands("imagine")
            asked = await discord.slash("imagine", {"prompt": "a cute dog", "private": True})
            await discord.until(lambda: asked.message and shown_by(asked.message), 30)

        assert asked.message and asked.message.ephemeral
        assert "dog" in shown_by(asked.message)[0]
        assert discord.messages(by_bot=True) == [asked.message]
        assert all_well(discord)


async def test_who_installed_the_bot_uses_it_on_other_peoples_servers(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        elsewhere = discord.add_channel("general", discord.add_foreign_guild("Elsewhere"))
        async with DiscordHouse(tmp_path, discord).open():
            await discord.wait_commands("imagine")
            asked = await discord.slash("imagine", {"prompt": "a cute dog"}, channel=elsewhere)
            await discord.until(lambda: asked.message and shown_by(asked.message), 30)

        assert asked.message and "dog" in shown_by(asked.message)[0]
        assert all_well(discord)


async def test_pictures_keep_to_the_limit_of_the_server(tmp_path: Path) -> None:
    async with quick_discord(upload_limit=900) as discord:
        ann = Person(discord)
        async with DiscordHouse(tmp_path, discord).open():
            thread, dog = await ann.mention("a cute dog")

        assert "cannot be sent here" in text_of(dog)
        assert ann.answers(thread) == [dog]
        assert all_well(discord)


async def test_a_message_taken_back_stops_its_turn(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        slow = "tests.fakes.story_painters:SlowPainter"
        async with DiscordHouse(tmp_path, discord, painter=slow).open() as easel:
            thread, _ = await ann.mention("Hi, can you help me?")
            wish = await discord.say("a cute dog --n 4", thread)
            await discord.until(lambda: any(is_waiting(m) for m in messages_of(discord, thread)))
            await discord.delete(wish)
            stopped = await ann.answer_in(thread, 1)
            turn = await easel.desk.turn_of_event("discord", wish.id)

        assert turn and turn.state is TurnState.CANCELLED
        assert shown_by(stopped) == []
        assert all_well(discord)


async def test_a_corrected_message_counts_while_it_waits(tmp_path: Path) -> None:
    async with quick_discord() as discord:
        ann = Person(discord)
        slow = "tests.fakes.story_painters:SlowPainter"
        async with DiscordHouse(tmp_path, discord, painter=slow).open():
            thread, _ = await ann.mention("Hi, can you help me?")
            await discord.say("a cute dog --n 4", thread)
            late = await discord.say("a cat", thread)
            await discord.until(lambda: len(messages_of(discord, thread)) >= 3)
            await discord.edit(late, "a hedgehog")
            await ann.answer_in(thread, 1)
            hedgehog = await ann.answer_in(thread, 2)

        assert "hedgehog" in shown_by(hedgehog)[0]
        assert all_well(discord)


def messages_of(discord: FakeDiscord, thread: object) -> list[Message]:
    return discord.messages(thread, by_bot=True)


def red_square() -> Upload:
    file = BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    return Upload("red.png", file.getvalue(), "image/png")
