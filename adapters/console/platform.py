"""The platform "console": one person at a terminal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.console.commands import Command, Say, help_text, parse_line
from adapters.console.directives import find_picture, parse_number, parse_press, read_attachment
from adapters.console.graphics import draw
from adapters.console.keyboard import Keyboard
from adapters.console.person import local_user
from adapters.console.plaintext import plain_line
from adapters.console.screen import Screen, ShownPicture, unstreamed
from core.errors import BadInput, EaselError
from core.painting.picture_file import export
from core.ports import Desk
from core.types import (
    Answer,
    Attachment,
    Inbound,
    Picture,
    PicturesPart,
    PictureState,
    Press,
    Progress,
    Stage,
    ThreadRef,
    TurnState,
    UserRef,
    new_id,
)

DESK_LIMIT_S = 30.0  # from the first answer to `serve`: answers of before a restart come early


@dataclass(slots=True)
class _Running:
    """The turn that the prompt waits for."""

    event_id: str
    answered: asyncio.Future[None]
    jobs: set[str] = field(default_factory=set)
    is_cancelled: bool = False
    streamed: str = ""  # what `show` wrote of its text


class ConsolePlatform:
    """Talks until the person leaves: `serve` returns at Ctrl-D, `/quit` or the second Ctrl-C.

    It goes on with the latest conversation of this person unless `fresh`. `limit_s` is how long the prompt waits for
    an answer; a later one is still shown.
    """

    def __init__(
        self,
        screen: Screen,
        keyboard: Keyboard,
        *,
        fresh: bool = False,
        user: UserRef | None = None,
        limit_s: float = 3600.0,
    ) -> None:
        self._screen = screen
        self._keyboard = keyboard
        self._fresh = fresh
        self._user = user or local_user()
        self._limit_s = limit_s
        self._thread = self._new_thread()
        self._attachments: list[Attachment] = []
        self._running: _Running | None = None
        self._interrupted = False  # Ctrl-C at the prompt or in this turn
        self._leaving = False
        self._delivered: set[str] = set()  # keys of answers
        self._finished: set[str] = set()  # turns; signs of life may come after the answer
        self._tasks: set[asyncio.Task[None]] = set()
        self._desk: Desk | None = None
        self._opened = asyncio.Event()

    @property
    def name(self) -> str:
        return "console"

    async def serve(self, desk: Desk) -> None:
        self._desk = desk
        try:
            with self._keyboard.opened(self._interrupt):
                await self._greet(desk)
                self._opened.set()  # only now is it known which conversation an early answer is for
                while not self._leaving:
                    await self._once(desk)
        finally:
            self._screen.stop()
            for task in self._tasks:
                task.cancel()

    async def show(self, progress: Progress) -> None:
        running = self._running
        is_late = progress.turn_id in self._finished
        if running is None or is_late or progress.thread != self._thread:
            return
        if progress.job_id and progress.job_id not in running.jobs:
            running.jobs.add(progress.job_id)
            if running.is_cancelled:
                self._cancel_job(progress.job_id)
        if progress.stage is Stage.WRITING and progress.text:
            running.streamed += progress.text
            self._screen.stream(progress.text)
        else:
            self._screen.progress(progress)

    async def deliver(self, answer: Answer) -> str:
        async with asyncio.timeout(DESK_LIMIT_S):
            await self._opened.wait()
        assert self._desk is not None
        shown = {picture.id: await self._shown(self._desk, picture) for picture in answer.pictures}
        if answer.key not in self._delivered:
            self._delivered.add(answer.key)
            self._finished.add(answer.turn.id)
            self._show_answer(answer, shown)
        running = self._running
        if running and running.event_id == answer.turn.event_id and not running.answered.done():
            running.answered.set_result(None)
        return f"console-{answer.key}"

    # -- the answer ---------------------------------------------------------------------------------------------------

    def _show_answer(self, answer: Answer, shown: Mapping[str, ShownPicture]) -> None:
        running = self._running
        is_awaited = running is not None and running.event_id == answer.turn.event_id
        streamed = running.streamed if running and is_awaited else ""
        if answer.thread != self._thread:
            self._screen.say("Meanwhile, in another conversation:", "dim")
        for part in answer.turn.parts:
            if isinstance(part, PicturesPart):
                for picture_id in part.picture_ids:
                    if picture_id in shown:
                        self._screen.picture(shown[picture_id])
            else:
                rest, streamed = unstreamed(part.text, streamed)
                self._screen.stream(rest)
                self._screen.stop()
        if answer.turn.state is not TurnState.DONE:
            self._screen.say(answer.turn.error or f"That was {answer.turn.state.value}.", "red")
        elif answer.turn.error:  # a note: it worked, though not quite as asked
            self._screen.say(answer.turn.error, "dim")

    async def _shown(self, desk: Desk, picture: Picture) -> ShownPicture:
        parent = await desk.picture(picture.parent_id) if picture.parent_id else None
        number = parent.number if parent else None
        if picture.state is not PictureState.READY:
            return ShownPicture(picture, number, None)
        path = desk.picture_path(picture)
        try:
            art = await asyncio.to_thread(draw, path, self._screen.graphics, self._screen.room)
        except OSError:
            art = ""  # the path below it says where the file should be
        return ShownPicture(picture, number, path, art)

    # -- the prompt ---------------------------------------------------------------------------------------------------

    async def _greet(self, desk: Desk) -> None:
        latest = None if self._fresh else await self._latest(desk)
        if latest:
            self._thread, title = latest
            self._screen.say(f"Going on with \u201c{plain_line(title)}\u201d; /new begins another.")
        else:
            self._screen.say("What shall I paint?")
        self._screen.say("/help lists the commands.", "dim")

    async def _latest(self, desk: Desk) -> tuple[ThreadRef, str] | None:
        for thread, title in await desk.threads(self.name):
            if thread.channel == self._user.id:
                return thread, title
        return None

    async def _once(self, desk: Desk) -> None:
        files = len(self._attachments)
        try:
            line = await self._keyboard.line(f"you, {files} attached> " if files else "you> ")
            self._interrupted = False
            if line is None:
                self._leaving = True
            elif line.strip():
                await self._obey(desk, parse_line(line))
        except EaselError as error:
            self._screen.say(error.reply)

    async def _obey(self, desk: Desk, order: Say | Command) -> None:
        match order:
            case Say(text):
                await self._say(desk, text)
            case Command("attach", words):
                self._attachments.append(await asyncio.to_thread(read_attachment, Path(words)))
            case Command("press", words):
                await self._press(desk, words)
            case Command("show", words):
                picture = find_picture(await desk.view(self._thread), parse_number(words))
                self._screen.picture(await self._shown(desk, picture))
            case Command("save", words):
                await self._save(desk, words)
            case Command("cancel"):
                self._screen.say("Nothing is being painted.")
            case Command("new"):
                self._thread = self._new_thread()
                self._screen.say("A new conversation. What shall I paint?")
            case Command("help"):
                self._screen.say(help_text())
            case Command("quit"):
                self._leaving = True

    async def _say(self, desk: Desk, text: str) -> None:
        attachments = tuple(self._attachments)
        await self._ask(desk, replace(self._event(), text=text, attachments=attachments))
        self._attachments.clear()  # only now: a message that was refused keeps its files

    async def _press(self, desk: Desk, words: str) -> None:
        press = parse_press(words)
        picture = find_picture(await desk.view(self._thread), press.number)
        await self._ask(
            desk, replace(self._event(), press=Press(press.verb, picture.id, press.text))
        )

    async def _save(self, desk: Desk, words: str) -> None:
        number, _, name = words.partition(" ")
        picture = find_picture(await desk.view(self._thread), parse_number(number))
        if picture.state is not PictureState.READY:
            raise BadInput(f"Picture {picture.number} has no file: it is {picture.state.value}.")
        if not name.strip():
            raise BadInput(f"Where to? /save {picture.number} PATH")
        source, target = desk.picture_path(picture), Path(name.strip())
        saved = await asyncio.to_thread(_save_png, source, target, picture)
        self._screen.say(f"Saved as {saved}.")

    # -- the turn -----------------------------------------------------------------------------------------------------

    async def _ask(self, desk: Desk, inbound: Inbound) -> None:
        """Sends the event and waits for its answer, listening for `/cancel`. Raises `EaselError`."""
        running = self._running = _Running(
            inbound.event_id, asyncio.get_running_loop().create_future()
        )
        try:
            with self._keyboard.listening(self._typed):
                async with asyncio.timeout(self._limit_s):
                    await desk.receive(inbound)
                    await running.answered
        except TimeoutError:
            self._screen.say("No answer yet. It is shown here when it comes.")
        finally:
            self._screen.stop()
            self._running = None
            self._interrupted = False

    def _typed(self, line: str) -> bool:
        if line.strip() != "/cancel":
            return False
        self._cancel()
        return True

    def _interrupt(self) -> None:
        """Ctrl-C: the first stops what is painted, the second leaves."""
        is_stopping = self._running is not None and self._running.is_cancelled
        if self._interrupted or is_stopping:
            self._leave()
            return
        self._interrupted = True
        if self._running:
            self._cancel()
        else:
            self._screen.say("\nCtrl-C again, or Ctrl-D, leaves.", "dim")

    def _leave(self) -> None:
        self._leaving = True
        self._keyboard.leave()
        if self._running and not self._running.answered.done():
            self._running.answered.set_result(None)

    def _cancel(self) -> None:
        """Stops the turn's jobs, those of which nothing is known yet as soon as they are."""
        if self._running and not self._running.is_cancelled:
            self._running.is_cancelled = True
            self._screen.say("Stopping. Ctrl-C leaves.", "dim")
            for job_id in self._running.jobs:
                self._cancel_job(job_id)

    def _cancel_job(self, job_id: str) -> None:
        task = asyncio.create_task(self._stop_job(job_id), name=f"cancel {job_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _stop_job(self, job_id: str) -> None:
        assert self._desk is not None
        try:
            await self._desk.cancel(job_id, self._user)
        except EaselError as error:
            self._screen.say(error.reply)

    def _event(self) -> Inbound:
        return Inbound(new_id(), self._thread, self._user, received_at=time.time())

    def _new_thread(self) -> ThreadRef:
        return ThreadRef("console", "local", self._user.id, new_id())


def _save_png(source: Path, target: Path, picture: Picture) -> Path:
    """Writes a PNG, into the folder where `target` is one. Raises `BadInput`; no file is overwritten."""
    try:
        data = export(source.read_bytes(), "png")
    except OSError as error:
        raise BadInput(
            f"The file of picture {picture.number} is gone: {error.strerror}."
        ) from error
    try:
        target = target.expanduser()
        if target.is_dir():
            target = target / f"picture-{picture.number}.png"
        with target.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise BadInput(f"{target} exists already.") from error
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}.") from error
    except RuntimeError as error:  # "~nobody": whose home is that?
        raise BadInput(f"{target} cannot be written: {error}") from error
    return target
