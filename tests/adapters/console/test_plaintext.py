import pytest

from adapters.console.plaintext import plain, plain_line, plain_piece


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("a \x1b[2J\x1b[1;1Hdog", "a dog"),  # clear the screen, move the cursor
        ("a \x1b]0;title\x07dog", "a dog"),  # the window's title
        ("a \x1b]52;c;cm0gLXJm\x1b\\dog", "a dog"),  # the clipboard
        ("a \x1bPq#0;2;0;0;0~\x1b\\dog", "a dog"),  # a sixel picture
        ("a \x1bcdog", "a dog"),  # reset
        ("a \x9b2Jdog", "a dog"),  # 8-bit CSI
        ("a \x08\x08\x00\x7fdog", "a dog"),
        ("a \u202egod", "a god"),  # right-to-left override
        ("a\r\ndog\rbarks", "a\ndog\nbarks"),
        ("a \ud800dog", "a \ufffddog"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(hostile: str, harmless: str) -> None:
    assert plain(hostile) == harmless


def test_words_emoji_newlines_and_tabs_stay() -> None:
    text = "Ein Hünd 👩‍🚀\n\tעברית"

    assert plain(text) == text


def test_an_unfinished_sequence_takes_no_more_than_its_line() -> None:
    assert plain("a \x1b]0;never closed\nnext line") == "a \nnext line"


def test_a_line_has_no_newlines() -> None:
    assert plain_line(" a\n\x1b[1Adog\t by ") == "a dog by"


def test_a_sequence_cut_in_two_by_a_stream_has_no_effect_either() -> None:
    pieces = ["red \x1b", "[31m dog\x1b[", "2J\x07"]

    assert "".join(map(plain_piece, pieces)) == "red [31m dog[2J"
