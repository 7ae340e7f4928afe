"""A Slack's state: its workspaces, who and what is in them, and the rules a test chooses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, NotRequired, TypedDict

from .server import FakeServer, Json
from .slack_conformity import SlackSpec, slack_spec
from .slack_messages import Delivery, File, Message, View
from .slack_model import Channel, SlackError, Team, User, new_id

ALL_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "team:read",
        "users:read",
    }
)
# subscription -> the scope without which Slack does not send it
EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "app_home_opened": "",
    "app_context_changed": "",
    "assistant_thread_started": "assistant:write",
    "assistant_thread_context_changed": "assistant:write",
    "member_joined_channel": "channels:read",
}
ALL_EVENTS = frozenset(EVENT_SCOPES)


class Rules(TypedDict):
    """What a test may choose; the comments name what happens when it does not."""

    bot_token: NotRequired[str]
    app_token: NotRequired[str]
    signing_secret: NotRequired[str]
    strict: NotRequired[bool]  # True: refuse what breaks the schema
    check: NotRequired[bool]  # True: compare with Slack's types where they are found
    request_url: NotRequired[str]  # set: signed HTTP; not set: Socket Mode
    events: NotRequired[set[str]]  # the app's subscriptions; all
    scopes: NotRequired[set[str]]  # granted; all
    ack_deadline: NotRequired[float]  # 3.0 s
    retry_delays: NotRequired[tuple[float, ...]]  # Slack's: at once, 60 s, 300 s
    share_delay: NotRequired[float]  # 0.15 s until an uploaded file is seen in its channel
    realistic_limits: NotRequired[bool]  # False: chat.postMessage as often as wished


class SlackWorkspace(FakeServer):
    def __init__(self, port: int, rules: Rules) -> None:
        super().__init__(port)
        self.app_token = rules.get("app_token", "xapp-1-A0FAKE001-fake")
        self.signing_secret = rules.get("signing_secret", "fake-signing-secret")
        self.strict = rules.get("strict", True)
        self.checks = rules.get("check", True)
        self.spec: SlackSpec | None = slack_spec() if self.checks else None
        self.request_url = rules.get("request_url", "")
        self.subscriptions = set(rules.get("events", ALL_EVENTS))
        self.scopes = set(rules.get("scopes", ALL_SCOPES))
        self.ack_deadline = rules.get("ack_deadline", 3.0)
        self.retry_delays = rules.get("retry_delays", (0.0, 60.0, 300.0))
        self.share_delay = rules.get("share_delay", 0.15)
        self.realistic_limits = rules.get("realistic_limits", False)
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.uploads: dict[str, File] = {}  # by the key of their upload URL
        self.views: dict[str, View] = {}
        self.home: dict[str, View] = {}  # by user
        self.deliveries: list[Delivery] = []
        self.triggers: dict[str, tuple[float, User, View | None]] = {}
        self.response_urls: dict[str, tuple[Delivery, float, int]] = {}
        self.status: dict[tuple[str, str], str] = {}  # by channel and thread ("" without one)
        self.prompts: dict[tuple[str, str], list[Json]] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.unready_files = 0
        self._tasks: set[asyncio.Task[None]] = set()
        ids = ("T0FAKE001", "Fake", rules.get("bot_token", "xoxb-fake-bot"))
        self.team = self._install(Team(*ids, "U0BOT0001", "B0FAKE001"))
        self.bot = self.users[self.team.bot_user]
        self.bot_token = self.team.bot_token
        self.channel = self.add_channel("general")
        self.user = self.add_user("alice")

    @property
    def api_base(self) -> str:
        return f"{self.url}/api/"

    # -- who and what is there ------------------------------------------------------------------------

    def add_team(self, name: str) -> Team:
        """Another workspace that installed the app, with a bot token of its own."""
        token = f"xoxb-fake-{name.lower()}"
        return self._install(Team(new_id("T"), name, token, new_id("U"), new_id("B")))

    def _install(self, team: Team) -> Team:
        self.teams[team.id] = team
        self.users[team.bot_user] = User(team.bot_user, "testbot", team, is_bot=True)
        return team

    def add_user(self, name: str, team: Team | None = None, admin: bool = False) -> User:
        user = User(new_id("U"), name, team or self.team, is_admin=admin)
        self.users[user.id] = user
        for channel in self.channels.values():
            if channel.kind == "channel" and channel.team is user.team:
                channel.members.add(user.id)
        return user

    def add_channel(
        self, name: str, private: bool = False, bot_member: bool = True, team: Team | None = None
    ) -> Channel:
        team = team or self.team
        members = {user.id for user in self.users.values() if user.team is team}
        if not bot_member:
            members.discard(team.bot_user)
        channel = Channel(new_id("G" if private else "C"), name, team, members=members)
        channel.kind = "group" if private else "channel"
        self.channels[channel.id] = channel
        return channel

    def im(self, user: User | None = None) -> Channel:
        """The person's direct messages with the app."""
        user = user or self.user
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        channel = Channel(new_id("D"), "", user.team, "im", {user.id, user.team.bot_user})
        self.channels[channel.id] = channel
        return channel

    def messages(self, channel: Channel | None = None, by_bot: bool = False) -> list[Message]:
        """What is to be seen in a channel, threads included, oldest first."""
        channel = channel or self.channel
        found = [message for message in channel.messages.values() if not message.deleted]
        return [m for m in found if not by_bot or m.get("user") == channel.team.bot_user]

    def replies(self, parent: Message) -> list[Message]:
        """The later messages of a thread."""
        found = self.messages(parent.channel)
        return [m for m in found if m.thread_ts == parent.ts and m.ts != parent.ts]

    # -- what calls name ------------------------------------------------------------------------------

    def team_of_token(self, token: str) -> Team:
        for team in self.teams.values():
            if team.bot_token == token:
                return team
        raise SlackError("invalid_auth")

    def place(self, team: Team, wanted: Any, member: bool = True) -> Channel:
        """The channel an argument means. Raises `SlackError`."""
        user = self.users.get(str(wanted or ""))
        if user is not None and user.team is team:
            return self.im(user)
        for channel in self.channels.values():
            named = channel.name and f"#{channel.name}" == wanted
            if channel.team is team and (channel.id == wanted or named):
                break
        else:
            raise SlackError("channel_not_found")
        if member and channel.archived:
            raise SlackError("is_archived")
        if member and not channel.has_bot:
            raise SlackError("not_in_channel")
        return channel

    def message(self, team: Team, channel: Any, ts: Any) -> Message:
        """Raises `SlackError`."""
        found = self.place(team, channel).messages.get(str(ts))
        if found is None or found.deleted or found.ephemeral_to:
            raise SlackError("message_not_found")
        return found

    # -- work of its own ------------------------------------------------------------------------------

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs beside the current answer, and ends with the server."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().stop()

    def trigger(self, user: User, view: View | None = None) -> str:
        """A trigger_id: good once, for three seconds."""
        trigger = f"{int(time.time())}.{new_id('t')}"
        self.triggers[trigger] = (time.monotonic(), user, view)
        return trigger

    def take_trigger(self, trigger: Any) -> tuple[User, View | None]:
        """Raises `SlackError`."""
        if trigger not in self.triggers:
            raise SlackError("invalid_trigger_id")
        born, user, view = self.triggers[trigger]
        if born < 0:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - born > 3.0:
            raise SlackError("expired_trigger_id")
        self.triggers[trigger] = (-1.0, user, view)
        return user, view

    def open_view(self, body: Json, user: User, stack: list[View]) -> View:
        view = View(new_id("V"), body, user, stack)
        view.show(body)
        stack.append(view)
        self.views[view.id] = view
        self.rec.notify()
        return view
