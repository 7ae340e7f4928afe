"""Bare bots that repeat what they hear, to compare Easel with: discord.py and slack-bolt and nothing else.

python -m bench.echo discord API_BASE GATEWAY_URL      (token in DISCORD_TOKEN)
python -m bench.echo slack API_BASE                    (tokens in SLACK_BOT_TOKEN and SLACK_APP_TOKEN)
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any

COMMAND = "imagine"


def discord_echo(api_base: str, gateway_url: str) -> None:
    import discord
    import yarl
    from discord import app_commands

    discord.http.Route.BASE = api_base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway_url)
    intents = discord.Intents.default()
    intents.message_content = True
    client = discord.Client(intents=intents)
    tree = app_commands.CommandTree(client)

    @tree.command(name=COMMAND, description="Repeats")
    async def imagine(interaction: discord.Interaction, prompt: str) -> None:
        await interaction.response.send_message(prompt)

    async def start() -> None:
        await tree.sync()

    async def repeat(message: discord.Message) -> None:
        if message.author != client.user:
            await message.channel.send(message.content)

    client.setup_hook = start  # type: ignore[method-assign]
    client.event(_named("on_message", repeat))
    client.run(os.environ["DISCORD_TOKEN"], log_handler=None)


def _named(name: str, listener: Any) -> Any:
    """discord.py finds a listener by its name."""
    listener.__name__ = name
    return listener


async def slack_echo(api_base: str) -> None:
    from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

    logging.disable(logging.WARNING)  # bolt speaks of every event it has no use for
    app = AsyncApp(client=AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=api_base))

    async def repeat(event: dict[str, Any], say: Any) -> None:
        if "bot_id" not in event and "subtype" not in event:
            await say(event["text"], thread_ts=event.get("thread_ts", event["ts"]))

    async def imagine(ack: Any, command: dict[str, Any]) -> None:
        await ack({"text": command["text"], "response_type": "in_channel"})

    async def heard_as_message(event: dict[str, Any]) -> None:
        """A mention comes as a message too."""

    app.event("message")(repeat)
    app.event("app_mention")(heard_as_message)
    app.command(f"/{COMMAND}")(imagine)
    await AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"]).start_async()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    if sys.argv[1] == "discord":
        discord_echo(sys.argv[2], sys.argv[3])
    else:
        asyncio.run(slack_echo(sys.argv[2]))
