"""The `Desk` of every platform: events in, and all that people may ask about what is kept."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from weakref import WeakValueDictionary

from bot.answers import answer_of
from bot.config import LimitSettings
from bot.dispatch import Dispatch
from bot.export import export_person
from bot.intake import clean, file_names
from bot.observe import Health
from bot.policy import Policy
from bot.pool.pool import RenderPool
from bot.pool.running import Place
from bot.store.inbox import UploadedFile
from bot.store.store import Store
from bot.visibility import check_owner, may_find, may_see, same_person, user_key
from core.errors import AmbiguousPicture, NotAllowed, UnknownPicture
from core.painting.picture_file import check_upload
from core.preferences import is_blocked, person_scope, place_scope, validated
from core.types import (
    Answer,
    ConversationView,
    Inbound,
    Mark,
    Picture,
    PictureState,
    Post,
    QueueEntry,
    Receipt,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
)

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"#?\s*([1-9]\d{0,5})")
_ID = re.compile(r"[0-9A-Za-z]{6,26}")


@dataclass(frozen=True, slots=True)
class Office:
    """What the desk works with."""

    store: Store
    dispatch: Dispatch
    pool: RenderPool
    policy: Policy
    limits: LimitSettings
    health: Health
    exports: Path  # the folder of files that are handed over


class FrontDesk:
    def __init__(self, office: Office) -> None:
        self._store, self._dispatch, self._pool = office.store, office.dispatch, office.pool
        self._policy, self._limits, self._health = office.policy, office.limits, office.health
        self._exports = office.exports
        # Messages of one conversation keep their order, however long their pictures take to check.
        self._doors: WeakValueDictionary[ThreadRef, asyncio.Lock] = WeakValueDictionary()
        self._entering: set[asyncio.Task[Receipt]] = set()
        self._exporting = asyncio.Lock()  # one at a time: it may be all the disk can do

    # -- what people say ------------------------------------------------------------------------------

    @property
    def message_characters(self) -> int:
        """The longest message that is taken."""
        return self._limits.message_characters

    async def receive(self, inbound: Inbound) -> Receipt:
        """Returns when the event is safe on disk; raises `EaselError` and stores nothing otherwise."""
        inbound = clean(inbound, self._limits.message_characters)
        inbound = replace(inbound, received_at=inbound.received_at or time.time())
        if inbound.press:
            return await self._accept(inbound)
        async with self._doors.setdefault(inbound.thread, asyncio.Lock()):
            return await self._accept(inbound)

    async def _accept(self, inbound: Inbound) -> Receipt:
        await self._check_rules(inbound)
        await self._check_sight(inbound)
        uploads = await self._keep_uploads(inbound)
        entering = asyncio.create_task(self._enter(inbound, uploads), name=inbound.event_id)
        self._entering.add(entering)
        entering.add_done_callback(self._entering.discard)
        return await asyncio.shield(entering)

    async def _enter(self, inbound: Inbound, uploads: Sequence[UploadedFile]) -> Receipt:
        """Not to be cancelled in between: a message that is kept is also begun."""
        receipt = await self._store.accept(inbound, uploads)
        await self._dispatch.begin(receipt, inbound.press is not None)
        return receipt

    async def _check_sight(self, inbound: Inbound) -> None:
        """Raises `UnknownPicture` for one of a place that this person may not look into."""
        for seen in await self._store.seen_of(inbound):
            if seen.thread != inbound.thread and not may_see(seen, inbound.thread, inbound.user):
                raise UnknownPicture(
                    f"picture {seen.picture.id} is out of sight", "That picture is no longer here."
                )

    async def _check_rules(self, inbound: Inbound) -> None:
        thread = inbound.thread
        server = place_scope(thread.platform, thread.workspace)
        if is_blocked((await self._store.settings([server]))[0], inbound.user):
            raise NotAllowed(
                f"{user_key(inbound.user)} is blocked", "I am not allowed to paint for you here."
            )
        self._policy.check_words(inbound.text, inbound.adult)
        if inbound.press:
            self._policy.check_words(inbound.press.text, inbound.adult)

    async def _keep_uploads(self, inbound: Inbound) -> list[UploadedFile]:
        """The files of a message, checked, cleaned and safe on disk before the message is."""
        checked = [await check_upload(attachment.data) for attachment in inbound.attachments]
        return [
            UploadedFile(await self._store.put_picture(c.data), c.width, c.height, name)
            for c, name in zip(checked, file_names(inbound.attachments), strict=True)
        ]

    async def turn_of_event(self, platform: str, event_id: str) -> Turn | None:
        return await self._store.turn_of_event(platform, event_id)

    async def amend(self, turn_id: str, text: str) -> bool:
        """True: the turn had not begun. Raises `EaselError` as `receive` does for such words."""
        turn = await self._store.turn(turn_id)
        thread = await self._thread(turn) if turn else None
        if turn is None or thread is None or turn.state is not TurnState.ACCEPTED:
            return False
        said = Inbound(turn.event_id, thread, turn.user, text, press=turn.press, adult=turn.adult)
        said = clean(said, self._limits.message_characters)
        await self._check_rules(said)
        return await self._dispatch.amend(turn_id, said.text)

    async def cancel(self, job_id: str, user: UserRef, moderator: bool = False) -> bool:
        job = await self._store.job(job_id)
        if job is None:
            return False
        check_owner(job.user_key, user, moderator, "Only the one who asked for it can stop this.")
        log.info("cancel of job %s by %s", job_id, user_key(user))
        return await self._pool.cancel(job_id)

    async def cancel_turn(self, turn_id: str, user: UserRef, moderator: bool = False) -> bool:
        turn = await self._store.turn(turn_id)
        if turn is None or turn.state not in (TurnState.ACCEPTED, TurnState.PAINTING):
            return False
        check_owner(turn.user, user, moderator, "Only the one who asked for it can stop this.")
        log.info("cancel of turn %s by %s", turn_id, user_key(user))
        return await self._dispatch.stop(turn)

    # -- what is there --------------------------------------------------------------------------------

    async def view(self, thread: ThreadRef) -> ConversationView | None:
        return await self._store.view(thread)

    async def threads(self, platform: str) -> Sequence[tuple[ThreadRef, str]]:
        return await self._store.threads(platform)

    async def turn(self, turn_id: str) -> Turn | None:
        return await self._store.turn(turn_id)

    async def answer(self, turn_id: str) -> Answer | None:
        return await answer_of(self._store, turn_id, turn_id)

    async def picture(self, picture_id: str) -> Picture | None:
        return await self._store.picture(picture_id)

    def picture_path(self, picture: Picture) -> Path:
        return self._store.picture_path(picture)

    async def find_picture(
        self, text: str, thread: ThreadRef | None, user: UserRef
    ) -> Picture | None:
        """By number in this thread, else by id. Raises `AmbiguousPicture` when several ids end so."""
        text = text.strip()
        here = await self._store.conversation(thread) if thread else None
        if here and (number := _NUMBER.fullmatch(text)):
            found = await self._store.picture_by_number(here.id, int(number[1]))
            if found:
                return found
        if not _ID.fullmatch(text):
            return None
        seen = [s for s in await self._store.ending(text) if may_find(s, thread, user)]
        pictures = [s.picture for s in seen if s.thread == thread] or [s.picture for s in seen]
        if len(pictures) > 1:
            raise AmbiguousPicture(
                f"Several pictures end in “{text}”. Give more of the id, or the picture's number.",
                tuple(sorted({picture.number for picture in pictures})),
            )
        return pictures[0] if pictures else None

    async def pictures_of(self, user: UserRef, limit: int = 25) -> Sequence[Picture]:
        return await self._store.painted_for(user, limit)

    async def queue(self, user: UserRef | None = None) -> Sequence[QueueEntry]:
        key = user_key(user) if user else None
        places = [p for p in await self._pool.line() if key in (None, p.job.user_key)]
        threads = await self._store.threads_of({p.job.conversation_id for p in places})
        first = await self._store.pictures([p.job.picture_ids[0] for p in places])
        captions = {picture.id: picture.caption for picture in first}
        return [
            _entry(p, threads[p.job.conversation_id], captions.get(p.job.picture_ids[0], ""))
            for p in places
            if p.job.conversation_id in threads
        ]

    def health(self) -> Mapping[str, object]:
        return self._health.report()

    async def _thread(self, turn: Turn) -> ThreadRef | None:
        conversation = await self._store.conversation(turn.conversation_id)
        return conversation.thread if conversation else None

    # -- what platforms remember ----------------------------------------------------------------------

    async def remember(self, post: Post) -> None:
        await self._store.remember(post)

    async def post(self, platform: str, channel: str, message: str) -> Post | None:
        return await self._store.post(platform, channel, message)

    async def posts(self, turn_id: str) -> Sequence[Post]:
        return await self._store.posts(turn_id)

    async def setting(self, scope: str, key: str) -> str | None:
        return await self._store.setting(scope, key)

    async def set_setting(self, scope: str, key: str, value: str | None) -> None:
        kept = None if value is None else validated(key, value)
        await self._store.set_setting(scope, key, kept)

    # -- what people do with pictures and with their data ---------------------------------------------

    async def mark(self, picture_id: str, user: UserRef, mark: Mark, on: bool) -> None:
        if not await self._store.set_mark(picture_id, user_key(user), mark, on):
            raise UnknownPicture(f"no picture {picture_id}", "That picture is no longer here.")

    async def delete_picture(
        self, picture_id: str, user: UserRef, moderator: bool = False
    ) -> Picture:
        seen = await self._store.seen(picture_id)
        if seen is None:
            raise UnknownPicture(f"no picture {picture_id}", "That picture is no longer here.")
        check_owner(seen.owner, user, moderator, "Only the one who asked for it can delete this.")
        if seen.picture.state is PictureState.PLANNED:
            raise UnknownPicture(
                f"picture {picture_id} is not painted",
                f"Picture {seen.picture.number} is not finished yet; you can cancel it.",
            )
        log.info("picture %s deleted by %s", picture_id, user_key(user))
        await self._store.delete_picture(picture_id)
        return replace(seen.picture, state=PictureState.DELETED, sha256=None)

    async def export(self, user: UserRef) -> Path:
        async with self._exporting:
            return await export_person(self._store, user, self._exports)

    async def forget(self, user: UserRef) -> int:
        for turn in await self._store.open_turns():
            if same_person(turn.user, user):
                await self._dispatch.stop(turn)
        forgotten = await self._store.forget_person(user, person_scope(user))
        log.info("%d turns of a person on %s were forgotten", forgotten, user.platform)
        return forgotten

    async def forget_thread(self, thread: ThreadRef) -> bool:
        conversation = await self._store.conversation(thread)
        if conversation is None:
            return False
        for turn in await self._store.open_turns():
            if turn.conversation_id == conversation.id:
                await self._dispatch.stop(turn)
        await self._store.forget_conversation(conversation.id)
        return True


def _entry(place: Place, thread: ThreadRef, caption: str) -> QueueEntry:
    job = place.job
    return QueueEntry(
        job.id,
        job.turn_id,
        thread,
        job.user_key,
        caption,
        place.is_running,
        place.position,
        place.wait_s,
    )
