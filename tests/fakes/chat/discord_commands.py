"""What a Discord client sends for a command: it refuses what the command's definition forbids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .discord_files import attach
from .discord_messages import Message
from .discord_model import Channel, Guild, User
from .server import Json
from .uploads import upload_of

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

SUBCOMMANDS = (1, 2)
STRING, INTEGER, USER, CHANNEL, MENTIONABLE, NUMBER, FILE = 3, 4, 6, 7, 9, 10, 11
SLASH, ON_USER, ON_MESSAGE = 1, 2, 3
INSTALLED_BY_USER = 1


@dataclass
class CommandCall:
    """One use of a slash command; `wire()` is the interaction's data."""

    world: DiscordWorld
    channel: Channel
    user: User
    focused: str = ""  # the option being typed into: nothing is checked then
    resolved: dict[str, Json] = field(default_factory=dict)

    def wire(self, name: str, values: Json, check: bool = True) -> Json:
        """Raises LookupError or ValueError for what a client would not send."""
        words = name.split()
        command = find_command(self.world, words[0], self.channel, SLASH)
        if check:
            check_offered(self.world, command, self.channel, self.user)
        definition, wraps = command, []
        for word in words[1:]:
            definition = _subcommand(definition, word)
            wraps.append(definition)
        options = self._options(name, definition, values, check)
        for wrap in reversed(wraps):
            options = [{"name": wrap["name"], "type": wrap["type"], "options": options}]
        data: Json = {"id": command["id"], "name": command["name"], "type": SLASH}
        data["options"] = options
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        return data | {"resolved": self.resolved} if self.resolved else data

    def _options(self, name: str, definition: Json, values: Json, check: bool) -> list[Json]:
        known = {
            o["name"]: o for o in definition.get("options", []) if o["type"] not in SUBCOMMANDS
        }
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise LookupError(f"/{name} has no options {unknown}; it has {sorted(known)}")
        missing = [
            o["name"] for o in known.values() if o.get("required") and o["name"] not in values
        ]
        if check and missing and not self.focused:
            raise ValueError(f"/{name}: the client would not send it without {missing}")
        return [self._option(known[key], value, check) for key, value in values.items()]

    def _option(self, option: Json, value: Any, check: bool) -> Json:
        wire = {"name": option["name"], "type": option["type"], "value": self._value(option, value)}
        if option["name"] == self.focused:
            return wire | {"focused": True}
        if check and not self.focused:
            _check_value(option, wire["value"])
        return wire

    def _value(self, option: Json, value: Any) -> Any:
        """Things are sent by id, and described in `resolved`."""
        kind = option["type"]
        if kind == FILE:
            wire = attach(self.world, self.channel, upload_of(value), "ephemeral-attachments")
            self.resolved.setdefault("attachments", {})[wire["id"]] = wire
            return wire["id"]
        if kind in (USER, MENTIONABLE) and isinstance(value, User):
            for key, found in resolve_user(self.world, value, self.channel).items():
                self.resolved.setdefault(key, {}).update(found)
            return value.id
        if kind == CHANNEL and isinstance(value, Channel):
            wire = value.wire(self.world.bot.id) | {"permissions": "0"}
            self.resolved.setdefault("channels", {})[value.id] = wire
            return value.id
        return value


def find_command(world: DiscordWorld, name: str, channel: Channel, kind: int) -> Json:
    """The guild's command of this name, else the global one. Raises LookupError."""
    for scope in (channel.guild_id, None):
        for command in world.commands.get(scope, []):
            if command["name"] == name and command.get("type", SLASH) == kind:
                return command
    known = sorted(c["name"] for scope in world.commands.values() for c in scope)
    raise LookupError(f"no command {name!r}; registered: {known}")


def check_offered(world: DiscordWorld, command: Json, channel: Channel, user: User) -> None:
    """Raises ValueError if this person's client would not show the command here."""
    where = context_of(world, channel)
    contexts = command.get("contexts")
    if contexts is not None and where not in contexts:
        raise ValueError(f"{command['name']!r} is not offered in context {where}: {contexts}")
    installs = command.get("integration_types") or [0]
    if not world.has_bot(channel) and INSTALLED_BY_USER not in installs:
        raise ValueError(f"{command['name']!r} cannot be installed by a user")
    wanted = command.get("default_member_permissions")
    if wanted and channel.guild_id and user.permissions & int(wanted) != int(wanted):
        raise ValueError(f"{command['name']!r} is not offered to {user.name}: needs {wanted}")


def context_of(world: DiscordWorld, channel: Channel) -> int:
    """0 guild, 1 the bot's direct messages, 2 other private conversations."""
    if channel.guild_id:
        return 0
    return 1 if world.has_bot(channel) else 2


def _subcommand(definition: Json, name: str) -> Json:
    for option in definition.get("options", []):
        if option["name"] == name and option["type"] in SUBCOMMANDS:
            return dict(option)
    raise LookupError(f"{definition['name']!r} has no subcommand {name!r}")


def _check_value(option: Json, value: Any) -> None:
    name, kind = option["name"], option["type"]
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ValueError(f"{name}={value!r} is not one of the choices {choices}")
    if kind == STRING:
        low, high = option.get("min_length") or 0, option.get("max_length") or 6000
        if not low <= len(value) <= high:
            raise ValueError(f"{name}: length {len(value)} not allowed by the command")
    if kind in (INTEGER, NUMBER):
        low, high = option.get("min_value", value), option.get("max_value", value)
        if not low <= value <= high:
            raise ValueError(f"{name}={value} outside [{low}, {high}]")


def resolve_user(world: DiscordWorld, user: User, channel: Channel) -> Json:
    resolved: Json = {"users": {user.id: user.wire()}}
    guild: Guild | None = world.guild_of(channel)
    if guild and user.id in guild.members:
        member = guild.member(user, with_user=False)
        resolved["members"] = {user.id: member | {"permissions": str(user.permissions)}}
    return resolved


def menu_data(world: DiscordWorld, name: str, target: Message | User, channel: Channel) -> Json:
    """The data of a context menu's command."""
    if isinstance(target, User):
        command = find_command(world, name, channel, ON_USER)
        resolved = resolve_user(world, target, channel)
    else:
        command = find_command(world, name, channel, ON_MESSAGE)
        resolved = {"messages": {target.id: dict(target)}}
    return {
        "id": command["id"],
        "name": name,
        "type": command["type"],
        "target_id": target.id,
        "resolved": resolved,
    }
