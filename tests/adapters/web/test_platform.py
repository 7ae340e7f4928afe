from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession

from adapters.web.platform import WebPlatform
from adapters.web.settings import WebSettings
from core.errors import ConfigError
from tests.fakes.desk import FakeDesk
from tests.fakes.visit import Visit


def test_a_page_that_others_can_reach_does_not_start_without_a_token() -> None:
    with pytest.raises(ConfigError, match="EASEL_WEB_TOKEN"):
        WebPlatform(WebSettings(host="0.0.0.0"))


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}"):
            await WebPlatform(WebSettings(port=port)).serve(FakeDesk(tmp_path))


async def test_health_follows_what_the_bot_says(tmp_path: Path) -> None:
    state = {"ready": False}
    platform = WebPlatform(WebSettings(port=0), health=lambda: state)
    serving = asyncio.create_task(platform.serve(FakeDesk(tmp_path)))
    await platform.started.wait()

    async with ClientSession(platform.url) as http:
        before = (await http.get("/healthz")).status
        state["ready"] = True
        after = (await http.get("/healthz")).status
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)

    assert (before, after) == (503, 200)


async def test_stopping_lets_listening_pages_go(tmp_path: Path, visit: Visit) -> None:
    platform = WebPlatform(WebSettings(port=0))
    serving = asyncio.create_task(platform.serve(FakeDesk(tmp_path)))
    await platform.started.wait()

    async with ClientSession(platform.url, headers={"Origin": platform.url}) as http:
        page = await http.ws_connect(f"/api/conversations/{visit.conversation}/events")
        serving.cancel()
        await page.receive(timeout=5)
        await asyncio.gather(serving, return_exceptions=True)

    assert page.close_code == 1001
    assert not platform.started.is_set()
