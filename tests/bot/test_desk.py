"""What platforms may ask of the desk, on the whole of Easel."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from zipfile import ZipFile

import pytest

from bot.config import Settings
from bot.policy import PolicySettings
from core.errors import (
    AmbiguousPicture,
    BadInput,
    ContentRefused,
    MessageTooLong,
    NotAllowed,
    UnknownPicture,
)
from core.llm.settings import LlmSettings
from core.preferences import person_scope, place_scope
from core.types import (
    Attachment,
    Mark,
    PictureState,
    Post,
    Press,
    QueueEntry,
    Receipt,
    Stage,
    Turn,
    TurnState,
    UserRef,
    Verb,
    new_id,
)
from tests.bot.store.test_conversations import database_bytes
from tests.bot.test_dispatch import png
from tests.fakes.house import ANN, House, Talk, pictures_of, text_of
from tests.fakes.llm_server import LlmServer

SLOW = "tests.fakes.story_painters:SlowPainter"
BEN = UserRef("talk", "ben", "Ben")
LIMIT_S = 30.0
T = TypeVar("T")


@pytest.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer() as running:
        yield running


def speaking(server: LlmServer) -> LlmSettings:
    return LlmSettings(
        backend="openai", base_url=server.base_url, model="m", rewrite_prompts="off", retries=0
    )


async def until(ask: Callable[[], Awaitable[T | None]]) -> T:
    """What `ask` finds, once it finds something."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if found := await ask():
                return found
            await asyncio.sleep(0.02)


async def heard(server: LlmServer) -> bool:
    """The language model has been asked."""
    return bool(server.requests)


async def at_work(talk: Talk, stage: Stage = Stage.PAINTING) -> str:
    """The turn that has come that far."""

    async def look() -> str | None:
        return next((sign.turn_id for sign in talk.signs if sign.stage is stage), None)

    return await until(look)


# -- stopping and correcting --------------------------------------------------------------------------


async def test_only_the_one_who_asked_or_a_moderator_can_stop_it(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path, painter=SLOW, steps=500).open(talk) as easel:
        waiting = asyncio.create_task(talk.say("a dog"))
        turn_id = await at_work(talk)
        (job,) = await easel.store.jobs_of_turn(turn_id)
        with pytest.raises(NotAllowed) as refused:
            await talk.desk.cancel(job.id, BEN)
        with pytest.raises(NotAllowed):
            await talk.desk.cancel_turn(turn_id, BEN)
        stopped = await talk.desk.cancel_turn(turn_id, BEN, moderator=True)
        answer = await waiting
        again = await talk.desk.cancel_turn(turn_id, ANN)

    assert stopped and not again
    assert "Only the one who asked" in refused.value.reply
    assert (answer.turn.state, answer.turn.error) == (TurnState.CANCELLED, "Stopped, as you asked.")


async def test_a_turn_that_thinks_or_waits_is_stopped_and_the_next_goes_on(
    tmp_path: Path, server: LlmServer
) -> None:
    server.hang_before_headers()
    server.say("Hello Ann.")
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        thinking = asyncio.create_task(talk.say("a dog"))
        turn_id = await at_work(talk, Stage.THINKING)
        await until(lambda: heard(server))
        waiting = talk.event("a cat")
        answer = asyncio.create_task(talk.ask(waiting))
        last = asyncio.create_task(talk.say("hello"))
        queued = await until(lambda: talk.desk.turn_of_event("talk", waiting.event_id))
        stopped = [
            await talk.desk.cancel_turn(queued.id, ANN),
            await talk.desk.cancel_turn(turn_id, ANN),
        ]
        answers = [await thinking, await answer, await last]

    assert stopped == [True, True]
    assert [a.turn.state for a in answers[:2]] == [TurnState.CANCELLED] * 2
    assert text_of(answers[2]) == "Hello Ann."


async def test_a_stopped_turn_stays_stopped_after_a_restart(
    tmp_path: Path, server: LlmServer
) -> None:
    server.hang_before_headers()
    talk = Talk()
    house = House(tmp_path, llm=speaking(server))
    async with house.open(talk) as easel:
        asking = asyncio.create_task(talk.say("a dog"))
        turn_id = await at_work(talk, Stage.THINKING)
        await until(lambda: heard(server))
        await talk.desk.cancel_turn(turn_id, ANN)
        turn = await easel.store.turn(turn_id)
        await asking
    async with house.open(talk) as easel:
        assert await easel.store.open_turns() == []

    assert turn is not None and turn.state is TurnState.CANCELLED


