"""The offline assistant: honest, repeatable, and well-formed whatever it is told."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.llm.offline import OfflineChat
from core.llm.offline.reading import scene_of
from core.painting.pocket.vocabulary import THINGS, words
from core.ports import ChatMessage, ChatRequest, PictureNote, Situation, Task, TextDelta
from core.protocol import ActionPiece, Parser, TextPiece
from core.types import Action, Verb
from tests.fakes.dialogue import PAINTING, Dialogue, ask

DOG = PictureNote(1, "a dog on a meadow", batch=(1,))
CAT = PictureNote(2, "a cat and a house at night", parent=1, batch=(2, 3))
CAT_AGAIN = PictureNote(3, "a cat and a house at night", parent=1, batch=(2, 3))
UPLOAD = PictureNote(4, "holiday.jpg", is_upload=True)
ALL = (DOG, CAT, CAT_AGAIN, UPLOAD)

_SAYINGS = """
draw paint make it the a an dog cat puppy house blue big small night river left right second one picture 1 2 3 7 99
#2 and then also instead of remove add without no not more like this another again undo go back refine sharper
name is Bob call its what why where how yes please thanks sticker watercolor some four pictures , . ? ! <image>
</edit> <select id="2"/> & { } %s {what} 不 é — " ' Shall I turn description into story trebuchet horse run
"""
WORDS = _SAYINGS.split()


def painted_words(said: tuple[Action, ...]) -> list[str]:
    return [action.text for action in said if action.verb in (Verb.GENERATE, Verb.EDIT)]


# -- honest -----------------------------------------------------------------------------------------------------------


async def test_a_word_it_does_not_know_is_left_out_and_named() -> None:
    said = await Dialogue(OfflineChat()).say("a dog with a trebuchet")

    assert said.descriptions == ["a dog"]
    assert "“trebuchet”" in said.text and "left it out" in said.text


async def test_a_wish_without_any_known_thing_paints_nothing_and_names_known_things() -> None:
    said = await Dialogue(OfflineChat()).say("paint a trebuchet")

    assert said.actions == ()
    assert "“trebuchet”" in said.text and any(thing in said.text for thing in THINGS)


async def test_an_animal_it_does_not_know_leads_to_animals_it_knows() -> None:
    said = await Dialogue(OfflineChat()).say("draw me a wolf")

    assert said.actions == ()
    assert "fox" in said.text and "sailboat" not in said.text


async def test_a_near_word_is_mapped_and_the_mapping_is_told() -> None:
    said = await Dialogue(OfflineChat()).say("a puppy in the woods")

    assert said.descriptions == ["a dog in a forest"]
    assert "“puppy” as dog" in said.text


async def test_a_third_thing_is_left_out_and_named() -> None:
    said = await Dialogue(OfflineChat()).say("a dog, a cat and a fox")

    assert said.descriptions == ["a dog and a cat"]
    assert "“fox”" in said.text


async def test_more_than_eight_pictures_are_eight_and_it_says_so() -> None:
    said = await Dialogue(OfflineChat()).say("20 owls")

    assert (said.actions[0].count, "most I paint" in said.text) == (8, True)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("two cats holding balloons at night", 2),
        ("a cat holding two balloons", 1),
        ("a dog and two cats", 1),
        ("three pictures of a dog and a cat", 3),
    ],
)
async def test_a_number_counts_pictures_of_a_lone_thing_not_what_it_holds(
    text: str, count: int
) -> None:
    said = await Dialogue(OfflineChat()).say(f"draw {text}")

    assert said.actions[0].count == count


@pytest.mark.parametrize(
    "question", ["who are you?", "are you chatgpt?", "what's the weather in Rome?"]
)
async def test_it_never_claims_to_be_more_than_rules(question: str) -> None:
    said = await Dialogue(OfflineChat()).say(question)

    assert said.actions == ()
    assert "rule" in said.text


@pytest.mark.parametrize(
    "talk",
    [
        "does it run on a GPU?",
        "do you ever sleep?",
        "thanks, I must run",
        "gotta run, bye",
        "I'm sleepy",
        "hats off to you",
        "what a lovely hat!",
        "the bow is nice",
    ],
)
async def test_poses_and_hats_of_small_talk_change_no_picture(talk: str) -> None:
    dialogue = Dialogue(OfflineChat())
    await dialogue.say("draw a dog")

    assert (await dialogue.say(talk)).actions == ()


@pytest.mark.parametrize(
    ("wish", "description"),
    [
        ("running please", "a dog running"),
        ("can it run?", "a dog running"),
        ("a hat", "a dog wearing a hat"),
        ("what about a crown?", "a dog wearing a crown"),
        ("I want it to sleep", "a dog sleeping"),
        ("will you give it a balloon?", "a dog holding a balloon"),
    ],
)
async def test_a_pose_or_a_hat_that_is_wished_for_changes_the_picture(
    wish: str, description: str
) -> None:
    dialogue = Dialogue(OfflineChat())
    await dialogue.say("draw a dog")

    assert (await dialogue.say(wish)).descriptions == [description]


async def test_run_it_again_is_another_try() -> None:
    dialogue = Dialogue(OfflineChat())
    await dialogue.say("draw a dog")

    assert (await dialogue.say("run it again")).verbs == [Verb.VARY]


async def test_it_says_how_to_connect_a_language_model() -> None:
    said = await Dialogue(OfflineChat()).say("how do I connect an LLM?")

    for setting in ("[llm]", 'backend="openai"', "base_url", "model", "OPENAI_API_KEY"):
        assert setting in said.text


async def test_an_upload_without_words_is_kept_and_not_described() -> None:
    situation = Situation("", (UPLOAD,), current=4, uploads=(4,))

    said = await ask(OfflineChat(), situation)

    assert said.actions == ()
    assert "picture 4" in said.text and "cannot see" in said.text


async def test_an_answer_without_a_picture_does_not_promise_one() -> None:
    promises = ("here is", "here's", "here are", "here you", "certainly", "of course", "sure")
    for text in ("draw a horse", "paint the beach", "draw", "can you draw?", "draw me a trebuchet"):
        said = await Dialogue(OfflineChat()).say(text)

        assert said.actions == ()
        assert not said.text.lower().startswith(promises)


@pytest.mark.parametrize("text", ["take 9", "make picture 12 blue", "refine #40", "go back to 17"])
async def test_a_picture_that_does_not_exist_is_answered_with_those_that_do(text: str) -> None:
    said = await ask(OfflineChat(), Situation(text, (DOG, CAT), current=2))

    assert said.actions == ()
    assert re.findall(r"\d+", said.text) == ["1", "2"]


# -- repeatable -------------------------------------------------------------------------------------------------------


async def test_the_same_request_gets_the_same_answer() -> None:
    situation = Situation("three stickers of a fox, and then make it blue", ALL, current=2)

    answers = {(await ask(OfflineChat(), situation)).written for _ in range(5)}

    assert len(answers) == 1


async def test_wording_varies_from_message_to_message() -> None:
    openings = set()
    for thing in THINGS:
        said = await Dialogue(OfflineChat()).say(f"a {thing}")
        openings.add(said.text.split(thing)[0].split(" a")[0].strip())

    assert len(openings) >= 4


async def test_the_answer_comes_in_small_pieces() -> None:
    request = ChatRequest(Task.CHAT, (), Situation("what can you do?"))

    pieces = [chunk async for chunk in OfflineChat().stream(request)]

    assert all(isinstance(p, TextDelta) and len(p.text.split()) <= 1 for p in pieces)
    assert "".join(p.text for p in pieces) == OfflineChat().answer(request)


def test_a_request_without_a_situation_is_answered_from_its_last_message() -> None:
    messages = (ChatMessage("system", "paint"), ChatMessage("user", "a whale in the sea"))

    answer = OfflineChat().answer(ChatRequest(Task.CHAT, messages))

    assert "a whale under the sea" in answer


async def test_it_has_no_tools_and_a_large_context() -> None:
    chat = OfflineChat()

    assert (chat.info.name, chat.info.tools, chat.info.vision) == ("offline", False, False)
    assert chat.info.context_tokens >= 100_000
    await chat.close()


# -- well-formed ------------------------------------------------------------------------------------------------------

TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
)
SITUATIONS = st.builds(
    Situation,
    TEXTS,
    pictures=st.sampled_from([(), (DOG,), (DOG, CAT, CAT_AGAIN), ALL, (UPLOAD,), (CAT,)]),
    current=st.sampled_from([None, 1, 2, 4, 9]),
    names=st.sampled_from([{}, {"Bob": 2}, {"Bob": 9, "": 1}]),
    reply_to=st.sampled_from([None, 1, 3, 9]),
    uploads=st.sampled_from([(), (4,), (9,)]),
    last_question=TEXTS.map(lambda text: f"{text} Shall I paint {text}?"),
)


@settings(deadline=None)
@given(SITUATIONS, st.booleans())
def test_whatever_is_said_the_answer_is_well_formed(
    situation: Situation, vocabulary_only: bool
) -> None:
    answer = OfflineChat(vocabulary_only).answer(ChatRequest(Task.CHAT, (), situation))

    parser = Parser()
    pieces = [*parser.feed(TextDelta(answer)), *parser.close()]
    actions = tuple(p.action for p in pieces if isinstance(p, ActionPiece))
    text = "".join(p.text for p in pieces if isinstance(p, TextPiece))
    known = {note.number for note in situation.pictures}
    assert answer.strip() and not parser.dropped
    assert answer.count("<") == answer.count(">")
    assert len(actions) == len(re.findall(r"<[a-z]", answer))
    for action in actions:
        assert action.picture is None or action.picture in known
        if action.verb in PAINTING and action.number is not None:
            known |= set(range(action.number, action.number + action.count))
    assert {int(number) for number in re.findall(r"[Pp]icture (\d+)", text)} <= known
    assert all(text.strip() for text in painted_words(actions))


@settings(deadline=None)
@given(SITUATIONS)
def test_descriptions_hold_only_words_that_the_pocket_painter_knows(situation: Situation) -> None:
    answer = OfflineChat().answer(ChatRequest(Task.CHAT, (), situation))

    pieces = Parser().feed(TextDelta(answer))
    actions = tuple(p.action for p in pieces if isinstance(p, ActionPiece))
    known = set(words())
    for description in painted_words(actions):
        assert set(description.split()) <= known
        assert scene_of(description) is not None


async def test_a_very_long_message_is_answered() -> None:
    said = await ask(OfflineChat(), Situation("draw a dog and " * 2000, ALL, current=1))

    assert said.text
