"""Looks at a Discord application from outside, without serving anybody: token, intent, invitation, servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord

from adapters.discord.permissions import NEEDED
from adapters.discord.platform import point_at
from adapters.discord.settings import DiscordSettings

SERVERS = 200  # looked at; Discord gives as many in one answer

_NAMES = {
    "read_messages": "View Channels",
    "send_messages_in_threads": "Send Messages in Threads",
}

Finding = tuple[bool, str]  # fine, and a sentence


async def examine(settings: DiscordSettings, token: str) -> AsyncIterator[Finding]:
    """What is fine and what is not, as it is found."""
    point_at(settings)
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        await client.login(token.strip())
        for finding in _application(client, settings):
            yield finding
        for finding in _servers(await client.http.get_guilds(SERVERS)):
            yield finding
    except discord.LoginFailure:
        yield (
            False,
            "Discord refuses DISCORD_TOKEN; make a new one: Developer Portal → Bot → Reset Token",
        )
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        yield False, f"Discord cannot be asked: {error}"
    finally:
        await client.close()


def invite_url(application_id: int) -> str:
    """The link that brings the bot to a server with exactly the permissions it needs."""
    return discord.utils.oauth_url(
        application_id,
        permissions=NEEDED,
        scopes=("bot", "applications.commands"),
    )


def _application(client: discord.Client, settings: DiscordSettings) -> list[Finding]:
    application_id = client.application_id
    assert application_id is not None, "known after the login"
    return [
        (True, f"signed in as {client.user}"),
        _intent(client.application_flags, settings.message_content),
        (True, f"invite it with {invite_url(application_id)}"),
    ]


def _intent(flags: discord.ApplicationFlags, wanted: bool) -> Finding:
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    if wanted and not granted:
        return (
            False,
            "the Message Content Intent is off; switch it on (Developer Portal → Bot → Privileged "
            "Gateway Intents) or set message_content = false in [discord]",
        )
    if not wanted:
        return True, "works without message content: people mention it, answer it, or press Tell me"
    return True, "may read the messages in its threads"


def _servers(guilds: Any) -> list[Finding]:
    """One finding for each server that lacks something, one for all the others."""
    lacking = {guild["name"]: _lacks(guild["permissions"]) for guild in guilds}
    wrong = [
        (False, f"on “{name}” it lacks {', '.join(names)}; invite it anew or change its role")
        for name, names in lacking.items()
        if names
    ]
    fine = len(lacking) - len(wrong)
    if not lacking:
        return [(True, "on no server yet; open the invitation")]
    return [*wrong, *([(True, f"has all it needs on {fine} of its servers")] if fine else [])]


def _lacks(granted: str) -> tuple[str, ...]:
    given = discord.Permissions(int(granted))
    return () if given.administrator else permission_names(NEEDED & ~given)


def permission_names(permissions: discord.Permissions) -> tuple[str, ...]:
    """As Discord's settings call them."""
    flags = [flag for flag, given in permissions if given]
    return tuple(_NAMES.get(flag, flag.replace("_", " ").title()) for flag in flags)
