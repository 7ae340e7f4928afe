"""Everything but talking, wired to slack-bolt: commands, shortcuts, buttons, dialogs, App Home and agent view."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncApp

from adapters.slack.actions import Actions
from adapters.slack.assistant import prompts
from adapters.slack.client import Refused, Unsure, ask
from adapters.slack.commands import Commands
from adapters.slack.dialogs import Dialogs
from adapters.slack.home import Home
from adapters.slack.knobs import ACTION_ID
from adapters.slack.place import PLATFORM, team_of
from adapters.slack.shortcuts import Shortcut, Shortcuts
from core.types import ThreadRef, UserRef

if TYPE_CHECKING:
    from adapters.slack.context import Context

log = logging.getLogger(__name__)


class Doors:
    """Where people come in without a message."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.home = Home(context)
        self.actions = Actions(context, self.home)
        self.dialogs = Dialogs(context, self.home)
        self.shortcuts = Shortcuts(context, self.dialogs)
        self.commands = Commands(context, self.home)

    def changed(self, user: UserRef) -> None:
        """Something that this person's Home shows is different now. Returns at once."""
        self.home.changed(user)

    async def home_opened(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """The Home tab gets its view, the Messages tab its suggestions."""
        team = team_of(body)
        if event.get("tab") == "home":
            self.home.opened(await self._context.user(team, str(event["user"])))
        elif event.get("channel"):
            self._context.start(self._suggest(team, str(event["channel"]), ""))

    async def thread_started(self, body: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Where the app still has Slack's older assistant view."""
        thread = event.get("assistant_thread") or {}
        channel, ts = str(thread.get("channel_id", "")), str(thread.get("thread_ts", ""))
        self._context.start(self._suggest(team_of(body), channel, ts))

    async def _suggest(self, team: str, channel: str, thread: str) -> None:
        view = await self._context.desk.view(ThreadRef(PLATFORM, team, channel, thread))
        has_picture = view is not None and view.conversation.current_id is not None
        client = self._context.client(team)
        try:
            await ask(
                client.assistant_threads_setSuggestedPrompts(
                    channel_id=channel, thread_ts=thread or None, prompts=prompts(has_picture)
                )
            )
        except (Refused, Unsure) as error:
            log.info("no suggestions in %s: %s", channel, error)


def register(app: AsyncApp, context: Context) -> Doors:
    """Listens to everything that is not a message or a reaction."""
    doors = Doors(context)
    app.command("/imagine")(doors.commands.imagine)
    app.command("/easel")(doors.commands.easel)
    app.action(ACTION_ID)(doors.actions.pressed)
    app.view(ACTION_ID)(doors.dialogs.sent)
    app.global_shortcut(Shortcut.CREATE)(doors.shortcuts.create)
    app.message_shortcut(ACTION_ID)(doors.shortcuts.on_message)
    app.event("app_home_opened")(doors.home_opened)
    app.event("assistant_thread_started")(doors.thread_started)
    app.event("assistant_thread_context_changed")(_nothing)
    return doors


async def _nothing() -> None:
    """What the agent view shows beside the conversation does not matter to it."""
