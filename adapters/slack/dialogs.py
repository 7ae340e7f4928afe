"""What happens when a dialog is sent: what is wrong is shown in it, everything else becomes a turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck

from adapters.slack import cards, forms, knobs
from adapters.slack.forms import Incomplete, Wish
from adapters.slack.modals import Entry, Memory
from adapters.slack.place import Place, team_of
from adapters.slack.rooms import room
from core.errors import EaselError
from core.types import Attachment, Inbound, UserRef

if TYPE_CHECKING:
    from adapters.slack.context import Context
    from adapters.slack.home import Home

log = logging.getLogger(__name__)

# Slack waits three seconds for the answer to a dialog; after this the dialog closes and a refusal is whispered.
PATIENCE_S = 1.5

Outcome = asyncio.Future[EaselError | None]


class Dialogs:
    def __init__(self, context: Context, home: Home) -> None:
        self._context, self._home = context, home

    async def sent(self, ack: AsyncAck, body: Mapping[str, Any], view: Mapping[str, Any]) -> None:
        memory = Memory.load(str(view.get("private_metadata") or ""))
        place = Place(team_of(body), memory.channel, str(body["user"]["id"]), memory.thread)
        state: Mapping[str, Any] = view.get("state") or {}
        try:
            wish = forms.understand(str(view.get("callback_id")), state, memory)
        except Incomplete as incomplete:
            await ack(response_action="errors", errors=incomplete.errors)
            return
        if wish is None:
            await ack()
            await self._context.whisper(place, cards.notice(knobs.OLD_CARD))
            return
        event_id = f"view:{view.get('id')}:{view.get('hash')}"
        refused = await self._outcome(place, wish, event_id)
        if refused:
            await ack(response_action="errors", errors={_where(state): refused.reply[:1000]})
        else:
            await ack()

    async def _outcome(self, place: Place, wish: Wish, event_id: str) -> EaselError | None:
        """Why the wish is refused, if that is known while the dialog can still say it."""
        outcome: Outcome = asyncio.get_running_loop().create_future()
        self._context.start(self._fulfil(place, wish, event_id, outcome))
        await asyncio.wait({outcome}, timeout=PATIENCE_S)
        if outcome.done():
            return outcome.result()
        outcome.cancel()
        return None

    async def _fulfil(self, place: Place, wish: Wish, event_id: str, outcome: Outcome) -> None:
        refused: EaselError | None = None
        try:
            user = await self._context.user(place.team, place.user)
            await self.grant(place, user, wish, event_id)
        except EaselError as error:
            refused = error
        if not outcome.done():
            outcome.set_result(refused)
        elif refused:
            await self._context.tell_error(place, refused)

    async def grant(self, place: Place, user: UserRef, wish: Wish, event_id: str) -> None:
        """The wish as a turn. Raises `EaselError`."""
        files = await self._files(place.team, wish)
        if wish.channel:
            place = Place(place.team, wish.channel, place.user)
        root = cards.asked_message(user.name, cards.wish_words(wish.text, wish.press))
        here = await room(self._context, place, f"root:{event_id}", root)
        if here is None:
            return
        inbound = Inbound(
            event_id,
            here.thread_ref(),
            user,
            wish.text,
            files,
            wish.press,
            wish.reply_to,
        )
        await self._context.accept(inbound, here)
        self._home.changed(user)

    async def _files(self, team: str, wish: Wish) -> tuple[Attachment, ...]:
        """The picture that Easel did not make, then the mask."""
        ids = [wish.file_id, str(wish.mask.get("id", "")) if wish.mask else ""]
        wanted = [{"id": file_id} for file_id in ids if file_id]
        return await self._context.download(team, wanted) if wanted else ()


def _where(state: Mapping[str, Any]) -> str:
    """The input below which a refusal is shown."""
    values = state.get("values") or {}
    return str(Entry.TEXT) if Entry.TEXT in values else str(next(iter(values), Entry.TEXT))
