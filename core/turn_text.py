"""Turns and pictures in the words that a language model reads; text that people wrote is neutralised here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.ports import PictureNote, Situation
from core.protocol import neutralise
from core.regions import NAMES
from core.types import (
    ConversationView,
    Picture,
    PicturesPart,
    PictureState,
    Press,
    TextPart,
    Turn,
    TurnState,
    Verb,
)

MAX_DESCRIPTION_CHARS = 240  # in the list of pictures
_LINE_CHARS = 80
_NOT_FINISHED = {
    TurnState.FAILED: "[this failed: {error}]",
    TurnState.CANCELLED: "[cancelled by the person]",
}
_TOOL_NOTES = {
    Verb.SELECT: "[picture {numbers} is chosen]",
    Verb.UNDO: "[went back to picture {numbers}]",
    Verb.EDIT: "[painted picture {numbers}, edited from {source}: {caption}]",
    Verb.VARY: "[painted picture {numbers}, varied from {source}: {caption}]",
    Verb.REFINE: "[painted picture {numbers}, refined from {source}: {caption}]",
    Verb.BLEND: "[painted picture {numbers}, blended from {source} and others: {caption}]",
}


def plain(text: str, limit: int) -> str:
    """On one line, at most `limit` characters, never a tag."""
    line = neutralise(" ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def speakers(turns: Sequence[Turn]) -> Mapping[str, str]:
    """The label of each user id; empty where only one person speaks."""
    names = {turn.user.id: plain(turn.user.name, 40).replace(":", "") for turn in turns}
    return names if len(names) > 1 else {}


def message_text(
    turn: Turn, view: ConversationView, labels: Mapping[str, str], shown: Sequence[int] = ()
) -> str:
    """What a person said or pressed, with what is attached and answered to."""
    numbers = {picture.id: picture.number for picture in view.pictures}
    notes = []
    if turn.reply_to in numbers:
        notes.append(f"[about picture {numbers[turn.reply_to]}]")
    uploads = [numbers[upload] for upload in turn.upload_ids if upload in numbers]
    if uploads:
        notes.append(f"[attached: picture {listed(uploads)}]")
    if shown:
        notes.append(f"[you see: picture {listed(shown)}]")
    words = _pressed(turn.press, numbers) if turn.press else neutralise(turn.text.strip())
    label = labels.get(turn.user.id, "")
    return " ".join(filter(None, [f"{label}:" if label else "", *notes, words])) or "…"


def _pressed(press: Press, numbers: Mapping[str, int]) -> str:
    number = numbers.get(press.picture_id)
    others = [numbers[other] for other in press.others if other in numbers]
    facts = [
        f"[button: {press.verb.value} picture {number or 'unknown'}",
        f" with {listed(others)}" if others else "",
        f", only {press.region}" if press.region in NAMES else "",
        "]",
    ]
    return f"{''.join(facts)} {neutralise(press.text.strip())}".strip()


def answer_text(turn: Turn, view: ConversationView, tools: bool) -> str:
    """The answer in the wire form it was given in: tags, or notes where the model calls tools."""
    pictures = {picture.id: picture for picture in view.pictures}
    parts = []
    for part in turn.parts:
        if isinstance(part, TextPart):
            parts.append(neutralise(part.text.strip()))
        else:
            painted = [pictures[i] for i in part.picture_ids if _counts(pictures.get(i))]
            if painted:
                parts.append((_note if tools else _tag)(part, painted, pictures))
    if turn.state in _NOT_FINISHED:
        parts.append(_NOT_FINISHED[turn.state].format(error=plain(turn.error, 160)))
    return "\n".join(filter(None, parts)) or "[no answer]"


def _counts(picture: Picture | None) -> bool:
    return picture is not None and picture.state in (PictureState.READY, PictureState.PLANNED)


def _tag(part: PicturesPart, painted: Sequence[Picture], pictures: Mapping[str, Picture]) -> str:
    first = painted[0]
    source = pictures.get(first.parent_id or "")
    several = f' n="{len(painted)}"' if len(painted) > 1 else ""
    before = f' prev_id="{source.number}"' if source else ""
    caption = plain(first.caption, MAX_DESCRIPTION_CHARS)
    match part.verb:
        case Verb.SELECT | Verb.DESCRIBE:
            return f'<{part.verb.value} id="{first.number}"/>'
        case Verb.UNDO:
            return f'<undo to="{first.number}"/>'
        case Verb.VARY if source:
            return f'<variation id="{first.number}"{before}{several}/>'
        case Verb.REFINE if source:
            return f'<refine id="{first.number}"{before}/>'
        case Verb.EDIT if source:
            return f'<edit id="{first.number}"{before}> {caption} </edit>'
        case _:
            return f'<image id="{first.number}"{several}> {caption} </image>'


def _note(part: PicturesPart, painted: Sequence[Picture], pictures: Mapping[str, Picture]) -> str:
    source = pictures.get(painted[0].parent_id or "")
    form = _TOOL_NOTES.get(part.verb, "[painted picture {numbers}: {caption}]")
    return form.format(
        numbers=listed([picture.number for picture in painted]),
        source=source.number if source else "an earlier one",
        caption=plain(painted[0].caption, MAX_DESCRIPTION_CHARS),
    )


def index_text(situation: Situation, room: int) -> str:
    """The numbered list of pictures within `room` characters: the oldest are left out first, then counted."""
    if not situation.pictures:
        return "There are no pictures yet."
    lines = [_index_line(note, situation) for note in situation.pictures]
    total, first = 0, len(lines)
    while first > 0 and (total := total + len(lines[first - 1]) + 1) <= room:
        first -= 1
    first = min(first, len(lines) - 1)
    left_out = [f"({first} older pictures are not listed.)"] if first else []
    return "\n".join(["Pictures:", *left_out, *lines[first:]])


def _index_line(note: PictureNote, situation: Situation) -> str:
    names = sorted(name for name, number in situation.names.items() if number == note.number)
    place = note.batch.index(note.number) + 1 if note.number in note.batch else 0
    facts = [
        "sent by a person" if note.is_upload else "",
        f"from {note.parent}" if note.parent else "",
        f"{place} of {len(note.batch)} shown together" if len(note.batch) > 1 else "",
        *(f"named {plain(name, 60)}" for name in names),
        "current" if note.number == situation.current else "",
    ]
    about = ", ".join(filter(None, facts))
    description = plain(note.description, MAX_DESCRIPTION_CHARS) or "no description"
    return f"{note.number}: {description}" + (f" ({about})" if about else "")


def summary_line(turn: Turn, view: ConversationView) -> str:
    """One line for a turn that no longer fits: who said what, and which pictures came of it."""
    numbers = {picture.id: picture.number for picture in view.pictures if _counts(picture)}
    made = [
        numbers[i]
        for part in turn.parts
        if isinstance(part, PicturesPart)
        for i in part.picture_ids
        if i in numbers
    ]
    said = plain(_pressed(turn.press, numbers) if turn.press else turn.text, _LINE_CHARS)
    came = f" -> picture {listed(made)}" if made else ""
    return f"- {plain(turn.user.name, 40)}: {said}{came}"


def listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(number) for number in numbers)
