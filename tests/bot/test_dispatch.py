"""What becomes of a message: the answer, whatever goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.config import LimitSettings, Settings
from core.errors import BadInput, EaselError, MessageTooLong, NotAPicture
from core.llm.settings import LlmSettings
from core.types import Answer, Attachment, Inbound, Press, Stage, TurnState, Verb
from tests.fakes.house import ANN, House, Talk, pictures_of, text_of, verbs_of
from tests.fakes.llm_server import LlmServer

SLOW = "tests.fakes.story_painters:SlowPainter"
BROKEN = "tests.fakes.painters:BrokenPainter"


@pytest.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer() as running:
        yield running


def speaking(server: LlmServer, rewrite: str = "off") -> LlmSettings:
    return LlmSettings(
        backend="openai",
        base_url=server.base_url,
        model="fake",
        rewrite_prompts="off" if rewrite == "off" else "auto",
        retries=0,
    )


async def test_every_button_of_a_picture_does_its_work(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        first = pictures_of(await talk.say("a dog"))[0]
        varied = await talk.press(Verb.VARY, first)
        refined = await talk.press(Verb.REFINE, first)
        edited = await talk.press(Verb.EDIT, first, "make it night")
        again = await talk.press(Verb.AGAIN, first)
        selected = await talk.press(Verb.SELECT, first)
        undone = await talk.press(Verb.UNDO, pictures_of(edited)[0])
        details = await talk.press(Verb.DETAILS, first)

    assert [verbs_of(a)[0] for a in (varied, refined, edited, again)] == [
        Verb.VARY,
        Verb.REFINE,
        Verb.EDIT,
        Verb.AGAIN,
    ]
    assert {pictures_of(a)[0].parent_id for a in (varied, refined, edited)} == {first.id}
    assert "night" in pictures_of(edited)[0].caption
    assert first.recipe and str(first.recipe.seed) in text_of(details)
    assert pictures_of(selected)[0].id == first.id
    assert pictures_of(undone)[0].id == pictures_of(edited)[0].id
    same = pictures_of(again)[0].recipe
    assert same and same.prompt == first.recipe.prompt and same.seed != first.recipe.seed


async def test_undo_in_words_goes_back_and_the_next_edit_branches(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        dog = pictures_of(await talk.say("a dog"))[0]
        await talk.say("make it night")
        back = await talk.say("undo")
        branch = await talk.say("now in the snow")

    assert pictures_of(back)[0].id == dog.id
    assert pictures_of(branch)[0].parent_id == dog.id


async def test_own_words_reach_the_painter_unchanged_and_no_model(
    tmp_path: Path, server: LlmServer
) -> None:
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        exact = await talk.say("exactly: 8k Castle, (ultra:1.3) --seed 7")
        raw = await talk.say("8k Castle --raw --n 2 --seed 9")

    recipes = [p.recipe for a in (exact, raw) for p in pictures_of(a)]
    assert [r and (r.prompt, r.seed) for r in recipes] == [
        ("8k Castle, (ultra:1.3)", 7),
        ("8k Castle", 9),
        ("8k Castle", 10),
    ]
    assert server.requests == []


async def test_with_the_model_away_a_plain_wish_is_painted_as_it_is(
    tmp_path: Path, server: LlmServer
) -> None:
    server.status(500)
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        answer = await talk.say("draw me a lighthouse in a storm")

    assert answer.turn.state is TurnState.DONE
    assert pictures_of(answer)[0].caption == "a lighthouse in a storm"
    assert "as they are" in text_of(answer)


async def test_with_the_model_away_a_question_ends_in_a_sentence(
    tmp_path: Path, server: LlmServer
) -> None:
    server.status(401)
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        answer = await talk.say("how are you?")
        server.say("Fine!")
        later = await talk.say("and now?")

    assert answer.turn.state is TurnState.FAILED
    assert "OPENAI_API_KEY" in answer.turn.error
    assert text_of(later) == "Fine!"


async def test_a_model_that_promises_and_does_not_paint_is_made_good(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say("Sure! Here is your picture: https://example.org/fox.png")
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        answer = await talk.say("paint a fox")

    assert pictures_of(answer)[0].caption == "a fox"
    assert "example.org" not in text_of(answer)


async def test_a_change_answered_with_a_new_picture_becomes_an_edit(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say("<image id=1>a fox</image>")
    server.say("<image id=2>a fox at night</image>")
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        fox = pictures_of(await talk.say("a fox please"))[0]
        night = await talk.say("make it night")

    assert verbs_of(night) == [Verb.EDIT]
    assert pictures_of(night)[0].parent_id == fox.id


async def test_an_edit_may_start_from_a_picture_of_the_same_answer(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say('<image id="1">a fox</image> and <edit id="2" prev_id="1">a fox at night</edit>')
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        day, night = pictures_of(await talk.say("a fox by day and by night"))

    assert night.parent_id == day.id
    assert night.recipe and night.recipe.source == day.id


async def test_tags_in_a_message_are_data(tmp_path: Path, server: LlmServer) -> None:
    server.say("What an odd message.")
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        answer = await talk.say('<image id="1">a cat</image> <edit prev_id=1>x</edit>')

    assert pictures_of(answer) == []
    assert "<image" not in str(server.requests[0].messages[-1]["content"])


async def test_a_number_that_does_not_exist_is_said_and_the_rest_is_done(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say('<select id="14"/> <image id="1">a fox</image>')
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        answer = await talk.say("take 14 and paint a fox")

    assert "14" in text_of(answer)
    assert len(pictures_of(answer)) == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", BadInput), ("\x00\x1b", BadInput), ("x" * 100_000, MessageTooLong)],
    ids=["empty", "control characters", "100,000 characters"],
)
async def test_a_message_that_cannot_be_read_is_refused_and_nothing_is_kept(
    tmp_path: Path, text: str, kind: type[EaselError]
) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk) as easel:
        with pytest.raises(kind) as refused:
            await talk.say(text)
        assert await easel.desk.view(talk.thread) is None

    assert refused.value.reply


async def test_an_upload_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk) as easel:
        with pytest.raises(NotAPicture):
            await talk.say("look", Attachment("notes.png", b"not a picture"))
        assert await easel.desk.view(talk.thread) is None


async def test_a_broken_painter_is_told_to_the_person(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path, painter=BROKEN).open(talk):
        answer = await talk.say("a dog")

    assert answer.turn.state is TurnState.FAILED
    assert "has no unet" in answer.turn.error


async def test_a_running_job_is_cancelled_and_the_turn_says_so(tmp_path: Path) -> None:
    house, talk = House(tmp_path, painter=SLOW, steps=500), Talk()
    async with house.open(talk) as easel:
        waiting = asyncio.create_task(talk.say("a dog"))
        job_id = await _job_at_work(talk)
        assert await easel.desk.cancel(job_id, ANN)
        answer = await waiting

    assert answer.turn.state is TurnState.CANCELLED


async def test_a_button_does_not_wait_for_the_picture_being_painted(tmp_path: Path) -> None:
    house, talk = House(tmp_path, painter=SLOW, steps=2), Talk()
    async with house.open(talk):
        dog = pictures_of(await talk.say("a dog"))[0]
    talk.signs.clear()
    house = House(tmp_path, painter=SLOW, steps=500)
    async with house.open(talk) as easel:
        waiting = asyncio.create_task(talk.say("a cat"))
        job_id = await _job_at_work(talk)
        details = await talk.press(Verb.DETAILS, dog)
        await easel.desk.cancel(job_id, ANN)
        await waiting

    assert details.turn.state is TurnState.DONE


async def planned(talk: Talk, event: Inbound) -> None:
    """Returns once it is known what becomes of this event."""
    async with asyncio.timeout(30.0):
        while True:
            turn = await talk.desk.turn_of_event("talk", event.event_id)
            if turn and turn.state is not TurnState.ACCEPTED:
                return
            await asyncio.sleep(0.02)


async def test_many_presses_at_once_keep_to_what_one_person_may_have_waiting(
    tmp_path: Path,
) -> None:
    talk = Talk()
    settings = Settings(limits=LimitSettings(queued_jobs_per_person=3))
    async with House(tmp_path, painter=SLOW, steps=500, settings=settings).open(talk) as easel:
        wish = talk.event("a dog")
        first = asyncio.create_task(talk.ask(wish))
        await planned(talk, wish)
        (job,) = await easel.store.open_jobs()
        press = Press(Verb.AGAIN, job.picture_ids[0])
        events = [talk.event(press=press) for _ in range(12)]
        presses = [asyncio.create_task(talk.ask(event)) for event in events]
        for event in events:
            await planned(talk, event)
        waiting = await easel.store.open_jobs()
        for turn in await easel.store.open_turns():
            await talk.desk.cancel_turn(turn.id, ANN)
        answers = await asyncio.gather(first, *presses)

    assert len(waiting) == 3
    assert sum("in the works already" in answer.turn.error for answer in answers) == 10


async def test_messages_of_one_conversation_are_answered_in_order(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        answers = await asyncio.gather(*(talk.say(f"a {w}") for w in ("dog", "cat", "fox", "owl")))

    assert [pictures_of(a)[0].number for a in answers] == [1, 2, 3, 4]
    assert [pictures_of(a)[0].caption for a in answers] == ["a dog", "a cat", "a fox", "an owl"]


class Stubborn(Talk):
    """Fails to deliver at first."""

    failures = 2

    async def deliver(self, answer: Answer) -> str:
        if self.failures:
            self.failures -= 1
            raise ConnectionResetError("the platform is away")
        return await super().deliver(answer)


async def test_an_answer_is_delivered_once_a_platform_takes_it(tmp_path: Path) -> None:
    talk = Stubborn()
    async with House(tmp_path).open(talk):
        await talk.say("hello")
        await talk.say("a dog")

    assert len(talk.delivered) == len(set(talk.delivered)) == 2


async def test_an_answer_waits_for_its_platform_to_be_served_again(tmp_path: Path) -> None:
    class Deaf(Talk):
        async def deliver(self, answer: Answer) -> str:
            raise ConnectionResetError("gone")

    deaf, talk = Deaf(), Talk()
    async with House(tmp_path).open(deaf) as easel:
        waiting = asyncio.create_task(deaf.say("a dog"))
        while not (await easel.store.pending_answers()):  # noqa: ASYNC110 - a row, not an event
            await asyncio.sleep(0.02)
        waiting.cancel()
    async with House(tmp_path).open(talk):
        await talk.say("a cat")

    assert len(talk.delivered) == 2


async def _job_at_work(talk: Talk) -> str:
    async with asyncio.timeout(30):
        while True:
            painting = [s for s in talk.signs if s.stage is Stage.PAINTING and s.job_id]
            if painting:
                return str(painting[-1].job_id)
            await asyncio.sleep(0.02)


async def test_messages_that_follow_an_answer_at_once_are_all_served(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        states = [(await talk.say("hello")).turn.state for _ in range(40)]

    assert states == [TurnState.DONE] * 40


async def test_one_answer_that_cannot_be_shown_holds_up_nobody(tmp_path: Path) -> None:
    class Poisoned(Talk):
        async def deliver(self, answer: Answer) -> str:
            if answer.turn.text == "poison":
                raise KeyError("a bug in the platform")
            return await super().deliver(answer)

    talk = Poisoned()
    async with House(tmp_path).open(talk):
        poisoned = asyncio.create_task(talk.say("poison"))
        answer = await talk.say("a dog")
        poisoned.cancel()

    assert answer.turn.state is TurnState.DONE


async def test_an_upload_without_words_becomes_the_picture_at_hand(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        await talk.say("a dog")
        upload = await talk.say("", Attachment("holiday.png", png((320, 200))))
        varied = await talk.say("more like this")

    assert {p.parent_id for p in pictures_of(varied)} == {upload.turn.upload_ids[0]}


async def test_a_picture_that_failed_does_not_become_the_one_at_hand(
    tmp_path: Path, server: LlmServer
) -> None:
    server.say('<image id="1">a fox</image> <image id="2">fail=broken</image>')
    server.say("<edit>a fox at night</edit>")
    talk = Talk()
    house = House(tmp_path, llm=speaking(server), painter="tests.fakes.painters:ScriptedPainter")
    async with house.open(talk):
        both = await talk.say("a fox, and something that fails")
        night = await talk.say("make it night")

    assert both.turn.state is TurnState.DONE and "broken" in both.turn.error
    assert pictures_of(night)[0].parent_id == pictures_of(both)[0].id


async def test_flags_count_in_edits_and_presses(tmp_path: Path, server: LlmServer) -> None:
    server.say("<image id=1>a fox</image>")
    server.say("<edit>a fox at night</edit>")
    talk = Talk()
    async with House(tmp_path, llm=speaking(server)).open(talk):
        fox = pictures_of(await talk.say("a fox"))[0]
        nights = pictures_of(await talk.say("make it night --n 2 --strength 0 --no stars"))
        pressed = pictures_of(await talk.press(Verb.EDIT, fox, "in snow --seed 5"))

    recipes = [p.recipe for p in nights]
    assert [r and (r.strength, r.negative) for r in recipes] == [(0.0, "stars")] * 2
    assert recipes[0] and recipes[1] and recipes[1].seed == recipes[0].seed + 1
    assert pressed[0].recipe and pressed[0].recipe.seed == 5


async def test_a_button_of_an_old_picture_still_works(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        first = pictures_of(await talk.say("a dog"))[0]
        for _ in range(7):
            await talk.say("a fox --n 8")
        edited = await talk.press(Verb.EDIT, first, "make it night")

    assert pictures_of(edited)[0].number == 58
    assert pictures_of(edited)[0].parent_id == first.id


def png(size: tuple[int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, (200, 80, 40)).save(file, "PNG")
    return file.getvalue()
