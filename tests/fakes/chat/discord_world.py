"""A Discord's state, and the events that tell the bot of its changes."""

from __future__ import annotations

from datetime import timedelta
from typing import NotRequired, TypedDict

from .discord_codes import (
    ALL_PERMISSIONS,
    DEFAULT_PERMISSIONS,
    DM,
    FORUM,
    GROUP,
    INTENTS,
    PERMISSIONS,
    TEXT,
    ApiError,
)
from .discord_conformity import DiscordSpec, discord_spec
from .discord_gateway import Gateway
from .discord_messages import Interaction, Message
from .discord_model import UPLOAD_LIMIT, Channel, Guild, User, now, snowflake
from .server import FakeServer, Json
from .uploads import Upload


class Rules(TypedDict):
    """What a test may choose; the comments name what happens when it does not."""

    token: NotRequired[str]
    strict: NotRequired[bool]  # True: 400 to what breaks the schema, as Discord does
    check: NotRequired[bool]  # True: compare with Discord's OpenAPI document where it is found
    realistic_limits: NotRequired[bool]  # False: rate limits so wide that nobody waits
    ack_deadline: NotRequired[float]  # 3.0 s
    heartbeat_interval: NotRequired[float]  # 41.25 s
    upload_limit: NotRequired[int]  # 10 MiB, of the first guild and of direct messages
    shards: NotRequired[int]  # 1


