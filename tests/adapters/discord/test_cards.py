from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.cards import (
    BLUE,
    GREEN,
    GREY,
    RED,
    Card,
    CardOptions,
    accepted_card,
    answer_cards,
    progress_card,
    show_card,
)
from core.types import Picture, PictureState, Press, Progress, Stage, TurnState, Verb
from tests.fakes.answers import THREAD, answer, every, picture, turn
from tests.fakes.discord_rules import breaches, needs_definition

PLAIN = CardOptions()
NOW = 1_000_000.0
STATES = list(PictureState)


def files(pictures: Sequence[Picture]) -> dict[str, str]:
    ready = [p for p in pictures if p.state is PictureState.READY]
    return {p.id: f"image-{p.number}.png" for p in ready}


def components(card: Card) -> list[dict[str, Any]]:
    return list(every(card.view.to_components()))


def texts(card: Card) -> str:
    return "\n".join(c["content"] for c in components(card) if c["type"] == 10)


def buttons(card: Card) -> dict[str, str]:
    """Label -> custom_id."""
    return {c["label"]: c["custom_id"] for c in components(card) if c["type"] == 2}


def colour(card: Card) -> int:
    (container,) = card.view.to_components()
    return int(container["accent_color"])


def check_limits(card: Card) -> None:
    found = components(card)
    ids = [c["custom_id"] for c in found if "custom_id" in c]
    assert len(found) <= 40
    assert sum(len(c["content"]) for c in found if c["type"] == 10) <= 4000
    assert len(set(ids)) == len(ids)
    assert all(len(i) <= 100 for i in ids)
    assert all(len(c["label"]) <= 80 for c in found if c["type"] == 2)
    assert all(1 <= len(c["components"]) <= 5 for c in found if c["type"] == 1)
    assert all(len(c["options"]) <= 25 for c in found if c["type"] == 3)
    for gallery in (c for c in found if c["type"] == 12):
        assert 1 <= len(gallery["items"]) <= 10
        assert all(len(item["description"]) <= 1024 for item in gallery["items"])


def test_one_picture_comes_with_everything_that_can_be_done_with_it() -> None:
    fox = picture(9, "a red fox", parent=picture(6), verb=Verb.EDIT)

    (card,) = answer_cards(answer("Here it is:", [fox]), files([fox]), PLAIN)

    assert texts(card) == "Here it is:\n-# **Picture 9** · 12 s"
    assert list(buttons(card)) == [
        "Edit…", "Vary", "Vary strongly", "Region…", "Refine", "Again", "Details", "Undo",
    ]  # fmt: skip
    assert buttons(card)["Vary strongly"] == f"easel:vary:{fox.id}:strong"
    assert card.picture_ids == (fox.id,)
    assert colour(card) == GREEN


def test_a_card_says_from_which_picture_it_came_where_that_is_known() -> None:
    before = picture(6)
    fox = picture(9, parent=before, verb=Verb.EDIT)

    (card,) = answer_cards(answer([fox], known=[before]), files([fox]), PLAIN)

    assert texts(card) == "-# **Picture 9**, edited from picture 6 · 12 s"


def test_several_pictures_can_be_picked_and_varied_by_their_numbers() -> None:
    four = [picture(n) for n in (5, 6, 7, 8)]

    (card,) = answer_cards(answer("Four foxes:", four), files(four), PLAIN)

    assert texts(card) == "Four foxes:\n-# **Pictures 5 · 6 · 7 · 8** · 12 s"
    assert list(buttons(card)) == [
        "5", "6", "7", "8", "Again", "Vary 5", "Vary 6", "Vary 7", "Vary 8",
        "Refine…", "Edit…", "Details…",
    ]  # fmt: skip
    assert buttons(card)["6"] == f"easel:select:{four[1].id}"


def test_every_picture_has_its_alt_text_and_is_hidden_where_the_place_wants_it() -> None:
    two = [picture(1, "a red fox"), picture(2, "a blue fox")]

    (card,) = answer_cards(answer(two), files(two), CardOptions(spoiler=True))

    (gallery,) = [c for c in components(card) if c["type"] == 12]
    assert [(i["description"], i["spoiler"]) for i in gallery["items"]] == [
        ("Picture 1: a red fox", True),
        ("Picture 2: a blue fox", True),
    ]
    assert gallery["items"][0]["media"]["url"] == "attachment://image-1.png"


def test_the_more_menu_lets_one_entry_be_chosen_twice_in_a_row() -> None:
    fox = picture(1)

    (card,) = answer_cards(answer([fox]), files([fox]), PLAIN)

    (menu,) = [c for c in components(card) if c["type"] == 3]
    assert (menu["custom_id"], menu["min_values"]) == (f"easel:more:{fox.id}", 0)
    assert {"vary-strong", "prompt", "send", "region", "delete"} < {
        option["value"] for option in menu["options"]
    }


