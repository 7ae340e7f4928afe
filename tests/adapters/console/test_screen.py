import io

import pytest
from rich.console import Console

from adapters.console.graphics import Graphics, Room
from adapters.console.screen import Screen, ShownPicture, describe, heading, unstreamed
from core.types import Picture, PictureState, Progress, Stage, ThreadRef, Verb

THREAD = ThreadRef("console", "local", "ann", "t")


@pytest.mark.parametrize(
    ("stage", "position", "wait_s", "words"),
    [
        (Stage.THINKING, 0, None, "Thinking"),
        (Stage.QUEUED, 2, 41.3, "Waiting, 2 ahead, starts in about 41 s"),
        (Stage.QUEUED, 0, None, "Waiting, next in line"),
        (Stage.PAINTING, 0, 7.6, "Painting 3/25, about 8 s left"),
        (Stage.PAINTING, 0, 0.3, "Painting 3/25"),
    ],
)
def test_progress_is_told_in_words(
    stage: Stage, position: int, wait_s: float | None, words: str
) -> None:
    assert (
        describe(Progress(THREAD, "t", stage, position=position, wait_s=wait_s, step=3, steps=25))
        == words
    )


def test_a_heading_tells_number_origin_and_caption_on_one_line() -> None:
    edit = _picture(5, Verb.EDIT, "a cat\nby a \x1b[31mriver")

    assert heading(ShownPicture(edit, 4, None)) == "[5] edit of 4: a cat by a river"
    assert heading(ShownPicture(_picture(1, Verb.GENERATE), None, None)) == "[1] a dog"
    assert heading(ShownPicture(_picture(2, None), None, None)) == "[2] upload: a dog"


def test_a_picture_that_is_not_there_says_so() -> None:
    picture = _picture(3, Verb.GENERATE, state=PictureState.CANCELLED)

    assert heading(ShownPicture(picture, None, None)) == "[3] a dog (cancelled)"


def test_the_progress_bar_shows_steps_and_is_gone_before_the_text() -> None:
    screen, out = _screen(terminal=True)

    screen.stream("Here")
    screen.progress(Progress(THREAD, "t", Stage.PAINTING, job_id="j", wait_s=3.0, step=7, steps=25))
    screen.say("Done.")

    assert "Painting 7/25, about 3 s left" in out.getvalue()
    bar, _, rest = out.getvalue().rpartition("\x1b[2K")  # the bar's line is erased
    assert bar.startswith("Here\n") and rest == "Done.\n"


def test_markup_and_emoji_codes_of_others_are_only_text() -> None:
    screen, out = _screen(terminal=True)

    screen.say("[red]not red[/red] [/] :smile: https://a.example 42")

    assert out.getvalue() == "[red]not red[/red] [/] :smile: https://a.example 42\n"


def test_a_long_line_is_left_to_the_terminal_to_wrap() -> None:
    screen, out = _screen(terminal=False)

    screen.say("word " * 60)

    assert out.getvalue().count("\n") == 1


def test_letters_that_the_terminal_has_not_become_question_marks() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, "latin-1")
    screen = Screen(Console(file=out), Graphics.PATHS)

    screen.say("Grün 🎨")

    assert raw.getvalue() == b"Gr\xfcn ?\n"


def test_a_picture_leaves_room_for_its_heading_and_the_prompt() -> None:
    screen, _ = _screen(terminal=True)

    assert screen.room == Room(columns=78, rows=18)


@pytest.mark.parametrize(
    ("text", "streamed", "rest", "left"),
    [
        ("Here is a dog.", "", "Here is a dog.", ""),
        ("Here is a dog.", "Here is  a dog. ", "", ""),
        ("Here is a dog.", "Here is", " a dog.", ""),
        ("One.", "One. Two.", "", "Two."),
        ("A note.", "Here is", "A note.", "Hereis"),
        ("", "Here", "", "Here"),
    ],
)
def test_only_what_has_not_been_streamed_is_still_to_write(
    text: str, streamed: str, rest: str, left: str
) -> None:
    assert unstreamed(text, streamed) == (rest, left)


def _screen(*, terminal: bool) -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    console = Console(
        file=out,
        force_terminal=terminal,
        width=80,
        height=24,
        color_system=None,
        legacy_windows=False,
    )
    return Screen(console, Graphics.PATHS), out


def _picture(
    number: int,
    verb: Verb | None,
    caption: str = "a dog",
    state: PictureState = PictureState.READY,
) -> Picture:
    return Picture("id", "c", number, "t", None, None, verb, None, caption, state)
