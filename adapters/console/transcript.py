"""What a played script leaves: `transcript.json`, a stable contract for the scripts of operators.

    {"version": 1,
     "script": name of the file,
     "conversation": id, or null before the first turn,
     "turns": [{
       "user":        what was said; a press as it stands in the script, "@press vary 2 strong"
       "press":       null or {"verb", "number", "text"}
       "attachments": [{"name": of the file, "picture": PICTURE or null where it was refused}]
       "text":        the answer's text, its pieces with an empty line between
       "parts":       the answer in the order shown: [{"text": ...} or {"pictures": [numbers], "verb": ...}]
       "actions":     [{"verb": generate, edit, vary, refine, select...
                        "numbers": the pictures it made or showed
                        "source": number of the picture it started from or was about, or null
                        "text": what the first of them shows}]
       "pictures":    [PICTURE] made or shown by the answer
       "state":       "done", "failed" or "cancelled"
       "error":       why it failed, else ""
       "seconds":     from the message to its answer}]}

    PICTURE = {"number", "id", "parent": number or null, "verb": null for an upload, "caption",
               "recipe": {...} or null for an upload, "state": "ready", "failed" or "cancelled",
               "file": name beside the transcript or null, "width", "height", "sha256": of that file or null}

Fields may be added; none changes its meaning while `version` is 1.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from adapters.console.page import transcript_page
from core.errors import BadInput
from core.types import Answer, PicturesPart, TextPart

VERSION = 1


@dataclass(frozen=True, slots=True)
class PictureRecord:
    number: int
    id: str
    parent: int | None
    verb: str | None
    caption: str
    recipe: Mapping[str, Any] | None
    state: str
    file: str | None
    width: int
    height: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    name: str
    picture: PictureRecord | None = None


@dataclass(frozen=True, slots=True)
class ActionRecord:
    verb: str
    numbers: tuple[int, ...]
    source: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the user did in one turn."""

    user: str
    press: Mapping[str, Any] | None = None
    attachments: tuple[AttachmentRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnRecord:
    user: str
    press: Mapping[str, Any] | None
    attachments: tuple[AttachmentRecord, ...]
    text: str
    parts: tuple[Mapping[str, Any], ...]
    actions: tuple[ActionRecord, ...]
    pictures: tuple[PictureRecord, ...]
    state: str
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Transcript:
    script: str
    conversation: str | None = None
    turns: tuple[TurnRecord, ...] = ()

    def document(self) -> dict[str, Any]:
        """The JSON document."""
        return {"version": VERSION, **asdict(self)}

    def picture_id(self, number: int) -> str | None:
        """A picture of this transcript, however long ago."""
        uploads = (file.picture for turn in self.turns for file in turn.attachments)
        painted = (picture for turn in self.turns for picture in turn.pictures)
        known = (picture for picture in (*painted, *uploads) if picture)
        return next((picture.id for picture in known if picture.number == number), None)


def failed_turn(said: Said, error: str, seconds: float) -> TurnRecord:
    """A turn that got no answer."""
    return TurnRecord(
        said.user, said.press, said.attachments, "", (), (), (), "failed", error, round(seconds, 3)
    )


def answered_turn(
    said: Said, answer: Answer, pictures: Mapping[str, PictureRecord], seconds: float
) -> TurnRecord:
    """The turn with its answer; `pictures` by id holds every picture that the answer's parts name."""
    parts = answer.turn.parts
    shown = [part for part in parts if isinstance(part, PicturesPart)]
    ids = dict.fromkeys(id for part in shown for id in part.picture_ids if id in pictures)
    return TurnRecord(
        user=said.user,
        press=said.press,
        attachments=said.attachments,
        text=answer_text(answer),
        parts=tuple(_part(part, pictures) for part in parts),
        actions=tuple(_action(part, pictures) for part in shown),
        pictures=tuple(pictures[id] for id in ids),
        state=answer.turn.state.value,
        error=answer.turn.error,
        seconds=round(seconds, 3),
    )


def answer_text(answer: Answer) -> str:
    """The answer's words without its pictures."""
    parts = answer.turn.parts
    return "\n\n".join(part.text.strip() for part in parts if isinstance(part, TextPart))


def _numbers(part: PicturesPart, pictures: Mapping[str, PictureRecord]) -> tuple[int, ...]:
    return tuple(pictures[id].number for id in part.picture_ids if id in pictures)


def _part(
    part: TextPart | PicturesPart, pictures: Mapping[str, PictureRecord]
) -> Mapping[str, Any]:
    if isinstance(part, TextPart):
        return {"text": part.text}
    return {"pictures": _numbers(part, pictures), "verb": part.verb.value}


def _action(part: PicturesPart, pictures: Mapping[str, PictureRecord]) -> ActionRecord:
    records = [pictures[id] for id in part.picture_ids if id in pictures]
    sources = {record.parent if part.job_id else record.number for record in records}
    return ActionRecord(
        verb=part.verb.value,
        numbers=_numbers(part, pictures),
        source=sources.pop() if len(sources) == 1 else None,
        text=records[0].caption if records else "",
    )


def write_transcript(transcript: Transcript, folder: Path) -> None:
    """Writes `transcript.json` and `transcript.html` so that a crash leaves the old or the new ones, whole."""
    document = transcript.document()
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    replace_file(folder / "transcript.json", text.encode("utf-8", "replace"))
    replace_file(folder / "transcript.html", transcript_page(document).encode("utf-8", "replace"))


def replace_file(path: Path, data: bytes) -> None:
    """The file's new content appears at once or not at all. Raises `BadInput` where nothing can be written."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}.") from error
