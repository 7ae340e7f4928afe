"""Talks on a loopback Slack with the whole of Easel behind it, over Socket Mode and over signed HTTP requests.

One Easel serves all stories of a mode, each in a channel of its own; every call to Slack conforms to its schema.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from adapters.slack.place import PLATFORM
from bot.app import Easel
from core.types import ConversationView, PicturesPart, ThreadRef, Verb
from tests.fakes.chat.slack import Channel, FakeSlack, Message
from tests.fakes.slack_house import (
    HTTP,
    SOCKET,
    SlackHouse,
    captions_in,
    pictures_in,
    png,
    words_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[SOCKET, HTTP])
async def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SlackHouse]:
    async with FakeSlack(retry_delays=(0.0, 0.5, 1.0)) as slack:
        other = slack.add_team("Other")
        house = SlackHouse(
            slack,
            tmp_path_factory.mktemp("slack"),
            request.param,
            bot_tokens=f"{slack.bot_token} {other.bot_token}",
        )
        async with house.open():
            yield house


@pytest.fixture
def house(opened: SlackHouse) -> Iterator[SlackHouse]:
    yield opened
    assert opened.slack.rec.problems() == []


@pytest.fixture
def art(house: SlackHouse) -> Channel:
    return house.slack.add_channel("art")


async def in_thread(house: SlackHouse, root: Message, text: str) -> Message:
    return await house.answer(await house.slack.say(text, root.channel, thread=root))


def easel_of(house: SlackHouse) -> Easel:
    assert house.easel
    return house.easel


async def conversation(house: SlackHouse, root: Message, thread: str = "") -> ConversationView:
    ref = ThreadRef(PLATFORM, house.slack.team.id, root.channel.id, thread)
    view = await easel_of(house).desk.view(ref)
    assert view is not None
    return view


def verb_of(view: ConversationView, turn: int) -> list[Verb]:
    return [part.verb for part in view.turns[turn].parts if isinstance(part, PicturesPart)]


# -- the paper --------------------------------------------------------------------------------------------


async def test_figure_1_a_dog_its_river_its_sticker_and_its_house(
    house: SlackHouse, art: Channel
) -> None:
    root = await house.slack.say("Hi, can you help me?", art, mention_bot=True)
    hello = await house.answer(root)
    dog = await in_thread(house, root, "That's awesome. Can you generate a cute dog?")
    river = await in_thread(house, root, "Good! Can you make it run near the river?")
    sticker = await in_thread(house, root, "Cool! Could you make some sticker?")
    home = await in_thread(house, root, "What would this dog's house look like?")
    thanks = await in_thread(house, root, "It looks great!")

    assert pictures_in(hello) == [] == pictures_in(thanks)
    assert "dog" in captions_in(dog)[0]
    assert {"dog", "river"} <= set(captions_in(river)[0].split())
    assert all({"sticker", "dog"} <= set(caption.split()) for caption in captions_in(sticker))
    assert "house" in captions_in(home)[0]
    assert {m.thread_ts for m in (hello, dog, river, sticker, home, thanks)} == {root.ts}
    assert (
        len(house.slack.messages(art, by_bot=True)) == 6
    )  # one message each, edited from card to answer


async def test_figure_4_the_six_interactions(house: SlackHouse, art: Channel) -> None:
    root = await house.slack.say(
        "My 7 year-old keeps talking he dreamed a superman cat last night -- What does it look like?",
        art,
        mention_bot=True,
    )
    first = await house.answer(root)
    more = await in_thread(house, root, "My son says its name is Bob. Can I see more like this?")
    await in_thread(house, root, "He's going to love these! Can you pick the second one?")
    flying = await in_thread(house, root, "I like this one. Could you make Bob flying in the sky?")
    await in_thread(house, root, "This looks great! Can you refine the image for a story book?")
    story = await in_thread(house, root, "Bob looks strong, what's the story of him?")
    view = await conversation(house, root, root.ts)

    assert "cat" in captions_in(first)[0] and len(pictures_in(more)) >= 2
    assert "sky" in captions_in(flying)[0]
    assert pictures_in(story) == [] and "Bob" in words_of(story)
    assert [verb_of(view, n) for n in range(6)] == [
        [Verb.GENERATE],
        [Verb.VARY],
        [Verb.SELECT],
        [Verb.EDIT],
        [Verb.REFINE],
        [],
    ]


# -- where people talk ------------------------------------------------------------------------------------


async def test_a_direct_message_is_one_conversation_without_threads(house: SlackHouse) -> None:
    dave = house.slack.add_user("dave")
    home = house.slack.im(dave)
    castle = await house.answer(await house.slack.say("a castle", home, dave))
    night = await house.answer(await house.slack.say("make it snow", home, dave))

    assert castle.thread_ts is None and night.thread_ts is None
    assert "castle" in captions_in(night)[0] and "snow" in captions_in(night)[0]
    statuses = [
        c.body["status"] for c in house.slack.rec.calls if c.route == "assistant.threads.setStatus"
    ]
    assert statuses[-1] == "" and any(statuses)


async def test_the_agent_view_suggests_what_to_say_next_and_names_its_threads(
    house: SlackHouse,
) -> None:
    erin = house.slack.add_user("erin")
    home = house.slack.im(erin)
    ts = await house.slack.open_assistant(erin)
    await house.slack.until(lambda: house.slack.prompts.get((home.id, ts)))
    hello = await house.answer(await house.slack.say("Hi, can you help me?", home, erin, ts))
    fox = await house.answer(await house.slack.say("a red fox in the forest", home, erin, ts))
    await house.slack.until(
        lambda: any("night" in p["message"] for p in house.slack.prompts[home.id, ts])
    )

    assert hello.text and hello.thread_ts == ts
    assert pictures_in(fox) and fox.thread_ts == ts
    assert house.slack.titles[home.id, ts].startswith("Hi")


async def test_two_people_in_one_thread_are_told_apart(house: SlackHouse, art: Channel) -> None:
    bob = house.slack.add_user("bob")
    root = await house.slack.say("a cute dog", art, mention_bot=True)
    await house.answer(root)
    await house.answer(await house.slack.say("make it a cat", art, bob, thread=root))
    view = await conversation(house, root, root.ts)

    assert [turn.user.name for turn in view.turns] == ["alice", "bob"]
    assert view.turns[0].user.id != view.turns[1].user.id


async def test_people_can_talk_past_the_bot(house: SlackHouse, art: Channel) -> None:
    bob = house.slack.add_user("bob")
    before = await house.slack.say("a dog, just between us", art)
    root = await house.slack.say("a cute dog", art, mention_bot=True)
    await house.answer(root)
    aside = await house.slack.say("// what do you think?", art, thread=root)
    other = await house.slack.say(f"<@{bob.id}> shall we take this?", art, thread=root)
    elsewhere = await house.slack.say("my dog is ill", art, thread=before)
    last = await in_thread(house, root, "make it a cat")

    assert "cat" in captions_in(last)[0]
    assert [m.reactions for m in (before, aside, other, elsewhere)] == [{}, {}, {}, {}]
    assert len(house.slack.messages(art, by_bot=True)) == 2


async def test_a_mention_inside_a_thread_of_others_opens_a_conversation_there(
    house: SlackHouse, art: Channel
) -> None:
    root = await house.slack.say("we need a picture for the fair", art)
    asked = await house.slack.say("a castle", art, thread=root, mention_bot=True)
    castle = await house.answer(asked)
    snow = await in_thread(house, root, "make it snow")

    assert castle.thread_ts == root.ts and "castle" in captions_in(castle)[0]
    assert "snow" in captions_in(snow)[0]


async def test_two_workspaces_are_served_side_by_side_and_kept_apart(house: SlackHouse) -> None:
    slack = house.slack
    here, other = slack.team, next(t for t in slack.teams.values() if t is not slack.team)
    zoe, place = slack.add_user("zoe", other), slack.add_channel("art", team=other)
    asked = await slack.say("a castle", place, zoe, mention_bot=True)
    castle = await house.answer(asked)
    snow = await house.answer(await slack.say("make it snow", place, zoe, thread=asked))
    desk = easel_of(house).desk
    view = await desk.view(ThreadRef(PLATFORM, other.id, place.id, asked.ts))

    assert castle["user"] == other.bot_user and "snow" in captions_in(snow)[0]
    assert view and len(view.turns) == 2
    assert view.turns[0].user.id == f"{other.id}:{zoe.id}"
    assert await desk.view(ThreadRef(PLATFORM, here.id, place.id, asked.ts)) is None


# -- files ------------------------------------------------------------------------------------------------


async def test_an_attached_picture_is_taken_in_and_numbered(
    house: SlackHouse, art: Channel
) -> None:
    asked = await house.slack.say(
        "make it a watercolour", art, files=[("mine.png", png())], mention_bot=True
    )
    painted = await house.answer(asked)
    view = await conversation(house, asked, asked.ts)
    uploaded = view.pictures[0]

    assert words_of(painted)
    assert view.turns[0].upload_ids == (uploaded.id,)
    assert uploaded.recipe is None and uploaded.width == 64


async def test_a_file_that_is_no_picture_is_refused_to_its_sender_alone(
    house: SlackHouse, art: Channel
) -> None:
    asked = await house.slack.say("look", art, files=[("notes.txt", b"words")], mention_bot=True)
    await house.slack.until(lambda: asked.reactions == {"x": 1})
    (told,) = [m for m in art.messages.values() if m.ephemeral_to]

    assert "PNG" in told.text and told.ephemeral_to == house.slack.user.id
    assert house.slack.messages(art, by_bot=True) == [told]


# -- after the words --------------------------------------------------------------------------------------


async def test_what_people_write_pings_nobody(house: SlackHouse, art: Channel) -> None:
    asked = await house.slack.say("say <!channel> and a &lt;b&gt; dog", art, mention_bot=True)
    answer = await house.answer(asked)

    assert "<!channel>" not in str(dict(answer)) and "<!here>" not in str(dict(answer))


# -- reactions --------------------------------------------------------------------------------------------


async def test_reactions_pick_repeat_keep_rate_and_send(house: SlackHouse, art: Channel) -> None:
    slack, frank = house.slack, house.slack.add_user("frank")
    root = await slack.say("three cute dogs --n 3", art, frank, mention_bot=True)
    dogs = await house.answer(root)
    await slack.react(dogs, "two", frank)
    await slack.until(lambda: len(slack.messages(art, by_bot=True)) == 2)
    await slack.react(dogs, "repeat", frank)
    await slack.until(lambda: any(pictures_in(m) for m in slack.messages(art, by_bot=True)[2:]))
    await slack.react(dogs, "star", frank)
    await slack.react(dogs, "+1::skin-tone-3", frank)
    await slack.react(dogs, "envelope", frank)
    (sent,) = await slack.until(lambda: slack.messages(slack.im(frank), by_bot=True))
    view = await conversation(house, root, root.ts)

    assert len(pictures_in(dogs)) == 3 == len(pictures_in(sent))
    assert verb_of(view, 1) == [Verb.SELECT]
    picked = [p for p in view.turns[1].parts if isinstance(p, PicturesPart)][0].picture_ids
    assert picked == (view.pictures[1].id,)


async def test_only_the_owner_can_delete_by_reaction_and_the_picture_goes_away(
    house: SlackHouse, art: Channel
) -> None:
    slack, bob = house.slack, house.slack.add_user("bob")
    root = await slack.say("a cute dog", art, mention_bot=True)
    dog = await house.answer(root)
    await slack.react(dog, "wastebasket", bob)
    (told,) = await slack.until(lambda: [m for m in art.messages.values() if m.ephemeral_to])
    assert told.ephemeral_to == bob.id and pictures_in(dog)

    await slack.react(dog, "wastebasket")
    await slack.until(lambda: not pictures_in(dog))
    assert not any(file.name == "easel-1.png" for file in slack.files.values() if file.id in dog)