async def test_words_are_corrected_until_their_turn_comes(
    tmp_path: Path, server: LlmServer
) -> None:
    server.hang_before_headers()
    server.say("<image id=1>a cat</image>")
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        first = asyncio.create_task(talk.say("a dog"))
        thinking = await at_work(talk, Stage.THINKING)
        await until(lambda: heard(server))
        event = talk.event("a cta")
        second = asyncio.create_task(talk.ask(event))
        queued = await until(lambda: talk.desk.turn_of_event("talk", event.event_id))
        with pytest.raises(MessageTooLong):
            await talk.desk.amend(queued.id, "x" * 100_000)
        amended = [
            await talk.desk.amend(queued.id, "a\x00 cat"),
            await talk.desk.amend(thinking, "a fox"),
            await talk.desk.amend("unknown", "a fox"),
        ]
        await talk.desk.cancel_turn(thinking, ANN)
        await first
        answer = await second
        too_late = await talk.desk.amend(queued.id, "an owl")

    assert (amended, too_late) == ([True, False, False], False)
    assert answer.turn.text == "a cat"
    assert "a cat" in str(server.requests[-1].messages[-1]["content"])


async def test_a_message_that_is_kept_is_answered_though_its_sender_gave_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk()
    is_kept, goes_on = asyncio.Event(), asyncio.Event()
    async with House(tmp_path).open(talk) as easel:
        accept = easel.store.accept

        async def slowly(*event: Any) -> Receipt:
            receipt = await accept(*event)
            is_kept.set()
            await goes_on.wait()
            return receipt

        monkeypatch.setattr(easel.store, "accept", slowly)
        event = talk.event("a dog")
        sending = asyncio.create_task(talk.desk.receive(event))
        await is_kept.wait()
        sending.cancel()
        await asyncio.wait([sending])
        goes_on.set()

        async def answered() -> Turn | None:
            turn = await talk.desk.turn_of_event("talk", event.event_id)
            return turn if turn and turn.state is TurnState.DONE else None

        turn = await until(answered)

    assert sending.cancelled() and turn.parts


# -- pictures -----------------------------------------------------------------------------------------


async def test_a_picture_is_found_by_number_here_and_by_id_where_one_may_see_it(
    tmp_path: Path,
) -> None:
    talk, ben = Talk(), Talk("other", BEN, "elsewhere", name="other")
    async with House(tmp_path).open(talk, ben):
        dog = pictures_of(await talk.say("a dog"))[0]
        desk, elsewhere = talk.desk, ben.thread
        found = [
            await desk.find_picture("#1", talk.thread, BEN),
            await desk.find_picture(dog.id, talk.thread, BEN),
            await desk.find_picture(dog.id[-6:].lower(), elsewhere, ANN),
            await desk.find_picture(dog.id[-8:], None, ANN),
        ]
        hidden = [
            await desk.find_picture("2", talk.thread, ANN),
            await desk.find_picture("1", elsewhere, ANN),
            await desk.find_picture(dog.id, elsewhere, BEN),
            await desk.find_picture("no such picture", talk.thread, ANN),
        ]
        mine = await desk.pictures_of(ANN)

    assert found == [dog] * 4
    assert hidden == [None] * 4
    assert mine == [dog]


async def test_an_id_that_fits_several_pictures_is_asked_about(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk) as easel:
        dog = pictures_of(await talk.say("a dog"))[0]
        twin = dog.id[:3] + ("1" if dog.id[3] != "1" else "2") + dog.id[4:]
        await easel.store._write(
            lambda db: (
                db.execute(
                    "INSERT INTO pictures (id, conversation_id, number, turn_id, caption, state,"
                    " created_at) VALUES (?, ?, 2, ?, 'twin', 'ready', 1)",
                    (twin, dog.conversation_id, dog.turn_id),
                ).rowcount
            )
        )
        with pytest.raises(AmbiguousPicture) as asked:
            await talk.desk.find_picture(dog.id[-10:], talk.thread, ANN)

    assert asked.value.numbers == (1, 2)


async def test_a_deleted_picture_is_gone_and_presses_on_it_get_a_sentence(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk) as easel:
        dog = pictures_of(await talk.say("a dog"))[0]
        path = talk.desk.picture_path(dog)
        with pytest.raises(NotAllowed):
            await talk.desk.delete_picture(dog.id, BEN)
        with pytest.raises(UnknownPicture):
            await talk.desk.delete_picture("unknown", ANN)
        deleted = await talk.desk.delete_picture(dog.id, ANN)
        with pytest.raises(UnknownPicture) as refused:
            await talk.press(Verb.VARY, dog)
        details = await talk.press(Verb.DETAILS, dog)
        left = await easel.store.picture(dog.id)

    assert deleted == left == replace(dog, state=PictureState.DELETED, sha256=None)
    assert not path.exists()
    assert "deleted" in refused.value.reply
    assert details.turn.state is TurnState.DONE


