"""The line of Socket Mode comes back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from adapters.slack.platform import SlackPlatform
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import Patience
from core.errors import ConfigError
from tests.fakes.chat.slack import FakeSlack
from tests.fakes.chat_desk import ChatDesk

EAGER = Patience(ping_every=0.2, hello_within=0.5, old_socket=0.2, first_pause=0.01)
LIMIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Line:
    slack: FakeSlack
    platform: SlackPlatform
    serving: asyncio.Task[None]


def platform_on(slack: FakeSlack, bot_token: str = "", app_token: str = "") -> SlackPlatform:
    return SlackPlatform(
        SlackSettings(api_base=slack.api_base),
        bot_token or slack.bot_token,
        app_token or slack.app_token,
        patience=EAGER,
    )


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack(retry_delays=(0.0, 0.1, 0.2, 0.4)) as fake:
        yield fake


@pytest.fixture
async def line(slack: FakeSlack, tmp_path: Path) -> AsyncIterator[Line]:
    platform = platform_on(slack)
    serving = asyncio.create_task(platform.serve(ChatDesk(tmp_path)))
    async with asyncio.timeout(LIMIT_S):
        await platform.started.wait()
    yield Line(slack, platform, serving)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def until_back(line: Line, gone: object) -> None:
    """Until there is a line, and this socket is no part of it."""
    await line.slack.until(
        lambda: line.slack.sockets and gone not in line.slack.sockets and line.platform.connected,
        LIMIT_S,
        "a new line",
    )


async def test_it_is_connected_once_slack_said_hello(line: Line) -> None:
    assert line.platform.connected and line.slack.connections_opened == 1


@pytest.mark.parametrize("way", ["drop_socket", "abort_socket", "refresh_socket"])
async def test_it_comes_back_after_every_kind_of_end(line: Line, way: str) -> None:
    for _ in range(2):
        (old,) = line.slack.sockets
        await getattr(line.slack, way)()
        await until_back(line, old)

    assert not line.serving.done()


async def test_a_fresh_socket_stands_before_the_old_one_goes(line: Line) -> None:
    (old,) = line.slack.sockets
    await line.slack.refresh_socket()
    await line.slack.until(lambda: len(line.slack.sockets) == 2, LIMIT_S)

    assert line.platform.connected and old in line.slack.sockets


async def test_it_waits_while_slack_takes_no_sockets(line: Line) -> None:
    (old,) = line.slack.sockets
    line.slack.accept_sockets = False
    await line.slack.abort_socket()
    await line.slack.until(lambda: line.slack.connections_opened >= 3, LIMIT_S)
    assert not line.platform.connected
    line.slack.accept_sockets = True
    await until_back(line, old)


async def test_a_first_connection_that_fails_is_tried_again(
    slack: FakeSlack, tmp_path: Path
) -> None:
    slack.cut(2, "apps.connections.open")
    slack.fail(1, 500, "auth.test")
    platform = platform_on(slack)
    serving = asyncio.create_task(platform.serve(ChatDesk(tmp_path)))
    async with asyncio.timeout(LIMIT_S):
        await platform.started.wait()
    assert platform.connected
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_a_socket_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    """A proxy between swallows everything after the hello, pings too."""
    async with FakeSlack() as slack:
        opened: list[int] = []

        async def silent(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse(autoping=False)
            await socket.prepare(request)
            await socket.send_json({"type": "hello", "num_connections": 1})
            opened.append(1)
            await asyncio.sleep(LIMIT_S)
            return socket

        server = web.Application()
        server.router.add_get("/", silent)
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
        slack.fail(2, 200, "apps.connections.open", {"ok": True, "url": url})
        platform = platform_on(slack)
        serving = asyncio.create_task(platform.serve(ChatDesk(tmp_path)))
        await slack.until(
            lambda: slack.sockets and platform.connected, LIMIT_S, "a line that lives"
        )
        assert len(opened) == 2
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        await runner.cleanup()


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"bot_token": "xoxb-wrong"}, "SLACK_BOT_TOKEN"),
        ({"app_token": "xapp-wrong"}, "SLACK_APP_TOKEN"),
    ],
)
async def test_a_wrong_token_is_told_in_a_sentence(
    slack: FakeSlack, tmp_path: Path, tokens: dict[str, str], words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        await platform_on(slack, **tokens).serve(ChatDesk(tmp_path))


def test_a_platform_without_any_way_in_is_refused() -> None:
    with pytest.raises(ConfigError, match="SLACK_APP_TOKEN"):
        SlackPlatform(SlackSettings(), "xoxb-1")


async def test_a_socket_that_slack_takes_back_at_once_is_not_replaced_at_once(
    slack: FakeSlack, tmp_path: Path
) -> None:
    platform = SlackPlatform(
        SlackSettings(api_base=slack.api_base),
        slack.bot_token,
        slack.app_token,
        patience=Patience(hello_within=60.0, first_pause=3600.0),
    )
    serving = asyncio.create_task(platform.serve(ChatDesk(tmp_path)))
    async with asyncio.timeout(LIMIT_S):
        await platform.started.wait()

    await slack.refresh_socket()
    await slack.settle(0.2)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    assert slack.connections_opened == 1
