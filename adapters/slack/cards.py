"""What Easel shows in a channel: the card of a turn that runs, and the messages of its answer. Pure.

Pictures are uploaded elsewhere; here they are ids of Slack files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.slack import blocks, mrkdwn
from adapters.slack.blocks import Block
from adapters.slack.knobs import Knob, action_id
from adapters.slack.message import Message
from adapters.slack.rows import ROW, feedback_row, picture_rows
from core.types import (
    Answer,
    Picture,
    PicturesPart,
    PictureState,
    Press,
    Progress,
    Stage,
    TextPart,
    Turn,
    TurnState,
    Verb,
)

MESSAGE_TEXT = 12_000  # characters of all text in one message; Slack refuses a little above 13,000
MESSAGE_PICTURES = 10
SHOWN_TEXT = 3  # sections of a half-written answer; the rest comes with the answer
NOTIFICATION = 300  # characters of the text that phones and screen readers get
BAR = 10  # cells
SHORT_ID = 6  # the last characters of an id, which are enough to find it

_WISHES = {
    Verb.SELECT: "Picking a picture",
    Verb.VARY: "More like this one",
    Verb.REFINE: "Going over it once more",
    Verb.AGAIN: "The same once more",
    Verb.UNDO: "Going back",
    Verb.DESCRIBE: "Having a look",
    Verb.EDIT: "Changing a picture",
    Verb.BLEND: "Blending pictures",
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Blocks that stay together in one message."""

    blocks: tuple[Block, ...]
    size: int  # characters of text
    picture_ids: tuple[str, ...] = ()
    words: str = ""  # what a phone's notification says of it


@dataclass(slots=True)
class Draft:
    """A message that is being filled."""

    blocks: list[Block] = field(default_factory=list)
    size: int = 0
    picture_ids: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def has_room(self, chunk: Chunk) -> bool:
        return (
            len(self.blocks) + len(chunk.blocks) <= blocks.MESSAGE_BLOCKS - 1  # one for feedback
            and self.size + chunk.size <= MESSAGE_TEXT
            and len(self.picture_ids) + len(chunk.picture_ids) <= MESSAGE_PICTURES
        )

    def add(self, chunk: Chunk) -> None:
        self.blocks += chunk.blocks
        self.size += chunk.size
        self.picture_ids += chunk.picture_ids
        self.words += [chunk.words] if chunk.words else []

    def message(self) -> Message:
        text = mrkdwn.escaped_clip(" ".join(self.words), NOTIFICATION) or "Done."
        return Message(text, tuple(self.blocks), tuple(self.picture_ids))


def notice(text: str) -> Message:
    """One plain sentence: an error, a hint."""
    shown = mrkdwn.escaped_clip(text, blocks.SECTION) or "Something went wrong."
    return Message(shown, (blocks.section(shown),))


def progress_message(turn: Turn, progress: Progress | None, text_so_far: str = "") -> Message:
    """The card of a turn that runs, with Cancel; `progress` is None when it was only just received.

    `text_so_far` is the Markdown that the LLM wrote up to now.
    """
    words = mrkdwn.from_markdown(text_so_far.strip())
    shown = [p for p in mrkdwn.pieces(words, blocks.SECTION) if p][:SHOWN_TEXT]
    status = status_line(progress)
    text = shown or [f"“{mrkdwn.escaped_clip(wish_words(turn.text, turn.press), 150)}”"]
    stop = blocks.button("Cancel", action_id(Knob.CANCEL), turn.id, "danger", REALLY_STOP)
    return Message(
        mrkdwn.escaped_clip(f"{wish_words(turn.text, turn.press)}: {status}", NOTIFICATION),
        (
            *(blocks.section(piece) for piece in text),
            blocks.context(mrkdwn.escape(status)),
            blocks.actions(f"{turn.id}:progress", [stop]),
        ),
    )


