import asyncio
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from adapters.console.graphics import Graphics
from adapters.console.platform import ConsolePlatform
from adapters.console.screen import Screen
from core.types import (
    Answer,
    ConversationView,
    Picture,
    Progress,
    Stage,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
)
from tests.fakes.desk import NOTE, FakeDesk
from tests.fakes.keyboard import FakeKeyboard

ANN = UserRef("console", "ann", "Ann")
LIMIT_S = 20.0


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FakeDesk]:
    (tmp_path / "store").mkdir()
    desk = FakeDesk(tmp_path / "store")
    yield desk
    await desk.close()


class Paper(io.StringIO):
    """An output that one can wait on."""

    def __init__(self) -> None:
        super().__init__()
        self._written = asyncio.Event()

    def write(self, text: str) -> int:
        self._written.set()
        return super().write(text)

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(LIMIT_S):
            while text not in self.getvalue():
                self._written.clear()
                await self._written.wait()


class Visit:
    """A person's time at the terminal."""

    def __init__(
        self, desk: FakeDesk, *lines: str | None, terminal: bool = False, **options: Any
    ) -> None:
        self.desk = desk
        self.out = Paper()
        self.keyboard = FakeKeyboard(*lines)
        graphics = Graphics.BLOCKS if terminal else Graphics.PATHS
        console = Console(
            file=self.out, force_terminal=terminal, width=80, height=24, color_system=None
        )
        self.screen = Screen(console, graphics)
        self.platform = ConsolePlatform(self.screen, self.keyboard, user=ANN, **options)
        desk.attend(self.platform)

    async def run(self) -> str:
        async with asyncio.timeout(LIMIT_S):
            await self.platform.serve(self.desk)
        return self.out.getvalue()

    async def until(self, stage: Stage) -> None:
        """Waits until the desk has shown that stage of a turn."""
        reached = asyncio.Event()
        show = self.platform.show

        async def watched(progress: Progress) -> None:
            await show(progress)
            if progress.stage is stage:
                reached.set()

        self.platform.show = watched  # type: ignore[method-assign]
        async with asyncio.timeout(LIMIT_S):
            await reached.wait()


async def test_a_message_is_answered_with_text_and_a_numbered_picture(desk: FakeDesk) -> None:
    out = await Visit(desk, "a dog by a river", None).run()

    assert out.count("Here is **a dog by a river**.") == 1
    path = desk.picture_path((await _pictures(desk))[0])
    assert f"[1] a dog by a river\n    {path}\n" in out
    assert path.is_file()


async def test_where_stdout_is_no_terminal_there_is_no_escape_sequence(desk: FakeDesk) -> None:
    out = await Visit(desk, "a dog", "/press vary 1", "/show 1", "/help", None).run()

    assert "\x1b" not in out and "▀" not in out


async def test_on_a_terminal_the_picture_is_drawn_above_its_caption(desk: FakeDesk) -> None:
    out = await Visit(desk, "a dog", None, terminal=True).run()

    drawn, _, _ = out.partition("[1] a dog")
    assert drawn.rstrip().endswith("▀\x1b[0m")


async def test_text_that_did_not_stream_is_in_the_answer(desk: FakeDesk) -> None:
    visit = Visit(desk, "hello", None)

    async def drop(progress: Progress) -> None:
        return None

    visit.platform.show = drop  # type: ignore[method-assign]

    assert "You can say:\n- a cute dog" in await visit.run()


async def test_hostile_words_never_steer_the_terminal(desk: FakeDesk) -> None:
    hostile = "a \x1b[2J\x1b[1;1H\x1b]52;c;cm0=\x07dog\x9b5A\r\x08"

    out = await Visit(desk, hostile, "/show 1", None, terminal=True).run()

    assert "\x1b[2J" not in out and "\x1b[1;1H" not in out and "\x1b]" not in out
    assert not re.search("[\x07\x08\x9b]", out)
    assert "[1] a dog" in out


async def test_the_latest_conversation_of_this_person_goes_on(desk: FakeDesk) -> None:
    await Visit(desk, "a dog by a river", None).run()

    out = await Visit(desk, "/press edit 1 make it night", None).run()

    assert "Going on with “a dog by a river”" in out
    assert "[2] edit of 1: make it night" in out
    assert len(await desk.threads("console")) == 1


async def test_a_fresh_one_begins_on_request(desk: FakeDesk) -> None:
    await Visit(desk, "a dog", "/new", "a cat", None).run()
    await Visit(desk, "an owl", None, fresh=True).run()

    assert [title for _, title in await desk.threads("console")] == ["an owl", "a cat", "a dog"]


