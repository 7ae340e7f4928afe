from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from discord import Permissions

from adapters.discord.doctor import examine, invite_url, permission_names
from adapters.discord.permissions import NEEDED
from adapters.discord.settings import DiscordSettings
from tests.fakes.chat.discord import FakeDiscord
from tests.fakes.discord_servers import DiscordWithServers

CONTENT = 1 << 18 | 1 << 19  # the application's flags for the message content intent
DOCUMENT = Path(__file__).parents[3] / "docs" / "discord.md"


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with DiscordWithServers() as fake:
        fake.guild.bot_permissions = NEEDED.value
        yield fake


async def findings(
    discord: FakeDiscord, token: str = "", message_content: bool = True
) -> list[tuple[bool, str]]:
    settings = DiscordSettings(message_content, discord.api_base, discord.gateway_url)
    return [found async for found in examine(settings, token or discord.token)]


async def test_a_good_token_says_who_it_is_and_how_to_invite_it(discord: FakeDiscord) -> None:
    found = await findings(discord)

    assert all(fine for fine, _ in found)
    assert found[0][1].startswith("signed in as testbot")
    assert any(str(discord.application_id) in sentence for _, sentence in found)
    assert found[-1] == (True, "has all it needs on 1 of its servers")
    assert discord.rec.problems() == []


async def test_a_bad_token_says_where_to_get_a_new_one(discord: FakeDiscord) -> None:
    ((fine, sentence),) = await findings(discord, token="nonsense")

    assert not fine
    assert "Reset Token" in sentence


async def test_a_missing_intent_is_named_with_both_ways_out(discord: FakeDiscord) -> None:
    discord.application_flags &= ~CONTENT

    (wrong,) = [sentence for fine, sentence in await findings(discord) if not fine]

    assert "Message Content Intent is off" in wrong
    assert "message_content = false" in wrong


async def test_without_message_content_no_intent_is_asked_for(discord: FakeDiscord) -> None:
    discord.application_flags &= ~CONTENT

    assert all(fine for fine, _ in await findings(discord, message_content=False))


async def test_a_server_that_lacks_permissions_is_named_with_them(discord: FakeDiscord) -> None:
    poor = discord.add_guild("Poor Guild")
    lacking = Permissions(attach_files=True, send_messages_in_threads=True)
    poor.bot_permissions = (NEEDED & ~lacking).value

    wrong = [sentence for fine, sentence in await findings(discord) if not fine]

    assert wrong == [
        "on “Poor Guild” it lacks Attach Files, Send Messages in Threads; invite it anew or change its role"
    ]


async def test_a_discord_that_cannot_be_reached_is_said_so(discord: FakeDiscord) -> None:
    settings = DiscordSettings(api_base="http://127.0.0.1:9/api/v10")

    ((fine, sentence),) = [found async for found in examine(settings, "token")]

    assert not fine
    assert sentence.startswith("Discord cannot be asked")


def test_the_invitation_asks_for_exactly_what_is_documented() -> None:
    query = parse_qs(urlsplit(invite_url(42)).query)

    assert query["client_id"] == ["42"]
    assert set(query["scope"][0].split()) == {"bot", "applications.commands"}
    assert int(query["permissions"][0]) == NEEDED.value
    text = DOCUMENT.read_text("utf-8")
    assert [name for name in permission_names(NEEDED) if f"| {name} |" not in text] == []
