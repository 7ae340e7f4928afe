"""A desk that needs no bot: it plays whole turns in memory, with tiny pictures.

`python -m tests.fakes.desk` serves the real page on it, to look at by hand. Words it understands: a count ("four
cats"), "hello" (talks only), "fail" (the turn fails), everything else is painted. It remembers event ids like the real
one, and can be held before the last step (`hold`, `release`), so that a test can look at a turn half way.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import math
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from PIL import Image, ImageDraw, UnidentifiedImageError

from core.errors import MessageTooLong, NotAllowed, NotAPicture, UnknownPicture
from core.painting.picture_file import encode
from core.painting.recipe import Recipe, Technique
from core.ports import Platform
from core.preferences import validated
from core.types import (
    Answer,
    Conversation,
    ConversationView,
    Inbound,
    Mark,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    Post,
    Progress,
    QueueEntry,
    Receipt,
    Stage,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
    new_id,
)

COUNTS = {"two": 2, "three": 3, "four": 4, "2": 2, "3": 3, "4": 4}
STEPS = 8
SIZE = 256
TEXT_LIMIT = 4000
LATEST_TURNS = 50
NOTE = "Memory was short, so this was painted in smaller portions."


class FakeDesk:
    """One process, no database. Give it its platform with `attend`, and `close` it at the end."""

    message_characters = 4000

    def __init__(self, folder: Path, pace_s: float = 0.0) -> None:
        self._folder = folder
        self._pace_s = pace_s  # between two steps
        self._platform: Platform | None = None
        self._views: dict[ThreadRef, ConversationView] = {}
        self._receipts: dict[str, Receipt] = {}
        self._running: dict[str, asyncio.Task[None]] = {}  # job id -> its turn
        self._tasks: set[asyncio.Task[None]] = set()
        self._go = asyncio.Event()
        self._go.set()
        self.received: list[Inbound] = []  # every event, repeated ones too
        self.answers: list[Answer] = []
        self.marks: set[tuple[str, str, Mark]] = set()  # picture, user, mark
        self._posts: dict[tuple[str, str], Post] = {}
        self._settings: dict[tuple[str, str], str] = {}

    def attend(self, platform: Platform) -> None:
        self._platform = platform

    def hold(self) -> None:
        """Turns stop half way through their painting until `release`."""
        self._go.clear()

    def release(self) -> None:
        self._go.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- Desk -----------------------------------------------------------------------------------------------------

    async def receive(self, inbound: Inbound) -> Receipt:
        self.received.append(inbound)
        if known := self._receipts.get(inbound.event_id):
            return replace(known, is_new=False)
        if len(inbound.text) > TEXT_LIMIT:
            raise MessageTooLong(f"That is longer than {TEXT_LIMIT} characters; please shorten it.")
        view = self._views.get(inbound.thread) or self._open(inbound)
        uploads = [self._upload(view, inbound, n) for n in range(len(inbound.attachments))]
        turn = self._new_turn(view, inbound, uploads)
        self._save(turn, uploads)
        receipt = Receipt(view.conversation.id, turn.id, True)
        self._receipts[inbound.event_id] = receipt
        self._start(turn, inbound)
        return receipt

    async def view(self, thread: ThreadRef) -> ConversationView | None:
        view = self._views.get(thread)
        return replace(view, turns=view.turns[-LATEST_TURNS:]) if view else None

    async def threads(self, platform: str) -> Sequence[tuple[ThreadRef, str]]:
        known = [
            (t, v.conversation.title) for t, v in self._views.items() if t.platform == platform
        ]
        return known[::-1]

    async def picture(self, picture_id: str) -> Picture | None:
        pictures = (p for v in self._views.values() for p in v.pictures)
        return next((p for p in pictures if p.id == picture_id), None)

    def picture_path(self, picture: Picture) -> Path:
        return self._folder / f"{picture.sha256}.webp"

    async def cancel(self, job_id: str, user: UserRef, moderator: bool = False) -> bool:
        task = self._running.get(job_id)
        return bool(task and task.cancel())

    async def cancel_turn(self, turn_id: str, user: UserRef, moderator: bool = False) -> bool:
        jobs = [p.job_id for v in self._views.values() for p in v.pictures if p.turn_id == turn_id]
        return any([await self.cancel(job_id, user) for job_id in jobs if job_id])

    async def amend(self, turn_id: str, text: str) -> bool:
        return False  # every turn begins at once

    async def turn(self, turn_id: str) -> Turn | None:
        turns = (t for view in self._views.values() for t in view.turns)
        return next((t for t in turns if t.id == turn_id), None)

    async def answer(self, turn_id: str) -> Answer | None:
        for view in self._views.values():
            for turn in view.turns:
                if turn.id == turn_id:
                    own = tuple(p for p in view.pictures if p.turn_id == turn_id)
                    return Answer(turn_id, view.conversation.thread, turn, own)
        return None

    async def turn_of_event(self, platform: str, event_id: str) -> Turn | None:
        receipt = self._receipts.get(event_id)
        return await self.turn(receipt.turn_id) if receipt else None

    async def find_picture(
        self, text: str, thread: ThreadRef | None, user: UserRef
    ) -> Picture | None:
        view = self._views.get(thread) if thread else None
        pictures = view.pictures if view else ()
        return next((p for p in pictures if text in (p.id, str(p.number))), None)

    async def pictures_of(self, user: UserRef, limit: int = 25) -> Sequence[Picture]:
        pictures = [p for view in self._views.values() for p in view.pictures if p.recipe]
        return pictures[::-1][:limit]

    async def queue(self, user: UserRef | None = None) -> Sequence[QueueEntry]:
        return []

    def health(self) -> Mapping[str, object]:
        return {"ready": True}

    async def remember(self, post: Post) -> None:
        self._posts[post.platform, post.key] = post

    async def post(self, platform: str, channel: str, message: str) -> Post | None:
        place = (platform, channel, message)
        posts = self._posts.values()
        return next((p for p in posts if (p.platform, p.channel, p.message) == place), None)

    async def posts(self, turn_id: str) -> Sequence[Post]:
        found = [p for p in self._posts.values() if p.turn_id == turn_id]
        return sorted(found, key=lambda p: (len(p.key), p.key))

    async def setting(self, scope: str, key: str) -> str | None:
        return self._settings.get((scope, key))

    async def set_setting(self, scope: str, key: str, value: str | None) -> None:
        self._settings.pop((scope, key), None)
        if value is not None:
            self._settings[scope, key] = validated(key, value)

    async def mark(self, picture_id: str, user: UserRef, mark: Mark, on: bool) -> None:
        change = self.marks.add if on else self.marks.discard
        change((picture_id, user.id, mark))

    async def delete_picture(
        self, picture_id: str, user: UserRef, moderator: bool = False
    ) -> Picture:
        picture = await self.picture(picture_id)
        turn = await self.turn(picture.turn_id) if picture else None
        if picture is None or turn is None:
            raise UnknownPicture("That picture is no longer here.")
        if turn.user.id != user.id and not moderator:
            raise NotAllowed("Only the one who asked for it can delete this.")
        gone = replace(picture, state=PictureState.DELETED, sha256=None)
        self._save(turn, [gone])
        return gone

    async def export(self, user: UserRef) -> Path:
        target = self._folder / f"{user.id}.zip"
        with ZipFile(target, "w") as archive:
            archive.writestr("easel.json", "{}")
        return target

    async def forget(self, user: UserRef) -> int:
        turns = [t for view in self._views.values() for t in view.turns if t.user.id == user.id]
        ids = {turn.id for turn in turns}
        for thread, view in list(self._views.items()):
            kept = tuple(t for t in view.turns if t.id not in ids)
            left = tuple(p for p in view.pictures if p.turn_id not in ids)
            self._views[thread] = replace(view, turns=kept, pictures=left)
        return len(turns)

    async def forget_thread(self, thread: ThreadRef) -> bool:
        return self._views.pop(thread, None) is not None

    # -- a turn ---------------------------------------------------------------------------------------------------

    def _open(self, inbound: Inbound) -> ConversationView:
        title = inbound.text[:60] or "An uploaded picture"
        conversation = Conversation(new_id(), inbound.thread, title, None, {}, time.time())
        self._views[inbound.thread] = ConversationView(conversation, (), ())
        return self._views[inbound.thread]

    def _new_turn(self, view: ConversationView, inbound: Inbound, uploads: list[Picture]) -> Turn:
        if inbound.press:
            self._known(view, inbound.press.picture_id)
        return Turn(
            uploads[0].turn_id if uploads else new_id(),
            view.conversation.id,
            inbound.event_id,
            inbound.user,
            inbound.text,
            TurnState.ACCEPTED,
            inbound.press,
            inbound.reply_to,
            tuple(p.id for p in uploads),
            created_at=time.time(),
            origin=inbound.origin,
            adult=inbound.adult,
        )

    def _upload(self, view: ConversationView, inbound: Inbound, index: int) -> Picture:
        attachment = inbound.attachments[index]
        try:
            image = Image.open(io.BytesIO(attachment.data)).convert("RGB")
        except UnidentifiedImageError as error:
            raise NotAPicture(f"{attachment.name} is not a picture I can read.") from error
        planned = Picture(
            new_id(), view.conversation.id, len(view.pictures) + 1 + index, new_id(), None, None,
            None, None, f"Uploaded: {attachment.name}", PictureState.PLANNED, created_at=time.time(),
        )  # fmt: skip
        return self._write(planned, image)

    def _start(self, turn: Turn, inbound: Inbound) -> None:
        thread = inbound.thread
        task = asyncio.create_task(self._play(thread, turn), name=f"turn-{turn.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, thread: ThreadRef, turn: Turn) -> None:
        await self._show(Progress(thread, turn.id, Stage.THINKING))
        planned, pictures = self._plan(turn)
        for part in planned.parts:
            if isinstance(part, TextPart):
                await self._say(thread, turn.id, part.text)
        planned = replace(planned, state=TurnState.PAINTING)
        self._save(planned, pictures)
        job_id = pictures[0].job_id if pictures else None
        try:
            if job_id:
                task = asyncio.current_task()
                assert task
                self._running[job_id] = task
                pictures = await self._paint(thread, planned, job_id, pictures)
            state = TurnState.FAILED if "fail" in turn.text else TurnState.DONE
        except asyncio.CancelledError:
            state = TurnState.CANCELLED
        if state is not TurnState.DONE:
            pictures = [replace(p, state=PictureState(state.value)) for p in pictures]
        await self._finish(thread, planned, state, pictures)

    async def _finish(
        self, thread: ThreadRef, turn: Turn, state: TurnState, pictures: list[Picture]
    ) -> None:
        sentences = {
            TurnState.FAILED: "It broke after 2 tries. Nothing is lost; try again?",
            TurnState.CANCELLED: "Stopped, as you asked.",
            TurnState.DONE: NOTE if "vast" in turn.text else "",
        }
        done = replace(turn, state=state, error=sentences[state], finished_at=time.time())
        self._save(done, pictures)
        if state is TurnState.DONE:
            self._point(thread, done, pictures)
        self.answers.append(Answer(done.id, thread, done, tuple(pictures)))
        if self._platform:
            await self._platform.deliver(self.answers[-1])

    def _plan(self, turn: Turn) -> tuple[Turn, list[Picture]]:
        view = self._view_of(turn.conversation_id)
        if turn.press and turn.press.verb is Verb.SELECT:
            number = self._known(view, turn.press.picture_id).number
            return replace(turn, parts=(TextPart(f"Picture {number} is the current one."),)), []
        if "hello" in turn.text.lower():
            text = "Hello! I paint by **conversation**. You can say:\n- a cute dog near a river\n- make it night"
            return replace(turn, parts=(TextPart(text),)), []
        pictures = self._new_pictures(view, turn)
        verb = pictures[0].verb or Verb.GENERATE
        ids = tuple(p.id for p in pictures)
        parts: tuple[Part, ...] = (
            TextPart(_sentence(verb, pictures)),
            PicturesPart(ids, verb, pictures[0].job_id),
        )
        return replace(turn, parts=parts), pictures

    def _new_pictures(self, view: ConversationView, turn: Turn) -> list[Picture]:
        parent = self._parent(view, turn)
        verb = turn.press.verb if turn.press else (Verb.EDIT if parent else Verb.GENERATE)
        text = turn.press.text if turn.press else turn.text
        prompt = text or (parent.caption if parent else "")
        count = (
            4 if verb is Verb.VARY else next((COUNTS[w] for w in text.split() if w in COUNTS), 1)
        )
        job_id = new_id()
        first = len(view.pictures) + 1
        return [
            Picture(
                new_id(), view.conversation.id, first + index, turn.id, job_id,
                parent.id if parent else None, verb, _recipe(prompt, first + index, parent),
                prompt, PictureState.PLANNED, created_at=time.time(),
            )
            for index in range(count)
        ]  # fmt: skip

    def _parent(self, view: ConversationView, turn: Turn) -> Picture | None:
        if turn.press:
            return self._known(view, turn.press.picture_id)
        source = turn.reply_to or (turn.upload_ids[0] if turn.upload_ids else None)
        if source is None and turn.text.lower().startswith("make"):
            source = view.conversation.current_id
        return self._known(view, source) if source else None

    async def _paint(
        self, thread: ThreadRef, turn: Turn, job_id: str, pictures: list[Picture]
    ) -> list[Picture]:
        await self._show(
            Progress(thread, turn.id, Stage.QUEUED, job_id=job_id, position=1, wait_s=2.0)
        )
        images = [_scene(p.recipe.seed) for p in pictures if p.recipe]
        for step in range(1, STEPS + 1):
            await asyncio.sleep(self._pace_s)
            preview = _preview(images, step)
            left = (STEPS - step) * self._pace_s
            await self._show(
                Progress(
                    thread, turn.id, Stage.PAINTING, job_id=job_id, wait_s=left,
                    step=step, steps=STEPS, preview=preview,
                )
            )  # fmt: skip
            if step == STEPS // 2:
                await self._go.wait()
        return [self._write(p, image) for p, image in zip(pictures, images, strict=True)]

    async def _say(self, thread: ThreadRef, turn_id: str, text: str) -> None:
        for word in text.split(" "):
            await asyncio.sleep(self._pace_s / 4)
            await self._show(Progress(thread, turn_id, Stage.WRITING, text=word + " "))

    async def _show(self, progress: Progress) -> None:
        if self._platform:
            await self._platform.show(progress)

    # -- what it remembers ----------------------------------------------------------------------------------------

    def _known(self, view: ConversationView, picture_id: str) -> Picture:
        for picture in view.pictures:
            if picture.id == picture_id:
                return picture
        raise UnknownPicture("There is no such picture in this conversation.")

    def _view_of(self, conversation_id: str) -> ConversationView:
        return next(v for v in self._views.values() if v.conversation.id == conversation_id)

    def _save(self, turn: Turn, pictures: list[Picture]) -> None:
        view = self._view_of(turn.conversation_id)
        turns = {t.id: t for t in view.turns} | {turn.id: turn}
        kept = {p.id: p for p in view.pictures} | {p.id: p for p in pictures}
        self._views[view.conversation.thread] = replace(
            view, turns=tuple(turns.values()), pictures=tuple(kept.values())
        )

    def _point(self, thread: ThreadRef, turn: Turn, pictures: list[Picture]) -> None:
        view = self._views[thread]
        current = pictures[0].id if pictures else view.conversation.current_id
        if turn.press and turn.press.verb is Verb.SELECT:
            current = turn.press.picture_id
        self._views[thread] = replace(
            view, conversation=replace(view.conversation, current_id=current)
        )

    def _write(self, picture: Picture, image: Image.Image) -> Picture:
        data = encode(image, picture.recipe)
        sha256 = hashlib.sha256(data).hexdigest()
        (self._folder / f"{sha256}.webp").write_bytes(data)
        return replace(
            picture, state=PictureState.READY, sha256=sha256, width=image.width,
            height=image.height, seconds=1.25,
        )  # fmt: skip


def _recipe(prompt: str, seed: int, parent: Picture | None) -> Recipe:
    return Recipe(
        "pocket", prompt, seed, STEPS, 4.0, SIZE, SIZE, scheduler="DDIMScheduler",
        technique=Technique.PICTURE_TO_PICTURE if parent else Technique.TEXT_TO_PICTURE,
        source=parent.id if parent else None, strength=0.6 if parent else None,
    )  # fmt: skip


def _sentence(verb: Verb, pictures: list[Picture]) -> str:
    if verb is Verb.GENERATE:
        return f"Here is **{pictures[0].caption}**."
    return f"{verb.capitalize()}: from the picture before."


def _scene(seed: int) -> Image.Image:
    """A small landscape: sky, sun, two hills; other colours for each seed."""
    dice = random.Random(seed)
    image = Image.new("RGB", (SIZE, SIZE))
    draw = ImageDraw.Draw(image)
    sky = [dice.randint(90, 230) for _ in range(3)]
    for y in range(SIZE):
        shade = y / SIZE
        draw.line((0, y, SIZE, y), tuple(int(c * (1 - shade) + 245 * shade) for c in sky))
    x, radius = dice.randint(50, 200), dice.randint(18, 34)
    draw.ellipse((x - radius, 60 - radius, x + radius, 60 + radius), "#fff1c4")
    for top in (150, 190):
        colour = (dice.randint(30, 110), dice.randint(90, 160), dice.randint(60, 130))
        left = dice.randint(-160, 20)
        draw.ellipse((left, top, left + 380, top + 260), colour)
    return image


def _preview(images: list[Image.Image], step: int) -> bytes:
    """Ever sharper, as a grid of the batch."""
    columns = math.ceil(math.sqrt(len(images)))
    grid = Image.new("RGB", (96 * columns, 96 * math.ceil(len(images) / columns)))
    for index, image in enumerate(images):
        small = image.resize((2 + step * 4, 2 + step * 4)).resize((96, 96))
        grid.paste(small, (index % columns * 96, index // columns * 96))
    buffer = io.BytesIO()
    grid.save(buffer, "JPEG")
    return buffer.getvalue()


async def _by_hand() -> None:
    import tempfile

    from adapters.web.platform import WebPlatform
    from adapters.web.settings import WebSettings

    with tempfile.TemporaryDirectory() as folder:
        platform = WebPlatform(WebSettings())
        desk = FakeDesk(Path(folder), pace_s=0.4)
        desk.attend(platform)
        print("The page is on http://127.0.0.1:8321")
        await platform.serve(desk)


if __name__ == "__main__":
    asyncio.run(_by_hand())