def test_text_and_pictures_keep_their_order() -> None:
    one, two = picture(1), picture(2)

    (card,) = answer_cards(answer("First:", [one], "Then:", [two]), files([one, two]), PLAIN)

    (container,) = card.view.to_components()
    shown = [c for c in container["components"] if c["type"] in (10, 12)]
    assert [c["type"] for c in shown] == [10, 12, 10, 12, 10]
    assert card.picture_ids == (one.id, two.id)


def test_an_answer_of_words_only_has_no_buttons() -> None:
    (card,) = answer_cards(answer("I paint by conversation."), {}, PLAIN)

    assert texts(card) == "I paint by conversation."
    assert buttons(card) == {}


def test_a_failed_answer_is_red_says_why_and_offers_another_try() -> None:
    broken = answer(state=TurnState.FAILED, error="It broke after 2 tries.")

    (card,) = answer_cards(broken, {}, PLAIN)

    assert texts(card) == "⚠️ It broke after 2 tries."
    assert buttons(card) == {"Try again": f"easel:retry:{broken.turn.id}"}
    assert colour(card) == RED


def test_what_was_painted_before_a_failure_is_shown_and_the_rest_is_named() -> None:
    done, lost = picture(1), picture(2, state=PictureState.FAILED)
    broken = answer([done, lost], state=TurnState.FAILED, error="It broke.")

    (card,) = answer_cards(broken, files([done]), PLAIN)

    assert "-# **Picture 1** · 12 s\n-# Picture 2 could not be painted.\n⚠️ It broke." in texts(card)
    assert card.picture_ids == (done.id,)
    assert "Try again" in buttons(card)


def test_a_stopped_answer_is_grey() -> None:
    (card,) = answer_cards(answer(state=TurnState.CANCELLED, error="Stopped."), {}, PLAIN)

    assert (texts(card), colour(card)) == ("⏹️ Stopped.", GREY)


def test_a_picture_that_cannot_be_sent_is_named_and_keeps_its_buttons() -> None:
    large = picture(3)

    (card,) = answer_cards(answer([large]), {}, PLAIN)

    assert texts(card) == "-# Picture 3 cannot be sent here."
    assert "Refine" in buttons(card)
    assert card.picture_ids == ()


def test_a_deleted_picture_has_no_buttons() -> None:
    gone = picture(3, state=PictureState.DELETED)

    (card,) = answer_cards(answer([gone]), {}, PLAIN)

    assert texts(card) == "-# Picture 3 was deleted."
    assert buttons(card) == {}


def test_long_text_takes_several_messages_and_the_pictures_come_with_the_last() -> None:
    fox = picture(1)
    long = "\n\n".join(f"Paragraph {n}. " + "word " * 150 for n in range(12))

    cards = answer_cards(answer(long, [fox]), files([fox]), PLAIN)

    assert len(cards) > 2
    assert [card.picture_ids for card in cards] == [()] * (len(cards) - 1) + [(fox.id,)]
    assert all(len(texts(card)) <= 4000 for card in cards)


def test_more_than_ten_pictures_take_a_second_message() -> None:
    many = [picture(n) for n in range(1, 13)]

    first, second = answer_cards(answer(many), files(many), PLAIN)

    assert (len(first.picture_ids), len(second.picture_ids)) == (10, 2)


def test_the_first_answer_of_a_thread_says_how_to_talk_past_the_bot() -> None:
    (card,) = answer_cards(answer("Hello!"), {}, CardOptions(first=True))

    assert "Begin with `//` to talk without me." in texts(card)


def test_where_messages_cannot_be_read_every_answer_has_a_button_to_talk() -> None:
    fox, four = picture(1), [picture(n) for n in range(2, 6)]

    for said in (answer("Hello!"), answer([fox]), answer(four)):
        (card,) = answer_cards(said, files(said.pictures), CardOptions(tell_me=True))
        assert buttons(card)["Tell me…"].startswith("easel:tell:")


def test_a_picture_that_is_named_twice_is_carried_once() -> None:
    fox = picture(1)

    (card,) = answer_cards(answer([fox], "Again:", [fox]), files([fox]), PLAIN)

    assert card.picture_ids == (fox.id,)
    check_limits(card)


