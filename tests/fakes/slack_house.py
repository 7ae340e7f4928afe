"""The whole of Easel on a loopback Slack, in this process: the real Bolt and Web API client, an instant painter."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from adapters.slack.platform import SlackPlatform
from adapters.slack.progress import Pace
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import Patience
from bot.app import Easel
from core.llm.settings import LlmSettings
from tests.fakes.chat.slack import FakeSlack, Message
from tests.fakes.house import INSTANT, House

QUICK = Pace(0.3, edit_every_s=0.05, wait_every_s=0.05, gap_s=0.0, stream_every_s=0.02)
EAGER = Patience(ping_every=2.0, hello_within=2.0, old_socket=1.0, first_pause=0.05)
LIMIT_S = 30.0
SOCKET, HTTP = "socket", "http"
OVER = {"white_check_mark", "x"}


class SlackHouse:
    """A workspace with an Easel that can be opened as often as wished."""

    def __init__(
        self,
        slack: FakeSlack,
        folder: Path,
        mode: str = SOCKET,
        *,
        llm: LlmSettings | None = None,
        pace: Pace = QUICK,
        bot_tokens: str = "",
    ) -> None:
        self.slack, self.mode = slack, mode
        self._house = House(folder, painter=INSTANT, llm=llm)
        self._pace, self._tokens = pace, bot_tokens or slack.bot_token
        self.platform = self._platform()
        self.easel: Easel | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Easel]:
        """Easel connected to Slack; closed cleanly at the end."""
        platform = self.platform = self._platform()
        async with self._house.open(platform) as easel:
            self.easel = easel
            async with asyncio.timeout(LIMIT_S):
                await platform.started.wait()
            if self.mode == HTTP:
                self.slack.request_url = platform.url
            yield easel

    def _platform(self) -> SlackPlatform:
        slack = self.slack
        return SlackPlatform(
            SlackSettings(port=0, api_base=slack.api_base),
            self._tokens,
            slack.app_token if self.mode == SOCKET else "",
            slack.signing_secret,
            self._pace,
            EAGER,
        )

    async def answer(self, asked: Message) -> Message:
        """The answer to a message, once its turn is over: the first one of the bot after it, in its thread."""
        return (await self.answers(asked))[0]

    async def answers(self, asked: Message) -> list[Message]:
        def over() -> list[Message]:
            marks = set(asked.reactions)
            return self._after(asked) if OVER & marks and "eyes" not in marks else []

        found: list[Message] = await self.slack.until(over, LIMIT_S, f"answer to {asked.text!r}")
        return found

    def _after(self, asked: Message) -> list[Message]:
        root = asked.thread_ts or asked.ts
        at_top = asked.channel.kind == "im" and not asked.thread_ts
        found = self.slack.messages(asked.channel, by_bot=True)
        here = [m for m in found if (not m.thread_ts if at_top else m.thread_ts == root)]
        return [m for m in here if m.ts > asked.ts and m.ephemeral_to is None]


def pictures_in(message: Message) -> list[str]:
    """The Slack files that a message shows."""
    return [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"]


def captions_in(message: Message) -> list[str]:
    """The alt texts of the pictures that a message shows."""
    return [block["alt_text"] for block in message.blocks if block["type"] == "image"]


def words_of(message: Message) -> str:
    """All that can be read in a message."""
    texts = [message.text]
    for block in message.blocks:
        for item in (block, *(block.get("elements") or [])):
            text = item.get("text")
            texts.append(text if isinstance(text, str) else (text or {}).get("text", ""))
    return " ".join(text for text in texts if text)


def png(colour: str = "orange") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    return file.getvalue()
