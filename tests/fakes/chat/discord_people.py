"""What people do on Discord. They cannot do what their client would not let them do."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from .discord_answers import owners
from .discord_codes import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, PUBLIC_THREAD
from .discord_commands import (
    ON_MESSAGE,
    ON_USER,
    CommandCall,
    check_offered,
    context_of,
    find_command,
    menu_data,
)
from .discord_files import attach
from .discord_messages import Interaction, Message
from .discord_modals import ModalForm
from .discord_model import Channel, User, now, snowflake
from .discord_posting import (
    add_reaction,
    delete,
    edited,
    mentioned,
    new_message,
    open_thread,
    post,
    refer,
    remove_reaction,
)
from .discord_world import DiscordWorld
from .server import Json
from .uploads import Attachable, upload_of

LINK, PREMIUM = 5, 6
STRING_SELECT, USER_SELECT = 3, 5


class DiscordPeople(DiscordWorld):
    """Everybody is `self.user` in `self.channel` unless said otherwise."""

    # -- words ----------------------------------------------------------------------------------------

    async def say(
        self,
        text: str,
        channel: Channel | None = None,
        user: User | None = None,
        files: Sequence[Attachable] = (),
        reply_to: Message | None = None,
        mentions: Sequence[User] = (),
    ) -> Message:
        """Posts a message. Write <@id> yourself, or pass `mentions`, which are put before the text."""
        channel = channel or self.channel
        text = " ".join([f"<@{u.id}>" for u in mentions] + ([text] if text else []))
        message = new_message(self, channel, user or self.user, {"content": text})
        message["attachments"] = [attach(self, channel, upload_of(file)) for file in files]
        if reply_to is not None:
            refer(message, channel, reply_to)
            message["mentions"] = message["mentions"] or [reply_to["author"]]
        await post(self, channel, message)
        return message

    async def post(
        self,
        forum: Channel,
        title: str,
        text: str,
        user: User | None = None,
        files: Sequence[Attachable] = (),
        tags: Sequence[str] = (),
    ) -> Channel:
        """A new post of a forum: a thread whose first message has the thread's id."""
        user = user or self.user
        applied = [tag["id"] for tag in forum.tags if tag["name"] in tags]
        body = {"name": title, "type": PUBLIC_THREAD, "applied_tags": applied}
        thread = await open_thread(self, forum, user, body)
        message = new_message(self, thread, user, {"content": text})
        message["id"] = thread.id
        message["attachments"] = [attach(self, thread, upload_of(file)) for file in files]
        await post(self, thread, message)
        return thread

    async def edit(self, message: Message, text: str) -> None:
        message.versions.append(dict(message))
        message["content"], message["edited_timestamp"] = text, now()
        message["mentions"] = mentioned(self, text)
        await edited(self, self.find_channel(message.channel_id), message)

    async def delete(self, message: Message) -> None:
        await delete(self, self.find_channel(message.channel_id), message)

    async def react(self, message: Message, emoji: str, user: User | None = None) -> None:
        await add_reaction(self, message, emoji, user or self.user)

    async def unreact(self, message: Message, emoji: str, user: User | None = None) -> None:
        await remove_reaction(self, message, emoji, user or self.user)

    # -- commands -------------------------------------------------------------------------------------

    async def slash(
        self,
        name: str,
        options: Json | None = None,
        user: User | None = None,
        channel: Channel | None = None,
        check: bool = True,
    ) -> Interaction:
        """Runs /name ("group sub" for a subcommand) and returns at once: see `wait_ack`."""
        user, channel = user or self.user, channel or self.channel
        data = CommandCall(self, channel, user).wire(name, options or {}, check)
        return await self._interact(COMMAND, data, user, channel)

    async def autocomplete(
        self,
        name: str,
        options: Json,
        focused: str,
        user: User | None = None,
        channel: Channel | None = None,
    ) -> list[Json]:
        """The choices the bot offers while somebody types into the option `focused`."""
        user, channel = user or self.user, channel or self.channel
        data = CommandCall(self, channel, user, focused).wire(name, options)
        interaction = await self._interact(AUTOCOMPLETE, data, user, channel)
        await self.until(lambda: interaction.acked_at, self.ack_deadline + 0.5, "choices")
        return interaction.choices or []

    async def context_menu(
        self,
        name: str,
        target: Message | User,
        user: User | None = None,
        channel: Channel | None = None,
    ) -> Interaction:
        """Picks an app command from the context menu of a message or of a person."""
        user = user or self.user
        if isinstance(target, Message):
            channel = channel or self.find_channel(target.channel_id)
        channel = channel or self.channel
        kind = ON_USER if isinstance(target, User) else ON_MESSAGE
        check_offered(self, find_command(self, name, channel, kind), channel, user)
        return await self._interact(COMMAND, menu_data(self, name, target, channel), user, channel)

    # -- components -----------------------------------------------------------------------------------

    async def click(self, message: Message, button: str, user: User | None = None) -> Interaction:
        """Presses a button, found by custom_id, label or emoji."""
        item, user = message.button(button), user or self.user
        _check_usable(message, item, user)
        if item["style"] in (LINK, PREMIUM):
            raise ValueError("link and premium buttons send no interaction")
        data = {"custom_id": item["custom_id"], "component_type": 2, "id": item["id"]}
        channel = self.find_channel(message.channel_id)
        return await self._interact(COMPONENT, data, user, channel, message)

    async def select(
        self, message: Message, custom_id: str, values: list[str], user: User | None = None
    ) -> Interaction:
        """Picks values in a select menu: option values, or ids of users, roles, channels."""
        user = user or self.user
        item = next(c for c in message.selects() if c["custom_id"].startswith(custom_id))
        _check_usable(message, item, user)
        _check_values(item, values)
        data: Json = {
            "custom_id": item["custom_id"],
            "component_type": item["type"],
            "id": item["id"],
            "values": values,
        }
        if item["type"] == USER_SELECT:
            data["resolved"] = {"users": {v: self.users[v].wire() for v in values}}
        channel = self.find_channel(message.channel_id)
        return await self._interact(COMPONENT, data, user, channel, message)

    async def submit_modal(
        self, opened_by: Interaction, values: dict[str, Any], user: User | None = None
    ) -> Interaction:
        """Fills in, by custom_id, and sends the modal that an interaction was answered with."""
        if opened_by.modal is None:
            raise ValueError("that interaction opened no modal")
        data = ModalForm(self, opened_by.channel, opened_by.modal).filled(values)
        user = user or opened_by.user
        return await self._interact(MODAL_SUBMIT, data, user, opened_by.channel, opened_by.source)

    # -- what the bot gets ----------------------------------------------------------------------------

    async def _interact(
        self,
        kind: int,
        data: Json,
        user: User,
        channel: Channel,
        source: Message | None = None,
    ) -> Interaction:
        interaction = Interaction(
            snowflake(), secrets.token_urlsafe(60), kind, data, user, channel, source
        )
        guild = self.guild_of(channel)
        limit = guild.upload_limit if guild else self.upload_limit
        interaction.upload_limit = max(limit, user.upload_limit)
        interaction.foreign = not self.has_bot(channel)
        self.interactions[interaction.token] = interaction
        payload = self._payload(interaction)
        interaction.sent_at = time.monotonic()
        await self.gateway.dispatch("INTERACTION_CREATE", payload, channel.guild_id)
        return interaction

    def _payload(self, interaction: Interaction) -> Json:
        user, channel = interaction.user, interaction.channel
        place = channel.wire(self.bot.id) | {"permissions": str(user.permissions)}
        payload: Json = {
            "id": interaction.id,
            "application_id": self.application_id,
            "type": interaction.kind,
            "data": interaction.data,
            "token": interaction.token,
            "version": 1,
            "channel_id": channel.id,
            "channel": place,
            "app_permissions": str(self.bot_permissions(channel)),
            "locale": user.locale,
            "entitlements": [],
            "authorizing_integration_owners": owners(interaction),
            "context": context_of(self, channel),
            "attachment_size_limit": interaction.upload_limit,
        }
        guild = self.guild_of(channel)
        if guild:
            payload["guild_id"], payload["guild_locale"] = guild.id, "en-US"
            payload["guild"] = {"id": guild.id, "locale": "en-US", "features": []}
            payload["member"] = guild.member(user) | {"permissions": str(user.permissions)}
        else:
            payload["user"] = user.wire()
        if interaction.source is not None:
            payload["message"] = dict(interaction.source)
        return payload


def _check_usable(message: Message, item: Json, user: User) -> None:
    if message.deleted:
        raise ValueError("the message is deleted")
    if item.get("disabled"):
        raise ValueError(f"component {item.get('custom_id')!r} is disabled")
    if message.ephemeral and message.ephemeral_to != user.id:
        raise ValueError("another user's ephemeral message")


def _check_values(item: Json, values: list[str]) -> None:
    if item["type"] == STRING_SELECT:
        known = {option["value"] for option in item["options"]}
        if not set(values) <= known:
            raise ValueError(f"{values} not among the options {sorted(known)}")
    if not item.get("min_values", 1) <= len(values) <= item.get("max_values", 1):
        raise ValueError("number of values not allowed by the menu")
