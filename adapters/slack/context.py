"""What the app's listeners work with: the desk, the people, and the ways to say something."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from adapters.slack import cards
from adapters.slack.client import PatientClient, Refused, Unsure
from adapters.slack.delivery import BAD_CONTENT, INVITE, UNREACHABLE, Courier, open_direct
from adapters.slack.downloads import Downloads
from adapters.slack.errands import Errands, patiently
from adapters.slack.message import Message
from adapters.slack.people import People
from adapters.slack.place import Place, place_of_origin, team_of
from adapters.slack.posts import Order, Posts
from adapters.slack.progress import Board
from adapters.slack.uploads import Uploads
from adapters.slack.whispers import Whispers
from adapters.slack.workspaces import Workspaces
from core.errors import EaselError, Undeliverable
from core.ports import Desk
from core.preferences import OWNER, PRESS, scopes
from core.types import (
    Attachment,
    Inbound,
    Picture,
    PictureState,
    Receipt,
    ThreadRef,
    UserRef,
)

log = logging.getLogger(__name__)

_NOT_A_MEMBER = f"I am not a member of that channel. {INVITE}"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running app is made of."""

    workspaces: Workspaces
    people: People
    posts: Posts
    uploads: Uploads
    downloads: Downloads
    board: Board
    courier: Courier
    whispers: Whispers
    errands: Errands


