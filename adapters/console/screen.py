"""What a person sees: streamed text, one progress bar, pictures. Nothing that others wrote reaches it raw."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.console.graphics import Graphics, Room, graphics_of
from adapters.console.plaintext import plain, plain_line, plain_piece
from core.types import Picture, PictureState, Progress, Stage, Verb

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

SPARE_ROWS = 6  # of the terminal's height, for the heading and the prompt


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """A picture as it is announced: `art` draws it, "" where the terminal cannot."""

    picture: Picture
    parent: int | None
    path: Path | None
    art: str = ""


class Screen:
    """One terminal. Calls come from the event loop only."""

    def __init__(self, console: Console | None = None, graphics: Graphics | None = None) -> None:
        """The standard output unless given; `graphics` overrules what the environment says."""
        from rich.console import Console

        self._console = console or Console()
        self.graphics = graphics or graphics_of(os.environ, self._console.is_terminal)
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._mid_line = False

    @property
    def room(self) -> Room:
        """What one picture may take."""
        size = self._console.size
        return Room(max(8, size.width - 2), max(4, size.height - SPARE_ROWS))

    def say(self, text: str, style: str = "") -> None:
        """A paragraph of its own."""
        self.stop()
        self._write(plain(text).strip("\n") + "\n", style)

    def stream(self, piece: str) -> None:
        """The next piece of a text that is being written."""
        self._clear_bar()
        text = plain_piece(piece)
        if text:
            self._write(text)
            self._mid_line = not text.endswith("\n")

    def progress(self, progress: Progress) -> None:
        """The bar at the bottom, on terminals; a line would be in the way elsewhere."""
        if not self._console.is_terminal:
            return
        self._end_line()
        bar, task = self._open_bar()
        bar.update(
            task,
            description=describe(progress),
            total=progress.steps or None,
            completed=progress.step,
        )

    def picture(self, shown: ShownPicture) -> None:
        """The picture with its number, caption and file."""
        self.stop()
        if shown.art:
            self._console.file.write(shown.art)
        self._write(heading(shown) + "\n", "bold")
        if shown.path:
            self._write(f"    {plain_line(str(shown.path))}\n", "dim")

    def stop(self) -> None:
        """Takes the bar away and goes to the start of a line."""
        self._clear_bar()
        self._end_line()

    def _write(self, text: str, style: str = "") -> None:
        encoding = self._console.encoding
        text = text.encode(encoding, "replace").decode(encoding)
        self._console.print(
            text,
            end="",
            style=style or None,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )
        self._console.file.flush()

    def _end_line(self) -> None:
        if self._mid_line:
            self._write("\n")
            self._mid_line = False

    def _open_bar(self) -> tuple[Bar, TaskID]:
        if self._bar is None or self._task is None:
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            text = TextColumn("{task.description}", markup=False)
            columns = (text, BarColumn(), TimeElapsedColumn())
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("", total=None)
            self._bar.start()
        return self._bar, self._task

    def _clear_bar(self) -> None:
        if self._bar:
            self._bar.stop()
        self._bar = self._task = None


def describe(progress: Progress) -> str:
    """The progress in words."""
    wait = round(progress.wait_s or 0)  # less than a second is not worth a word
    if progress.stage is Stage.QUEUED:
        ahead = (
            f"Waiting, {progress.position} ahead" if progress.position else "Waiting, next in line"
        )
        return f"{ahead}, starts in about {wait} s" if wait else ahead
    if progress.stage is Stage.PAINTING:
        steps = f" {progress.step}/{progress.steps}" if progress.steps else ""
        return f"Painting{steps}, about {wait} s left" if wait else f"Painting{steps}"
    return "Thinking" if progress.stage is Stage.THINKING else "Writing"


def unstreamed(text: str, streamed: str) -> tuple[str, str]:
    """What of the final text is still to be written, and what of the streamed text belongs to later parts.

    White space is not compared: streams and final texts differ in it.
    """
    final, written = "".join(text.split()), "".join(streamed.split())
    if written.startswith(final):
        return "", written[len(final) :]
    if not written or not final.startswith(written):
        return text, written
    ends = [at for at, letter in enumerate(text, 1) if not letter.isspace()]
    return text[ends[len(written) - 1] :], ""


def heading(shown: ShownPicture) -> str:
    """`[5] edit of 4: a cat by a river`, on one line."""
    picture = shown.picture
    verb = "upload" if picture.verb is None else picture.verb.value
    made = (
        ""
        if picture.verb is Verb.GENERATE
        else f"{verb}{f' of {shown.parent}' if shown.parent else ''}: "
    )
    state = "" if picture.state is PictureState.READY else f" ({picture.state.value})"
    return f"[{picture.number}] {made}{plain_line(picture.caption)}{state}"
