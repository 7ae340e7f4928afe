import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from adapters.console.page import transcript_page
from adapters.console.transcript import (
    ActionRecord,
    AttachmentRecord,
    PictureRecord,
    Said,
    Transcript,
    TurnRecord,
    answered_turn,
    failed_turn,
    replace_file,
    write_transcript,
)
from core.types import (
    Answer,
    PicturesPart,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
)


def test_actions_tell_verb_numbers_source_and_what_is_shown() -> None:
    pictures = {
        "a": _picture(3, verb="generate", caption="a dog"),
        "b": _picture(4, verb="edit", parent=2, caption="a cat"),
        "c": _picture(5, verb="vary", parent=4, caption="a cat"),
        "d": _picture(6, verb="vary", parent=4, caption="a cat"),
    }
    answer = _answer(
        TextPart("First a dog."),
        PicturesPart(("a",), Verb.GENERATE, "job-1"),
        TextPart("Then a cat."),
        PicturesPart(("b",), Verb.EDIT, "job-2"),
        PicturesPart(("c", "d"), Verb.VARY, "job-3"),
        PicturesPart(("b",), Verb.SELECT),
    )

    turn = answered_turn(Said("go"), answer, pictures, 1.23456)

    assert turn.actions == (
        ActionRecord("generate", (3,), None, "a dog"),
        ActionRecord("edit", (4,), 2, "a cat"),
        ActionRecord("vary", (5, 6), 4, "a cat"),
        ActionRecord("select", (4,), 4, "a cat"),
    )
    assert turn.text == "First a dog.\n\nThen a cat."
    assert [picture.number for picture in turn.pictures] == [3, 4, 5, 6]
    assert turn.parts[1:3] == ({"pictures": (3,), "verb": "generate"}, {"text": "Then a cat."})
    assert turn.seconds == 1.235


def test_the_page_shows_text_and_pictures_in_their_order() -> None:
    pictures = {"a": _picture(1, caption="a dog"), "b": _picture(2, caption="a cat")}
    answer = _answer(
        TextPart("one"),
        PicturesPart(("a",), Verb.GENERATE, "job-1"),
        TextPart("two"),
        PicturesPart(("b",), Verb.GENERATE, "job-2"),
    )

    page = transcript_page(_document(answered_turn(Said("go"), answer, pictures, 1.0)))

    found = re.findall(r'<p>(\w+)</p>|<img src="([^"]+)" alt="([^"]+)"', page)
    assert found == [
        ("go", "", ""),
        ("one", "", ""),
        ("", "picture-1.png", "a dog"),
        ("two", "", ""),
        ("", "picture-2.png", "a cat"),
    ]


def test_nothing_said_captioned_or_named_becomes_markup() -> None:
    evil = "\"'><script>alert(1)</script>\x1b[2J"
    picture = _picture(1, caption=evil, recipe={"prompt": evil})
    said = Said(evil, None, (AttachmentRecord(evil),))
    answer = _answer(TextPart(evil), PicturesPart(("a",), Verb.GENERATE, "job"))
    turns = (
        answered_turn(said, answer, {"a": picture}, 1.0),
        failed_turn(said, evil, 1.0),
    )

    page = transcript_page(Transcript(evil, "c", turns).document())

    tags = _Tags()
    tags.feed(page)
    assert "script" not in tags.names and "\x1b" not in page
    assert {name for name, _ in tags.attributes} <= {
        "lang", "charset", "name", "content", "class", "id",
        "href", "src", "alt", "width", "height", "loading",
    }  # fmt: skip
    assert ("alt", "\"'><script>alert(1)</script>") in tags.attributes


def test_the_page_loads_nothing_from_elsewhere_and_knows_dark() -> None:
    page = transcript_page(_document(failed_turn(Said("hi"), "No.", 1.0)))

    assert not re.search(r"https?:|url\(|@import|<link|<script", page)
    assert "prefers-color-scheme: dark" in page


def test_a_picture_that_failed_has_no_image_but_its_state() -> None:
    picture = _picture(1, state="failed", file=None)
    answer = _answer(PicturesPart(("a",), Verb.GENERATE, "job"), state=TurnState.FAILED)

    page = transcript_page(_document(answered_turn(Said("hi"), answer, {"a": picture}, 1.0)))

    assert "<img" not in page and '<p class="error">failed</p>' in page


def test_both_files_are_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    transcript = Transcript("s.txt", "c", (failed_turn(Said("Grüße \ud800"), "No.", 1.0),))

    write_transcript(transcript, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "transcript.html",
        "transcript.json",
    ]
    document = json.loads((tmp_path / "transcript.json").read_text("utf-8"))
    assert document["turns"][0]["user"] == "Grüße ?"


def test_a_number_finds_its_picture_among_painted_and_uploaded() -> None:
    said = Said("look", None, (AttachmentRecord("a.png", _picture(1)), AttachmentRecord("b.png")))
    answer = _answer(PicturesPart(("a",), Verb.EDIT, "job"))
    transcript = Transcript("s", "c", (answered_turn(said, answer, {"a": _picture(2)}, 1.0),))

    found = [transcript.picture_id(number) for number in (1, 2, 3)]

    assert found == ["id-1", "id-2", None]


def test_a_replaced_file_has_only_the_new_content(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a long old content")

    replace_file(path, b"new")

    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"new")]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes.update(attrs)


def _document(*turns: TurnRecord) -> dict[str, Any]:
    return Transcript("s.txt", "c", turns).document()


def _picture(number: int, **fields: object) -> PictureRecord:
    values = {
        "number": number, "id": f"id-{number}", "parent": None, "verb": "generate", "caption": "",
        "recipe": None, "state": "ready", "file": f"picture-{number}.png", "width": 8, "height": 8,
        "sha256": None,
    }  # fmt: skip
    return PictureRecord(**{**values, **fields})  # type: ignore[arg-type]


def _answer(*parts: TextPart | PicturesPart, state: TurnState = TurnState.DONE) -> Answer:
    user = UserRef("console", "ann", "ann")
    turn = Turn("t", "c", "e", user, "go", state, parts=parts)
    return Answer("key", ThreadRef("console", "local", "ann", "x"), turn, ())
