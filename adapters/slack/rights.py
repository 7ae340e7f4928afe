"""What a button is about, and whether this person may press it. What is refused raises an error with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.clicks import Click
from core.errors import NotAllowed, UnknownPicture
from core.preferences import EVERYONE, OWNER, PRESS, scopes
from core.types import Picture, PictureState, Turn

if TYPE_CHECKING:
    from adapters.slack.context import Context

ONLY_OWNERS = "Here only who asked for a picture may press its buttons."


class Rights:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def pressable(self, click: Click) -> Picture:
        """The pressed picture, for those who may press here."""
        picture = await self.picture(click)
        thread = click.place.thread_ref()
        if not await self._context.press_allowed(click.user, picture, thread):
            raise NotAllowed("press by another person", ONLY_OWNERS)
        return picture

    async def is_for_owners(self, click: Click) -> bool:
        _, *places = scopes(click.place.thread_ref(), click.user)
        chosen = [await self._context.desk.setting(scope, PRESS) for scope in places]
        return next((choice for choice in chosen if choice), EVERYONE) == OWNER

    async def picture(self, click: Click) -> Picture:
        """The picture that the button names, whoever pressed it."""
        picture = await self._context.desk.picture(click.asked.subject)
        if picture is None or picture.state is PictureState.DELETED:
            raise UnknownPicture("no such picture", "I do not have this picture any more.")
        return picture

    async def turn(self, click: Click) -> Turn:
        turn = await self._context.desk.turn(click.asked.subject)
        if turn is None:
            raise UnknownPicture(
                "no such turn", "I do not remember this any more; please ask anew."
            )
        return turn

    async def is_theirs(self, click: Click, turn_id: str) -> bool:
        turn = await self._context.desk.turn(turn_id)
        return (turn is not None and turn.user.id == click.user.id) or await self.moderates(click)

    async def moderates(self, click: Click) -> bool:
        return await self._context.is_admin(click.place.team, click.place.user)
