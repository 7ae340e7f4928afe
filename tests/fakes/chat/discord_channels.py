"""REST operations on channels, their messages, reactions and threads."""

from __future__ import annotations

import re
import time

from .calls import Call
from .discord_codes import DM, FORUM, HAS_THREAD, PRIVATE_THREAD, PUBLIC_THREAD, ApiError, invalid
from .discord_composing import Composer
from .discord_messages import Message
from .discord_model import Channel
from .discord_operations import CHANNEL, MESSAGE, REACTION, Table
from .discord_posting import (
    add_reaction,
    delete,
    edited,
    new_message,
    open_thread,
    post,
    remove_reaction,
)
from .discord_world import DiscordWorld
from .server import Json

OLD_EDIT_WINDOW_S = 20.0
NO_BODY = (204, None)


def _place(world: DiscordWorld, call: Call, *permissions: str) -> Channel:
    channel = world.find_channel(call.params["channel_id"])
    world.need(channel, *permissions)
    return channel


def _target(world: DiscordWorld, call: Call, *permissions: str) -> tuple[Channel, Message]:
    channel = _place(world, call, *permissions)
    return channel, world.find_message(channel, call.params["message_id"])


def _need_open(channel: Channel) -> None:
    if channel.archived:
        raise ApiError(400, 50083, "Thread is archived")


def _shown(world: DiscordWorld, message: Message) -> Json:
    data: Json = dict(message)
    if not world.history_shows_nonce:
        data.pop("nonce", None)
    return data


def _limit(world: DiscordWorld, channel: Channel) -> int:
    guild = world.guild_of(channel)
    return guild.upload_limit if guild else world.upload_limit


# -- channels ---------------------------------------------------------------------------------------------


async def get_channel(world: DiscordWorld, call: Call) -> Json:
    return _place(world, call).wire(world.bot.id)


async def edit_channel(world: DiscordWorld, call: Call) -> Json:
    thread = world.find_channel(call.params["channel_id"]).is_thread
    channel = _place(world, call, "MANAGE_THREADS" if thread else "MANAGE_CHANNELS")
    for key in ("name", "archived", "locked", "auto_archive_duration", "nsfw", "applied_tags"):
        if key in call.body:
            setattr(channel, key, call.body[key])
    await world.tell_channel(channel)
    return channel.wire(world.bot.id)


async def delete_channel(world: DiscordWorld, call: Call) -> Json:
    channel = _place(world, call, "MANAGE_CHANNELS")
    await world.remove_channel(channel)
    return channel.wire(world.bot.id)


async def typing(world: DiscordWorld, call: Call) -> tuple[int, None]:
    _place(world, call)
    return NO_BODY


# -- messages ---------------------------------------------------------------------------------------------


async def history(world: DiscordWorld, call: Call) -> list[Json]:
    """Newest first; `after` gives the oldest of those that came after."""
    channel = _place(world, call, "READ_MESSAGE_HISTORY")
    found = [m for m in world.messages(channel) if not m.ephemeral]
    found.sort(key=lambda m: int(m.id), reverse=True)
    limit, query = int(call.query.get("limit", 50)), call.query
    if "around" in query:
        found.sort(key=lambda m: abs(int(m.id) - int(query["around"])))
        found = sorted(found[:limit], key=lambda m: int(m.id), reverse=True)
    if "before" in query:
        found = [m for m in found if int(m.id) < int(query["before"])]
    if "after" in query:
        found = [m for m in found if int(m.id) > int(query["after"])][-limit:]
    return [_shown(world, m) for m in found[:limit]]


async def get_message(world: DiscordWorld, call: Call) -> Json:
    return _shown(world, _target(world, call, "READ_MESSAGE_HISTORY")[1])


async def send(world: DiscordWorld, call: Call) -> Json:
    channel = world.find_channel(call.params["channel_id"])
    needs = ["SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES"]
    world.need(channel, *needs, *(["ATTACH_FILES"] if call.files else []))
    if channel.type == DM and not channel.recipients[0].accepts_dms:
        raise ApiError(403, 50007, "Cannot send messages to this user")
    if channel.type == FORUM:
        raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
    if channel.locked and not world.may(channel, "MANAGE_THREADS"):
        raise ApiError(400, 160005, "Thread is locked")
    body = call.body or {}
    twin = _twin(world, channel, body)
    if twin is not None:
        return dict(twin)
    message = new_message(world, channel, world.bot, body)
    Composer(world, channel, message).create(body, call.files, _limit(world, channel))
    await post(world, channel, message)
    return dict(message)


