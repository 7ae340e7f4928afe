"""What happens to messages on Slack, whoever does it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Protocol

from .server import Json
from .slack_messages import Delivery, File, Message, named_blocks
from .slack_model import APP, Channel, SlackError, Team, User, new_ts

if TYPE_CHECKING:
    from .slack_workspace import SlackWorkspace


class Hearing(Protocol):
    """Tells the app of an event."""

    def __call__(self, team: Team, event: Json, subscription: str) -> None: ...


MENTION_KEYS = (
    "user",
    "text",
    "ts",
    "channel",
    "event_ts",
    "blocks",
    "client_msg_id",
    "team",
    "thread_ts",
    "files",
    "upload",
    "parent_user_id",
)


def put(workspace: SlackWorkspace, message: Message, tell: Hearing) -> None:
    """The message is in its channel, and the app hears of it; of a mention by two events."""
    channel = message.channel
    channel.messages[message.ts] = message
    workspace.rec.notify()
    if not channel.has_bot:
        return
    event = copy.deepcopy({key: value for key, value in message.items() if key != "metadata"})
    event |= {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}
    tell(channel.team, event, channel.subscription)
    if f"<@{channel.team.bot_user}>" in message.text and channel.kind != "im":
        mention = {key: event[key] for key in MENTION_KEYS if key in event}
        tell(channel.team, {"type": "app_mention"} | mention, "app_mention")


def join_thread(message: Message, thread_ts: str) -> None:
    parent = message.channel.messages.get(thread_ts)
    message["thread_ts"] = thread_ts
    if parent is not None:
        parent.setdefault("thread_ts", parent.ts)
        message["parent_user_id"] = parent.get("user", "")


def bot_message(workspace: SlackWorkspace, channel: Channel, args: Json) -> Message:
    """A message of the app's that is not yet in the channel. Raises `SlackError`."""
    team = channel.team
    profile = {
        "id": team.bot_id,
        "deleted": False,
        "name": "testbot",
        "updated": 1,
        "app_id": APP,
        "team_id": team.id,
        "icons": {"image_36": "x", "image_48": "x", "image_72": "x"},
    }
    message = Message(
        channel,
        {
            "type": "message",
            "user": team.bot_user,
            "bot_id": team.bot_id,
            "app_id": APP,
            "text": args.get("text") or args.get("markdown_text") or "",
            "ts": new_ts(),
            "team": team.id,
            "bot_profile": profile,
        },
    )
    if args.get("blocks"):
        message["blocks"] = named_blocks(args["blocks"])
    for key in ("attachments", "metadata"):
        if args.get(key):
            message[key] = copy.deepcopy(args[key])
    check_files(workspace, message)
    if args.get("thread_ts"):
        parent = channel.messages.get(args["thread_ts"])
        if parent is None or parent.deleted:
            raise SlackError("thread_not_found")
        if parent.thread_ts and parent.thread_ts != parent.ts:
            raise SlackError("invalid_thread_ts")
        join_thread(message, args["thread_ts"])
    return message


def check_files(workspace: SlackWorkspace, message: Message) -> None:
    """slack_file images must be complete uploads the app can see, and ready. Raises `SlackError`."""
    references = _file_references(message)
    for reference in references:
        file = workspace.files.get(reference.get("id", "")) or _by_url(workspace, reference)
        if file is None or not file.complete:
            _refuse_file()
    if references and workspace.unready_files > 0:
        workspace.unready_files -= 1
        _refuse_file()


def _refuse_file() -> None:
    raise SlackError(
        "invalid_blocks", response_metadata={"messages": ["[ERROR] invalid slack file"]}
    )


def _by_url(workspace: SlackWorkspace, reference: Json) -> File | None:
    wanted = reference.get("url")
    for file in workspace.files.values() if wanted else ():
        if file.wire(workspace.url)["url_private"] == wanted:
            return file
    return None


def _file_references(message: Message) -> list[Json]:
    found = []
    for block in message.blocks:
        for item in [block, block.get("accessory"), *(block.get("elements") or [])]:
            if isinstance(item, dict) and item.get("slack_file"):
                found.append(item["slack_file"])
    return found


