"""Discord as a `Platform`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import discord
import yarl

from adapters.discord.client import EaselClient, Surroundings
from adapters.discord.errands import Errands
from adapters.discord.places import Outgoing
from adapters.discord.progress import PACE_S, Board
from adapters.discord.settings import DiscordSettings
from adapters.discord.supervisor import LOGIN_WAIT_S, Supervisor
from core.errors import ConfigError
from core.ports import Desk
from core.types import Answer, Progress, ThreadRef, Turn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Open:
    board: Board
    line: Supervisor[EaselClient]


class DiscordPlatform:
    """Talks on Discord as one bot, over as many shards as Discord wants."""

    def __init__(self, settings: DiscordSettings, token: str, pace_s: float = PACE_S) -> None:
        """`pace_s` is the least time between two edits of a progress card. Raises `ConfigError`."""
        if not token.strip():
            raise ConfigError("DISCORD_TOKEN is empty.")
        self._settings, self._token, self._pace_s = settings, token.strip(), pace_s
        self._open: _Open | None = None
        self._serving = asyncio.Event()

    @property
    def name(self) -> str:
        return "discord"

    @property
    def connected(self) -> bool:
        return self._open is not None and self._open.line.connected

    async def serve(self, desk: Desk) -> None:
        """Runs until cancelled. Raises `ConfigError` for a bad token or refused intents."""
        point_at(self._settings)
        errands, board = Errands(), Board(desk, self._draw, self._pace_s)
        around = Surroundings(desk, self._settings, board, errands)

        def make(reads_messages: bool) -> EaselClient:
            return EaselClient(around, reads_messages, line.logged_in)

        line = Supervisor(make, self._token, self._settings.message_content)
        self._open = _Open(board, line)
        self._serving.set()
        try:
            await line.run()
        finally:
            self._serving.clear()
            self._open = None
            await errands.close()
            await board.close()

    async def show(self, progress: Progress) -> None:
        if self._open:
            self._open.board.show(progress)

    async def deliver(self, answer: Answer) -> str:
        """The id of the answer's first message. Raises `Undeliverable`; other errors: try again later."""
        at = await self._opened()
        client = await at.line.client()
        await at.board.finish(answer.turn.id)
        return await client.delivery.deliver(answer)

    async def _draw(self, turn: Turn, thread: ThreadRef, outgoing: Outgoing) -> None:
        client = await (await self._opened()).line.client()
        await client.delivery.draw(turn, thread, outgoing)

    async def _opened(self) -> _Open:
        async with asyncio.timeout(LOGIN_WAIT_S):
            await self._serving.wait()
        assert self._open is not None, "set before the event"
        return self._open


def point_at(settings: DiscordSettings) -> None:
    """Sends discord.py to a proxy; it knows its addresses only as class attributes."""
    if settings.api_base:
        discord.http.Route.BASE = settings.api_base.rstrip("/")
    if settings.gateway_url:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