def _twin(world: DiscordWorld, channel: Channel, body: Json) -> Message | None:
    """With enforce_nonce, the bot's message of the last minutes with the same nonce."""
    nonce = body.get("nonce")
    if not body.get("enforce_nonce") or nonce is None:
        return None
    since = time.monotonic() - world.nonce_window
    for message in channel.messages.values():
        ours = message.author_id == world.bot.id and message.sent_at > since
        if ours and not message.hours_old and message.get("nonce") == nonce:
            return message
    return None


async def edit(world: DiscordWorld, call: Call) -> Json:
    channel, message = _target(world, call)
    if message.author_id != world.bot.id:
        raise ApiError(403, 50005, "Cannot edit a message authored by another user")
    if message.ephemeral:  # reachable by the interaction's token only
        raise ApiError(404, 10008, "Unknown Message")
    _need_open(channel)
    if message.hours_old >= 1:
        _spare_old_edit(world, channel)
    body = call.body or {}
    Composer(world, channel, message).edit(body, call.files, _limit(world, channel))
    await edited(world, channel, message)
    return _shown(world, message)


def _spare_old_edit(world: DiscordWorld, channel: Channel) -> None:
    """The extra limit on messages over an hour old, per channel (figures as seen by bots, not documented)."""
    now = time.monotonic()
    recent = [at for at in world.old_edits.get(channel.id, []) if now - at < OLD_EDIT_WINDOW_S]
    world.old_edits[channel.id] = recent
    if len(recent) >= world.old_edits_allowed:
        text = "Maximum number of edits to messages older than 1 hour reached. Try again later."
        wait = round(OLD_EDIT_WINDOW_S - (now - recent[0]), 3)
        raise ApiError(429, 30046, text, retry_after=wait, **{"global": False})
    recent.append(now)


async def remove(world: DiscordWorld, call: Call) -> tuple[int, None]:
    channel, message = _target(world, call)
    if message.author_id != world.bot.id:
        world.need(channel, "MANAGE_MESSAGES")
    await delete(world, channel, message)
    return NO_BODY


async def remove_many(world: DiscordWorld, call: Call) -> tuple[int, None]:
    channel = _place(world, call, "MANAGE_MESSAGES")
    for message_id in call.body["messages"]:
        await delete(world, channel, world.find_message(channel, str(message_id)))
    return NO_BODY


async def pins(world: DiscordWorld, call: Call) -> Json:
    channel = _place(world, call)
    pinned = [channel.messages[message_id] for message_id in channel.pins]
    items = [{"message": dict(m), "pinned_at": m["timestamp"]} for m in pinned]
    return {"items": items, "has_more": False}


async def pin(world: DiscordWorld, call: Call) -> tuple[int, None]:
    channel, message = _target(world, call, "MANAGE_MESSAGES")
    message["pinned"] = call.method == "PUT"
    others = [message_id for message_id in channel.pins if message_id != message.id]
    channel.pins = [*others, message.id] if message["pinned"] else others
    return NO_BODY


# -- reactions --------------------------------------------------------------------------------------------


async def react(world: DiscordWorld, call: Call) -> tuple[int, None]:
    channel, message = _target(world, call, "ADD_REACTIONS", "READ_MESSAGE_HISTORY")
    _need_open(channel)
    emoji = call.params["emoji_name"]
    if not re.fullmatch(r"\w+:\d+", emoji) and emoji.isascii():
        raise ApiError(400, 10014, "Unknown Emoji")
    await add_reaction(world, message, emoji, world.bot)
    return NO_BODY


async def unreact(world: DiscordWorld, call: Call) -> tuple[int, None]:
    channel, message = _target(world, call)
    user = world.users[call.params.get("user_id", world.bot.id)]
    if user is not world.bot:
        world.need(channel, "MANAGE_MESSAGES")
    await remove_reaction(world, message, call.params["emoji_name"], user)
    return NO_BODY


