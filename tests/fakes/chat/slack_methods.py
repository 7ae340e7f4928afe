"""Web API methods on the app, people and channels, messages and reactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .server import Json
from .slack_messages import Message, named_blocks
from .slack_model import APP, Channel, SlackError, Team
from .slack_posting import bot_message, change, delete, put, react, unreact

if TYPE_CHECKING:
    from .slack_people import SlackPeople

PAGE = 100


@dataclass(frozen=True)
class Asking:
    """One call of a method: the workspace its token is of, and its arguments."""

    slack: SlackPeople
    team: Team
    args: Json

    def channel(self, key: str = "channel", member: bool = True) -> Channel:
        return self.slack.place(self.team, self.args.get(key), member)

    def message(self, key: str = "ts") -> Message:
        return self.slack.message(self.team, self.args.get("channel"), self.args.get(key))

    def own_message(self, error: str) -> Message:
        message = self.message()
        if message.get("user") != self.team.bot_user:
            raise SlackError(error)
        return message


Method = Callable[[Asking], Json]
Methods = dict[str, Method]


# -- the app, people, channels ----------------------------------------------------------------------------


def api_test(ask: Asking) -> Json:
    return {}


def auth_test(ask: Asking) -> Json:
    return {
        "url": f"https://{ask.team.name.lower()}.slack.com/",
        "team": ask.team.name,
        "user": "testbot",
        "team_id": ask.team.id,
        "user_id": ask.team.bot_user,
        "bot_id": ask.team.bot_id,
        "is_enterprise_install": False,
    }


def connections_open(ask: Asking) -> Json:
    ticket = ask.slack.courier.ticket()
    return {"url": f"{ask.slack.ws_base}/link?ticket={ticket}&app_id={APP}"}


def bots_info(ask: Asking) -> Json:
    bot = {"id": ask.team.bot_id, "deleted": False, "name": "testbot", "updated": 1}
    return {"bot": bot | {"app_id": APP, "user_id": ask.team.bot_user}}


def team_info(ask: Asking) -> Json:
    domain = ask.team.name.lower()
    return {"team": {"id": ask.team.id, "name": ask.team.name, "domain": domain}}


def users_info(ask: Asking) -> Json:
    user = ask.slack.users.get(ask.args.get("user", ""))
    if user is None or user.team is not ask.team:
        raise SlackError("user_not_found")
    return {"user": user.wire()}


def users_list(ask: Asking) -> Json:
    found = [user.wire() for user in ask.slack.users.values() if user.team is ask.team]
    return {"members": found, "cache_ts": 1}


def conversations_info(ask: Asking) -> Json:
    return {"channel": ask.channel(member=False).wire()}


def conversations_list(ask: Asking) -> Json:
    found = [c.wire() for c in ask.slack.channels.values() if c.team is ask.team]
    return {"channels": found, "response_metadata": {"next_cursor": ""}}


def conversations_members(ask: Asking) -> Json:
    return {"members": sorted(ask.channel().members), "response_metadata": {"next_cursor": ""}}


def conversations_join(ask: Asking) -> Json:
    channel = ask.channel(member=False)
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    channel.members.add(ask.team.bot_user)
    return {"channel": channel.wire()}


def conversations_open(ask: Asking) -> Json:
    wanted = [user for user in str(ask.args.get("users") or "").split(",") if user]
    user = ask.slack.users.get(wanted[0]) if len(wanted) == 1 else None
    if user is None or user.team is not ask.team:
        raise SlackError("user_not_found")
    return {"channel": {"id": ask.slack.im(user).id}}


def conversations_history(ask: Asking) -> Json:
    """Newest first; messages of threads are not in it, but for their first."""
    found = ask.slack.messages(ask.channel())
    roots = [m for m in found if not m.ephemeral_to and m.thread_ts in (None, m.ts)]
    return _page(ask, sorted(roots, key=lambda m: m.ts, reverse=True))


def conversations_replies(ask: Asking) -> Json:
    """Oldest first, the thread's first message always among them."""
    parent = ask.message()
    root = parent.root
    found = ask.slack.messages(parent.channel)
    thread = [m for m in found if not m.ephemeral_to and root in (m.ts, m.thread_ts)]
    return _page(ask, thread, always=root)


def _page(ask: Asking, found: list[Message], always: str = "") -> Json:
    args = ask.args
    low, high = float(args.get("oldest") or 0), float(args.get("latest") or 1e12)
    closed = bool(args.get("inclusive"))
    inside = [m for m in found if m.ts == always or _inside(float(m.ts), low, high, closed)]
    start, size = int(args.get("cursor") or 0), int(args.get("limit") or PAGE)
    shown, more = inside[start : start + size], len(inside) > start + size
    return {
        "messages": [_shown(m, bool(args.get("include_all_metadata"))) for m in shown],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + size) if more else ""},
    }


def _inside(ts: float, low: float, high: float, closed: bool) -> bool:
    return low <= ts <= high if closed else low < ts < high


def _shown(message: Message, metadata: bool) -> Json:
    return {key: value for key, value in message.items() if metadata or key != "metadata"}