def change(workspace: SlackWorkspace, message: Message, args: Json, tell: Hearing) -> None:
    """chat.update's meaning of its arguments; text alone takes the blocks away."""
    previous = copy.deepcopy(dict(message))
    text = args.get("text") if args.get("text") is not None else args.get("markdown_text")
    if text is not None:
        message["text"] = text
        if "blocks" not in args:
            message.pop("blocks", None)
    if "blocks" in args:
        message["blocks"] = named_blocks(args["blocks"])
        try:
            check_files(workspace, message)
        except SlackError:
            message.clear()
            message.update(previous)
            raise
    for key in ("attachments", "metadata"):
        if key in args:
            message[key] = args[key]
    team = message.channel.team
    message["edited"] = {"user": team.bot_id, "ts": new_ts()}
    message.versions.append(previous)
    workspace.rec.notify()
    if message.ephemeral_to is None:
        tell_change(message, previous, tell)


def tell_change(message: Message, previous: Json, tell: Hearing) -> None:
    event = _hidden(message, "message_changed") | {
        "message": {key: value for key, value in message.items() if key != "metadata"},
        "previous_message": {key: value for key, value in previous.items() if key != "metadata"},
    }
    tell(message.channel.team, event, message.channel.subscription)


def delete(workspace: SlackWorkspace, message: Message, tell: Hearing) -> None:
    message.deleted = True
    event = _hidden(message, "message_deleted")
    event |= {"deleted_ts": message.ts, "previous_message": dict(message)}
    tell(message.channel.team, event, message.channel.subscription)
    workspace.rec.notify()


def _hidden(message: Message, subtype: str) -> Json:
    return {
        "type": "message",
        "subtype": subtype,
        "hidden": True,
        "channel": message.channel.id,
        "channel_type": message.channel.kind,
        "ts": new_ts(),
        "event_ts": new_ts(),
    }


def react(message: Message, name: str, user: User, tell: Hearing) -> None:
    """Raises `SlackError`."""
    reactions: list[Json] = message.setdefault("reactions", [])
    entry = next((r for r in reactions if r["name"] == name), None)
    if entry is None:
        entry = {"name": name, "users": [], "count": 0}
        reactions.append(entry)
    if user.id in entry["users"]:
        raise SlackError("already_reacted")
    entry["users"].append(user.id)
    entry["count"] += 1
    _tell_reaction("reaction_added", message, name, user, tell)


def unreact(message: Message, name: str, user: User, tell: Hearing) -> None:
    """Raises `SlackError`."""
    reactions: list[Json] = message.get("reactions", [])
    entry = next((r for r in reactions if r["name"] == name and user.id in r["users"]), None)
    if entry is None:
        raise SlackError("no_reaction")
    entry["users"].remove(user.id)
    entry["count"] -= 1
    if not entry["count"]:
        reactions.remove(entry)
    _tell_reaction("reaction_removed", message, name, user, tell)


def _tell_reaction(kind: str, message: Message, name: str, user: User, tell: Hearing) -> None:
    channel = message.channel
    event = {
        "type": kind,
        "user": user.id,
        "reaction": name,
        "item_user": message.get("user", ""),
        "item": {"type": "message", "channel": channel.id, "ts": message.ts},
        "event_ts": new_ts(),
    }
    if channel.has_bot:
        tell(channel.team, event, kind)


def respond(workspace: SlackWorkspace, delivery: Delivery, body: Json, tell: Hearing) -> None:
    """What a post to a response_url does, or the payload of a command's acknowledgement."""
    source, channel, user = delivery.source, delivery.channel, delivery.user
    if source is not None and body.get("delete_original"):
        delete(workspace, source, tell)
    elif source is not None and body.get("replace_original"):
        change(workspace, source, body, tell)
        delivery.responses.append(source)
    elif channel is not None and user is not None:
        message = bot_message(workspace, channel, body)
        if body.get("response_type") != "in_channel":
            message.ephemeral_to = user.id
            message["is_ephemeral"] = True
        channel.messages[message.ts] = message
        delivery.responses.append(message)
    workspace.rec.notify()
