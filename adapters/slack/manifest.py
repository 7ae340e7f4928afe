"""The app manifest: what Slack must know to set the app up, and nothing that Easel does not use.

Schema: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.slack.assistant import AT_THE_START
from adapters.slack.shortcuts import Shortcut

Manifest = dict[str, Any]

EXAMPLE_URL = "https://easel.example.org/slack/events"

# Every scope, and what would not work without it.
SCOPES: Mapping[str, str] = {
    "app_mentions:read": "hears its name in channels",
    "assistant:write": "suggestions and status in the agent view",
    "channels:history": "goes on in threads of public channels without being mentioned",
    "chat:write": "answers",
    "commands": "/imagine, /easel and the shortcuts",
    "files:read": "looks at pictures that people send",
    "files:write": "shows the pictures it painted",
    "groups:history": "goes on in threads of private channels without being mentioned",
    "im:history": "talks in direct messages",
    "im:write": "“Send to me”, and a direct message where it may not whisper",
    "metadata.message:read": "finds its own messages again, so that nothing is said twice",
    "mpim:history": "talks in group direct messages",
    "reactions:read": "takes a reaction on a picture for a button",
    "reactions:write": "👀 on a message it has seen",
    "users:read": "calls people by their names, and knows who is an admin",
}
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
)
_ABOUT = (
    "Easel paints by conversation. Say what you want to see, then change it in your own words: every picture has a "
    "number and can be edited, varied, refined or shown again at any time. Mention it in a channel, talk to it "
    "directly, or use /imagine."
)
_SHORTCUTS = (
    ("global", "Create image…", Shortcut.CREATE, "Paint a picture from your words"),
    ("message", "Edit this image", Shortcut.EDIT, "Say what shall change in a picture"),
    ("message", "Make variations", Shortcut.VARY, "The same idea again, in up to four ways"),
    ("message", "Use as reference", Shortcut.REFERENCE, "Paint something new from this picture"),
    ("message", "Describe image", Shortcut.DESCRIBE, "Put a picture into words"),
    ("message", "Image details", Shortcut.DETAILS, "The exact prompt, seed and model of a picture"),
)


def manifest(socket_mode: bool, request_url: str = "") -> Manifest:
    """For Socket Mode, or for signed HTTP requests to `request_url`, which Slack must reach."""
    url = {} if socket_mode else {"request_url": request_url or EXAMPLE_URL}
    return {
        "display_information": {
            "name": "Easel",
            "description": "Paints by conversation",
            "long_description": _ABOUT,
            "background_color": "#2f3b52",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Easel", "always_online": False},
            "agent_view": {
                "agent_description": _ABOUT,
                "suggested_prompts": [dict(p) for p in AT_THE_START],
            },
            "shortcuts": [
                {"type": kind, "name": name, "callback_id": str(callback_id), "description": about}
                for kind, name, callback_id, about in _SHORTCUTS
            ],
            "slash_commands": _commands(url),
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": socket_mode,
            "token_rotation_enabled": False,
        },
    }


def manifest_json(socket_mode: bool, request_url: str = "") -> str:
    """To be pasted into Slack's “Create an app from a manifest”."""
    return json.dumps(manifest(socket_mode, request_url), indent=2, ensure_ascii=False)


def _commands(url: Mapping[str, str]) -> list[dict[str, Any]]:
    address = {"url": url["request_url"]} if url else {}
    return [
        {
            "command": "/imagine",
            "description": "Paint a picture",
            "usage_hint": "a castle in the snow --n 2",
            "should_escape": False,
            **address,
        },
        {
            "command": "/easel",
            "description": "Queue, settings, pictures and help",
            "usage_hint": "queue | cancel | show <id> | settings | privacy | help | admin",
            "should_escape": True,
            **address,
        },
    ]
