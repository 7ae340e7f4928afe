"""Small signs on what a person wrote: eyes when it is seen, a tick or a cross at the end, a status while it works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.client import Refused, Unsure, ask
from adapters.slack.errands import Errands
from adapters.slack.place import Place
from adapters.slack.workspaces import Workspaces

log = logging.getLogger(__name__)

SEEN, DONE, FAILED = "eyes", "white_check_mark", "x"


class Signs:
    """Signs may fail: they say nothing that the answer does not say."""

    def __init__(self, workspaces: Workspaces, errands: Errands) -> None:
        self._workspaces, self._errands = workspaces, errands
        self._seen: dict[tuple[str, str], asyncio.Task[None]] = {}

    def seen(self, place: Place) -> None:
        if place.message:
            key = (place.channel, place.message)
            self._seen[key] = self._errands.start(self._add(place, SEEN), "seen")
            self._seen[key].add_done_callback(lambda _: self._seen.pop(key, None))

    def ended(self, place: Place, well: bool) -> None:
        if place.message:
            self._errands.start(self._end(place, DONE if well else FAILED), "ended")

    async def status(self, place: Place, text: str) -> bool:
        """True: it is shown. Slack lets it vanish after two minutes; "" takes it away."""
        client = self._workspaces.one(place.team).client
        thread = place.thread or place.message
        return await _tried(
            lambda: client.assistant_threads_setStatus(
                channel_id=place.channel, thread_ts=thread, status=text
            )
        )

    async def title(self, place: Place, text: str) -> None:
        client = self._workspaces.one(place.team).client
        await _tried(
            lambda: client.assistant_threads_setTitle(
                channel_id=place.channel, thread_ts=place.thread, title=text
            )
        )

    async def prompts(self, place: Place, prompts: list[dict[str, str]]) -> None:
        client = self._workspaces.one(place.team).client
        await _tried(
            lambda: client.assistant_threads_setSuggestedPrompts(
                channel_id=place.channel, thread_ts=place.thread or None, prompts=prompts
            )
        )

    async def _end(self, place: Place, name: str) -> None:
        if seeing := self._seen.get((place.channel, place.message)):
            await asyncio.wait([seeing])  # else the eyes could come after the tick
        client = self._workspaces.one(place.team).client
        await _tried(
            lambda: client.reactions_remove(
                channel=place.channel, timestamp=place.message, name=SEEN
            )
        )
        await self._add(place, name)

    async def _add(self, place: Place, name: str) -> None:
        client = self._workspaces.one(place.team).client
        await _tried(
            lambda: client.reactions_add(channel=place.channel, timestamp=place.message, name=name)
        )


async def _tried(call: Callable[[], Awaitable[AsyncSlackResponse]]) -> bool:
    try:
        await ask(call())
    except (Refused, Unsure) as error:
        log.debug("a sign is not shown: %s", error)
        return False
    return True