class Context:
    def __init__(self, desk: Desk, parts: Parts) -> None:
        self.desk = desk
        self._parts = parts

    # -- who and where ----------------------------------------------------------------------------------------

    def client(self, team: str) -> PatientClient:
        """For everything but posts: they go by `send`, once each. Raises `LookupError` for a strange team."""
        return self._parts.workspaces.one(team).client

    def team_of(self, body: Mapping[str, Any]) -> str:
        return team_of(body)

    async def user(self, team: str, user_id: str) -> UserRef:
        return await self._parts.people.ref(team, user_id)

    async def is_admin(self, team: str, user_id: str) -> bool:
        """Admin or owner of the workspace."""
        return await self._parts.people.is_admin(team, user_id)

    async def press_allowed(self, user: UserRef, picture: Picture, thread: ThreadRef) -> bool:
        """By the place's choice of who may press: everyone, or only who asked for the picture."""
        _, *places = scopes(thread, user)
        for scope in places:
            if choice := await self.desk.setting(scope, PRESS):
                return choice != OWNER or await self._is_owner(user, picture)
        return True

    async def _is_owner(self, user: UserRef, picture: Picture) -> bool:
        turn = await self.desk.turn(picture.turn_id)
        return turn is None or turn.user.id == user.id

    async def within_reach(self, place: Place) -> Place:
        """A command also works between two people, where the bot is not: the person's own talk with it then.

        Raises `Undeliverable`.
        """
        return await open_direct(self._parts.workspaces, place) if place.is_direct else place

    # -- what people say --------------------------------------------------------------------------------------

    async def submit(self, inbound: Inbound, place: Place) -> Receipt | None:
        """`accept`, with errors whispered: None then."""
        try:
            return await self.accept(inbound, place)
        except EaselError as error:
            log.info("%s of %s is refused: %s", inbound.event_id, inbound.user.id, error)
            await self.tell_error(place, error)
            return None

    async def accept(self, inbound: Inbound, place: Place) -> Receipt:
        """Receives the event and starts its signs of life. Raises `EaselError`; nothing is stored then."""
        stamped = replace(inbound, origin=inbound.origin or place.origin())
        receipt = await patiently(lambda: self.desk.receive(stamped), inbound.event_id)
        if receipt.is_new:
            self._parts.board.begin(receipt.turn_id, inbound.thread)
        return receipt

    async def download(
        self, team: str, files: Sequence[Mapping[str, Any]]
    ) -> tuple[Attachment, ...]:
        """Slack's file objects as attachments. Raises `BadInput` with a sentence."""
        return await self._parts.downloads.fetch(team, files)

    # -- what is said -----------------------------------------------------------------------------------------

    async def whisper(self, place: Place, message: Message) -> None:
        """Only the person sees it. Never raises for Slack's sake."""
        await self._parts.whispers.whisper(place, message)

    async def tell_error(self, place: Place, error: EaselError) -> None:
        await self.whisper(place, cards.notice(error.reply))

    async def send(self, place: Place, key: str, message: Message) -> str:
        """A post beside the answers, once per key; its ts. Raises `Undeliverable`."""
        return (await self._post(place, key, message)).thread

    async def open_thread(self, place: Place, key: str, message: Message) -> Place | None:
        """A thread of its own for a wish without a message; in a direct message there is none, the place itself.

        None: the bot is no member there, and the person has been told.
        """
        try:
            if not place.channel:
                return await self._post(place, key, message, keep_thread=True)
            return place if place.is_direct else await self._post(place, key, message)
        except Undeliverable as error:
            log.info("no thread in %s: %s", place.channel, error)
            await self.whisper(place, cards.notice(_NOT_A_MEMBER))
            return None

    async def direct(self, team: str, user_id: str, key: str, message: Message) -> str:
        """A post in the person's direct message; its ts. Raises `Undeliverable`."""
        return await self.send(Place(team, "", user_id), key, message)

    async def show_pictures(
        self,
        place: Place,
        key: str,
        pictures: Sequence[Picture],
        render: Callable[[Mapping[str, str]], Message],
    ) -> None:
        """Uploads what is missing and posts what `render` makes of the files. Raises `Undeliverable`."""
        files = await self.files(place.team, pictures)
        try:
            await self.send(place, key, render(files))
            return
        except Refused as refused:
            if refused.code not in BAD_CONTENT or not files:
                raise
            log.info("post %s: %s", key, refused)
        files = await self.mended(place.team, pictures, files)
        try:
            await self.send(place, key, render(files))
        except Refused as refused:
            if refused.code not in BAD_CONTENT:
                raise
            log.warning("post %s: %s", key, refused)
            await self.send(place, key, render({}))

    async def files(self, team: str, pictures: Sequence[Picture]) -> dict[str, str]:
        """The Slack file of each picture that can be shown, by picture id."""
        ready = [p for p in pictures if p.state is PictureState.READY]
        try:
            return await self._parts.uploads.ensure(team, ready)
        except (Refused, Unsure) as error:
            log.warning("%d pictures are not uploaded: %s", len(ready), error)
            return {}

    async def mended(
        self, team: str, pictures: Sequence[Picture], files: Mapping[str, str]
    ) -> dict[str, str]:
        """`files` once Slack can show them; those that somebody deleted are uploaded anew."""
        try:
            gone = await self._parts.uploads.wait_ready(team, files)
        except Unsure as unsure:
            log.info("nothing is known of %d files: %s", len(files), unsure)
            gone = set()
        for picture in pictures:
            if picture.id in gone:
                await self._parts.uploads.forget(team, picture)
        return await self.files(team, pictures)

    async def direct_file(self, team: str, user_id: str, key: str, path: Path, title: str) -> None:
        """A file into the person's direct message. Raises `Undeliverable`."""
        home = await open_direct(self._parts.workspaces, Place(team, "", user_id))
        try:
            await self._parts.uploads.share_file(home, path, title)
        except (Refused, Unsure) as error:
            raise Undeliverable(f"file {key}: {error}") from error

    async def redraw(self, turn_id: str) -> None:
        """Shows a finished turn as it is now, and takes files of deleted pictures off Slack."""
        answer = await self.desk.answer(turn_id)
        if answer is None or not answer.turn.origin:
            return
        place = place_of_origin(answer.turn.origin, answer.thread)
        try:
            for picture in answer.pictures:
                if picture.state is PictureState.DELETED:
                    await self._parts.uploads.delete(place.team, picture)
            await self._parts.courier.redraw(answer, place)
        except (Refused, Unsure, LookupError) as error:
            log.info("turn %s is not drawn again: %s", turn_id, error)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Goes on after the listener has returned; errors are logged."""
        return self._parts.errands.start(work)

    async def _post(
        self, place: Place, key: str, message: Message, keep_thread: bool = False
    ) -> Place:
        """The place inside the thread of the new post."""
        if not place.channel:
            place = await open_direct(self._parts.workspaces, place)
        try:
            post = await self._parts.posts.put(Order(key, place, message))
        except Refused as refused:
            if refused.code in UNREACHABLE:
                raise Undeliverable(f"{place.channel}: {refused}", _NOT_A_MEMBER) from refused
            raise
        return place if keep_thread else replace(place, thread=post.message)
