"""What a button does on the spot, without a turn: send, keep, rate, delete, stop, set, and one's own data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from adapters.slack import cards, knobs, panel
from adapters.slack.clicks import Click
from adapters.slack.knobs import Knob
from adapters.slack.place import PLATFORM, Place
from adapters.slack.rights import Rights
from core.errors import BadInput, NotAllowed
from core.preferences import PRESS, person_scope, place_scope
from core.types import Mark

if TYPE_CHECKING:
    from adapters.slack.context import Context
    from adapters.slack.home import Home


class Deeds:
    def __init__(self, context: Context, home: Home, rights: Rights) -> None:
        self._context, self._home, self._rights = context, home, rights
        self.doors: Mapping[Knob, Callable[[Click], Awaitable[None]]] = {
            Knob.SEND: self._send,
            Knob.FAVOURITE: self._favourite,
            Knob.FEEDBACK: self._feedback,
            Knob.DELETE: self._delete,
            Knob.CANCEL: self._cancel,
            Knob.SET: self._set,
            Knob.EXPORT: self._export,
            Knob.FORGET: self._forget,
        }

    async def _send(self, click: Click) -> None:
        picture = await self._rights.picture(click)
        beside_the_bot = Place(click.place.team, "", click.place.user)
        await self._context.show_pictures(
            beside_the_bot,
            f"send:{picture.id}:{click.event_id}",
            [picture],
            lambda files: cards.pictures_message(
                [picture], files, "You asked me to send you this."
            ),
        )
        await self._confirm(click, f"Picture {picture.number} is in our direct messages.")

    async def _favourite(self, click: Click) -> None:
        picture = await self._rights.picture(click)
        await self._context.desk.mark(picture.id, click.user, Mark.FAVOURITE, True)
        await self._whisper(click.place, f"Picture {picture.number} is one of your favourites now.")

    async def _feedback(self, click: Click) -> None:
        mark = Mark.GOOD if click.asked.argument == "good" else Mark.BAD
        other = Mark.BAD if mark is Mark.GOOD else Mark.GOOD
        for picture_id in click.asked.subject.split(","):
            await self._context.desk.mark(picture_id, click.user, other, False)
            await self._context.desk.mark(picture_id, click.user, mark, True)
        thanks = "Thank you!" if mark is Mark.GOOD else "Thank you; I will keep that in mind."
        await self._whisper(click.place, f"{thanks} You can also say what to change.")

    async def _delete(self, click: Click) -> None:
        moderates = await self._rights.moderates(click)
        picture = await self._context.desk.delete_picture(
            click.asked.subject, click.user, moderates
        )
        await self._context.redraw(picture.turn_id)
        await self._confirm(click, f"Picture {picture.number} is deleted.")

    async def _cancel(self, click: Click) -> None:
        moderates = await self._rights.moderates(click)
        desk = self._context.desk
        if await desk.cancel_turn(click.asked.subject, click.user, moderates):
            await self._confirm(click, "Stopped.")
        else:
            await self._confirm(click, "That is finished already; there is nothing to stop.")

    async def _set(self, click: Click) -> None:
        key, chosen = click.asked.subject, click.asked.argument
        if key not in panel.KEYS:
            raise BadInput(f"no setting {key}", knobs.OLD_CARD)
        scope = person_scope(click.user)
        if key == PRESS:
            if not await self._rights.moderates(click):
                raise NotAllowed(
                    "a place's setting", "Only admins of this workspace can change that."
                )
            scope = place_scope(PLATFORM, click.place.team, click.place.channel)
        await self._context.desk.set_setting(scope, key, chosen or None)
        await self._confirm(click, panel.said(key, chosen))

    async def _export(self, click: Click) -> None:
        path = await self._context.desk.export(click.user)
        try:
            key = f"export:{click.event_id}"
            place = click.place
            await self._context.direct_file(place.team, place.user, key, path, "What I keep of you")
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await self._confirm(click, "Everything I keep of you is in our direct messages.")

    async def _forget(self, click: Click) -> None:
        turns = await self._context.desk.forget(click.user)
        await self._confirm(click, f"Done: {turns} messages and their pictures are deleted.")

    async def _confirm(self, click: Click, text: str) -> None:
        """Says that it is done, and shows it at home, where nothing need be said."""
        self._home.changed(click.user)
        if click.place.channel:
            await self._whisper(click.place, text)

    async def _whisper(self, place: Place, text: str) -> None:
        await self._context.whisper(place, cards.notice(text))