async def test_a_picture_of_another_conversation_is_edited_here(tmp_path: Path) -> None:
    talk, other = Talk(), Talk("other", BEN, name="talk-2")
    other.thread = replace(other.thread, platform="talk")
    async with House(tmp_path).open(talk):
        dog = pictures_of(await talk.say("a dog"))[0]
        here = replace(talk.thread, thread="here")
        event = replace(talk.event(press=Press(Verb.EDIT, dog.id, "make it night")), thread=here)
        edited = pictures_of(await talk.ask(event))[0]
        copy = await talk.desk.find_picture("1", here, ANN)

    assert copy is not None and (copy.caption, copy.sha256) == (dog.caption, dog.sha256)
    assert (edited.number, edited.parent_id) == (2, copy.id)
    assert "dog" in edited.caption and "night" in edited.caption


async def test_a_press_on_a_picture_that_comes_along_works_on_that(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        photo = Attachment("photo.png", png((64, 64)))
        varied = await talk.press(Verb.VARY, "", "", photo)
        with pytest.raises(BadInput) as refused:
            await talk.press(Verb.VARY, "")

    assert pictures_of(varied)[0].parent_id == varied.turn.upload_ids[0]
    assert refused.value.reply


async def test_a_picture_one_may_not_see_can_be_neither_pressed_nor_answered_on(
    tmp_path: Path,
) -> None:
    own = Talk(workspace="dm")
    async with House(tmp_path).open(own):
        picture = pictures_of(await own.say("a dog"))[0]
        elsewhere = replace(own.thread, workspace="server")
        tries = [
            own.event(press=Press(Verb.DETAILS, picture.id)),
            own.event(press=Press(Verb.BLEND, "unknown", others=(picture.id,))),
            own.event("make it night", reply_to=picture.id),
        ]
        refused = []
        for event in tries:
            with pytest.raises(UnknownPicture) as told:
                await own.desk.receive(replace(event, thread=elsewhere, user=BEN))
            refused.append(told.value.reply)
        nothing = await own.desk.view(elsewhere)
        here = await own.ask(replace(tries[0], event_id=new_id(), user=BEN))
        mine = await own.ask(replace(tries[0], event_id=new_id(), thread=elsewhere))

    assert refused == ["That picture is no longer here."] * 3 and nothing is None
    assert "a dog" in text_of(here) and "a dog" in text_of(mine)


# -- what is kept -------------------------------------------------------------------------------------


async def test_the_queue_shows_what_runs_and_what_waits_in_order(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path, painter=SLOW, steps=500).open(talk):
        first = asyncio.create_task(talk.say("a dog"))
        turn_id = await at_work(talk)
        other = replace(talk.event("a cat"), thread=replace(talk.thread, thread="2"), user=BEN)
        second = asyncio.create_task(talk.ask(other))

        async def both() -> Sequence[QueueEntry] | None:
            entries = await talk.desk.queue()
            return entries if len(entries) == 2 else None

        entries = await until(both)
        own = await talk.desk.queue(BEN)
        for entry in entries:
            await talk.desk.cancel(entry.job_id, ANN, moderator=True)
        await asyncio.gather(first, second)
        empty = await talk.desk.queue()

    assert [(e.caption, e.running, e.position) for e in entries] == [
        ("a dog", True, 0),
        ("a cat", False, 0),
    ]
    assert (entries[0].turn_id, entries[0].thread) == (turn_id, talk.thread)
    assert [e.user_key for e in own] == ["talk:ben"] and empty == []


async def test_posts_settings_and_marks_are_kept_over_a_restart(tmp_path: Path) -> None:
    house, talk = House(tmp_path), Talk()
    scope = place_scope("talk", "w", "c")
    async with house.open(talk):
        answer = await talk.say("a dog")
        dog = pictures_of(answer)[0]
        post = Post(f"{answer.turn.id}:0", "talk", "c", "m1", answer.turn.id, (dog.id,))
        await talk.desk.remember(post)
        await talk.desk.set_setting(scope, "press", "owner")
        await talk.desk.mark(dog.id, ANN, Mark.FAVOURITE, True)
        with pytest.raises(BadInput):
            await talk.desk.set_setting(scope, "press", "nobody")
        with pytest.raises(UnknownPicture):
            await talk.desk.mark("unknown", ANN, Mark.GOOD, True)
    async with house.open(talk) as easel:
        kept = await talk.desk.post("talk", "c", "m1")
        posts = await talk.desk.posts(answer.turn.id)
        press = await talk.desk.setting(scope, "press")
        marks = await easel.store.marks_of("talk:ann")
        ready = talk.desk.health()["ready"]

    assert (kept, posts, press, marks) == (post, [post], "owner", [(dog.id, Mark.FAVOURITE)])
    assert ready is True


async def test_preferences_of_the_person_the_channel_and_the_server_are_the_defaults(
    tmp_path: Path,
) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        await talk.desk.set_setting(place_scope("talk", "w"), "count", "4")
        four = await talk.say("a dog")
        await talk.desk.set_setting(place_scope("talk", "w", "c"), "count", "3")
        three = await talk.say("a cat")
        await talk.desk.set_setting(person_scope(ANN), "count", "2")
        two = await talk.say("exactly: a fox")
        flagged = await talk.say("a bird --n 1")
        one = await talk.say("one owl")
        edited = await talk.say("make it night")

    counts = [len(pictures_of(a)) for a in (four, three, two, flagged, one, edited)]
    assert counts == [4, 3, 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("words", "prompts"),
    [
        ("a robot in the snow --strength 65", ["a robot in the snow"]),
        ("exactly: a teal robot --strength 65", ["a teal robot"]),
        ("two robots --strength 65", ["a robot", "a beautiful robot"]),
    ],
)
async def test_a_picture_pointed_at_with_a_strength_is_painted_over(
    tmp_path: Path, words: str, prompts: list[str]
) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        dog = pictures_of(await talk.say("a dog wearing a hat"))[0]
        painted = pictures_of(await talk.say(words, reply_to=dog.id))
        apart = pictures_of(await talk.say("a robot in the snow", reply_to=dog.id))

    assert [picture.recipe and picture.recipe.prompt for picture in painted] == prompts
    assert {picture.recipe and picture.recipe.source for picture in painted} == {dog.id}
    assert {picture.recipe and picture.recipe.strength for picture in painted} == {0.65}
    assert apart[0].recipe and apart[0].recipe.source is None


async def test_a_picture_pointed_at_is_painted_over_when_the_model_only_talks(
    tmp_path: Path,
) -> None:
    async with LlmServer() as server:
        server.say("<image>a dog</image>")
        server.say("Sure, here is your cat!")
        llm = LlmSettings(backend="openai", base_url=server.base_url, model="fake")
        talk = Talk()
        async with House(tmp_path, llm=llm).open(talk):
            dog = pictures_of(await talk.say("draw a dog"))[0]
            cat = pictures_of(await talk.say("draw a cat --strength 65", reply_to=dog.id))[0]

    assert cat.recipe and (cat.recipe.source, cat.recipe.strength) == (dog.id, 0.65)


async def test_words_stay_as_they_are_for_those_who_prefer_it(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say("<image id=1>a joyful vixen</image>")
    server.say("<image id=1>a joyful vixen</image>")
    talk = Talk()
    llm = replace(speaking(server), rewrite_prompts="auto")
    async with House(tmp_path, llm=llm).open(talk):
        await talk.desk.set_setting(person_scope(ANN), "rewrite", "off")
        plain = pictures_of(await talk.say("a fox"))[0]
        await talk.desk.set_setting(person_scope(ANN), "rewrite", "on")
        rich = pictures_of(await talk.say("a fox"))[0]

    assert plain.recipe and plain.recipe.prompt == "a joyful vixen"
    assert rich.recipe and rich.recipe.prompt == "a fox"  # in the words of the painter


# -- rules --------------------------------------------------------------------------------------------


async def test_refused_words_are_refused_from_people_and_from_models(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say("<image id=1>a dog with gore</image>")
    server.say("<image id=1>a nude statue</image>")
    policy = PolicySettings(refused_words=("gore",), adult_words=("nude",))
    house = House(tmp_path, llm=speaking(server), settings=Settings(policy=policy))
    talk = Talk()
    async with house.open(talk) as easel:
        with pytest.raises(ContentRefused):
            await talk.say("a dog with gore")
        with pytest.raises(ContentRefused, match="adult"):
            await talk.say("a nude")
        assert await easel.desk.view(talk.thread) is None
        rewritten = await talk.say("a dog")
        talk.adult = True
        adult = await talk.say("a nude statue")

    assert rewritten.turn.state is TurnState.FAILED and "do not paint" in rewritten.turn.error
    assert len(pictures_of(adult)) == 1 and adult.turn.adult


async def test_people_who_are_blocked_on_a_server_are_refused_there_only(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        await talk.desk.set_setting(place_scope("talk", "w"), "blocked", "ann")
        with pytest.raises(NotAllowed) as refused:
            await talk.say("hello")
        talk.thread = replace(talk.thread, workspace="another")
        answer = await talk.say("hello")

    assert refused.value.reply and answer.turn.state is TurnState.DONE


# -- people's data ------------------------------------------------------------------------------------


async def test_an_export_holds_words_pictures_and_recipes_of_one_person(tmp_path: Path) -> None:
    talk, ben = Talk(), Talk("bens", BEN, name="talk-2")
    async with House(tmp_path).open(talk, ben):
        dog = pictures_of(await talk.say("a dog “Ünïcode”"))[0]
        gone = pictures_of(await talk.say("a cat"))[0]
        await ben.say("a fox")
        await talk.desk.delete_picture(gone.id, ANN)
        await talk.desk.mark(dog.id, ANN, Mark.FAVOURITE, True)
        await talk.desk.set_setting(person_scope(ANN), "count", "2")
        file = await talk.desk.export(ANN)
        data = talk.desk.picture_path(dog).read_bytes()

    with ZipFile(file) as archive:
        record = json.loads(archive.read("easel.json"))
        assert archive.read(f"pictures/{dog.id}.webp") == data
        assert len(archive.namelist()) == 2 and archive.testzip() is None
    assert [turn["text"] for turn in record["turns"]] == ["a dog “Ünïcode”", "a cat"]
    assert record["turns"][0]["pictures"][0]["recipe"]["prompt"]
    assert record["settings"] == {"count": "2"}
    assert record["marks"] == [{"picture": dog.id, "mark": "favourite"}]


async def test_exports_nobody_took_are_gone_after_a_restart(tmp_path: Path) -> None:
    house, talk = House(tmp_path), Talk()
    async with house.open(talk):
        empty = await talk.desk.export(ANN)
        assert empty.exists()
    async with house.open(talk):
        assert not empty.exists()


async def test_a_forgotten_person_is_gone_and_what_they_had_painted_is_stopped(
    tmp_path: Path,
) -> None:
    talk = Talk()
    async with House(tmp_path, painter=SLOW, steps=500).open(talk) as easel:
        asking = asyncio.create_task(talk.say("exactly: a dog, canary-7f3a"))
        await at_work(talk)
        bens = replace(talk.event("hello"), user=BEN)
        await talk.desk.receive(bens)
        forgotten = await talk.desk.forget(ANN)
        asking.cancel()

        async def bens_end() -> Turn | None:
            turn = await talk.desk.turn_of_event("talk", bens.event_id)
            return turn if turn and turn.finished_at else None

        await until(bens_end)
        view = await talk.desk.view(talk.thread)

        async def painter_is_free() -> bool:
            return easel.pool.status().running == 0

        is_free = await until(painter_is_free)

    assert (forgotten, is_free) == (1, True)
    assert view is not None and [turn.user for turn in view.turns] == [BEN]
    assert b"canary-7f3a" not in database_bytes(tmp_path)


async def test_a_forgotten_thread_starts_afresh(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        dog = pictures_of(await talk.say("a dog"))[0]
        first = await talk.desk.forget_thread(talk.thread)
        again = await talk.desk.forget_thread(talk.thread)
        answer = await talk.say("a cat")

    assert (first, again) == (True, False)
    assert pictures_of(answer)[0].number == 1 and pictures_of(answer)[0].id != dog.id


async def test_two_hundred_conversations_at_once_are_all_answered(tmp_path: Path) -> None:
    talk = Talk()
    places = [replace(talk.thread, thread=str(number)) for number in range(200)]
    async with House(tmp_path).open(talk):
        answers = await asyncio.gather(
            *(talk.ask(replace(talk.event("hello"), thread=place)) for place in places)
        )

    assert {answer.turn.state for answer in answers} == {TurnState.DONE}
    assert [answer.thread for answer in answers] == places
    assert len(talk.delivered) == len(set(talk.delivered)) == 200


async def test_messages_keep_their_order_when_the_first_has_a_large_picture(tmp_path: Path) -> None:
    talk = Talk()
    events = [talk.event("", attachments=(Attachment("big.png", png((2000, 2000))),))]
    events += [talk.event("hello", reply_to=new_id()) for _ in range(3)]
    async with House(tmp_path).open(talk):
        await asyncio.gather(*(talk.ask(event) for event in events))
        view = await talk.desk.view(talk.thread)

    assert view is not None
    assert [turn.event_id for turn in view.turns] == [event.event_id for event in events]
