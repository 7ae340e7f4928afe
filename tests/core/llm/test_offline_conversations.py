"""Whole conversations with the offline assistant, turn by turn; the papers' own first."""

from __future__ import annotations

from core.llm.offline import OfflineChat
from core.types import Verb
from tests.fakes.dialogue import Dialogue


async def test_the_conversation_of_figure_1_about_a_dog_and_its_house() -> None:
    talk = Dialogue(OfflineChat())

    dog = await talk.say("That's awesome. Can you generate a cute dog?")
    river = await talk.say("Good! Can you make it run near the river?")
    house = await talk.say("What would this dog's house look like?")
    again = await talk.say("Can you turn this description into an image?")
    praise = await talk.say("It looks great!")

    assert (dog.verbs, dog.descriptions) == ([Verb.GENERATE], ["a cute dog"])
    assert (river.verbs, river.actions[0].picture) == ([Verb.EDIT], 1)
    assert river.descriptions == ["a cute dog running near a river"]
    assert house.verbs == [Verb.GENERATE] and "house" in house.descriptions[0]
    assert "the dog's house" in house.text.lower()
    assert (again.verbs, again.descriptions) == ([Verb.GENERATE], house.descriptions)
    assert praise.actions == () and praise.text


async def test_a_thing_that_is_missing_is_added_with_an_apology() -> None:
    talk = Dialogue(OfflineChat())
    await talk.say("draw a house in the forest")

    answer = await talk.say("Where is the dog?")

    assert (answer.verbs, answer.actions[0].picture) == ([Verb.EDIT], 1)
    assert answer.descriptions == ["a house and a dog in a forest"]
    assert answer.text.startswith("Sorry")


async def test_the_conversation_of_figure_4_about_bob_the_superman_cat() -> None:
    talk = Dialogue(OfflineChat())

    dream = await talk.say(
        'My 7 year-old keeps talking he dreamed a "superman cat" last night -- What does it look like ?'
    )
    more = await talk.say("My sun says its name is Bob. Can I see more like this ?")
    pick = await talk.say("He's going to love these! Can you pick the second one?")
    fly = await talk.say(
        "Great, I like this one, it is so cute. Could you make bob flying in the sky ?"
    )
    fine = await talk.say(
        "This look great ! Can you refine the image so that I can use it to build a story book."
    )
    story = await talk.say("Bob looks strong, what's the story of him ? Could you tell me some ?")

    assert (dream.verbs, dream.descriptions) == ([Verb.GENERATE], ["a superhero and a cat"])
    assert more.verbs == [Verb.NAME, Verb.VARY]
    assert (more.actions[0].text, more.actions[0].picture) == ("Bob", 1)
    assert (more.actions[1].picture, more.actions[1].count) == (1, 4)
    assert (pick.verbs, pick.actions[0].picture) == ([Verb.SELECT], 3)
    assert fly.verbs == [Verb.EDIT]
    assert fly.descriptions == ["a superhero flying and a cat in the sky"]
    assert (fine.verbs, fine.actions[0].picture) == ([Verb.REFINE], 6)
    assert story.actions == () and "Bob" in story.text
    assert "handful of story lines" in story.text  # it does not pretend to invent


async def test_the_conversation_of_figure_6_about_larry_the_sunflower_hedgehog() -> None:
    talk = Dialogue(OfflineChat())

    first = await talk.say(
        'My 5 year-old keeps talking about a "super-duper sunflower hedgehog" -- What does it look like ?'
    )
    more = await talk.say("My daughter says its name is Larry. Can I see more like this ?")
    house = await talk.say("She's going to love these! Can you show me Larry's house ?")
    why = await talk.say("Larry is cute, what makes him so super-duper ?")
    stickers = await talk.say("Can your design some stickers of Larry?")

    assert first.descriptions == ["a sunflower and a hedgehog"]
    assert more.verbs == [Verb.NAME, Verb.VARY]
    assert house.verbs == [Verb.GENERATE] and "Larry's house" in house.text
    assert why.actions == () and "Larry" in why.text
    assert stickers.verbs[0] is Verb.EDIT and "sticker" in stickers.descriptions[0]


async def test_a_branch_is_made_from_an_older_picture() -> None:
    talk = Dialogue(OfflineChat())
    await talk.say("a fox in the snow")
    await talk.say("make it night")

    back = await talk.say("go back to picture 1")
    branch = await talk.say("put it on the beach")

    assert (back.verbs, back.actions[0].picture) == ([Verb.UNDO], 1)
    assert (branch.actions[0].picture, branch.descriptions) == (1, ["a fox on the beach"])


async def test_an_offer_is_accepted_with_yes_please() -> None:
    talk = Dialogue(OfflineChat())

    offer = await talk.say("draw a horse on the beach")
    accepted = await talk.say("yes please")

    assert offer.actions == () and "Shall I paint a dog on the beach?" in offer.text
    assert accepted.descriptions == ["a dog on the beach"]


async def test_what_came_before_stays_through_many_edits() -> None:
    talk = Dialogue(OfflineChat())

    for wish in (
        "a small red car in the city",
        "at night",
        "as a pencil sketch",
        "add a tree",
        "bigger",
    ):
        last = await talk.say(wish)

    assert last.descriptions == ["a pencil drawing of a red car and a tree at night"]


async def test_a_wish_may_speak_of_a_picture_painted_by_the_same_message() -> None:
    talk = Dialogue(OfflineChat())

    said = await talk.say("draw a fox in the snow, then make it blue, and call it Frost")

    assert said.verbs == [Verb.GENERATE, Verb.EDIT, Verb.NAME]
    assert said.actions[1].picture == 1
    assert (said.actions[2].text, said.actions[2].picture) == ("Frost", 2)
    assert talk.pictures == {1: "a fox in the snow", 2: "a blue fox in the snow"}


async def test_a_picture_answered_on_is_the_one_that_is_changed() -> None:
    talk = Dialogue(OfflineChat())
    await talk.say("a dog")
    await talk.say("draw a cat")

    said = await talk.say("make it green", reply_to=1)

    assert (said.actions[0].picture, said.descriptions) == (1, ["a green dog"])