# -- chat -------------------------------------------------------------------------------------------------


def _need_content(args: Json) -> None:
    if not any(args.get(key) for key in ("text", "blocks", "attachments", "markdown_text")):
        raise SlackError("no_text")
    if args.get("markdown_text") and (args.get("text") or args.get("blocks")):
        raise SlackError("markdown_text_conflict")


async def _put_later(ask: Asking, message: Message) -> None:
    put(ask.slack, message, ask.slack.courier.event)


def post_message(ask: Asking) -> Json:
    channel = ask.channel()
    _need_content(ask.args)
    message = bot_message(ask.slack, channel, ask.args)
    channel.messages[message.ts] = message
    ask.slack.later(_put_later(ask, message))
    return {"channel": channel.id, "ts": message.ts, "message": dict(message)}


def post_ephemeral(ask: Asking) -> Json:
    channel = ask.channel()
    _need_content(ask.args)
    if ask.args["user"] not in channel.members:
        raise SlackError("user_not_in_channel")
    message = bot_message(ask.slack, channel, ask.args)
    message.ephemeral_to = ask.args["user"]
    message["is_ephemeral"] = True
    channel.messages[message.ts] = message
    return {"message_ts": message.ts}


def update(ask: Asking) -> Json:
    message = ask.own_message("cant_update_message")
    if message.streaming:
        raise SlackError("streaming_state_conflict")
    _need_content(ask.args)
    change(ask.slack, message, ask.args, ask.slack.courier.event)
    return _at(message) | {"text": message.text, "message": dict(message)}


def delete_message(ask: Asking) -> Json:
    message = ask.own_message("cant_delete_message")
    delete(ask.slack, message, ask.slack.courier.event)
    return _at(message)


def permalink(ask: Asking) -> Json:
    message = ask.message("message_ts")
    place = f"{message.channel.id}/p{message.ts.replace('.', '')}"
    link = f"https://{ask.team.name.lower()}.slack.com/archives/{place}"
    return {"channel": message.channel.id, "permalink": link}


def start_stream(ask: Asking) -> Json:
    channel = ask.channel()
    if channel.kind != "im":
        for key in ("recipient_team_id", "recipient_user_id"):
            if not ask.args.get(key):
                raise SlackError(f"missing_{key}")
    message = bot_message(ask.slack, channel, ask.args)
    message.streaming = True
    message.chunks += ask.args.get("chunks") or []
    message["streaming_state"] = "in_progress"
    channel.messages[message.ts] = message
    ask.slack.rec.notify()
    return _at(message)


def _grown(ask: Asking) -> Message:
    message = ask.message()
    if not message.streaming:
        raise SlackError("message_not_in_streaming_state")
    message["text"] += ask.args.get("markdown_text") or ""
    for chunk in ask.args.get("chunks") or []:
        message.chunks.append(chunk)
        if chunk.get("type") == "markdown_text":
            message["text"] += chunk["text"]
    ask.slack.rec.notify()
    return message


def append_stream(ask: Asking) -> Json:
    return _at(_grown(ask))


def stop_stream(ask: Asking) -> Json:
    message = _grown(ask)
    message.streaming = False
    message["streaming_state"] = "completed"
    if ask.args.get("blocks"):
        message["blocks"] = named_blocks(ask.args["blocks"])
    if ask.args.get("metadata"):
        message["metadata"] = ask.args["metadata"]
    ask.slack.later(_put_later(ask, message))
    return _at(message) | {"message": dict(message)}


def _at(message: Message) -> Json:
    return {"channel": message.channel.id, "ts": message.ts}


# -- reactions --------------------------------------------------------------------------------------------


def add_reaction(ask: Asking) -> Json:
    message, name = ask.message("timestamp"), str(ask.args.get("name") or "")
    if not name or ":" in name or not name.isascii():
        raise SlackError("invalid_name")
    react(message, name, ask.slack.users[ask.team.bot_user], ask.slack.courier.event)
    return {}


def remove_reaction(ask: Asking) -> Json:
    message, name = ask.message("timestamp"), str(ask.args.get("name") or "")
    unreact(message, name, ask.slack.users[ask.team.bot_user], ask.slack.courier.event)
    return {}


def get_reactions(ask: Asking) -> Json:
    message = ask.message("timestamp")
    return {"type": "message", "channel": message.channel.id, "message": dict(message)}


METHODS: Methods = {
    "api.test": api_test,
    "auth.test": auth_test,
    "apps.connections.open": connections_open,
    "bots.info": bots_info,
    "team.info": team_info,
    "users.info": users_info,
    "users.list": users_list,
    "conversations.info": conversations_info,
    "conversations.list": conversations_list,
    "conversations.members": conversations_members,
    "conversations.join": conversations_join,
    "conversations.open": conversations_open,
    "conversations.history": conversations_history,
    "conversations.replies": conversations_replies,
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete_message,
    "chat.getPermalink": permalink,
    "chat.startStream": start_stream,
    "chat.appendStream": append_stream,
    "chat.stopStream": stop_stream,
    "reactions.add": add_reaction,
    "reactions.remove": remove_reaction,
    "reactions.get": get_reactions,
}
