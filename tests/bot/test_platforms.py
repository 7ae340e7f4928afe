"""Which platforms are served: those whose secrets are there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from bot.config import Settings, read_secrets
from bot.platforms import chat_platforms, examine, slack_manifest
from core.errors import ConfigError

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
HTTP = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "0" * 32}


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, []),
        ({"DISCORD_TOKEN": "x"}, ["discord"]),
        (SLACK, ["slack"]),
        (HTTP, ["slack"]),
        ({**SLACK, "DISCORD_TOKEN": "x"}, ["discord", "slack"]),
        ({"DISCORD_TOKEN": "  "}, []),
    ],
)
def test_a_platform_is_served_when_its_secrets_are_there(
    environment: Mapping[str, str], names: list[str]
) -> None:
    found = chat_platforms(Settings(), read_secrets(environment))

    assert [platform.name for platform in found] == names


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
    ],
)
async def test_slack_without_a_partner_secret_is_a_mistake(
    environment: Mapping[str, str], missing: str
) -> None:
    secrets = read_secrets(environment)

    with pytest.raises(ConfigError, match=missing):
        chat_platforms(Settings(), secrets)
    found = [finding async for finding in examine("Slack", Settings(), secrets)]
    assert [fine for fine, _ in found] == [False] and missing in found[0][1]


async def test_a_platform_that_is_not_used_is_no_fault() -> None:
    for name in ("Discord", "Slack"):
        found = [finding async for finding in examine(name, Settings(), read_secrets({}))]
        assert [fine for fine, _ in found] == [True] and "not used" in found[0][1]


def test_the_slack_manifest_is_for_socket_mode_unless_it_has_an_address() -> None:
    socket = json.loads(slack_manifest(""))
    http = json.loads(slack_manifest("https://easel.example.org/slack/events"))

    assert socket["settings"]["socket_mode_enabled"] is True
    assert http["settings"]["socket_mode_enabled"] is False
    assert "https://easel.example.org" in json.dumps(http)


def test_without_secrets_no_platforms_library_is_read() -> None:
    code = (
        "import sys; from bot.config import Secrets, Settings; import bot.serving\n"
        "from bot.platforms import chat_platforms\n"
        "chat_platforms(Settings(), Secrets())\n"
        "print([m for m in ('discord', 'slack_bolt', 'slack_sdk') if m in sys.modules])"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )

    assert loaded.stdout.strip() == "[]", loaded.stderr
