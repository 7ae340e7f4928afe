from pathlib import Path

import pytest

from adapters.console.directives import NumberedPress
from adapters.console.script import (
    Message,
    Pressed,
    Restart,
    ScriptError,
    load_script,
    parse_script,
)
from core.types import Attachment, Verb


def test_each_line_is_a_message_and_comments_and_empty_lines_are_none(tmp_path: Path) -> None:
    script = parse_script("# a story\n\n draw a dog \nmake it night\n", "s.txt", tmp_path)

    assert script.steps == (Message(3, "draw a dog"), Message(4, "make it night"))


def test_attachments_go_with_the_next_message_only(tmp_path: Path) -> None:
    (tmp_path / "my cat.png").write_bytes(b"cat")
    (tmp_path / "b.png").write_bytes(b"b")
    text = '@attach my cat.png\n@attach "b.png"\nlook at these\nand now?'

    steps = parse_script(text, "s.txt", tmp_path).steps

    files = (Attachment("my cat.png", b"cat"), Attachment("b.png", b"b"))
    assert steps == (Message(3, "look at these", files), Message(4, "and now?"))


def test_an_attachment_waits_through_presses_and_restarts(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")

    steps = parse_script("@attach a.png\n@restart\n@press vary 1\nthis", "s.txt", tmp_path).steps

    assert steps[2] == Message(4, "this", (Attachment("a.png", b"a"),))


def test_presses_name_a_verb_a_number_and_words(tmp_path: Path) -> None:
    steps = parse_script(
        "@press vary 2 strong\n@press EDIT #12 make it  night", "s", tmp_path
    ).steps

    assert steps == (
        Pressed(1, NumberedPress(Verb.VARY, 2, "strong")),
        Pressed(2, NumberedPress(Verb.EDIT, 12, "make it  night")),
    )


def test_a_restart_is_a_step(tmp_path: Path) -> None:
    assert parse_script("hello\n@restart", "s", tmp_path).steps[1] == Restart(2)


def test_a_backslash_lets_a_message_start_like_a_directive(tmp_path: Path) -> None:
    steps = parse_script("\\@home\n\\# one\n\\\\o/\n\\o", "s", tmp_path).steps

    assert [step.text for step in steps if isinstance(step, Message)] == [
        "@home", "# one", "\\o/", "\\o",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("@atach a.png", "line 2: @atach is unknown; did you mean @attach?"),
        ("@frobnicate", "line 2: @frobnicate is unknown; there are @attach, @press, @restart."),
        ("@attach", "line 2: @attach needs the path of a file."),
        ("@attach gone.png", "line 2: There is no file gone.png."),
        ("@press", "line 2: '' is nothing to press; there are edit, vary"),
        ("@press vari 2", "line 2: 'vari' is nothing to press; did you mean 'vary'?"),
        ("@press generate 2", "line 2: 'generate' is nothing to press"),
        ("@press vary", "line 2: Which picture's number?"),
        ("@press vary two", "line 2: 'two' is not the number of a picture."),
        ("@press vary 0", "line 2: '0' is not the number of a picture."),
        ("@restart now", "line 2: @restart takes no words."),
    ],
)
def test_a_wrong_directive_is_named_with_its_line(line: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ScriptError) as caught:
        parse_script(f"hello\n{line}\ngoodbye", "s.txt", tmp_path)

    assert f"s.txt, {why}" in str(caught.value)


def test_every_wrong_line_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")

    with pytest.raises(ScriptError) as caught:
        parse_script("@foo\nhello\n@press\n@attach a.png", "s.txt", tmp_path)

    lines = [text.partition(":")[0] for text in str(caught.value).splitlines()]
    assert lines == ["s.txt, line 1", "s.txt, line 3", "s.txt, line 4"]


def test_a_script_without_a_message_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="there is no message in it"):
        parse_script("# nothing\n", "s.txt", tmp_path)


def test_a_file_is_read_with_paths_from_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"a")
    (tmp_path / "s.txt").write_text("\ufeff@attach a.png\nthis", "utf-8")

    script = load_script(tmp_path / "s.txt")

    assert script.name == "s.txt"
    assert script.steps == (Message(2, "this", (Attachment("a.png", b"a"),)),)


def test_a_script_that_is_not_there_or_not_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "s.bin").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ScriptError, match="cannot be read: No such file"):
        load_script(tmp_path / "gone.txt")
    with pytest.raises(ScriptError, match="is not UTF-8 text"):
        load_script(tmp_path / "s.bin")
