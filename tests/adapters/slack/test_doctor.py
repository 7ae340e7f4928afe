"""The doctor on Slack: what it finds, and that it says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.slack.doctor import examine
from adapters.slack.manifest import SCOPES
from adapters.slack.settings import SlackSettings
from tests.fakes.chat.slack import FakeSlack

SECRET = "0123456789abcdef0123456789abcdef"


async def found(slack: FakeSlack, **tokens: Any) -> list[tuple[bool, str]]:
    given = {"bot_token": slack.bot_token, "app_token": slack.app_token, "signing_secret": ""}
    settings = SlackSettings(api_base=slack.api_base)
    return [finding async for finding in examine(settings, **(given | tokens))]


async def test_a_healthy_app_in_socket_mode() -> None:
    async with FakeSlack(scopes=set(SCOPES)) as slack:
        findings = await found(slack)

    assert [fine for fine, _ in findings] == [True, True, True]
    assert "signed in to Fake as testbot" in findings[0][1]
    assert f"all {len(SCOPES)} scopes" in findings[1][1]
    assert "Socket Mode opens" in findings[2][1]


async def test_missing_scopes_are_named_with_their_use() -> None:
    async with FakeSlack(scopes=set(SCOPES) - {"files:read", "im:history"}) as slack:
        findings = await found(slack)

    wrong = [sentence for fine, sentence in findings if not fine]
    assert wrong[0].startswith("scope files:read is missing: looks at pictures")
    assert wrong[1].startswith("scope im:history is missing")
    assert "reinstall the app" in wrong[2]


@pytest.mark.parametrize(
    ("tokens", "sentence"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN is not set"),
        ({"bot_token": "xoxp-user"}, "must be a bot token"),
        ({"bot_token": "xoxb-wrong"}, "Slack says invalid_auth"),
        ({"app_token": "xoxb-fake-bot"}, "must be an app-level token"),
        ({"app_token": "xapp-wrong"}, "Socket Mode does not open: Slack says invalid_auth"),
        ({"app_token": ""}, "one of them is needed"),
        ({"app_token": "", "signing_secret": "short"}, "32 hexadecimal digits"),
    ],
)
async def test_what_is_wrong_is_said(tokens: dict[str, str], sentence: str) -> None:
    async with FakeSlack(scopes=set(SCOPES)) as slack:
        findings = await found(slack, **tokens)

    assert sentence in " ".join(s for fine, s in findings if not fine)


async def test_http_mode_says_what_slack_must_reach() -> None:
    async with FakeSlack(scopes=set(SCOPES)) as slack:
        findings = await found(slack, app_token="", signing_secret=SECRET)

    assert findings[-1] == (
        True,
        "HTTP mode: Slack's requests must reach 127.0.0.1:3000/slack/events through an https address",
    )


async def test_a_slack_that_is_away_is_said_to_be_away() -> None:
    async with FakeSlack() as slack:
        address = slack.api_base
    settings = SlackSettings(api_base=address)

    findings = [f async for f in examine(settings, "xoxb-a", "", SECRET)]

    assert not findings[0][0] and "Slack cannot be reached" in findings[0][1]


async def test_several_workspaces_are_each_looked_at() -> None:
    async with FakeSlack(scopes=set(SCOPES)) as slack:
        findings = await found(slack, bot_token=f"{slack.bot_token} xoxb-other")

    assert [fine for fine, _ in findings] == [True, True, False, True]
