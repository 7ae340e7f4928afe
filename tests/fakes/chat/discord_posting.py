"""What happens to messages, whoever does it: posted, edited, deleted, reacted to, made into threads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .discord_codes import FORUM, PUBLIC_THREAD
from .discord_messages import Message, parse_emoji
from .discord_model import Channel, User, now, snowflake
from .server import Json

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

THREAD_CREATED = 18  # type of the notice in the parent channel


def new_message(
    world: DiscordWorld, channel: Channel, author: User, body: Json, kind: int = 0
) -> Message:
    """A message with only its text and flags filled in; not posted yet."""
    text = body.get("content") or ""
    message = Message(
        {
            "id": snowflake(),
            "type": kind,
            "channel_id": channel.id,
            "author": author.wire(),
            "content": text,
            "timestamp": now(),
            "edited_timestamp": None,
            "tts": bool(body.get("tts")),
            "mention_everyone": False,
            "mentions": mentioned(world, text),
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "flags": body.get("flags") or 0,
        }
    )
    if body.get("nonce") is not None:
        message["nonce"] = body["nonce"]
    return message


def mentioned(world: DiscordWorld, text: str) -> list[Json]:
    ids = dict.fromkeys(re.findall(r"<@!?(\d+)>", text))
    return [world.users[user_id].wire() for user_id in ids if user_id in world.users]


def refer(message: Message, channel: Channel, target: Message) -> None:
    """Makes the message a reply to the target."""
    message["type"] = 19
    reference = {"type": 0, "channel_id": target.channel_id, "message_id": target.id}
    if channel.guild_id:
        reference["guild_id"] = channel.guild_id
    message["message_reference"] = reference
    message["referenced_message"] = {
        k: v for k, v in target.items() if k not in ("referenced_message", "message_reference")
    }


async def post(world: DiscordWorld, channel: Channel, message: Message) -> None:
    channel.messages[message.id] = message
    if channel.archived:
        channel.archived = False
        await world.tell_channel(channel)
    if not message.ephemeral:
        await world.event("MESSAGE_CREATE", channel, _with_member(world, channel, message))
    world.rec.notify()


async def edited(world: DiscordWorld, channel: Channel, message: Message) -> None:
    if not message.ephemeral:
        await world.event("MESSAGE_UPDATE", channel, _with_member(world, channel, message))
    world.rec.notify()


async def delete(world: DiscordWorld, channel: Channel, message: Message) -> None:
    message.deleted = True
    if not message.ephemeral:
        gone = {"id": message.id, "channel_id": channel.id}
        await world.event("MESSAGE_DELETE", channel, gone)
    world.rec.notify()


def _with_member(world: DiscordWorld, channel: Channel, message: Message) -> Json:
    data: Json = dict(message)
    guild, author = world.guild_of(channel), world.users.get(message.author_id)
    if guild and author and author.id in guild.members:
        data["member"] = guild.member(author, with_user=False)
    return data


async def add_reaction(world: DiscordWorld, message: Message, emoji: str, user: User) -> None:
    channel = world.find_channel(message.channel_id)
    key = parse_emoji(emoji)
    who = message.reactors.setdefault(emoji, [])
    if user.id in who:
        return
    who.append(user.id)
    reactions: list[Json] = message.setdefault("reactions", [])
    entry = next((r for r in reactions if r["emoji"] == key), None)
    if entry is None:
        entry = _reaction(key)
        reactions.append(entry)
    _count(entry, len(who), world.bot.id in who)
    data = _reaction_event(message, key, user) | {"message_author_id": message.author_id}
    guild = world.guild_of(channel)
    if guild:
        data["member"] = guild.member(user)
    await world.event("MESSAGE_REACTION_ADD", channel, data)
    world.rec.notify()


async def remove_reaction(world: DiscordWorld, message: Message, emoji: str, user: User) -> None:
    who = message.reactors.get(emoji, [])
    if user.id not in who:
        return
    who.remove(user.id)
    key = parse_emoji(emoji)
    entry = next(r for r in message["reactions"] if r["emoji"] == key)
    _count(entry, len(who), world.bot.id in who)
    if not who:
        message["reactions"].remove(entry)
    channel = world.find_channel(message.channel_id)
    await world.event("MESSAGE_REACTION_REMOVE", channel, _reaction_event(message, key, user))
    world.rec.notify()


def _reaction(key: Json) -> Json:
    return {"emoji": key, "burst_colors": [], "me_burst": False}


def _count(entry: Json, count: int, me: bool) -> None:
    entry |= {"count": count, "count_details": {"burst": 0, "normal": count}, "me": me}


def _reaction_event(message: Message, key: Json, user: User) -> Json:
    return {
        "user_id": user.id,
        "channel_id": message.channel_id,
        "message_id": message.id,
        "emoji": key,
        "type": 0,
        "burst": False,
    }


async def open_thread(
    world: DiscordWorld,
    parent: Channel,
    owner: User,
    body: Json,
    thread_id: str | None = None,
) -> Channel:
    """A thread of `body["name"]`; public unless the body's `type` says otherwise."""
    kind = body.get("type", PUBLIC_THREAD)
    thread = Channel(thread_id or snowflake(), kind, body["name"], parent.guild_id, parent.id)
    thread.owner_id = owner.id
    thread.auto_archive_duration = body.get("auto_archive_duration") or 1440
    thread.members = {owner.id}
    thread.applied_tags = [str(tag) for tag in body.get("applied_tags") or []]
    world.guilds[str(parent.guild_id)].channels[thread.id] = thread
    created: dict[str, Any] = thread.wire(world.bot.id) | {"newly_created": True}
    await world.event("THREAD_CREATE", thread, created)
    if kind == PUBLIC_THREAD and parent.type != FORUM:
        notice = new_message(world, parent, owner, {"content": thread.name}, THREAD_CREATED)
        notice["message_reference"] = {
            "type": 0,
            "channel_id": thread.id,
            "guild_id": parent.guild_id,
        }
        await post(world, parent, notice)
    return thread
