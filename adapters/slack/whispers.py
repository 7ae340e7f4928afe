"""Words that only one person sees: an error, a hint, a list that was asked for."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.client import Refused, Unsure, ask
from adapters.slack.delivery import open_direct
from adapters.slack.message import Message
from adapters.slack.place import Place
from adapters.slack.workspaces import Workspaces
from core.errors import Undeliverable

log = logging.getLogger(__name__)


class Whispers:
    def __init__(self, workspaces: Workspaces, session: aiohttp.ClientSession) -> None:
        self._workspaces, self._session = workspaces, session

    async def whisper(self, place: Place, message: Message) -> None:
        """By the way that reaches the person; a whisper that no way takes is logged. Never sent twice in doubt."""
        ways = [self._ephemerally, self._by_response_url, self._directly]
        if place.response_url and not place.thread:
            ways = [self._by_response_url, self._ephemerally, self._directly]
        for way in ways:
            try:
                if await way(place, message):
                    return
            except (Refused, Undeliverable) as error:
                log.info("no whisper by %s: %s", way.__name__.strip("_"), error)
            except Unsure as unsure:
                log.warning("a whisper may not have arrived: %s", unsure)
                return
        log.warning("a whisper to %s in %s was not said", place.user, place.channel)

    async def _ephemerally(self, place: Place, message: Message) -> bool:
        if not place.channel or not place.user:
            return False
        client = self._workspaces.one(place.team).client
        where: dict[str, Any] = {"channel": place.channel, "user": place.user}
        if place.thread:
            where["thread_ts"] = place.thread
        await ask(client.chat_postEphemeral(**where, **_content(message)))
        return True

    async def _by_response_url(self, place: Place, message: Message) -> bool:
        if not place.response_url:
            return False
        hook = AsyncWebhookClient(place.response_url, session=self._session, retry_handlers=[])
        body = {"response_type": "ephemeral", "replace_original": False, **_content(message)}
        try:
            answer = await hook.send_dict(body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unsure(str(error)) from error
        if answer.status_code != 200:
            raise Refused(f"status_{answer.status_code}", str(answer.body)[:200])
        return True

    async def _directly(self, place: Place, message: Message) -> bool:
        home = await open_direct(self._workspaces, place)
        client = self._workspaces.one(place.team).client
        await ask(client.chat_postMessage(channel=home.channel, **_content(message)))
        return True


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": [dict(block) for block in message.blocks]}