async def test_another_persons_conversation_is_left_alone(desk: FakeDesk) -> None:
    await Visit(desk, "a dog", None).run()
    visit = Visit(desk, "a cat", None)
    visit.platform = ConsolePlatform(
        Screen(Console(file=visit.out), Graphics.PATHS),
        visit.keyboard,
        user=UserRef("console", "bob", "Bob"),
    )
    desk.attend(visit.platform)

    out = await visit.run()

    assert "Going on" not in out and len(await desk.threads("console")) == 2


async def test_an_attached_file_goes_with_the_next_message_only(
    desk: FakeDesk, tmp_path: Path
) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "cat.png")
    visit = Visit(desk, f"/attach {tmp_path}/cat.png", "make it blue", "hello", None)

    await visit.run()

    assert [len(inbound.attachments) for inbound in desk.received] == [1, 0]
    assert visit.keyboard.prompts == ["you> ", "you, 1 attached> ", "you> ", "you> "]


async def test_a_refused_message_keeps_its_files(desk: FakeDesk, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "cat.png")
    visit = Visit(desk, f"/attach {tmp_path}/cat.png", "a" * 5000, "make it blue", None)

    out = await visit.run()

    assert "please shorten it" in out
    assert [len(inbound.attachments) for inbound in desk.received] == [1, 1]


async def test_a_press_names_its_picture_by_number(desk: FakeDesk) -> None:
    await Visit(desk, "a dog", "/press vary 1 strong", None).run()

    press = desk.received[1].press
    assert press and press.verb is Verb.VARY and press.text == "strong"
    assert press.picture_id == (await _pictures(desk))[0].id


async def test_a_picture_is_saved_as_png_and_never_over_another_file(
    desk: FakeDesk, tmp_path: Path
) -> None:
    out = await Visit(
        desk, "a dog", f"/save 1 {tmp_path}/dog.png", f"/save 1 {tmp_path}/dog.png",
        f"/save 1 {tmp_path}", f"/save 1 {tmp_path}/no/dog.png", None,
    ).run()  # fmt: skip

    for name in ("dog.png", "picture-1.png"):
        with Image.open(tmp_path / name) as picture:
            assert (picture.format, picture.size) == ("PNG", (256, 256))
    assert f"{tmp_path}/dog.png exists already." in out
    assert f"{tmp_path}/no/dog.png cannot be written: No such file" in out


@pytest.mark.parametrize("name", ["a" * 300, "~nobody-of-that-name/dog.png"])
async def test_a_name_that_no_file_can_have_is_said_and_the_prompt_returns(
    desk: FakeDesk, name: str
) -> None:
    out = await Visit(desk, "a dog", f"/save 1 {name}", "/help", None).run()

    assert "cannot be written" in out and "/quit" in out


async def test_a_picture_whose_file_is_gone_is_said_and_the_prompt_returns(
    desk: FakeDesk, tmp_path: Path
) -> None:
    await Visit(desk, "a dog", None).run()
    desk.picture_path((await _pictures(desk))[0]).unlink()

    out = await Visit(desk, f"/save 1 {tmp_path}/dog.png", "/help", None).run()

    assert "The file of picture 1 is gone: No such file" in out and "/quit" in out


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("/frob", "/frob is unknown; /help lists what there is."),
        ("/sho 1", "/sho is unknown; did you mean /show?"),
        ("/show", "It goes like this: /show NUMBER"),
        ("/new one", "It goes like this: /new"),
        ("/show 9", "There is no picture 9 here. The latest are 1."),
        ("/show one", "'one' is not the number of a picture."),
        ("/press frob 1", "'frob' is nothing to press"),
        ("/save 1", "Where to? /save 1 PATH"),
        ("/attach /nowhere/cat.png", "There is no file /nowhere/cat.png."),
        ("/cancel", "Nothing is being painted."),
    ],
)
async def test_a_wrong_command_says_how_it_goes_and_the_prompt_returns(
    line: str, reply: str, desk: FakeDesk
) -> None:
    out = await Visit(desk, "a dog", line, "/help", None).run()

    assert reply in out and "/quit" in out.partition(reply)[2]


async def test_quit_leaves_and_empty_lines_are_nothing(desk: FakeDesk) -> None:
    await Visit(desk, "", "  ", "/quit", "a dog").run()

    assert desk.received == []


async def test_ctrl_c_stops_the_turn_and_the_prompt_returns(desk: FakeDesk) -> None:
    desk.hold()
    visit = Visit(desk, "a dog")
    running = asyncio.create_task(visit.run())
    await visit.until(Stage.PAINTING)

    visit.keyboard.interrupt()
    visit.keyboard.type("hello")
    visit.keyboard.type(None)

    out = await running
    assert "Stopped, as you asked." in out and "You can say" in out


