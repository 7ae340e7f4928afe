"""[discord]: how the bot connects. The token comes from the environment (DISCORD_TOKEN)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiscordSettings:
    message_content: bool = (
        True  # the privileged intent: off, people mention the bot or reply to it
    )
    api_base: str = ""  # for a proxy: the REST address instead of https://discord.com/api/v10
    gateway_url: str = ""  # for a proxy: the gateway's address instead of wss://gateway.discord.gg
