"""Plays a script against the bot and leaves its pictures and transcript in a folder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.console.directives import find_picture
from adapters.console.person import local_user
from adapters.console.plaintext import plain
from adapters.console.script import Message, Pressed, Restart, Script
from adapters.console.transcript import (
    AttachmentRecord,
    PictureRecord,
    Said,
    Transcript,
    TurnRecord,
    answer_text,
    answered_turn,
    failed_turn,
    replace_file,
    write_transcript,
)
from core.errors import BadInput, EaselError
from core.painting.picture_file import export
from core.ports import Desk
from core.types import (
    Answer,
    Inbound,
    Picture,
    PictureState,
    Press,
    Progress,
    ThreadRef,
    UserRef,
    new_id,
)

SERVE_LIMIT_S = 60.0


class ScriptPlatform:
    """The platform "console" for one script: one conversation, one message after the other.

    `play` runs while `serve` does. It returns at each `@restart`; the caller closes the bot, opens it again with this
    same platform and plays on from the index it got. The files in `out` are brought up to date after every turn.
    """

    def __init__(
        self,
        script: Script,
        out: Path,
        *,
        user: UserRef | None = None,
        limit_s: float = 600.0,
        report: Callable[[str], None] = print,
    ) -> None:
        self.script = script
        self.user = user or local_user()
        self.thread = ThreadRef("console", "local", self.user.id, new_id())
        self.transcript = Transcript(script.name)
        self._out = out
        self._limit_s = limit_s
        self._report = report
        self._waiting: dict[str, asyncio.Future[Answer]] = {}  # by event id
        self._serving = asyncio.Event()
        self._delivered: set[str] = set()  # keys of answers
        self._jobs: set[str] = set()  # of the turn that is being waited for

    @property
    def name(self) -> str:
        return "console"

    @property
    def failures(self) -> int:
        """Turns that failed so far; the command line exits with 1 if there are any."""
        return sum(turn.state == "failed" for turn in self.transcript.turns)

    async def serve(self, desk: Desk) -> None:
        """Lets `play` begin: now the bot has taken up what an earlier process left."""
        self._serving.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._serving.clear()

    async def show(self, progress: Progress) -> None:
        if progress.thread == self.thread and progress.job_id:
            self._jobs.add(progress.job_id)

    async def deliver(self, answer: Answer) -> str:
        if answer.key not in self._delivered:
            self._delivered.add(answer.key)
            self._take(answer)
        return f"console-{answer.key}"

    def _take(self, answer: Answer) -> None:
        waiting = self._waiting.get(answer.turn.event_id)
        if waiting and not waiting.done():
            waiting.set_result(answer)
        else:  # of an earlier run, or after its limit: nobody waits, but it must not vanish
            text = answer_text(answer) or answer.turn.error
            self._report(plain(f"To an earlier message, {answer.turn.text!r}: {text}"))

    async def play(self, desk: Desk, start: int = 0) -> int:
        """Plays from step `start` to the next `@restart` or the end; gives the index of the step to go on with.

        Raises `TimeoutError` when the bot does not begin to serve, `BadInput` when nothing can be written into `out`.
        """
        async with asyncio.timeout(SERVE_LIMIT_S):
            await self._serving.wait()
        await self._save()
        for index, step in enumerate(self.script.steps[start:], start):
            if isinstance(step, Restart):
                return index + 1
            turn = await self._turn(desk, step)
            self.transcript = replace(self.transcript, turns=(*self.transcript.turns, turn))
            await self._save()
            self._tell(step, turn)
        return len(self.script.steps)

    async def _save(self) -> None:
        await asyncio.to_thread(write_transcript, self.transcript, self._out)

    async def _turn(self, desk: Desk, step: Message | Pressed) -> TurnRecord:
        said = _said(step)
        began = time.monotonic()
        try:
            answer = await self._ask(desk, await self._inbound(desk, step))
            seconds = time.monotonic() - began
            uploads = [await self._upload(desk, id) for id in answer.turn.upload_ids]
            pictures = [await self._record(desk, picture) for picture in answer.pictures]
        except EaselError as error:
            return failed_turn(said, error.reply, time.monotonic() - began)
        except TimeoutError:
            await self._give_up(desk)
            return failed_turn(said, f"No answer within {self._limit_s:g} s.", self._limit_s)
        return answered_turn(
            _with_uploads(said, uploads),
            answer,
            {record.id: record for record in pictures},
            seconds,
        )

    async def _inbound(self, desk: Desk, step: Message | Pressed) -> Inbound:
        event = Inbound(new_id(), self.thread, self.user, received_at=time.time())
        if isinstance(step, Message):
            return replace(event, text=step.text, attachments=step.attachments)
        picture_id = self.transcript.picture_id(step.press.number)
        if picture_id is None:
            picture_id = find_picture(await desk.view(self.thread), step.press.number).id
        return replace(event, press=Press(step.press.verb, picture_id, step.press.text))

    async def _ask(self, desk: Desk, inbound: Inbound) -> Answer:
        """The answer to the event. Raises `EaselError` where it is not accepted, `TimeoutError` after the limit."""
        self._jobs.clear()
        # Known before it is sent: the answer may come before `receive` returns.
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[inbound.event_id] = waiting
        try:
            async with asyncio.timeout(self._limit_s):
                receipt = await desk.receive(inbound)
                self.transcript = replace(self.transcript, conversation=receipt.conversation_id)
                return await waiting
        finally:
            del self._waiting[inbound.event_id]

    async def _give_up(self, desk: Desk) -> None:
        """Stops what the turn still paints, so that the next turn is not kept waiting by it."""
        for job_id in tuple(self._jobs):
            await desk.cancel(job_id, self.user)

    async def _upload(self, desk: Desk, picture_id: str) -> PictureRecord | None:
        picture = await desk.picture(picture_id)
        return await self._record(desk, picture) if picture else None

    async def _record(self, desk: Desk, picture: Picture) -> PictureRecord:
        """The picture's record, its PNG file written."""
        parent = await desk.picture(picture.parent_id) if picture.parent_id else None
        file, sha256 = None, None
        if picture.state is PictureState.READY:
            file = f"picture-{picture.number}.png"
            source = desk.picture_path(picture)
            sha256 = await asyncio.to_thread(_write_png, source, self._out / file)
        return PictureRecord(
            number=picture.number,
            id=picture.id,
            parent=parent.number if parent else None,
            verb=picture.verb.value if picture.verb else None,
            caption=picture.caption,
            recipe=json.loads(picture.recipe.to_json()) if picture.recipe else None,
            state=picture.state.value,
            file=file,
            width=picture.width,
            height=picture.height,
            sha256=sha256,
        )

    def _tell(self, step: Message | Pressed, turn: TurnRecord) -> None:
        pictures = "".join(
            f"\n  [{p.number}] {p.caption}: {self._out / p.file if p.file else p.state}"
            for p in turn.pictures
        )
        error = f"\n  {turn.state}: {turn.error}" if turn.error else ""
        self._report(plain(f"{step.line}> {turn.user}\n{turn.text}{pictures}{error}"))


def _said(step: Message | Pressed) -> Said:
    if isinstance(step, Message):
        return Said(step.text, None, tuple(AttachmentRecord(a.name) for a in step.attachments))
    press: dict[str, Any] = {
        "verb": step.press.verb.value,
        "number": step.press.number,
        "text": step.press.text,
    }
    return Said(" ".join(["@press", *map(str, press.values())]).rstrip(), press)


def _with_uploads(said: Said, uploads: list[PictureRecord | None]) -> Said:
    if len(uploads) != len(said.attachments):  # some were refused: which ones is not known
        return said
    pairs = zip(said.attachments, uploads, strict=True)
    return replace(
        said, attachments=tuple(AttachmentRecord(sent.name, record) for sent, record in pairs)
    )


def _write_png(source: Path, target: Path) -> str:
    """Writes the picture as PNG with its recipe inside; gives the file's SHA-256."""
    try:
        data = export(source.read_bytes(), "png")
    except OSError as error:
        raise BadInput(f"The file of a picture is gone: {error}.") from error
    replace_file(target, data)
    return hashlib.sha256(data).hexdigest()