@given(
    st.lists(
        st.text("word \n`*.", max_size=5000)
        | st.lists(
            st.tuples(st.sampled_from(STATES), st.text(max_size=1200)), min_size=1, max_size=9
        ),
        max_size=6,
    ),
    st.sampled_from([TurnState.DONE, TurnState.FAILED, TurnState.CANCELLED]),
    st.booleans(),
)
def test_no_answer_breaks_a_limit_of_discord(
    parts: list[str | list[tuple[PictureState, str]]], state: TurnState, flag: bool
) -> None:
    numbers = iter(range(900, 1000))
    said = [
        p if isinstance(p, str) else [picture(next(numbers), c, s, picture(1)) for s, c in p]
        for p in parts
    ]
    whole = answer(*said, state=state, error="It broke. " * 30)

    cards = answer_cards(
        whole, files(whole.pictures), CardOptions(tell_me=flag, first=flag, note="A note.")
    )

    assert cards
    for card in cards:
        check_limits(card)
    ready = [p.id for p in whole.pictures if p.state is PictureState.READY]
    assert [i for card in cards for i in card.picture_ids] == ready


def test_a_shown_picture_has_its_buttons_again() -> None:
    fox = picture(7)

    card = show_card([fox], files([fox]), PLAIN)

    assert texts(card) == "-# **Picture 7** · 12 s"
    assert "Refine" in buttons(card)


# -- progress -----------------------------------------------------------------------------------------


def test_the_first_sign_repeats_the_wish_without_flags() -> None:
    card = accepted_card("a *red* fox --n 4 --ar 16:9")

    assert texts(card) == "👀 **On it…**\n-# a \\*red\\* fox"
    assert colour(card) == GREY


def test_the_first_sign_of_a_press_shows_no_words_but_a_persons_own() -> None:
    edit = Press(Verb.EDIT, "x", "make it night --strength 40")

    assert texts(accepted_card("", Press(Verb.VARY, "x", "subtle"))) == "👀 **On it…**"
    assert texts(accepted_card("", edit)) == "👀 **On it…**\n-# make it night"


def test_a_waiting_turn_says_its_place_when_it_starts_and_can_be_stopped() -> None:
    asked = turn()
    progress = Progress(THREAD, asked.id, Stage.QUEUED, position=2, wait_s=40.0)

    card = progress_card(asked, progress, now=NOW)

    assert texts(card) == "⏳ **In line:** place 3 · starts <t:1000041:R>\n-# a red fox"
    assert buttons(card) == {"Cancel": f"easel:cancel:{asked.id}"}
    assert colour(card) == GREY


def test_a_painting_turn_shows_its_steps_and_a_preview_in_blue() -> None:
    asked = turn()
    progress = Progress(THREAD, asked.id, Stage.PAINTING, wait_s=6.5, step=18, steps=30)

    card = progress_card(asked, progress, "preview.jpg", now=NOW)

    assert "🎨 **Painting** · done <t:1000007:R>\n▰▰▰▰▰▰▱▱▱▱ 18/30" in texts(card)
    (gallery,) = [c for c in components(card) if c["type"] == 12]
    assert gallery["items"][0]["media"]["url"] == "attachment://preview.jpg"
    assert colour(card) == BLUE


def test_the_answer_so_far_is_shown_while_it_is_written() -> None:
    asked = turn()
    progress = Progress(THREAD, asked.id, Stage.WRITING)

    card = progress_card(asked, progress, words="Sure, here is", now=NOW)

    assert texts(card).startswith("Sure, here is\n✍️ **Writing…**")


@given(st.text(max_size=6000), st.text(max_size=6000), st.integers(-1, 50), st.integers(0, 40))
def test_no_progress_breaks_a_limit_of_discord(
    wish: str, words: str, step: int, steps: int
) -> None:
    asked = turn(text=wish)
    progress = Progress(THREAD, asked.id, Stage.PAINTING, step=step, steps=steps, wait_s=1.0)

    card = progress_card(asked, progress, "preview.jpg", CardOptions(note="n"), words, NOW)

    check_limits(card)
    assert "Cancel" in buttons(card)


# -- Discord's own definition ---------------------------------------------------------------------------


@needs_definition
def test_every_kind_of_card_keeps_to_discords_own_definition() -> None:
    fox, four, many = (
        picture(1),
        [picture(n) for n in range(2, 6)],
        [picture(n) for n in range(20, 28)],
    )
    asked = turn()
    painting = Progress(THREAD, asked.id, Stage.PAINTING, wait_s=1.0, step=1, steps=2)
    cards = [
        accepted_card("a fox"),
        progress_card(asked, painting, "preview.jpg"),
        *(
            card
            for said in (answer("Hello", [fox]), answer(four), answer(many), answer("Only words."))
            for card in answer_cards(said, files(said.pictures), CardOptions(tell_me=True, first=True))
        ),
    ]  # fmt: skip

    for card in cards:
        body = {"flags": 1 << 15, "components": card.view.to_components()}
        assert breaches("POST", "/channels/1/messages", body) == []
