"""What buttons and menus do, on cards, in whispers and in the App Home.

Slack hears "yes" at once; then a press becomes a turn, a dialog opens, or something is done on the spot.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck

from adapters.slack import cards, knobs, modals
from adapters.slack.blocks import Block
from adapters.slack.clicks import Click, Clicks
from adapters.slack.client import Refused, Unsure, ask
from adapters.slack.deeds import Deeds
from adapters.slack.knobs import Knob
from adapters.slack.modals import Memory
from adapters.slack.place import place_of_action
from adapters.slack.rights import ONLY_OWNERS, Rights
from adapters.slack.rooms import room
from core.errors import EaselError, NotAllowed, UnknownPicture
from core.regions import MASK
from core.types import Attachment, Inbound, Picture, Press, Turn, Verb

if TYPE_CHECKING:
    from adapters.slack.context import Context
    from adapters.slack.home import Home

log = logging.getLogger(__name__)

NOT_YOURS = (
    "Only who asked for it, or an admin of this workspace, can do that. You can press Again."
)
_TOO_LATE = "That took too long for Slack; please press it once more."
_VERBS = {
    Knob.SELECT: Verb.SELECT,
    Knob.VARY: Verb.VARY,
    Knob.REFINE: Verb.REFINE,
    Knob.AGAIN: Verb.AGAIN,
    Knob.DESCRIBE: Verb.DESCRIBE,
}
_DIALOGS: Mapping[Knob, Callable[[Memory], Block]] = {
    Knob.EDIT: modals.edit,
    Knob.REGION: modals.region,
    Knob.REFERENCE: modals.reference,
}


class Actions:
    def __init__(self, context: Context, home: Home) -> None:
        self._context, self._home = context, home
        self._clicks, self._rights = Clicks(), Rights(context)
        self._doors: Mapping[Knob, Callable[[Click], Awaitable[None]]] = {
            **{knob: self._press for knob in _VERBS},
            **{knob: self._dialog for knob in _DIALOGS},
            Knob.UNDO: self._undo,
            Knob.PROMPT: self._prompt,
            Knob.DETAILS: self._details,
            Knob.RETRY: self._retry,
            **Deeds(context, home, self._rights).doors,
        }

    async def pressed(
        self, ack: AsyncAck, body: Mapping[str, Any], action: Mapping[str, Any]
    ) -> None:
        """Answers Slack at once; the rest goes on by itself."""
        await ack()
        self._context.start(self._serve(body, action))

    async def _serve(self, body: Mapping[str, Any], action: Mapping[str, Any]) -> None:
        place, asked = place_of_action(body), knobs.read(action)
        if asked is None or asked.knob not in self._doors:
            await self._context.whisper(place, cards.notice(knobs.OLD_CARD))
            return
        try:
            event_id = self._clicks.event_id(place, action, asked)
            click = Click(place, asked, event_id, str(body.get("trigger_id", "")))
            await self._doors[asked.knob](click)
        except EaselError as error:
            await self._context.tell_error(place, error)
        except (Refused, Unsure) as error:
            log.warning("%s could not be done: %s", asked.knob, error)
            await self._context.whisper(place, cards.notice(_TOO_LATE))

    # -- turns --------------------------------------------------------------------------------------------------------

    async def _press(self, click: Click) -> None:
        picture = await self._rights.pressable(click)
        verb = _VERBS[click.asked.knob]
        press = Press(verb, picture.id, click.asked.argument)
        await self._submit(click, f"{verb.capitalize()} picture {picture.number}", press=press)

    async def _undo(self, click: Click) -> None:
        """Back to what the picture was made from."""
        picture = await self._rights.pressable(click)
        if not await self._rights.is_theirs(click, picture.turn_id):
            raise NotAllowed("undo of another person's picture", NOT_YOURS)
        if picture.parent_id is None:
            raise UnknownPicture(
                "nothing to undo", f"Picture {picture.number} is where this began."
            )
        press = Press(Verb.UNDO, picture.parent_id)
        await self._submit(click, f"Undo picture {picture.number}", press=press)

    async def _retry(self, click: Click) -> None:
        turn = await self._rights.turn(click)
        if turn.user.id != click.user.id and await self._rights.is_for_owners(click):
            raise NotAllowed("retry by another person", ONLY_OWNERS)
        files = await self._uploads(turn)
        await self._submit(
            click,
            turn.text,
            text=turn.text,
            press=turn.press,
            reply_to=turn.reply_to,
            attachments=files,
        )

    async def _submit(self, click: Click, title: str, **said: Any) -> None:
        """A turn where the button is; from the App Home in a thread of its own, beside the bot."""
        user = await self._context.user(click.place.team, click.place.user)
        root = cards.asked_message(user.name, title)
        place = await room(self._context, click.place, f"root:{click.event_id}", root)
        if place is None:
            return
        inbound = Inbound(click.event_id, place.thread_ref(), user, **said)
        await self._context.submit(inbound, place)
        self._home.changed(user)

    async def _uploads(self, turn: Turn) -> tuple[Attachment, ...]:
        """What must come along once more: all of a message's, of a press only the mask and what it has no id of."""
        desk, wanted = self._context.desk, turn.upload_ids
        if turn.press and turn.press.picture_id:
            wanted = wanted[-1:] if turn.press.region == MASK else ()
        found = [await desk.picture(picture_id) for picture_id in wanted]
        paths = [desk.picture_path(p) for p in found if p and p.sha256]
        return tuple(await asyncio.to_thread(_read, paths))

    # -- dialogs ------------------------------------------------------------------------------------------------------

    async def _dialog(self, click: Click) -> None:
        picture = await self._rights.pressable(click)
        await self._open(click, _DIALOGS[click.asked.knob](_memory(click, picture)))

    async def _prompt(self, click: Click) -> None:
        picture = await self._rights.pressable(click)
        await self._open(click, modals.prompt(picture, _memory(click, picture)))

    async def _details(self, click: Click) -> None:
        picture = await self._rights.picture(click)
        known = {picture.id: picture}
        if picture.parent_id and (parent := await self._context.desk.picture(picture.parent_id)):
            known[parent.id] = parent
        await self._open(click, modals.about([picture], known))

    async def _open(self, click: Click, view: Block) -> None:
        client = self._context.client(click.place.team)
        await ask(client.views_open(trigger_id=click.trigger_id, view=view))


def _memory(click: Click, picture: Picture) -> Memory:
    return Memory(click.place.channel, click.place.thread, (modals.of_picture(picture),))


def _read(paths: Sequence[Path]) -> list[Attachment]:
    return [Attachment(path.name, path.read_bytes()) for path in paths]
