"""Slack as a `Platform`: Socket Mode when there is an app token, else signed HTTP requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import assistant
from adapters.slack.app import build_app, register
from adapters.slack.catchup import Catchup
from adapters.slack.channels import KnownChannels
from adapters.slack.client import CALL_TIMEOUT_S, SLACK_API, PatientClient
from adapters.slack.context import Context, Parts
from adapters.slack.delivery import Courier
from adapters.slack.doors import Doors
from adapters.slack.downloads import Downloads
from adapters.slack.errands import Errands
from adapters.slack.inlet import RequestLine
from adapters.slack.people import People
from adapters.slack.place import PLATFORM, Place, place_of_origin
from adapters.slack.posts import Posts
from adapters.slack.progress import Board, Pace
from adapters.slack.reception import Reception
from adapters.slack.settings import SlackSettings
from adapters.slack.signs import Signs
from adapters.slack.sockets import Patience, SocketLine
from adapters.slack.uploads import Uploads
from adapters.slack.whispers import Whispers
from adapters.slack.workspaces import Workspaces, connect
from core.errors import ConfigError, Undeliverable
from core.ports import Desk
from core.types import Answer, Progress, TurnState

_NO_WAY_IN = "Slack needs a way in: set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP requests."


@dataclass(frozen=True, slots=True)
class _Office:
    """The parts of a platform that is connected."""

    desk: Desk
    workspaces: Workspaces
    board: Board
    courier: Courier
    signs: Signs
    doors: Doors
    errands: Errands
    line: SocketLine | RequestLine


class SlackPlatform:
    """`started` is set once the line stands; in HTTP mode `url` is then the address for Slack's requests."""

    def __init__(
        self,
        settings: SlackSettings,
        bot_token: str,
        app_token: str = "",
        signing_secret: str = "",
        pace: Pace | None = None,
        patience: Patience | None = None,
    ) -> None:
        """`bot_token` may hold the tokens of several workspaces. Raises `ConfigError`."""
        if not (app_token or signing_secret):
            raise ConfigError(_NO_WAY_IN)
        self._settings, self._bot_token = settings, bot_token
        self._app_token, self._secret = app_token, signing_secret
        self._pace, self._patience = pace or Pace(), patience or Patience()
        self._office: _Office | None = None
        self._ready = asyncio.Event()
        self.started = asyncio.Event()

    @property
    def name(self) -> str:
        return PLATFORM

    @property
    def connected(self) -> bool:
        return self._office is not None and self._office.line.connected

    @property
    def url(self) -> str:
        line = self._office.line if self._office else None
        return line.url if isinstance(line, RequestLine) else ""

    async def serve(self, desk: Desk) -> None:
        """Runs until cancelled. Raises `ConfigError` for tokens that Slack refuses."""
        timeout = aiohttp.ClientTimeout(total=CALL_TIMEOUT_S)
        errands = Errands()
        async with aiohttp.ClientSession(timeout=timeout) as session:
            workspaces = await connect(self._bot_token, self._settings.api_base, session)
            self._office = self._open(desk, workspaces, session, errands)
            self._ready.set()
            try:
                await self._office.line.run()
            finally:
                self.started.clear()
                self._ready.clear()
                self._office = None
                await errands.close()

    async def show(self, progress: Progress) -> None:
        if self._office is not None:
            self._office.board.show(progress)

    async def deliver(self, answer: Answer) -> str:
        """Raises `Undeliverable` when no way leads to the person."""
        await self._ready.wait()
        office = self._office
        assert office is not None
        try:
            shown = await office.courier.deliver(answer)
        except LookupError as error:
            raise Undeliverable(str(error)) from error
        self._afterwards(office, answer)
        return shown

    def _afterwards(self, office: _Office, answer: Answer) -> None:
        place = place_of_origin(answer.turn.origin, answer.thread)
        office.signs.ended(place, answer.turn.state is TurnState.DONE)
        office.doors.changed(answer.turn.user)
        if place.is_direct:
            office.errands.start(_suggest(office.signs, office.desk, place, answer))

    def _open(
        self, desk: Desk, workspaces: Workspaces, session: aiohttp.ClientSession, errands: Errands
    ) -> _Office:
        base = self._settings.api_base or SLACK_API
        people, posts = People(workspaces), Posts(desk, workspaces)
        uploads, signs = Uploads(desk, workspaces, session), Signs(workspaces, errands)
        board = Board(desk, workspaces, posts, signs, errands, self._pace)
        courier = Courier(desk, workspaces, posts, uploads, board)
        downloads = Downloads(workspaces, session, self._settings.api_base)
        whispers = Whispers(workspaces, session)
        context = Context(
            desk,
            Parts(workspaces, people, posts, uploads, downloads, board, courier, whispers, errands),
        )
        channels = KnownChannels(desk)
        reception = Reception(context, workspaces, people, signs, channels)
        catchup = Catchup(desk, workspaces, channels, reception)
        app = build_app(
            workspaces, AsyncWebClient(base_url=base, session=session, retry_handlers=[])
        )
        opened = register(app, context, reception)
        board.watch(opened.changed)
        line = self._line(app, session, errands, catchup)
        errands.start(catchup.run(lambda: line.connected), "catch up")
        return _Office(desk, workspaces, board, courier, signs, opened, errands, line)

    def _line(
        self, app: AsyncApp, session: aiohttp.ClientSession, errands: Errands, catchup: Catchup
    ) -> SocketLine | RequestLine:
        def look_back() -> None:
            self.started.set()
            catchup.look_back()

        settings = self._settings
        if not self._app_token:
            return RequestLine(app, self._secret, settings.host, settings.port, look_back)
        client = PatientClient(self._app_token, settings.api_base, session)
        return SocketLine(app, client, session, errands, look_back, self._patience)


async def _suggest(signs: Signs, desk: Desk, place: Place, answer: Answer) -> None:
    """What to say next; and a name for a thread of the agent view after its first answer."""
    await signs.prompts(place, assistant.suggested_prompts(answer))
    view = await desk.view(answer.thread) if place.thread else None
    if view is not None and len(view.turns) == 1:
        await signs.title(place, view.conversation.title)
