"""The shortcuts: "Create image…" anywhere, and five more on any message with a picture, whoever posted it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck

from adapters.slack import blocks, cards, forms, knobs, modals, mrkdwn
from adapters.slack.blocks import Block
from adapters.slack.client import Refused, Unsure, ask
from adapters.slack.dialogs import Dialogs
from adapters.slack.modals import Memory, Subject
from adapters.slack.place import PLATFORM, Place, place_of_action
from core.errors import BadInput, EaselError
from core.types import Picture, PictureState, Post

if TYPE_CHECKING:
    from adapters.slack.context import Context

log = logging.getLogger(__name__)

_CHOICES = 10  # pictures of one message


class Shortcut(StrEnum):
    """Callback ids."""

    CREATE = "easel:create"
    EDIT = "easel:edit_image"
    VARY = "easel:make_variations"
    REFERENCE = "easel:use_as_reference"
    DESCRIBE = "easel:describe_image"
    DETAILS = "easel:image_details"


_DIALOGS: Mapping[str, Callable[[Memory], Block]] = {
    Shortcut.EDIT: modals.edit,
    Shortcut.VARY: modals.vary,
    Shortcut.REFERENCE: modals.reference,
}


@dataclass(frozen=True, slots=True)
class Pointed:
    """A message shortcut: what somebody pointed at."""

    place: Place
    event_id: str
    trigger_id: str
    pictures: tuple[Picture, ...]  # Easel's own
    files: tuple[
        Mapping[str, Any], ...
    ]  # Slack's files of pictures, where there are none of Easel's

    def memory(self) -> Memory:
        own = tuple(modals.of_picture(p) for p in self.pictures)
        other = tuple(
            Subject(mrkdwn.clip(str(f.get("name") or "A picture"), blocks.LABEL), file_id=f["id"])
            for f in self.files
        )
        return Memory(self.place.channel, self.place.thread, (own or other)[:_CHOICES])


class Shortcuts:
    def __init__(self, context: Context, dialogs: Dialogs) -> None:
        self._context, self._dialogs = context, dialogs

    async def create(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await ack()
        place = place_of_action(body)
        self._context.start(self._told(place, self._open(place, body, modals.create(Memory()))))

    async def on_message(self, ack: AsyncAck, body: Mapping[str, Any]) -> None:
        await ack()
        place = place_of_action(body)
        self._context.start(self._told(place, self._serve(place, body)))

    async def _told(self, place: Place, work: Awaitable[None]) -> None:
        try:
            await work
        except EaselError as error:
            await self._context.tell_error(place, error)
        except (Refused, Unsure) as error:
            log.warning("a shortcut could not be served: %s", error)
            await self._context.whisper(
                place, cards.notice("Slack was too slow; please try again.")
            )

    async def _serve(self, place: Place, body: Mapping[str, Any]) -> None:
        pointed = await self._pointed(place, body)
        callback_id = str(body.get("callback_id"))
        if not pointed.pictures and not pointed.files:
            raise BadInput("no picture", "There is no picture in that message.")
        if callback_id in _DIALOGS:
            await self._open(place, body, _DIALOGS[callback_id](pointed.memory()))
        elif callback_id == Shortcut.DETAILS:
            await self._open(place, body, await self._about(pointed))
        else:
            await self._describe(pointed, body)

    async def _describe(self, pointed: Pointed, body: Mapping[str, Any]) -> None:
        memory = pointed.memory()
        if len(memory.subjects) > 1:
            await self._open(pointed.place, body, modals.describe(memory))
            return
        user = await self._context.user(pointed.place.team, pointed.place.user)
        wish = forms.described(memory.subjects[0])
        await self._dialogs.grant(pointed.place, user, wish, pointed.event_id)

    async def _about(self, pointed: Pointed) -> Block:
        if not pointed.pictures:
            return modals.about_files(pointed.files)
        known = {p.id: p for p in pointed.pictures}
        for parent_id in {p.parent_id for p in pointed.pictures if p.parent_id} - known.keys():
            if parent := await self._context.desk.picture(parent_id):
                known[parent.id] = parent
        return modals.about(pointed.pictures, known)

    async def _pointed(self, place: Place, body: Mapping[str, Any]) -> Pointed:
        message: Mapping[str, Any] = body.get("message") or {}
        is_ours = bool(message.get("app_id")) and message.get("app_id") == body.get("api_app_id")
        ids = knobs.pictures_on(message) if is_ours else []
        if not ids and (post := await self._post(place, message)):
            ids = list(post.picture_ids)
        found = [await self._context.desk.picture(picture_id) for picture_id in ids]
        pictures = tuple(p for p in found if p and p.state is PictureState.READY)
        files = () if pictures else tuple(f for f in message.get("files") or () if _is_picture(f))
        event_id = f"{body.get('action_ts')}:{place.user}"
        return Pointed(place, event_id, str(body.get("trigger_id")), pictures, files)

    async def _post(self, place: Place, message: Mapping[str, Any]) -> Post | None:
        """A message of ours that has no card on it, such as a plain file."""
        return await self._context.desk.post(PLATFORM, place.channel, str(message.get("ts", "")))

    async def _open(self, place: Place, body: Mapping[str, Any], view: Block) -> None:
        client = self._context.client(place.team)
        await ask(client.views_open(trigger_id=str(body.get("trigger_id")), view=view))


def _is_picture(file: Mapping[str, Any]) -> bool:
    return str(file.get("mimetype", "")).startswith("image/") and bool(file.get("id"))
