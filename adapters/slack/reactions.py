"""Reactions on our pictures as actions: pick, again, favourite, delete, feedback, send to me."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack import cards
from adapters.slack.client import Refused, Unsure
from adapters.slack.context import Context
from adapters.slack.place import PLATFORM, Place, place_of_origin
from core.errors import EaselError, NotAllowed
from core.types import Inbound, Mark, Picture, PictureState, Post, Press, ThreadRef, Verb

log = logging.getLogger(__name__)

_PICKS = {"one": 0, "two": 1, "three": 2, "four": 3}
_MARKS = {
    "star": Mark.FAVOURITE,
    "+1": Mark.GOOD,
    "thumbsup": Mark.GOOD,
    "-1": Mark.BAD,
    "thumbsdown": Mark.BAD,
}
_TOO_LATE = "Slack did not let me do that; please try again."
_NOT_YOURS = "Here only the person who asked for a picture may do that."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reaction asks for; exactly one of the three."""

    press: Press | None = None
    mark: Mark | None = None
    deed: str = ""  # "delete" or "send"


def wish_of(reaction: str, picture_ids: tuple[str, ...]) -> Wish | None:
    """None: a reaction like any other. Skin tones do not matter."""
    name = reaction.partition("::")[0]
    if name in _PICKS and _PICKS[name] < len(picture_ids):
        return Wish(press=Press(Verb.SELECT, picture_ids[_PICKS[name]]))
    if not picture_ids:
        return None
    if name == "repeat":
        return Wish(press=Press(Verb.AGAIN, picture_ids[0]))
    if name in _MARKS:
        return Wish(mark=_MARKS[name])
    return {"wastebasket": Wish(deed="delete"), "envelope": Wish(deed="send")}.get(name)


class Reactions:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def take(self, event: Mapping[str, Any], team: str, bot_user: str) -> None:
        item, user, name = event.get("item"), event.get("user"), event.get("reaction")
        if not isinstance(item, dict) or not isinstance(user, str) or user == bot_user:
            return
        post = await self._context.desk.post(
            PLATFORM, str(item.get("channel")), str(item.get("ts"))
        )
        wish = wish_of(str(name), post.picture_ids) if post else None
        if post is None or wish is None:
            return
        place = await self._place(post, team, user)
        try:
            await self._do(wish, event, post, place)
        except EaselError as error:
            log.info("reaction %s by %s: %s", name, user, error)
            await self._context.tell_error(place, error)
        except (Refused, Unsure) as error:
            log.warning("reaction %s by %s could not be served: %s", name, user, error)
            await self._context.whisper(place, cards.notice(_TOO_LATE))

    async def _do(self, wish: Wish, event: Mapping[str, Any], post: Post, place: Place) -> None:
        added = event.get("type") == "reaction_added"
        if wish.mark is not None:
            user = await self._context.user(place.team, place.user)
            for picture_id in post.picture_ids:
                await self._context.desk.mark(picture_id, user, wish.mark, added)
        elif not added:
            return  # what was asked for has happened
        elif wish.press is not None:
            await self._press(wish.press, event, place)
        elif wish.deed == "delete":
            await self._delete(post, place)
        else:
            await self._send(event, post, place)

    async def _press(self, press: Press, event: Mapping[str, Any], place: Place) -> None:
        user = await self._context.user(place.team, place.user)
        picture = await self._context.desk.picture(press.picture_id)
        thread = place.thread_ref()
        if picture and not await self._context.press_allowed(user, picture, thread):
            raise NotAllowed("the place lets only owners press", _NOT_YOURS)
        event_id = f"reaction:{_event_key(event)}"
        await self._context.accept(Inbound(event_id, thread, user, press=press), place)

    async def _delete(self, post: Post, place: Place) -> None:
        user = await self._context.user(place.team, place.user)
        admin = await self._context.is_admin(place.team, place.user)
        for picture in await self._pictures(post):
            await self._context.desk.delete_picture(picture.id, user, admin)
        if post.turn_id:
            await self._context.redraw(post.turn_id)

    async def _send(self, event: Mapping[str, Any], post: Post, place: Place) -> None:
        pictures = await self._pictures(post)
        if not pictures:
            return
        await self._context.show_pictures(
            Place(place.team, "", place.user),
            f"send:{_event_key(event)}",
            pictures,
            lambda files: cards.pictures_message(pictures, files),
        )

    async def _pictures(self, post: Post) -> list[Picture]:
        found = [await self._context.desk.picture(i) for i in post.picture_ids]
        return [p for p in found if p is not None and p.state is PictureState.READY]

    async def _place(self, post: Post, team: str, user: str) -> Place:
        """The conversation that the post belongs to, for the person who reacted."""
        turn = await self._context.desk.turn(post.turn_id) if post.turn_id else None
        root = "" if post.channel.startswith("D") else post.message
        here = ThreadRef(PLATFORM, team, post.channel, root)
        place = place_of_origin(turn.origin if turn else "", here)
        return Place(team, place.channel, user, place.thread)


def _event_key(event: Mapping[str, Any]) -> str:
    item = event.get("item") or {}
    names = (item.get("channel"), item.get("ts"), event.get("user"), event.get("reaction"))
    return ":".join(str(part) for part in (*names, event.get("event_ts")))
