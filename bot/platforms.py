"""The chat platforms, each served when its secrets are there; their libraries are read only then."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.config import Secrets, Settings
from core.errors import ConfigError
from core.ports import Platform

NEEDED = {
    "Discord": ("DISCORD_TOKEN",),
    "Slack": ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
}


def chat_platforms(settings: Settings, secrets: Secrets) -> list[Platform]:
    """Discord and Slack, as far as their secrets are there. Raises `ConfigError` when a partner is missing."""
    secrets.check_slack()
    found: list[Platform] = []
    if secrets.discord_token:
        from adapters.discord.platform import DiscordPlatform

        found.append(DiscordPlatform(settings.discord, secrets.discord_token))
    if secrets.slack_bot_token:
        from adapters.slack.platform import SlackPlatform

        found.append(
            SlackPlatform(
                settings.slack,
                secrets.slack_bot_token,
                secrets.slack_app_token,
                secrets.slack_signing_secret,
            )
        )
    return found


async def examine(
    name: str, settings: Settings, secrets: Secrets
) -> AsyncIterator[tuple[bool, str]]:
    """What is fine and what is not with a platform of `NEEDED`, in sentences; nothing is posted."""
    if name == "Discord" and secrets.discord_token:
        from adapters.discord import doctor as discord

        async for finding in discord.examine(settings.discord, secrets.discord_token):
            yield finding
    elif name == "Slack" and (problem := _slack_problem(secrets)):
        yield False, problem
    elif name == "Slack" and secrets.slack_bot_token:
        from adapters.slack import doctor as slack

        tokens = (secrets.slack_bot_token, secrets.slack_app_token, secrets.slack_signing_secret)
        async for finding in slack.examine(settings.slack, *tokens):
            yield finding
    else:
        yield True, f"not used ({NEEDED[name][0]} is not set)"


def slack_manifest(url: str) -> str:
    """What is pasted at api.slack.com to make the app, as JSON: for HTTP at `url`, or without one for Socket Mode."""
    from adapters.slack.manifest import manifest_json

    return manifest_json(not url, url)


def _slack_problem(secrets: Secrets) -> str:
    try:
        secrets.check_slack()
    except ConfigError as error:
        return error.reply
    return ""
