"""The conversations of the Mini-DALLE3 paper (arXiv 2310.07653), with a restart in the middle of each.

Figures 1 and 4 with the offline assistant, Figure 8 with a language model behind HTTP that says what the paper's
said. The pictures here are painted by an instant painter; `test_pocket_story.py` paints them for real.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from core.llm.settings import LlmSettings
from core.types import TurnState, Verb
from tests.fakes.house import House, Talk, pictures_of, text_of, verbs_of
from tests.fakes.llm_server import LlmServer


async def test_figure_1_a_dog_its_river_its_sticker_and_its_house(tmp_path: Path) -> None:
    house, talk = House(tmp_path), Talk()
    async with house.open(talk):
        hello = await talk.say("Hi, can you help me?")
        dog = await talk.say("That's awesome. Can you generate a cute dog?")
        river = await talk.say("Good! Can you make it run near the river?")
    async with house.open(talk):
        sticker = await talk.say("Cool! Could you make some sticker?")
        home = await talk.say("What would this dog's house look like?")
        thanks = await talk.say("It looks great!")

    assert pictures_of(hello) == []
    assert "dog" in pictures_of(dog)[0].caption
    assert verbs_of(river) == [Verb.EDIT]
    assert pictures_of(river)[0].parent_id == pictures_of(dog)[0].id
    assert {"dog", "river"} <= set(pictures_of(river)[0].caption.split())
    assert all({"sticker", "dog"} <= set(p.caption.split()) for p in pictures_of(sticker))
    assert "house" in pictures_of(home)[0].caption
    assert pictures_of(thanks) == [] and text_of(thanks)


async def test_figure_1_dont_be_a_sticker_and_where_is_the_dog(tmp_path: Path) -> None:
    house, talk = House(tmp_path), Talk()
    async with house.open(talk):
        await talk.say("a sticker of a cute dog near a river")
        plain = await talk.say("Don't be a sticker")
    async with house.open(talk):
        await talk.say("change the dog to a castle")
        again = await talk.say("Where is the dog?")

    assert "sticker" not in pictures_of(plain)[0].caption
    assert "dog" in pictures_of(plain)[0].caption
    assert "dog" in pictures_of(again)[0].caption


async def test_figure_4_the_six_interactions(tmp_path: Path) -> None:
    house, talk = House(tmp_path), Talk()
    async with house.open(talk):
        first = await talk.say(
            "My 7 year-old keeps talking he dreamed a superman cat last night -- What does it look like?"
        )
        more = await talk.say("My son says its name is Bob. Can I see more like this?")
        picked = await talk.say("He's going to love these! Can you pick the second one?")
    async with house.open(talk):
        flying = await talk.say("I like this one. Could you make Bob flying in the sky?")
        refined = await talk.say("This looks great! Can you refine the image for a story book?")
        story = await talk.say("Bob looks strong, what's the story of him?")

    variations = pictures_of(more)
    assert verbs_of(first) == [Verb.GENERATE] and "cat" in pictures_of(first)[0].caption
    assert verbs_of(more) == [Verb.VARY] and len(variations) >= 2
    assert pictures_of(picked)[0].id == variations[1].id
    assert verbs_of(flying) == [Verb.EDIT] and "sky" in pictures_of(flying)[0].caption
    assert verbs_of(refined) == [Verb.REFINE]
    assert pictures_of(refined)[0].parent_id == pictures_of(flying)[0].id
    assert pictures_of(story) == [] and "Bob" in text_of(story)


FIGURE_8: dict[str, list[tuple[str, str]]] = {
    "interactive image generation": [
        (
            "I want to draw a picture for my article, the theme is Spring Festival, any idea?",
            "How about a bustling street with lanterns and lion dancers?",
        ),
        (
            "Looks great, could you draw it?",
            'Here it is: <image id="1">a vibrant traditional Spring Festival street with lanterns</image>',
        ),
        (
            "Can you imagine another scene of setting off firecrackers",
            'Certainly! <image id="2">people setting off firecrackers at the Spring Festival</image>',
        ),
    ],
    "storytelling": [
        ("In the year 1239 there lived a girl of a royal line.", "What a beginning!"),
        (
            "Could you summarize the story with interleaved images?",
            'In 1239 there lived a girl. <image id="1">a royal girl in a grand castle</image> She slept '
            'alone every night. <image id="2">the girl asleep in a castle of stone</image> The end.',
        ),
    ],
    "concept prototyping": [
        ("I want to design a spaceship, some suggestions?", "1. Classic 2. Retro 3. Alien"),
        (
            "I like the retro one, could you imagine a picture of it?",
            'Here: <image id="1">a retro spaceship with a bulbous shape, fins, silver and red</image>',
        ),
        ("What is the prompt for it?", "It is “a retro spaceship with a bulbous shape and fins”."),
        (
            "I don't want the fins",
            'Updated: <edit id="2" prev_id="1">a retro spaceship with a bulbous shape</edit>',
        ),
    ],
    "interactive logo design": [
        ("Can you help me to design a logo for a text-to-image app?", "Tell me its name."),
        (
            "It is called mini-dalle3 and should be flat",
            'A concept: <image id="1">a minimalist flat logo with the text Mini DALLE 3</image>',
        ),
        (
            "I want it to use orange as main color",
            'Here: <edit id="2" prev_id="1">a minimalist flat orange logo, text Mini DALLE 3</edit>',
        ),
    ],
}


@pytest.mark.parametrize("case", FIGURE_8)
async def test_figure_8_with_a_language_model(tmp_path: Path, case: str) -> None:
    turns = FIGURE_8[case]
    async with LlmServer() as server:
        llm = LlmSettings(
            backend="openai", base_url=server.base_url, model="fake", rewrite_prompts="off"
        )
        house, talk = House(tmp_path, llm=llm), Talk()
        answers = []
        for said, answered in turns:
            server.say(answered)
            async with house.open(talk):  # a restart between any two turns
                answers.append(await talk.say(said))

    assert {a.turn.state for a in answers} == {TurnState.DONE}
    for answer, (_, written) in zip(answers, turns, strict=True):
        assert len(pictures_of(answer)) == written.count("</")
        assert "<" not in text_of(answer)
    for asked, (said, _) in zip(server.requests, turns, strict=True):
        assert said in str(asked.messages[-1]["content"])
    if verbs_of(answers[-1]) == [Verb.EDIT]:
        first = next(p for answer in answers for p in pictures_of(answer))
        assert pictures_of(answers[-1])[0].parent_id == first.id


async def test_text_and_pictures_keep_their_order(tmp_path: Path) -> None:
    async with LlmServer() as server:
        server.say(FIGURE_8["storytelling"][1][1])
        llm = LlmSettings(
            backend="openai", base_url=server.base_url, model="fake", rewrite_prompts="off"
        )
        talk = Talk()
        async with House(tmp_path, llm=llm).open(talk):
            answer = await talk.say("Could you summarize the story with interleaved images?")

    kinds = [type(part).__name__ for part in answer.turn.parts]
    assert kinds == ["TextPart", "PicturesPart", "TextPart", "PicturesPart", "TextPart"]


async def test_what_a_language_model_describes_reaches_the_pocket_painter_in_its_own_words(
    tmp_path: Path,
) -> None:
    async with LlmServer() as server:
        server.say("<image>A joyful little puppy, asleep on a sunlit lawn, 4k, in oils</image>")
        server.say("<image>A majestic trebuchet</image>")
        llm = LlmSettings(backend="openai", base_url=server.base_url, model="fake")
        talk = Talk()
        async with House(tmp_path, llm=llm).open(talk):
            of_puppy = await talk.say("draw my puppy")
            of_trebuchet = await talk.say("draw a trebuchet")

    [puppy], [strange] = pictures_of(of_puppy), pictures_of(of_trebuchet)
    told = str(server.requests[0].messages[0]["content"])
    assert "can paint only this" in told and "dog*, cat*, hedgehog*" in told
    assert puppy.caption.startswith("A joyful little puppy")
    assert (
        puppy.recipe
        and puppy.recipe.prompt == "an oil painting of a small dog sleeping on a meadow"
    )
    assert "so I asked it for “an oil painting of a small dog sleeping" in text_of(of_puppy)
    assert strange.recipe and strange.recipe.prompt == "A majestic trebuchet"
    assert "knows nothing of this" in text_of(of_trebuchet)