async def clear_reactions(world: DiscordWorld, call: Call) -> tuple[int, None]:
    _, message = _target(world, call, "MANAGE_MESSAGES")
    message["reactions"] = []
    message.reactors = {}
    return NO_BODY


async def reactors(world: DiscordWorld, call: Call) -> list[Json]:
    _, message = _target(world, call)
    found = message.reactors.get(call.params["emoji_name"], [])
    return [world.users[user_id].wire() for user_id in found]


# -- threads ----------------------------------------------------------------------------------------------


async def thread_from_message(world: DiscordWorld, call: Call) -> tuple[int, Json]:
    """The thread gets the message's id."""
    parent, message = _target(world, call, "CREATE_PUBLIC_THREADS")
    if parent.is_thread or parent.is_direct:
        raise ApiError(400, 50024, "Cannot execute action on this channel type")
    if message.id in world.all_channels():
        raise ApiError(400, 160004, "A thread has already been created for this message")
    body = call.body | {"type": PUBLIC_THREAD}
    thread = await open_thread(world, parent, world.bot, body, message.id)
    message["flags"] |= HAS_THREAD
    message["thread"] = thread.wire(world.bot.id)
    await edited(world, parent, message)
    return 201, thread.wire(world.bot.id)


async def thread(world: DiscordWorld, call: Call) -> tuple[int, Json]:
    parent = world.find_channel(call.params["channel_id"])
    if parent.type == FORUM:
        return await _forum_post(world, call, parent)
    kind = call.body.get("type", PRIVATE_THREAD)
    private = kind == PRIVATE_THREAD
    world.need(parent, "CREATE_PRIVATE_THREADS" if private else "CREATE_PUBLIC_THREADS")
    made = await open_thread(world, parent, world.bot, call.body | {"type": kind})
    return 201, made.wire(world.bot.id)


async def _forum_post(world: DiscordWorld, call: Call, forum: Channel) -> tuple[int, Json]:
    world.need(forum, "SEND_MESSAGES")
    body = call.body.get("message")
    if body is None:
        raise invalid("message", "BASE_TYPE_REQUIRED", "This field is required")
    made = await open_thread(world, forum, world.bot, call.body | {"type": PUBLIC_THREAD})
    first = new_message(world, made, world.bot, body)
    first["id"] = made.id
    Composer(world, made, first).create(body, call.files, _limit(world, forum))
    await post(world, made, first)
    return 201, made.wire(world.bot.id) | {"message": dict(first)}


async def membership(world: DiscordWorld, call: Call) -> tuple[int, None]:
    channel = _place(world, call)
    _need_open(channel)
    user_id = call.params.get("user_id", world.bot.id)
    if call.method == "PUT":
        channel.members.add(user_id)
    else:
        channel.members.discard(user_id)
    return NO_BODY


TABLE: Table = {
    ("GET", CHANNEL): get_channel,
    ("PATCH", CHANNEL): edit_channel,
    ("DELETE", CHANNEL): delete_channel,
    ("POST", CHANNEL + "/typing"): typing,
    ("GET", CHANNEL + "/messages"): history,
    ("POST", CHANNEL + "/messages"): send,
    ("GET", MESSAGE): get_message,
    ("PATCH", MESSAGE): edit,
    ("DELETE", MESSAGE): remove,
    ("POST", CHANNEL + "/messages/bulk-delete"): remove_many,
    ("GET", CHANNEL + "/messages/pins"): pins,
    ("PUT", CHANNEL + "/messages/pins/{message_id}"): pin,
    ("DELETE", CHANNEL + "/messages/pins/{message_id}"): pin,
    ("PUT", REACTION + "/@me"): react,
    ("DELETE", REACTION + "/@me"): unreact,
    ("DELETE", REACTION + "/{user_id}"): unreact,
    ("GET", REACTION): reactors,
    ("DELETE", MESSAGE + "/reactions"): clear_reactions,
    ("POST", MESSAGE + "/threads"): thread_from_message,
    ("POST", CHANNEL + "/threads"): thread,
    ("PUT", CHANNEL + "/thread-members/@me"): membership,
    ("DELETE", CHANNEL + "/thread-members/@me"): membership,
    ("PUT", CHANNEL + "/thread-members/{user_id}"): membership,
    ("DELETE", CHANNEL + "/thread-members/{user_id}"): membership,
}
