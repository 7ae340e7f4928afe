"""What people do on Slack. They cannot do what their client would not let them do."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from .server import Json
from .slack_delivery import COMMANDS, INTERACTIVE, Courier
from .slack_forms import chosen, fill_in
from .slack_messages import Delivery, File, Message, View, elements
from .slack_model import APP, Channel, User, block_id, new_id, new_ts
from .slack_posting import change, delete, join_thread, put, react, unreact
from .slack_workspace import Rules, SlackWorkspace
from .uploads import Attachable, upload_of


class SlackPeople(SlackWorkspace):
    """Everybody is `self.user` in `self.channel` unless said otherwise."""

    def __init__(self, port: int, rules: Rules) -> None:
        super().__init__(port, rules)
        self.courier = Courier(self)

    # -- words ----------------------------------------------------------------------------------------

    async def say(
        self,
        text: str,
        channel: Channel | None = None,
        user: User | None = None,
        thread: Message | str | None = None,
        files: Sequence[Attachable] = (),
        mention_bot: bool = False,
    ) -> Message:
        """Posts; the app gets message.*, and app_mention too if it is mentioned outside a DM."""
        channel, user = channel or self.channel, user or self.user
        if mention_bot:
            text = f"<@{channel.team.bot_user}> {text}".strip()
        message = Message(
            channel,
            {
                "type": "message",
                "user": user.id,
                "text": text,
                "ts": new_ts(),
                "team": channel.team.id,
                "client_msg_id": secrets.token_hex(16),
                "blocks": _rich_text(text),
            },
        )
        if thread is not None:
            join_thread(message, thread if isinstance(thread, str) else thread.root)
        if files:
            message["subtype"], message["upload"] = "file_share", False
            message["files"] = [self._shared(file, user) for file in files]
        put(self, message, self.courier.event)
        return message

    def _shared(self, value: Attachable, user: User) -> Json:
        upload = upload_of(value)
        file = File(new_id("F"), upload.filename, len(upload.data), user.team, upload=upload)
        file.complete, file.user = True, user.id
        self.files[file.id] = file
        return file.wire(self.url)

    async def edit(self, message: Message, text: str) -> None:
        change(self, message, {"text": text, "blocks": _rich_text(text)}, self.courier.event)

    async def delete(self, message: Message) -> None:
        delete(self, message, self.courier.event)

    async def react(self, message: Message, name: str, user: User | None = None) -> None:
        react(message, name, user or self.user, self.courier.event)
        self.rec.notify()

    async def unreact(self, message: Message, name: str, user: User | None = None) -> None:
        unreact(message, name, user or self.user, self.courier.event)
        self.rec.notify()

    async def join(self, channel: Channel, user: User) -> None:
        """A person, or the bot (`self.bot`), becomes a member of a channel."""
        channel.members.add(user.id)
        event = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "group" else "C",
            "team": channel.team.id,
            "event_ts": new_ts(),
        }
        self.courier.event(channel.team, event, "member_joined_channel")

    # -- commands, clicks, modals ---------------------------------------------------------------------

    async def slash(
        self,
        command: str,
        text: str = "",
        user: User | None = None,
        channel: Channel | None = None,
    ) -> Delivery:
        """Runs /command and returns at once: see `wait_ack`."""
        channel, user = channel or self.channel, user or self.user
        delivery = Delivery(COMMANDS, {}, user, channel)
        delivery.payload = {
            "token": "verification",
            "team_id": user.team.id,
            "team_domain": user.team.name.lower(),
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self._response_url(delivery),
            "trigger_id": self.trigger(user),
        }
        return self.courier.send(delivery)

    async def click(
        self, where: Message | View, element: str, user: User | None = None, value: Any = None
    ) -> Delivery:
        """Uses a button, select, checkbox... found by action_id or label."""
        if isinstance(where, View):
            return self._click_in_view(where, element, value)
        user = user or self.user
        if where.deleted:
            raise ValueError("the message is deleted")
        if where.ephemeral_to not in (None, user.id):
            raise ValueError("another user's ephemeral message")
        block, item = where.element(element)
        delivery = Delivery(INTERACTIVE, {}, user, where.channel, where)
        container = {
            "type": "message",
            "message_ts": where.ts,
            "channel_id": where.channel.id,
            "is_ephemeral": where.ephemeral_to is not None,
        }
        if where.thread_ts:
            container["thread_ts"] = where.thread_ts
        delivery.payload = _by(user, "block_actions") | {
            "trigger_id": self.trigger(user),
            "actions": [_action(block, item, value)],
            "container": container,
            "channel": where.channel.short(),
            "message": _without_metadata(where),
            "state": {"values": {}},
            "response_url": self._response_url(delivery),
        }
        return self.courier.send(delivery)

    def _click_in_view(self, view: View, element: str, value: Any) -> Delivery:
        found = [(b, e) for b, e in elements(view.blocks) if e["action_id"].startswith(element)]
        if not found:
            known = [e["action_id"] for _, e in elements(view.blocks)]
            raise LookupError(f"no element {element!r} among {known}")
        block, item = found[0]
        inputs = view.state["values"].setdefault(block["block_id"], {})
        inputs[item["action_id"]] = {"type": item["type"]} | chosen(item, value)
        delivery = Delivery(INTERACTIVE, {}, view.user, view=view)
        delivery.payload = _by(view.user, "block_actions") | {
            "trigger_id": self.trigger(view.user, view),
            "actions": [_action(block, item, value)],
            "container": {"type": "view", "view_id": view.id},
            "view": view.wire(),
        }
        return self.courier.send(delivery)

    async def submit_view(self, view: View, values: Json | None = None) -> Delivery:
        """Fills in a modal, by action_id or block_id, and submits it."""
        fill_in(view, values or {})
        delivery = Delivery(INTERACTIVE, {}, view.user, view=view)
        delivery.payload = _by(view.user, "view_submission") | {
            "trigger_id": self.trigger(view.user, view),
            "view": view.wire(),
            "response_urls": [],
        }
        return self.courier.send(delivery)

    async def shortcut(
        self, callback_id: str, message: Message | None = None, user: User | None = None
    ) -> Delivery:
        """A global shortcut, or with a message a message shortcut."""
        user = user or self.user
        channel = message.channel if message else None
        delivery = Delivery(INTERACTIVE, {}, user, channel, message)
        payload = _by(user, "message_action" if message else "shortcut") | {
            "action_ts": new_ts(),
            "callback_id": callback_id,
            "trigger_id": self.trigger(user),
        }
        if message:
            payload |= {
                "message": _without_metadata(message),
                "message_ts": message.ts,
                "response_url": self._response_url(delivery),
                "channel": message.channel.short(),
            }
        delivery.payload = payload
        return self.courier.send(delivery)

    async def suggest(
        self, where: Message | View, action_id: str, typed: str, user: User | None = None
    ) -> list[Json]:
        """The options an external select offers for what somebody typed."""
        block = next(b for b, e in elements(where.blocks) if e["action_id"] == action_id)
        payload = _by(user or self.user, "block_suggestion")
        payload |= {"action_id": action_id, "block_id": block["block_id"], "value": typed}
        delivery = self.courier.send(Delivery(INTERACTIVE, payload, user or self.user))
        await self.until(lambda: delivery.acked, self.ack_deadline + 0.5, "options")
        options: list[Json] = (delivery.ack_payload or {}).get("options", [])
        return options

    def _response_url(self, delivery: Delivery) -> str:
        key = secrets.token_urlsafe(16)
        self.response_urls[key] = (delivery, time.monotonic(), 0)
        return f"{self.url}/response/{key}"

    # -- the app's own surfaces -----------------------------------------------------------------------

    async def open_home(self, user: User | None = None) -> None:
        """Opens the Home tab."""
        self._open_tab(user or self.user, "home")

    async def open_messages_tab(self, user: User | None = None) -> None:
        """Opens the Messages tab, which is the agent view where the app has one."""
        self._open_tab(user or self.user, "messages")

    def _open_tab(self, user: User, tab: str) -> None:
        channel = self.im(user)
        event = {"type": "app_home_opened", "user": user.id, "channel": channel.id, "tab": tab}
        self.courier.event(user.team, event | {"event_ts": new_ts()}, "app_home_opened")

    async def change_context(self, channel: Channel, user: User | None = None) -> None:
        """Looks at another channel while the agent view is open."""
        user = user or self.user
        entity = {
            "type": "slack#/types/channel_id",
            "value": channel.id,
            "team_id": channel.team.id,
        }
        event = {
            "type": "app_context_changed",
            "user": user.id,
            "channel": self.im(user).id,
            "context": {"entities": [entity]},
            "event_ts": new_ts(),
        }
        self.courier.event(user.team, event, "app_context_changed")

    async def open_assistant(self, user: User | None = None, context: Channel | None = None) -> str:
        """Opens the assistant pane of older apps; the thread_ts of its new thread."""
        user = user or self.user
        channel, ts, team = self.im(user), new_ts(), user.team
        root = {
            "type": "message",
            "subtype": "assistant_app_thread",
            "user": team.bot_user,
            "bot_id": team.bot_id,
            "text": "New Assistant Thread",
            "ts": ts,
            "team": team.id,
            "thread_ts": ts,
        }
        channel.messages[ts] = Message(channel, root)
        seen = {"channel_id": (context or self.channel).id, "team_id": team.id}
        thread = {
            "user_id": user.id,
            "channel_id": channel.id,
            "thread_ts": ts,
            "context": seen | {"enterprise_id": None},
        }
        event = {
            "type": "assistant_thread_started",
            "event_ts": new_ts(),
            "assistant_thread": thread,
        }
        self.courier.event(team, event, "assistant_thread_started")
        return ts


def _by(user: User, kind: str) -> Json:
    """What all interactions have."""
    return {
        "type": kind,
        "user": user.short(),
        "api_app_id": APP,
        "token": "verification",
        "team": {"id": user.team.id, "domain": user.team.name.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _action(block: Json, item: Json, value: Any) -> Json:
    action: Json = {
        "type": item["type"],
        "action_id": item["action_id"],
        "block_id": block["block_id"],
        "action_ts": new_ts(),
    }
    action |= {key: item[key] for key in ("text", "value", "style", "url") if key in item}
    if item["type"] == "feedback_buttons":
        side = item["positive_button" if value in (None, "positive") else "negative_button"]
        return action | {"value": side["value"], "text": side["text"]}
    return action | chosen(item, value)


def _without_metadata(message: Message) -> Json:
    return {key: value for key, value in message.items() if key != "metadata"}


def _rich_text(text: str) -> list[Json]:
    words = {"type": "text", "text": text or " "}
    section = {"type": "rich_text_section", "elements": [words]}
    return [{"type": "rich_text", "block_id": block_id(), "elements": [section]}]
