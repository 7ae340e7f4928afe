"""A place to answer in: a thread, or the talk between a person and the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.message import Message
from adapters.slack.place import Place

if TYPE_CHECKING:
    from adapters.slack.context import Context


async def room(context: Context, place: Place, key: str, root: Message) -> Place | None:
    """`place` itself where a conversation can be, else a new thread below `root`, which is posted once per `key`.

    None: the bot may not write there, and the person was told.
    """
    if place.channel and (place.thread or place.is_direct):
        return place
    return await context.open_thread(place, key, root)
