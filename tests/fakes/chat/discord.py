"""A Discord of one's own on a loopback port: REST v10, gateway and CDN for the real discord.py.

    async with FakeDiscord() as discord:
        ...point a bot at discord.api_base and discord.gateway_url with discord.token...
        await discord.wait_ready()
        asked = await discord.slash("imagine", {"prompt": "a fox"})
        answer = await discord.wait_reply(asked)
        await discord.click(answer, "Vary")
        assert discord.rec.problems() == []

Every request is recorded in `rec.calls`, applied to the world that people see, and, where Discord's OpenAPI document
is found (see `specs`), compared with it. Modelled from documentation: a green run does not prove that Discord agrees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, Unpack

from aiohttp import web

from .discord_files import Cdn
from .discord_http import DiscordApi
from .discord_messages import Interaction, Message
from .discord_model import Channel, Guild, User
from .discord_people import DiscordPeople
from .discord_world import Rules
from .server import Fault, Json, Match, matcher
from .uploads import Upload

__all__ = ["Channel", "FakeDiscord", "Guild", "Interaction", "Message", "Upload", "User"]

Check = Callable[[Message], Any]


def anything(message: Message) -> bool:
    return True


class FakeDiscord(DiscordPeople):
    def __init__(self, port: int = 0, **rules: Unpack[Rules]) -> None:
        super().__init__(port, rules)
        self._api, self._cdn = DiscordApi(self), Cdn(self)

    async def start(self) -> Self:
        await super().start()
        if self.checks and self.spec is None:
            print("Discord's OpenAPI document is not there: requests are not compared with it.")
        return self

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/gateway/", self.gateway.handle)
        self._cdn.add_routes(app)
        self._api.add_routes(app)

    # -- waiting for the bot --------------------------------------------------------------------------

    async def wait_ready(self, limit_s: float = 20.0) -> None:
        """The bot has identified on the gateway, with all its shards, and got its guilds."""
        await self.until(lambda: len(self.gateway.live) >= self.shards, limit_s, "identify")

    async def wait_commands(self, *names: str, limit_s: float = 20.0) -> list[Json]:
        """The bot has registered at least these application commands; gives all of them."""

        def check() -> list[Json]:
            known = [command for scope in self.commands.values() for command in scope]
            return known if set(names) <= {command["name"] for command in known} else []

        return await self.until(check, limit_s, f"commands {names or ''}")

    async def wait_ack(self, interaction: Interaction, limit_s: float | None = None) -> Interaction:
        """The bot has answered the interaction callback in time."""
        limit_s = limit_s or self.ack_deadline + 0.5
        await self.until(lambda: interaction.acked_at, limit_s, "interaction callback")
        return interaction

    async def wait_reply(
        self, interaction: Interaction, check: Check = anything, limit_s: float = 15.0
    ) -> Message:
        """An answer or follow-up that is not "thinking..." any more and passes the check."""

        def find() -> list[Message]:
            found = [m for m in interaction.all_messages() if not m.loading and not m.deleted]
            return [m for m in found if check(m)]

        return (await self.until(find, limit_s, "interaction reply"))[0]

    async def wait_message(
        self,
        check: Check = anything,
        channel: Channel | None = None,
        limit_s: float = 15.0,
        after: Message | None = None,
    ) -> Message:
        """A message by the bot, in one channel or anywhere, that passes the check."""
        since = int(after.id) if after is not None else 0

        def find() -> list[Message]:
            places = [channel] if channel else list(self.all_channels().values())
            found = [m for place in places for m in self.messages(place, by_bot=True)]
            return [m for m in found if not m.loading and int(m.id) > since and check(m)]

        return (await self.until(find, limit_s, "bot message"))[0]

    async def wait_thread(self, parent: Channel | None = None, limit_s: float = 15.0) -> Channel:
        """The latest thread, once there is one."""
        return (await self.until(lambda: self.threads(parent), limit_s, "thread"))[-1]

    # -- faults ---------------------------------------------------------------------------------------

    def rate_limit(
        self, n: int = 1, retry_after: float = 0.4, match: Match = None, scope: str = "user"
    ) -> None:
        """Answers the next n matching requests with 429; scope: user, shared or global.

        Scope "cloudflare" is a ban on the way to Discord, without a `Via` header: discord.py raises at once.
        """
        headers = {"Retry-After": str(max(1, round(retry_after))), "X-RateLimit-Scope": scope}
        if scope == "global":
            headers["X-RateLimit-Global"] = "true"
        if scope == "cloudflare":
            headers["Via"] = ""
        body = {
            "message": "You are being rate limited.",
            "retry_after": retry_after,
            "global": scope == "global",
        }
        self.faults.append(Fault(n, matcher(match), status=429, body=body, headers=headers))

    async def drop_gateway(self, code: int = 4000, resumable: bool = True) -> None:
        """As `Gateway.drop`."""
        await self.gateway.drop(code, resumable)

    async def reconnect_gateway(self) -> None:
        """As `Gateway.ask_reconnect`."""
        await self.gateway.ask_reconnect()

    async def invalid_session(self, resumable: bool = False) -> None:
        """As `Gateway.invalidate`."""
        await self.gateway.invalidate(resumable)
