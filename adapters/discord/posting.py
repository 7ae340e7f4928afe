"""One message of ours, once: edited where it is, posted where it is not, found again after a doubt."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace

import discord

from adapters.discord.conversation import PLATFORM
from adapters.discord.origin import nonce_of, time_of
from adapters.discord.places import Outgoing, Place
from adapters.discord.trouble import POST_ANEW, Trouble, trouble_of
from core.ports import Desk
from core.types import Post

log = logging.getLogger(__name__)

EDITABLE_S = 60 * 60  # Discord limits edits of older messages severely (error 30046)


@dataclass(frozen=True, slots=True)
class Item:
    """A message that shall be there exactly once."""

    post: Post  # its key, turn and pictures; channel and message as far as they are known
    outgoing: Outgoing
    marks: tuple[str, ...] = ()  # ids that its buttons carry
    doubtful: bool = False  # it may be there although nobody remembers where
    may_replace: bool = True  # an old message is replaced by a new one


async def put(desk: Desk, place: Place, item: Item) -> Post:
    """Shows the item at this place and remembers where. Raises `discord.HTTPException`."""
    post = item.post
    if not post.message and item.doubtful:
        found = await place.find({nonce_of(post.key)}, item.marks)
        post = replace(post, channel=place.channel, message=found or "")
    is_here = bool(post.message) and post.channel == place.channel and not _is_old(post, item)
    if is_here and await _edited(place, item, post.message):
        await desk.remember(post)
        return post
    return await _posted(desk, place, replace(item, post=post))


def _is_old(post: Post, item: Item) -> bool:
    return item.may_replace and time.time() - time_of(post.message) > EDITABLE_S


async def _edited(place: Place, item: Item, message: str) -> bool:
    """False: it cannot be edited any more, but posted anew."""
    try:
        await place.edit(message, item.outgoing)
    except discord.HTTPException as error:
        if trouble_of(error) not in POST_ANEW or not item.may_replace:
            raise
        log.info("message %s is posted anew: %s", message, error)
        return False
    return True


async def _posted(desk: Desk, place: Place, item: Item) -> Post:
    old = item.post
    message = await _sent(place, item, nonce_of(old.key, old.message))
    post = replace(old, platform=PLATFORM, channel=place.channel, message=message)
    await desk.remember(post)
    if old.message and old.channel == place.channel and old.message != message:
        await _taken_away(place, old.message)
    return post


async def _sent(place: Place, item: Item, nonce: str) -> str:
    try:
        return await place.send(item.outgoing, nonce)
    except discord.HTTPException as error:
        if trouble_of(error) is not Trouble.MESSAGE_GONE:
            raise
        # what was sent under this nonce has been deleted a moment ago
        return await place.send(item.outgoing, nonce_of(item.post.key, nonce))


async def _taken_away(place: Place, message: str) -> None:
    try:
        await place.remove(message)
    except discord.HTTPException as error:
        log.debug("message %s stays: %s", message, error)
