"""The desk in memory with all that a chat platform asks: posts, choices, marks, corrections, deletions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import EaselError, NotAllowed, UnknownPicture
from core.types import (
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
from tests.fakes.desk import FakeDesk


class ChatDesk(FakeDesk):
    """`refusal` is raised by the next `receive`; `amended`, `stopped` and `marked` are what was asked for."""

    def __init__(self, folder: Path, pace_s: float = 0.0) -> None:
        super().__init__(folder, pace_s)
        self.refusal: EaselError | None = None
        self.amended: list[tuple[str, str]] = []
        self.stopped: list[str] = []
        self.marked: list[tuple[str, str, Mark, bool]] = []
        self.kept: dict[str, Post] = {}
        self.choices: dict[tuple[str, str], str] = {}

    async def receive(self, inbound: Inbound) -> Receipt:
        if self.refusal and inbound.event_id not in self._receipts:
            self.received.append(inbound)
            refusal, self.refusal = self.refusal, None
            raise refusal
        return await super().receive(inbound)

    async def amend(self, turn_id: str, text: str) -> bool:
        self.amended.append((turn_id, text))
        return True

    async def cancel_turn(self, turn_id: str, user: UserRef, moderator: bool = False) -> bool:
        self.stopped.append(turn_id)
        turn = await self.turn(turn_id)
        if turn is None or turn.state not in (TurnState.ACCEPTED, TurnState.PAINTING):
            return False
        return any([await self.cancel(job, user) for job in list(self._running)])

    # -- what platforms remember ------------------------------------------------------------------

    async def remember(self, post: Post) -> None:
        self.kept[post.key] = post

    async def post(self, platform: str, channel: str, message: str) -> Post | None:
        kept = self.kept.values()
        return next((p for p in kept if (p.channel, p.message) == (channel, message)), None)

    async def posts(self, turn_id: str) -> Sequence[Post]:
        return sorted((p for p in self.kept.values() if p.turn_id == turn_id), key=lambda p: p.key)

    async def setting(self, scope: str, key: str) -> str | None:
        return self.choices.get((scope, key))

    async def set_setting(self, scope: str, key: str, value: str | None) -> None:
        if value is None:
            self.choices.pop((scope, key), None)
        else:
            self.choices[scope, key] = value

    # -- what people do with pictures --------------------------------------------------------------

    async def mark(self, picture_id: str, user: UserRef, mark: Mark, on: bool) -> None:
        self.marked.append((picture_id, user.id, mark, on))

    async def delete_picture(
        self, picture_id: str, user: UserRef, moderator: bool = False
    ) -> Picture:
        view, picture = self._with(picture_id)
        turn = next(t for t in view.turns if t.id == picture.turn_id)
        if turn.user.id != user.id and not moderator:
            raise NotAllowed("Only the one who had it painted can delete it.")
        gone = replace(picture, state=PictureState.DELETED, sha256=None)
        kept = tuple(gone if p.id == picture_id else p for p in view.pictures)
        self._views[view.conversation.thread] = replace(view, pictures=kept)
        return gone

    async def find_picture(
        self, text: str, thread: ThreadRef | None, user: UserRef
    ) -> Picture | None:
        return await self.picture(text)

    async def pictures_of(self, user: UserRef, limit: int = 25) -> Sequence[Picture]:
        pictures = [p for view in self._views.values() for p in view.pictures]
        return pictures[::-1][:limit]

    async def queue(self, user: UserRef | None = None) -> Sequence[QueueEntry]:
        return []

    def health(self) -> Mapping[str, object]:
        return {"ready": True}

    async def export(self, user: UserRef) -> Path:
        path = self._folder / "export.zip"
        path.write_bytes(b"PK")
        return path

    async def forget(self, user: UserRef) -> int:
        return sum(t.user.id == user.id for view in self._views.values() for t in view.turns)

    async def forget_thread(self, thread: ThreadRef) -> bool:
        return self._views.pop(thread, None) is not None

    # -- inside -----------------------------------------------------------------------------------

    def _with(self, picture_id: str) -> tuple[ConversationView, Picture]:
        for view in self._views.values():
            for picture in view.pictures:
                if picture.id == picture_id:
                    return view, picture
        raise UnknownPicture("There is no such picture.")

    def _new_turn(self, view: ConversationView, inbound: Inbound, uploads: list[Picture]) -> Turn:
        turn = super()._new_turn(view, inbound, uploads)
        return replace(turn, origin=inbound.origin, adult=inbound.adult)
