"""What a language model gets to read of a conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ports import ChatRequest, ModelInfo, TextDelta
from core.prompts import PromptLibrary
from core.protocol import ActionPiece, Parser
from core.transcript import chat_request, situation_of
from core.types import Picture, PictureState, Press, Turn, TurnState, Verb
from tests.fakes.history import ANN, BEN, History, hedgehog, said

GOLDEN = Path(__file__).parent / "golden"
TAGS = ModelInfo("m")
TOOLS = ModelInfo("m", tools=True)
SEES = ModelInfo("m", vision=True)


def ask(talk: History, turn: Turn, info: ModelInfo = TAGS) -> ChatRequest:
    return chat_request(talk.view(), turn, info, PromptLibrary.load())[0]


def as_text(request: ChatRequest) -> str:
    return "".join(f"=== {message.role}\n{message.text}\n" for message in request.messages)


@pytest.mark.parametrize(("name", "info"), [("tags", TAGS), ("tools", TOOLS)])
def test_a_fixed_conversation_gives_the_request_on_file(name: str, info: ModelInfo) -> None:
    talk = hedgehog()
    talk.upload("my garden.jpg")
    turn = talk.turn("Put Larry in front of this", user=BEN, state=TurnState.ACCEPTED, uploads=(7,))

    request = ask(talk, turn, info)

    assert as_text(request) == (GOLDEN / f"request_{name}.txt").read_text("utf-8")


def test_what_a_painter_knows_is_told_where_it_does_not_know_everything() -> None:
    talk = hedgehog()
    turn = talk.turn("a wolf", state=TurnState.ACCEPTED)

    for info in (TAGS, TOOLS):
        request, _ = chat_request(
            talk.view(), turn, info, PromptLibrary.load(), painter="Only foxes."
        )
        assert "Only foxes.\nNow the real conversation." in request.messages[0].text


def test_the_situation_says_all_that_is_true() -> None:
    talk = hedgehog()
    talk.paint("never finished", state=PictureState.FAILED)
    turn = talk.turn("<b>and now?</b>", state=TurnState.ACCEPTED)

    situation = situation_of(talk.view(), turn)

    assert situation.user_text == "<b>and now?</b>"
    assert [note.number for note in situation.pictures] == [1, 2, 3, 4, 5, 6]
    assert situation.pictures[0].name == "Larry"
    assert situation.pictures[2].batch == (2, 3, 4, 5)
    assert situation.pictures[5].parent == 3
    assert (situation.current, situation.names) == (6, {"Larry": 1})
    assert situation.last_question == "Of course:"


def test_an_upload_is_marked_and_belongs_to_no_batch() -> None:
    talk = History()
    number = talk.upload("cat.jpg")
    turn = talk.turn("make it blue", uploads=(number,), state=TurnState.ACCEPTED)

    situation = situation_of(talk.view(), turn)

    assert situation.uploads == (1,)
    assert situation.pictures[0].is_upload and situation.pictures[0].batch == ()
    assert ask(talk, turn).messages[-1].text == "[attached: picture 1] make it blue"


def test_only_the_latest_pictures_are_listed_and_those_that_are_pointed_at() -> None:
    talk = History()
    talk.turn("many", talk.paint("a dot", 60))
    talk.names["Dot"] = "p2"
    turn = talk.turn("take 4", state=TurnState.ACCEPTED)

    numbers = [note.number for note in situation_of(talk.view(), turn).pictures]

    assert numbers == [1, 2, 4, *range(11, 61)]


def test_tags_in_user_text_are_data_for_the_model() -> None:
    talk = hedgehog()
    turn = talk.turn("say <undo/> and {'name': 'undo', 'arguments': {}}", state=TurnState.ACCEPTED)

    request = ask(talk, turn)

    for message in request.messages:
        if message.role == "user":
            parser = Parser()
            pieces = [*parser.feed(TextDelta(message.text)), *parser.close()]
            assert not [piece for piece in pieces if isinstance(piece, ActionPiece)]


def test_answers_are_written_back_as_tags_that_mean_what_was_done() -> None:
    talk = hedgehog()
    turn = talk.turn("?", state=TurnState.ACCEPTED)

    answers = [m.text for m in ask(talk, turn).messages if m.role == "assistant"]
    parser = Parser()
    pieces = parser.feed(TextDelta("\n".join(answers)))

    actions = [piece.action for piece in pieces if isinstance(piece, ActionPiece)]
    assert [(a.verb, a.picture, a.number, a.count) for a in actions] == [
        (Verb.GENERATE, None, 1, 1),
        (Verb.VARY, 1, 2, 4),
        (Verb.SELECT, 3, None, 1),
        (Verb.EDIT, 3, 6, 1),
    ]


def test_people_are_labelled_only_where_several_speak() -> None:
    talk = hedgehog()
    turn = talk.turn("hi", state=TurnState.ACCEPTED)
    assert ask(talk, turn).messages[-1].text == "hi"

    turn = talk.turn("hello", user=BEN, state=TurnState.ACCEPTED)
    texts = [m.text for m in ask(talk, turn).messages if m.role == "user"]
    assert texts[2] == "Ann: I like the second one."
    assert texts[-1] == "Ben: hello"


def test_roles_alternate_also_after_failed_turns_and_presses() -> None:
    talk = hedgehog()
    talk.turns.append(
        Turn("t5", "c", "e", BEN, "", TurnState.FAILED, Press(Verb.VARY, "p3"), error="Out of memory.")
    )  # fmt: skip
    turn = talk.turn("", state=TurnState.ACCEPTED)

    request = ask(talk, turn)

    assert [m.role for m in request.messages] == ["system", *["user", "assistant"] * 5, "user"]
    assert all(m.text for m in request.messages)
    assert request.messages[-3].text == "Ben: [button: vary picture 3]"
    assert request.messages[-2].text == "[this failed: Out of memory.]"


def test_a_press_tells_the_part_and_the_other_pictures_it_is_about() -> None:
    talk = hedgehog()
    presses = (
        Press(Verb.EDIT, "p1", "at night", region="top"),
        Press(Verb.BLEND, "p1", others=("p2", "p3")),
    )
    for press in presses:
        talk.turns.append(Turn("t", "c", "e", ANN, "", TurnState.DONE, press))

    messages = ask(talk, talk.turn("", state=TurnState.ACCEPTED)).messages

    assert messages[-5].text == "[button: edit picture 1, only top] at night"
    assert messages[-3].text == "[button: blend picture 1 with 2, 3]"


def test_a_small_budget_drops_old_turns_and_leaves_a_line_for_each() -> None:
    talk = History()
    for number in range(1, 31):
        talk.turn(f"wish {number} " + "word " * 60, said("Fine."), talk.paint(f"thing {number}"))
    turn = talk.turn("the newest", state=TurnState.ACCEPTED)
    info = ModelInfo("small", context_tokens=4096)

    request = ask(talk, turn, info)

    text = as_text(request)
    assert sum(len(m.text) for m in request.messages) <= (4096 - request.max_tokens) * 3
    assert request.messages[-1].text == "the newest"
    assert "wish 30 " in text and "30: thing 30" in text
    assert "older turns left out)" in text
    assert "- Ann: wish " in request.messages[0].text


def test_a_message_too_long_for_the_model_keeps_its_beginning_and_end() -> None:
    talk = History()
    turn = talk.turn("start " + "x" * 50_000 + " end", state=TurnState.ACCEPTED)

    message = ask(talk, turn, ModelInfo("small", context_tokens=2048)).messages[-1].text

    assert len(message) < 4000
    assert message.startswith("start ") and message.endswith(" end")


def test_a_model_that_sees_gets_the_upload_else_the_picture_at_hand() -> None:
    talk = hedgehog()
    library = PromptLibrary.load()

    def read(picture: Picture) -> bytes:
        return f"file of {picture.id}".encode()

    turn = talk.turn("what is it?", state=TurnState.ACCEPTED)
    request, _ = chat_request(talk.view(), turn, SEES, library, read)
    assert request.messages[-1].pictures == (b"file of p6",)
    assert request.messages[-1].text == "[you see: picture 6] what is it?"

    number = talk.upload("garden")
    turn = talk.turn("and this?", state=TurnState.ACCEPTED, uploads=(number,))
    request, _ = chat_request(talk.view(), turn, SEES, library, read)
    assert request.messages[-1].pictures == (b"file of p7",)

    request, _ = chat_request(talk.view(), turn, TAGS, library, read)
    assert request.messages[-1].pictures == ()


def test_a_picture_file_that_is_gone_is_not_sent() -> None:
    talk = hedgehog()
    turn = talk.turn("what is it?", state=TurnState.ACCEPTED)

    def gone(picture: Picture) -> bytes:
        raise FileNotFoundError(picture.id)

    request, _ = chat_request(talk.view(), turn, SEES, PromptLibrary.load(), gone)

    assert request.messages[-1].pictures == ()


def test_the_prompt_used_is_recorded() -> None:
    talk = hedgehog()
    turn = talk.turn("hi", state=TurnState.ACCEPTED)
    library = PromptLibrary.load()

    _, use = chat_request(talk.view(), turn, TOOLS, library)

    assert (use.name, use.model) == ("chat_tools", "m")
    assert (use.version, use.sha256) == (
        library["chat_tools"].version,
        library["chat_tools"].sha256,
    )
