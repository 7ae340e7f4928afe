"""Whether Slack lets the app in, with everything it needs, and what to do where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.client import SLACK_API
from adapters.slack.manifest import SCOPES
from adapters.slack.settings import SlackSettings
from adapters.slack.workspaces import tokens_in

Finding = tuple[bool, str]  # whether it is fine, and a sentence

TIMEOUT_S = 15
_SECRET_LENGTH = 32
_SETTINGS = "https://api.slack.com/apps"


async def examine(
    settings: SlackSettings, bot_token: str, app_token: str, signing_secret: str
) -> AsyncIterator[Finding]:
    """What is found, one thing after another; posts nothing."""
    tokens = tokens_in(bot_token)
    if not tokens:
        yield False, "SLACK_BOT_TOKEN is not set; docs/slack.md has the five steps."
        return
    for token in tokens:
        for finding in await _workspace(settings, token):
            yield finding
    if app_token:
        yield await _socket(settings, app_token)
    else:
        yield _http(settings, signing_secret)


async def _workspace(settings: SlackSettings, token: str) -> list[Finding]:
    """Who the token is, and which scopes it lacks."""
    if not token.startswith("xoxb-"):
        return [(False, "SLACK_BOT_TOKEN must be a bot token, which begins with xoxb-.")]
    client = _client(settings, token)
    try:
        answer = await client.auth_test()
    except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
        return [(False, f"The bot token does not work: {_reason(error)}. {_hint(error)}")]
    found = [(True, f"signed in to {answer['team']} as {answer['user']}")]
    headers = {name.lower(): value for name, value in dict(answer.headers).items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",")}
    missing = [scope for scope in SCOPES if scope not in granted]
    found += [(False, f"scope {scope} is missing: {SCOPES[scope]}") for scope in missing]
    if missing:
        found.append(
            (
                False,
                f"Paste the manifest (easel slack manifest) at {_SETTINGS} and reinstall the app.",
            )
        )
    else:
        found.append((True, f"all {len(SCOPES)} scopes are granted"))
    return found


async def _socket(settings: SlackSettings, app_token: str) -> Finding:
    """Asks for a connection without opening it."""
    if not app_token.startswith("xapp-"):
        return False, "SLACK_APP_TOKEN must be an app-level token, which begins with xapp-."
    client = _client(settings, app_token)
    try:
        await client.apps_connections_open(app_token=app_token)
    except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
        todo = "make an app-level token with the scope connections:write, and turn Socket Mode on"
        return False, f"Socket Mode does not open: {_reason(error)}; {todo} at {_SETTINGS}."
    return True, "Socket Mode opens"


def _http(settings: SlackSettings, signing_secret: str) -> Finding:
    if not signing_secret:
        return False, (
            "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP) is set; one of them is needed."
        )
    if len(signing_secret) != _SECRET_LENGTH or not _is_hex(signing_secret):
        return False, (
            "SLACK_SIGNING_SECRET should be 32 hexadecimal digits: copy it from Basic Information, App Credentials."
        )
    where = f"{settings.host}:{settings.port}/slack/events"
    return True, f"HTTP mode: Slack's requests must reach {where} through an https address"


def _client(settings: SlackSettings, token: str) -> AsyncWebClient:
    base = settings.api_base or SLACK_API
    return AsyncWebClient(token=token, base_url=base, timeout=TIMEOUT_S, retry_handlers=[])


def _reason(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return f"Slack says {error.response.get('error', 'nothing I know')}"
    if isinstance(error, asyncio.TimeoutError):
        return f"Slack did not answer within {TIMEOUT_S} s"
    return f"Slack cannot be reached ({type(error).__name__})"


def _hint(error: Exception) -> str:
    if isinstance(error, SlackApiError):
        return f"Copy the Bot User OAuth Token from OAuth & Permissions at {_SETTINGS}."
    return "Check the network and [slack] api_base."


def _is_hex(text: str) -> bool:
    return all(c in "0123456789abcdef" for c in text.lower())