async def test_cancel_typed_during_a_turn_stops_it(desk: FakeDesk) -> None:
    desk.hold()
    visit = Visit(desk, "a dog")
    running = asyncio.create_task(visit.run())
    await visit.until(Stage.PAINTING)

    visit.keyboard.type("/cancel")
    visit.keyboard.type(None)

    assert "Stopped, as you asked." in await running


async def test_a_cancel_before_the_job_is_known_stops_it_as_soon_as_it_is(desk: FakeDesk) -> None:
    desk.hold()
    visit = Visit(desk, "a dog")
    running = asyncio.create_task(visit.run())
    await visit.until(Stage.THINKING)

    visit.keyboard.interrupt()
    visit.keyboard.type(None)

    assert "Stopped, as you asked." in await running


async def test_a_second_ctrl_c_leaves_a_turn(desk: FakeDesk) -> None:
    desk.hold()
    visit = Visit(desk, "a dog")
    running = asyncio.create_task(visit.run())
    await visit.until(Stage.PAINTING)

    visit.keyboard.interrupt()
    visit.keyboard.interrupt()

    assert "[1]" not in await running  # left before the picture was there


async def test_at_the_prompt_the_second_ctrl_c_leaves(desk: FakeDesk) -> None:
    visit = Visit(desk)
    running = asyncio.create_task(visit.run())
    await visit.out.shows("/help lists the commands.")

    visit.keyboard.interrupt()
    assert "Ctrl-C again" in visit.out.getvalue()
    visit.keyboard.interrupt()

    await running


async def test_the_same_answer_again_shows_nothing_new(desk: FakeDesk) -> None:
    visit = Visit(desk)
    running = asyncio.create_task(visit.run())
    answer = _answer("late", TextPart("Here it is."))

    assert await visit.platform.deliver(answer) == await visit.platform.deliver(answer)

    visit.keyboard.type(None)
    out = await running
    assert out.count("Here it is.") == 1 and "in another conversation" in out


async def test_a_failed_turn_says_why(desk: FakeDesk) -> None:
    assert "It broke after 2 tries." in await Visit(desk, "please fail", None).run()


async def test_what_went_wrong_beside_what_went_well_is_said(desk: FakeDesk) -> None:
    visit = Visit(desk)
    running = asyncio.create_task(visit.run())
    answer = _answer("half", TextPart("One of two."))

    await visit.platform.deliver(replace(answer, turn=replace(answer.turn, error="One broke.")))

    visit.keyboard.type(None)
    assert "One of two.\nOne broke.\n" in await running


async def test_only_a_turn_that_failed_is_told_in_red(desk: FakeDesk) -> None:
    visit = Visit(desk, "a vast dog", "please fail", None)
    told: dict[str, str] = {}
    say = visit.screen.say

    def watched(text: str, style: str = "") -> None:
        told[text] = style
        say(text, style)

    visit.screen.say = watched  # type: ignore[method-assign]
    await visit.run()

    assert told[NOTE] == "dim"
    assert [text[:8] for text, style in told.items() if style == "red"] == ["It broke"]


async def test_a_sign_of_life_after_its_answer_is_dropped(desk: FakeDesk) -> None:
    desk.hold()
    visit = Visit(desk, "hello", "a dog")
    running = asyncio.create_task(visit.run())
    await visit.until(Stage.PAINTING)
    first, second = (await _view(desk)).turns

    await visit.platform.show(_writing(desk.received[0].thread, first.id, "too late"))
    await visit.platform.show(_writing(desk.received[0].thread, second.id, "in time"))

    visit.keyboard.interrupt()
    visit.keyboard.interrupt()
    out = await running
    assert "too late" not in out and "in time" in out


async def test_without_an_answer_the_prompt_returns_and_the_answer_is_shown_later(
    desk: FakeDesk,
) -> None:
    desk.hold()
    visit = Visit(desk, "a dog", limit_s=0.1)
    running = asyncio.create_task(visit.run())
    await visit.out.shows("No answer yet.")

    desk.release()
    await visit.out.shows("[1] a dog")

    visit.keyboard.type(None)
    out = await running
    assert out.index("No answer yet.") < out.index("[1] a dog")


async def _view(desk: FakeDesk) -> ConversationView:
    ((thread, _),) = await desk.threads("console")
    view = await desk.view(thread)
    assert view
    return view


async def _pictures(desk: FakeDesk) -> tuple[Picture, ...]:
    return (await _view(desk)).pictures


def _writing(thread: ThreadRef, turn_id: str, text: str) -> Progress:
    return Progress(thread, turn_id, Stage.WRITING, text)


def _answer(key: str, *parts: TextPart) -> Answer:
    thread = ThreadRef("console", "local", "ann", "elsewhere")
    return Answer(key, thread, Turn(key, "c", "e", ANN, "", TurnState.DONE, parts=parts), ())
