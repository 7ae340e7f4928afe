"""The people and places of a Discord: users, guilds, channels.

What goes over the wire are plain dicts in the v10 form, built here so that Discord's OpenAPI document accepts them.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .discord_codes import (
    ALL_PERMISSIONS,
    DEFAULT_PERMISSIONS,
    DM,
    FORUM,
    GROUP,
    PERMISSIONS,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
)
from .server import Json

if TYPE_CHECKING:
    from .discord_messages import Message

EPOCH_MS = 1420070400000
UPLOAD_LIMIT = 10 * 1024 * 1024
_sequence = itertools.count(1)


def snowflake() -> str:
    """A fresh id; ids sort by time."""
    milliseconds = int(time.time() * 1000) - EPOCH_MS
    return str((milliseconds << 22) | (next(_sequence) & 0x3FFFFF))


def now(ago: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - ago).isoformat()


@dataclass
class User:
    """A person, or the bot."""

    id: str
    name: str
    bot: bool = False
    permissions: int = DEFAULT_PERMISSIONS  # in every guild
    accepts_dms: bool = True
    nick: str | None = None
    locale: str = "en-US"
    upload_limit: int = 0  # Nitro: what their interactions may carry if the guild allows less

    @property
    def is_admin(self) -> bool:
        return bool(self.permissions & PERMISSIONS["ADMINISTRATOR"])

    def wire(self) -> Json:
        data: Json = {
            "id": self.id,
            "username": self.name,
            "global_name": None if self.bot else self.name.title(),
            "discriminator": "0",
            "public_flags": 0,
            "flags": 0,
        }
        for key in (
            "avatar",
            "banner",
            "accent_color",
            "avatar_decoration_data",
            "collectibles",
            "primary_guild",
        ):
            data[key] = None
        return data | {"bot": True} if self.bot else data


@dataclass
class Channel:
    """A text channel, a forum, a thread or a direct message."""

    id: str
    type: int
    name: str = ""
    guild_id: str | None = None
    parent_id: str | None = None
    owner_id: str | None = None
    nsfw: bool = False
    recipients: list[User] = field(default_factory=list)
    denied: int = 0  # permissions the bot lacks here
    archived: bool = False
    locked: bool = False
    auto_archive_duration: int = 1440
    members: set[str] = field(default_factory=set)
    created: str = field(default_factory=now)
    messages: dict[str, Message] = field(default_factory=dict)
    pins: list[str] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)  # of a forum
    applied_tags: list[str] = field(default_factory=list)  # of a post

    @property
    def is_thread(self) -> bool:
        return self.type in (PUBLIC_THREAD, PRIVATE_THREAD)

    @property
    def is_direct(self) -> bool:
        return self.type in (DM, GROUP)

    def wire(self, bot_id: str) -> Json:
        last = next(reversed(self.messages), None)
        data: Json = {"id": self.id, "type": self.type, "flags": 0, "last_message_id": last}
        if self.is_direct:
            data["recipients"] = [user.wire() for user in self.recipients]
            if self.type == GROUP:
                data |= {"name": self.name or None, "icon": None, "owner_id": self.owner_id}
            return data
        data |= {
            "guild_id": self.guild_id,
            "name": self.name,
            "parent_id": self.parent_id,
            "rate_limit_per_user": 0,
        }
        return data | (self._thread_wire(bot_id) if self.is_thread else self._place_wire(bot_id))

    def _place_wire(self, bot_id: str) -> Json:
        deny = {"id": bot_id, "type": 1, "allow": "0", "deny": str(self.denied)}
        data: Json = {
            "position": 0,
            "topic": None,
            "nsfw": self.nsfw,
            "permission_overwrites": [deny] if self.denied else [],
        }
        if self.type == FORUM:
            data |= {
                "available_tags": self.tags,
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "template": "",
            }
        return data

    def _thread_wire(self, bot_id: str) -> Json:
        sent = sum(1 for message in self.messages.values() if message["type"] != 21)
        data: Json = {
            "owner_id": self.owner_id,
            "message_count": sent,
            "total_message_sent": sent,
            "member_count": len(self.members),
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "archive_timestamp": self.created,
                "auto_archive_duration": self.auto_archive_duration,
                "create_timestamp": self.created,
            },
        }
        if self.applied_tags:
            data["applied_tags"] = self.applied_tags
        if bot_id in self.members:
            data["member"] = {
                "id": self.id,
                "user_id": bot_id,
                "join_timestamp": self.created,
                "flags": 1,
            }
        return data


@dataclass
class Guild:
    """A server of people; `has_bot` False: nobody added the bot, people bring it along themselves."""

    id: str
    name: str
    owner_id: str
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, User] = field(default_factory=dict)
    bot_permissions: int = DEFAULT_PERMISSIONS
    has_bot: bool = True
    upload_limit: int = UPLOAD_LIMIT
    joined_at: str = field(default_factory=now)
    admin_role: str = field(default_factory=snowflake)

    def roles(self) -> list[Json]:
        return [
            _role(self.id, "@everyone", self.bot_permissions, 0),
            _role(self.admin_role, "Admins", ALL_PERMISSIONS, 1),
        ]

    def member(self, user: User, with_user: bool = True) -> Json:
        data: Json = {
            "roles": [self.admin_role] if user.is_admin else [],
            "nick": user.nick,
            "avatar": None,
            "banner": None,
            "joined_at": self.joined_at,
            "premium_since": None,
            "pending": False,
            "flags": 0,
            "mute": False,
            "deaf": False,
            "communication_disabled_until": None,
        }
        return data | {"user": user.wire()} if with_user else data

    def wire(self) -> Json:
        data: Json = dict.fromkeys(ABSENT)
        data |= dict.fromkeys(ZERO, 0) | {"features": [], "emojis": [], "stickers": []}
        return data | {
            "id": self.id,
            "name": self.name,
            "owner_id": self.owner_id,
            "region": "us-east",
            "afk_timeout": 300,
            "widget_enabled": False,
            "roles": self.roles(),
            "max_members": 500000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "preferred_locale": "en-US",
            "premium_progress_bar_enabled": False,
            "nsfw": False,
        }

    def create_event(self, bot: User, channels: list[Json], threads: list[Json]) -> Json:
        """GUILD_CREATE. It lists the bot only; more members come when asked for (opcode 8).

        Without `unavailable: False` discord.py takes it for a guild the bot has just joined.
        """
        return self.wire() | {
            "joined_at": self.joined_at,
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [self.member(bot)],
            "channels": channels,
            "threads": threads,
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


ABSENT = (
    "icon",
    "description",
    "home_header",
    "splash",
    "discovery_splash",
    "banner",
    "application_id",
    "afk_channel_id",
    "system_channel_id",
    "widget_channel_id",
    "max_presences",
    "vanity_url_code",
    "rules_channel_id",
    "safety_alerts_channel_id",
    "public_updates_channel_id",
    "premium_progress_bar_enabled_user_updated_at",
    "incidents_data",
)
ZERO = (
    "system_channel_flags",
    "verification_level",
    "default_message_notifications",
    "mfa_level",
    "explicit_content_filter",
    "premium_tier",
    "premium_subscription_count",
    "nsfw_level",
)


def _role(role_id: str, name: str, permissions: int, position: int) -> Json:
    return {
        "id": role_id,
        "name": name,
        "permissions": str(permissions),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