class DiscordWorld(FakeServer):
    def __init__(self, port: int, rules: Rules) -> None:
        super().__init__(port)
        self.token = rules.get("token", "fake.discord.token")
        self.strict = rules.get("strict", True)
        self.checks = rules.get("check", True)
        self.spec: DiscordSpec | None = discord_spec() if self.checks else None
        self.realistic_limits = rules.get("realistic_limits", False)
        self.ack_deadline = rules.get("ack_deadline", 3.0)
        self.upload_limit = rules.get("upload_limit", UPLOAD_LIMIT)
        self.shards = rules.get("shards", 1)
        self.history_shows_nonce = True
        self.nonce_window = 300.0  # seconds in which enforce_nonce finds an older message
        self.old_edits_allowed = 3  # edits of messages over an hour old, per channel and 20 s
        self.old_edits: dict[str, list[float]] = {}  # by channel, when
        self.application_id = snowflake()
        self.application_flags = (1 << 18) | (1 << 14) | (1 << 12)
        self.bot = User(self.application_id, "testbot", bot=True)
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.guilds: dict[str, Guild] = {}
        self.direct: dict[str, Channel] = {}
        self.interactions: dict[str, Interaction] = {}  # by token
        self.commands: dict[str | None, list[Json]] = {None: []}  # by guild; None: global
        self.cdn: dict[str, Upload] = {}
        self.cdn_expired: set[str] = set()
        self.gateway = Gateway(self, rules.get("heartbeat_interval", 41.25))
        self.guild = self.add_guild("Test Guild")
        self.guild.upload_limit = self.upload_limit
        self.channel = self.add_channel("general")
        self.user = self.add_user("alice")

    @property
    def api_base(self) -> str:
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        return f"{self.ws_base}/gateway/"

    # -- who and what is there ------------------------------------------------------------------------

    def add_guild(self, name: str) -> Guild:
        """A guild with the bot in it. A running bot does not hear of it: see `invite_bot`."""
        guild = Guild(snowflake(), name, owner_id=snowflake())
        guild.members[self.bot.id] = self.bot
        self.guilds[guild.id] = guild
        self.commands[guild.id] = []
        return guild

    def add_foreign_guild(self, name: str) -> Guild:
        """A guild without the bot: people who installed it for themselves can use it there."""
        guild = self.add_guild(name)
        del guild.members[self.bot.id]
        guild.has_bot = False
        return guild

    def add_channel(self, name: str, guild: Guild | None = None, nsfw: bool = False) -> Channel:
        guild = guild or self.guild
        channel = Channel(snowflake(), TEXT, name, guild.id, nsfw=nsfw)
        guild.channels[channel.id] = channel
        return channel

    def add_forum(
        self, name: str, tags: tuple[str, ...] = (), guild: Guild | None = None
    ) -> Channel:
        channel = self.add_channel(name, guild)
        channel.type = FORUM
        channel.tags = [
            {
                "id": snowflake(),
                "name": tag,
                "moderated": False,
                "emoji_id": None,
                "emoji_name": None,
            }
            for tag in tags
        ]
        return channel

    def add_user(
        self, name: str, guild: Guild | None = None, admin: bool = False, member: bool = True
    ) -> User:
        user = User(
            snowflake(), name, permissions=ALL_PERMISSIONS if admin else DEFAULT_PERMISSIONS
        )
        self.users[user.id] = user
        if member:
            (guild or self.guild).members[user.id] = user
        return user

    def add_group(self, *users: User) -> Channel:
        """A group conversation of people; the bot is never a member of one."""
        channel = Channel(snowflake(), GROUP, "", owner_id=users[0].id, recipients=list(users))
        self.direct[channel.id] = channel
        return channel

    def dm_with(self, user: User) -> Channel:
        for channel in self.direct.values():
            if channel.type == DM and channel.recipients[0].id == user.id:
                return channel
        channel = Channel(snowflake(), DM, recipients=[user])
        self.direct[channel.id] = channel
        return channel

    def joined_guilds(self) -> list[Guild]:
        return [guild for guild in self.guilds.values() if guild.has_bot]

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds.get(channel.guild_id or "")

    def all_channels(self) -> dict[str, Channel]:
        found = dict(self.direct)
        for guild in self.guilds.values():
            found |= guild.channels
        return found

    def find_channel(self, channel_id: str) -> Channel:
        """Raises `ApiError` 404."""
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
        if channel_id in self.direct:
            return self.direct[channel_id]
        raise ApiError(404, 10003, "Unknown Channel")

    def find_message(self, channel: Channel, message_id: str) -> Message:
        """Raises `ApiError` 404."""
        message = channel.messages.get(message_id)
        if message is None or message.deleted:
            raise ApiError(404, 10008, "Unknown Message")
        return message

    def threads(self, parent: Channel | None = None) -> list[Channel]:
        found = [c for c in self.all_channels().values() if c.is_thread]
        return [c for c in found if parent is None or c.parent_id == parent.id]

    def messages(self, channel: Channel | None = None, by_bot: bool = False) -> list[Message]:
        """What is to be seen in a channel, oldest first."""
        found = [m for m in (channel or self.channel).messages.values() if not m.deleted]
        return [m for m in found if not by_bot or m.author_id == self.bot.id]

    # -- what the bot may -----------------------------------------------------------------------------

    def deny(self, *permissions: str, channel: Channel | None = None) -> None:
        """Takes permissions from the bot in one channel: 403 from now on. See `tell_channel`."""
        for name in permissions:
            (channel or self.channel).denied |= PERMISSIONS[name]

    def has_bot(self, channel: Channel) -> bool:
        """The bot is a member of the channel's guild, or one of the two of a direct message."""
        guild = self.guild_of(channel)
        return guild.has_bot if guild else channel.type == DM

    def denied_in(self, channel: Channel) -> int:
        """Permissions the bot lacks here; a thread's are those of its parent."""
        if channel.is_thread and channel.parent_id:
            return self.find_channel(channel.parent_id).denied
        return channel.denied

    def bot_permissions(self, channel: Channel) -> int:
        guild = self.guild_of(channel)
        if not self.has_bot(channel):  # a user's own app may always attach files and embed links
            return PERMISSIONS["ATTACH_FILES"] | PERMISSIONS["EMBED_LINKS"]
        given = guild.bot_permissions if guild else DEFAULT_PERMISSIONS
        return given & ~self.denied_in(channel)

    def may(self, channel: Channel, permission: str) -> bool:
        wanted = PERMISSIONS[permission] | PERMISSIONS["ADMINISTRATOR"]
        return channel.is_direct or bool(self.bot_permissions(channel) & wanted)

    def need(self, channel: Channel, *permissions: str) -> None:
        """Raises `ApiError` 403 for what the bot lacks in this channel."""
        if not self.has_bot(channel) or not self.may(channel, "VIEW_CHANNEL"):
            raise ApiError(403, 50001, "Missing Access")
        denied = self.denied_in(channel)
        if any(denied & PERMISSIONS[name] for name in permissions):
            raise ApiError(403, 50013, "Missing Permissions")

    # -- what the bot hears ---------------------------------------------------------------------------

    def guild_create(self, guild: Guild) -> Json:
        places = [c for c in guild.channels.values() if not c.is_thread]
        threads = [c for c in guild.channels.values() if c.is_thread and not c.archived]
        return guild.create_event(
            self.bot, [c.wire(self.bot.id) for c in places], [c.wire(self.bot.id) for c in threads]
        )

    def redact(self, data: Json, guild_id: str | None, intents: int) -> Json:
        """Without MESSAGE_CONTENT a bot reads other people only in a DM or when they mention it."""
        mine = data.get("author", {}).get("id") == self.bot.id
        mentioned = any(user["id"] == self.bot.id for user in data.get("mentions", []))
        if intents & INTENTS["MESSAGE_CONTENT"] or mine or mentioned or not guild_id:
            return data
        return data | {"content": "", "embeds": [], "attachments": [], "components": []}

    async def event(self, name: str, channel: Channel, data: Json) -> None:
        """Tells the bot what happened in a channel, if it is there to hear it."""
        if not self.has_bot(channel):
            return
        if channel.guild_id:
            data = data | {"guild_id": channel.guild_id}
        await self.gateway.dispatch(name, data, channel.guild_id)

    async def tell_channel(self, channel: Channel) -> None:
        """The bot hears how the channel now is: name, permissions, archived..."""
        name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        await self.event(name, channel, channel.wire(self.bot.id))
        self.rec.notify()

    async def invite_bot(self, guild: Guild) -> None:
        """The bot joins a guild while it runs."""
        guild.has_bot = True
        guild.members[self.bot.id] = self.bot
        await self.gateway.dispatch("GUILD_CREATE", self.guild_create(guild), guild.id)

    async def kick_bot(self, guild: Guild) -> None:
        guild.has_bot = False
        guild.members.pop(self.bot.id, None)
        await self.gateway.dispatch("GUILD_DELETE", {"id": guild.id}, guild.id)

    async def remove_channel(self, channel: Channel) -> None:
        """Deletes a channel or a thread with all that is in it."""
        guild = self.guilds[str(channel.guild_id)]
        del guild.channels[channel.id]
        name = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        await self.event(name, channel, channel.wire(self.bot.id))
        self.rec.notify()

    async def archive(self, thread: Channel, locked: bool = False) -> None:
        thread.archived, thread.locked = True, locked
        await self.tell_channel(thread)

    def age(self, message: Message, hours: float) -> None:
        """Makes a message older than it is; its id does not change."""
        message.hours_old = hours
        message["timestamp"] = now(timedelta(hours=hours))

    def expire_cdn(self) -> None:
        """All attachment links handed out so far stop working (on Discord: after a day)."""
        self.cdn_expired |= set(self.cdn)

    def warn(self, text: str) -> None:
        """Notes a warning at the latest call."""
        if self.rec.calls:
            self.rec.calls[-1].warnings.append(text)
