"""A loopback Discord that also lists the servers a bot is in, with what it may do there."""

from __future__ import annotations

import json

from aiohttp import web

from tests.fakes.chat.discord import FakeDiscord


class DiscordWithServers(FakeDiscord):
    """`GET /users/@me/guilds`: https://docs.discord.com/developers/resources/user#get-current-user-guilds"""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/api/v10/users/@me/guilds", self._list_servers)
        super().add_routes(app)

    async def _list_servers(self, request: web.Request) -> web.Response:
        servers = [
            {
                "id": guild.id,
                "name": guild.name,
                "icon": None,
                "banner": None,
                "owner": False,
                "permissions": str(guild.bot_permissions),
                "features": [],
            }
            for guild in self.guilds.values()
        ]
        # exactly this content type: discord.py takes any other for text
        headers = {"Content-Type": "application/json"}
        return web.Response(body=json.dumps(servers).encode(), headers=headers)
