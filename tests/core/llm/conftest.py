from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.llm_reader import Opener
from tests.fakes.llm_server import LlmServer


@pytest.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer() as server:
        yield server


@pytest.fixture
async def open_chat(server: LlmServer) -> AsyncIterator[Opener]:
    opener = Opener(server)
    yield opener
    for chat in opener.opened:
        await chat.close()