def status_line(progress: Progress | None) -> str:
    """Where a turn stands, in plain words."""
    if progress is None or progress.stage is Stage.THINKING:
        return "Thinking…"
    if progress.stage is Stage.WRITING:
        return "Writing…"
    if progress.stage is Stage.QUEUED:
        place = f"Number {progress.position + 1} in line" if progress.position else "Next in line"
        return place + (f" · starts in {duration(progress.wait_s)}" if progress.wait_s else "")
    if not progress.steps:
        return "Painting…"
    bar = step_bar(progress.step, progress.steps)
    left = f" · {duration(progress.wait_s)} left" if progress.wait_s else ""
    return f"Painting {bar} {progress.step}/{progress.steps}{left}"


def step_bar(step: int, steps: int) -> str:
    full = max(0, min(BAR, step * BAR // steps))
    return "▰" * full + "▱" * (BAR - full)


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"


def asked_message(name: str, words: str) -> Message:
    """The root of a thread that a command or a dialog opens; it names the person and pings nobody."""
    shown = f"*{mrkdwn.escaped_clip(name, 80)}* asked: {mrkdwn.escaped_clip(words, 2500)}"
    return Message(shown, (blocks.section(shown),))


def wish_words(text: str, press: Press | None) -> str:
    """What was asked for, as plain text."""
    asked = text or (press.text if press else "")
    if press and (not asked or press.verb is Verb.VARY):
        return _WISHES.get(press.verb, "Your wish")
    return asked or "Your picture"


def wanted_pictures(answer: Answer) -> tuple[Picture, ...]:
    """The pictures that the messages of an answer show, in order, each once."""
    shown = (p for part in answer.turn.parts for p in _pictures_of(part, answer) if _visible(p))
    return tuple({p.id: p for p in shown}.values())


def answer_messages(answer: Answer, files: Mapping[str, str]) -> list[Message]:
    """The messages of an answer, in order, at least one; `files` maps picture ids to Slack file ids.

    A picture without a file keeps its line and its buttons.
    """
    drafts = [Draft()]
    for chunk in _chunks(answer, files):
        if drafts[-1].blocks and not drafts[-1].has_room(chunk):
            drafts.append(Draft())
        drafts[-1].add(chunk)
    painted = [p.id for p in wanted_pictures(answer) if p.recipe][: blocks.MESSAGE_BLOCKS]
    if painted and answer.turn.state is TurnState.DONE:
        drafts[-1].blocks.append(feedback_row(answer.turn.id, painted))
    return [draft.message() for draft in drafts]


def pictures_message(
    pictures: Sequence[Picture], files: Mapping[str, str], title: str = ""
) -> Message:
    """Up to ten pictures with their buttons, outside any answer; `title` is plain text."""
    draft = Draft()
    if title:
        line = mrkdwn.escaped_clip(title, blocks.SECTION)
        draft.add(Chunk((blocks.section(line),), len(line), words=title))
    for number, row in enumerate(_in_rows(pictures[:MESSAGE_PICTURES])):
        draft.add(_row(f"{pictures[0].id}:show:{number}", row, files, {}))
    return draft.message()


# -- an answer in chunks ----------------------------------------------------------------------------------------------


def _chunks(answer: Answer, files: Mapping[str, str]) -> Iterable[Chunk]:
    numbers = {p.id: p.number for p in (*answer.parents, *answer.pictures)}
    shown: set[str] = set()
    for part in answer.turn.parts:
        if isinstance(part, TextPart):
            yield from _text(part.text)
            continue
        pictures = [p for p in _pictures_of(part, answer) if p.id not in shown]
        shown.update(p.id for p in pictures)
        yield from _gone(pictures)
        for number, row in enumerate(_in_rows([p for p in pictures if _visible(p)])):
            yield _row(f"{answer.turn.id}:{len(shown)}:{number}", row, files, numbers)
    yield from _ending(answer.turn, bool(shown))


def _text(markdown: str) -> Iterable[Chunk]:
    for piece in mrkdwn.pieces(mrkdwn.from_markdown(markdown.strip()), blocks.SECTION):
        if piece:
            words = mrkdwn.clip(markdown, NOTIFICATION)
            yield Chunk((blocks.section(piece),), len(piece), words=words)


def _row(
    prefix: str, row: Sequence[Picture], files: Mapping[str, str], numbers: Mapping[str, int]
) -> Chunk:
    images = [
        blocks.image(files[p.id], p.caption or f"Picture {p.number}", f"Picture {p.number}")
        for p in row
        if p.id in files
    ]
    line = caption_line(row, numbers)
    words = f"Picture {_numbers(row)}: {row[0].caption}"
    built = (*images, blocks.context(line), *picture_rows(prefix, row))
    size = len(line) + sum(len(p.caption[: blocks.ALT]) for p in row)
    return Chunk(built, size, tuple(p.id for p in row), words)


def caption_line(row: Sequence[Picture], numbers: Mapping[str, int]) -> str:
    """Which pictures, what from, which painter, how long, and the ids to ask for them anywhere. mrkdwn."""
    first = row[0]
    source = numbers.get(first.parent_id or "")
    seconds = max(p.seconds for p in row)
    ids = " ".join(p.id[-SHORT_ID:] for p in row)
    said = [
        f"*Picture {_numbers(row)}*",
        f"“{mrkdwn.escaped_clip(first.caption, 150)}”" if first.caption else "",
        f"from picture {source}" if source else "",
        mrkdwn.escaped_clip(first.recipe.model, 60) if first.recipe else "yours",
        f"{seconds:.0f} s" if seconds >= 1 else "",
        f"id {ids}",
    ]
    return " · ".join(s for s in said if s)


def _gone(pictures: Sequence[Picture]) -> Iterable[Chunk]:
    deleted = [p for p in pictures if p.state is PictureState.DELETED]
    if deleted:
        line = f"Picture {_numbers(deleted)} was deleted."
        yield Chunk((blocks.context(line),), len(line), words=line)


def _ending(turn: Turn, has_pictures: bool) -> Iterable[Chunk]:
    """Why it ended as it did, with Retry where it did not end well; something is always said."""
    said = turn.error or ("" if turn.parts or has_pictures else "I have nothing to add to that.")
    if turn.state is TurnState.CANCELLED:
        said = said or "Stopped."
    if turn.state is TurnState.FAILED:
        said = f":warning: {said or 'That did not work.'}"
    if not said:
        return
    text = mrkdwn.escaped_clip(said, blocks.SECTION)
    built: list[Block] = [blocks.section(text)]
    if turn.state in (TurnState.FAILED, TurnState.CANCELLED):
        retry = blocks.button("Try again", action_id(Knob.RETRY), turn.id)
        built.append(blocks.actions(f"{turn.id}:retry", [retry]))
    yield Chunk(tuple(built), len(text), words=said)


def _pictures_of(part: TextPart | PicturesPart, answer: Answer) -> list[Picture]:
    if isinstance(part, TextPart):
        return []
    known = {p.id: p for p in answer.pictures}
    return [known[i] for i in part.picture_ids if i in known]


def _in_rows(pictures: Sequence[Picture]) -> list[Sequence[Picture]]:
    return [pictures[i : i + ROW] for i in range(0, len(pictures), ROW)]


def _visible(picture: Picture) -> bool:
    return picture.state is PictureState.READY


def _numbers(pictures: Sequence[Picture]) -> str:
    """ "5–8" for neighbours, else "5, 7"."""
    numbers = [p.number for p in pictures]
    if len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"{numbers[0]}–{numbers[-1]}"
    return ", ".join(str(n) for n in numbers)


REALLY_STOP = blocks.confirm(
    "Stop painting?", "What is not finished yet will not come.", "Stop", "Go on"
)
