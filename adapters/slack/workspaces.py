"""The workspaces that installed the app: for each its client, and who the bot is there."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from slack_bolt.authorization import AuthorizeResult

from adapters.slack.client import PatientClient, Refused, Unsure, ask
from core.errors import ConfigError

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0

_NO_TOKEN = "Slack needs the bot token (xoxb-...) in SLACK_BOT_TOKEN."
_BAD_TOKEN = (
    "Slack refused the bot token ({code}). Copy the Bot User OAuth Token (xoxb-...) from the app's page "
    "OAuth & Permissions into SLACK_BOT_TOKEN; separate the tokens of several workspaces by spaces."
)


@dataclass(frozen=True, slots=True)
class Workspace:
    team: str
    bot_user: str
    bot_id: str
    client: PatientClient

    def authorization(self) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=self.team,
            bot_user_id=self.bot_user,
            bot_id=self.bot_id,
            bot_token=self.client.token,
        )


class Workspaces:
    """Known by team id once `connect` has returned."""

    def __init__(self, by_team: Mapping[str, Workspace]) -> None:
        self._by_team = dict(by_team)

    def get(self, team: str) -> Workspace | None:
        """A token of a whole organisation serves teams that it did not name."""
        if team in self._by_team:
            return self._by_team[team]
        return next(iter(self._by_team.values())) if len(self._by_team) == 1 else None

    def teams(self) -> list[str]:
        return list(self._by_team)

    def first(self) -> Workspace:
        return next(iter(self._by_team.values()))

    def one(self, team: str) -> Workspace:
        """Raises `LookupError` for a team that did not install the app."""
        found = self.get(team)
        if found is None:
            raise LookupError(f"no bot token for workspace {team}")
        return found


def tokens_in(text: str) -> list[str]:
    """The tokens of a setting that may hold several."""
    return [token for token in re.split(r"[\s,]+", text) if token]


async def connect(tokens: str, base_url: str, session: aiohttp.ClientSession) -> Workspaces:
    """Asks Slack who each token is, as long as it takes. Raises `ConfigError` for one that Slack refuses."""
    if not tokens_in(tokens):
        raise ConfigError(_NO_TOKEN)
    found = [await _introduce(PatientClient(t, base_url, session)) for t in tokens_in(tokens)]
    return Workspaces({workspace.team: workspace for workspace in found})


async def _introduce(client: PatientClient) -> Workspace:
    pause = FIRST_PAUSE_S
    while True:
        try:
            me = await ask(client.auth_test())
        except Refused as refused:
            raise ConfigError(_BAD_TOKEN.format(code=refused.code)) from refused
        except Unsure as unsure:
            log.warning("Slack cannot be reached yet (%s); next try in %.0f s", unsure, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            continue
        return Workspace(
            str(me["team_id"]), str(me["user_id"]), str(me.get("bot_id") or ""), client
        )
