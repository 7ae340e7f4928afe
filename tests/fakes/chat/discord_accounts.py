"""REST operations on the bot's account, its commands, users and guilds."""

from __future__ import annotations

import copy

from .calls import Call
from .discord_codes import ApiError, invalid
from .discord_model import Guild, snowflake
from .discord_operations import APPLICATION, GUILD, Table
from .discord_world import DiscordWorld
from .server import Json


async def me(world: DiscordWorld, call: Call) -> Json:
    return world.bot.wire() | {
        "verified": True,
        "mfa_enabled": False,
        "locale": "en-US",
        "email": None,
        "premium_type": 0,
    }


async def edit_me(world: DiscordWorld, call: Call) -> Json:
    world.bot.name = call.body.get("username") or world.bot.name
    return await me(world, call)


async def application(world: DiscordWorld, call: Call) -> Json:
    return {
        "id": world.application_id,
        "name": "testbot",
        "icon": None,
        "description": "",
        "type": None,
        "bot": world.bot.wire(),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": world.application_flags,
        "flags_new": str(world.application_flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": world.user.wire(),
        "approximate_guild_count": len(world.joined_guilds()),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
    }


async def gateway(world: DiscordWorld, call: Call) -> Json:
    return {"url": world.gateway_url}


async def gateway_bot(world: DiscordWorld, call: Call) -> Json:
    limit = {"total": 1000, "remaining": 999, "reset_after": 86400000, "max_concurrency": 1}
    return {"url": world.gateway_url, "shards": world.shards, "session_start_limit": limit}


async def user(world: DiscordWorld, call: Call) -> Json:
    found = world.users.get(call.params["user_id"])
    if found is None:
        raise ApiError(404, 10013, "Unknown User")
    return found.wire()


async def open_direct(world: DiscordWorld, call: Call) -> Json:
    found = world.users.get(str(call.body.get("recipient_id")))
    if found is None:
        raise ApiError(400, 50033, "Invalid Recipient(s)")
    return world.dm_with(found).wire(world.bot.id)


async def emojis(world: DiscordWorld, call: Call) -> Json:
    return {"items": []}


# -- application commands ---------------------------------------------------------------------------------


async def commands(world: DiscordWorld, call: Call) -> list[Json]:
    return world.commands.get(call.params.get("guild_id"), [])


async def replace_commands(world: DiscordWorld, call: Call) -> list[Json]:
    scope = call.params.get("guild_id")
    names = [(c["name"], c.get("type", 1)) for c in call.body]
    if len(set(names)) < len(names):
        text = "Application command names must be unique"
        raise invalid("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
    old = {(c["name"], c["type"]): c["id"] for c in world.commands.get(scope, [])}
    new = [_register(world, scope, definition) for definition in call.body]
    for command in new:
        command["id"] = old.get((command["name"], command["type"]), command["id"])
    world.commands[scope] = new
    return new


async def add_command(world: DiscordWorld, call: Call) -> tuple[int, Json]:
    scope = call.params.get("guild_id")
    command = _register(world, scope, call.body)
    others = [c for c in world.commands.get(scope, []) if c["name"] != command["name"]]
    world.commands[scope] = [*others, command]
    return 201, command


async def delete_command(world: DiscordWorld, call: Call) -> tuple[int, None]:
    scope, gone = call.params.get("guild_id"), call.params["command_id"]
    world.commands[scope] = [c for c in world.commands.get(scope, []) if c["id"] != gone]
    return 204, None


def _register(world: DiscordWorld, scope: str | None, definition: Json) -> Json:
    command: Json = {k: copy.deepcopy(v) for k, v in definition.items() if v is not None}
    command.setdefault("type", 1)
    if command["type"] != 1:
        command.setdefault("description", "")
    permissions = definition.get("default_member_permissions")
    command |= {
        "id": snowflake(),
        "application_id": world.application_id,
        "version": snowflake(),
        "default_member_permissions": None if permissions is None else str(permissions),
    }
    return command | {"guild_id": scope} if scope else command


# -- guilds -----------------------------------------------------------------------------------------------


def _guild(world: DiscordWorld, call: Call) -> Guild:
    found = world.guilds.get(call.params["guild_id"])
    if found is None:
        raise ApiError(404, 10004, "Unknown Guild")
    if not found.has_bot:
        raise ApiError(403, 50001, "Missing Access")
    return found


async def guild(world: DiscordWorld, call: Call) -> Json:
    found = _guild(world, call)
    counts = {"approximate_member_count": len(found.members), "approximate_presence_count": 1}
    return found.wire() | counts


async def guild_channels(world: DiscordWorld, call: Call) -> list[Json]:
    places = _guild(world, call).channels.values()
    return [channel.wire(world.bot.id) for channel in places if not channel.is_thread]


async def guild_threads(world: DiscordWorld, call: Call) -> Json:
    places = _guild(world, call).channels.values()
    found = [channel for channel in places if channel.is_thread and not channel.archived]
    return {"threads": [t.wire(world.bot.id) for t in found], "members": [], "has_more": False}


async def guild_roles(world: DiscordWorld, call: Call) -> list[Json]:
    return _guild(world, call).roles()


async def guild_member(world: DiscordWorld, call: Call) -> Json:
    found = _guild(world, call)
    member = found.members.get(call.params.get("user_id", world.bot.id))
    if member is None:
        raise ApiError(404, 10007, "Unknown Member")
    return found.member(member)


def _command_table(scope: str) -> Table:
    return {
        ("GET", APPLICATION + scope + "/commands"): commands,
        ("PUT", APPLICATION + scope + "/commands"): replace_commands,
        ("POST", APPLICATION + scope + "/commands"): add_command,
        ("DELETE", APPLICATION + scope + "/commands/{command_id}"): delete_command,
    }


TABLE: Table = {
    ("GET", "/users/@me"): me,
    ("PATCH", "/users/@me"): edit_me,
    ("GET", "/users/{user_id}"): user,
    ("POST", "/users/@me/channels"): open_direct,
    ("GET", "/oauth2/applications/@me"): application,
    ("GET", "/applications/@me"): application,
    ("GET", "/gateway"): gateway,
    ("GET", "/gateway/bot"): gateway_bot,
    ("GET", APPLICATION + "/emojis"): emojis,
    **_command_table(""),
    **_command_table(GUILD),
    ("GET", GUILD): guild,
    ("GET", GUILD + "/channels"): guild_channels,
    ("GET", GUILD + "/roles"): guild_roles,
    ("GET", GUILD + "/members/{user_id}"): guild_member,
    ("GET", GUILD + "/threads/active"): guild_threads,
}
