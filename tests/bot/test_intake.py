from __future__ import annotations

from dataclasses import replace

import pytest

from bot.intake import clean, file_names, readable
from core.errors import BadInput, MessageTooLong
from core.types import Attachment, Inbound, Press, ThreadRef, UserRef, Verb

THREAD = ThreadRef("web", "local", "page", "t")
USER = UserRef("web", "u", "Ann")


def message(text: str, *files: Attachment) -> Inbound:
    return Inbound("e", THREAD, USER, text, files)


def test_control_characters_and_direction_overrides_go_and_line_breaks_stay() -> None:
    assert readable("a\x00 do\x1b[31mg\n\u202egnp.\ud800") == "a do[31mg\ngnp."


def test_an_empty_message_is_asked_for_words() -> None:
    with pytest.raises(BadInput, match="empty") as refused:
        clean(message(" \x00\n"), 100)

    assert "like to see" in refused.value.reply


def test_a_message_that_is_too_long_says_how_long_it_may_be() -> None:
    with pytest.raises(MessageTooLong) as refused:
        clean(message("x" * 100_000), 4000)

    assert "100,000" in refused.value.reply and "4,000" in refused.value.reply


def test_a_picture_needs_no_words() -> None:
    assert clean(message("", Attachment("a.png", b"x")), 100).attachments


def test_too_many_files_are_refused() -> None:
    with pytest.raises(BadInput):
        clean(message("these", *[Attachment("a.png", b"x")] * 6), 100)


def test_a_press_needs_a_picture_of_its_own_or_one_that_came_along() -> None:
    press = Inbound("e", THREAD, USER, press=Press(Verb.VARY, ""))

    with pytest.raises(BadInput) as refused:
        clean(press, 100)

    assert "no picture" in refused.value.reply
    assert clean(replace(press, attachments=(Attachment("a.png", b"x"),)), 100)


def test_file_names_lose_folders_and_control_characters() -> None:
    names = file_names([Attachment(n, b"") for n in ("../../etc/passwd", "C:\\a\\b.png", "\x00")])

    assert names == ("passwd", "b.png", "a picture")
