"""The Bolt app: every event, press and command of Slack finds its listener here. Listeners acknowledge first."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import doors
from adapters.slack.context import Context
from adapters.slack.reception import Reception
from adapters.slack.workspaces import Workspaces

KEPT_WITHIN_S = 1.5  # Slack waits three seconds for an acknowledgement

_ANY = re.compile(".*", re.DOTALL)


def build_app(workspaces: Workspaces, client: AsyncWebClient) -> AsyncApp:
    """An app without listeners. Signatures are checked before it, and tokens are known already."""

    async def authorize(team_id: str | None) -> Any:
        home = workspaces.get(team_id or "")
        return home.authorization() if home else None

    bolt = logging.getLogger("slack_bolt.easel")
    bolt.setLevel(
        logging.ERROR
    )  # it warns of the token in the environment, which we give it another way
    return AsyncApp(
        name="easel",
        logger=bolt,
        client=client,
        authorize=authorize,
        request_verification_enabled=False,
    )


def register(app: AsyncApp, context: Context, reception: Reception) -> doors.Doors:
    """The doors' own listeners first; what none of them takes is an event for the reception, or old."""
    opened = doors.register(app, context)

    async def keep_first(body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> None:
        """What is said is on disk before Slack hears that it came, if that is soon: if we die, Slack says it again."""
        if "event" in body:
            keeping = context.start(reception.take(body))
            await asyncio.wait([keeping], timeout=KEPT_WITHIN_S)
        await next()

    async def on_event() -> None:
        pass  # kept already; without a listener Bolt would not acknowledge it

    app.middleware(keep_first)

    async def on_anything_else(ack: AsyncAck) -> None:
        await ack()

    app.event(_ANY)(on_event)
    for listen in (app.action, app.command, app.shortcut, app.view, app.options):
        listen(_ANY)(on_anything_else)
    return opened
