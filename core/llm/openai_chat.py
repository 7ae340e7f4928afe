"""A language model behind any OpenAI-compatible server: streaming, tools or tags, pictures, deadlines, retries.

The official client does the HTTP; the patience is ours, because its own is half an hour. One deadline covers all
attempts of a request. Only what failed before the first word is tried again: what a person has seen stays said.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError, LlmUnavailable
from core.llm.circuit import Circuit
from core.llm.deltas import Gatherer, delta_of
from core.llm.dialect import Body, Dialect, body_of, dialect_of, plainer
from core.llm.failure import Failed, Failure, broken_off, endless, incomplete
from core.llm.patience import Patience, now
from core.llm.settings import LlmSettings
from core.ports import ChatChunk, ChatRequest, ModelInfo

if TYPE_CHECKING:
    from core.llm.openai_client import Wire

MAX_CHARACTERS = 65_536  # of one answer; a model that goes on longer has lost its way
CLOSED = "I am shutting down; please ask again when I am back."
PAUSE_S = 0.5  # longest pause before the first retry; doubles with each
LONGEST_PAUSE_S = 8.0

log = logging.getLogger(__name__)


class OpenAIChat:
    """A `ChatModel`. `tools` are OpenAI function schemas, sent with `Task.CHAT` when the model takes them.

    With `tools` or `vision` = "auto", both are on at api.openai.com and for models known to have them
    (`core/llm/dialect.py`), otherwise off. A server that refuses tools, pictures, a temperature or the name of the
    token limit is asked once more without, and when that works it is remembered: `info` then says so.

    Use `contextlib.aclosing` around `stream` when not reading it to its end: that closes the connection at once.
    """

    def __init__(
        self,
        settings: LlmSettings,
        api_key: str,
        tools: Sequence[Mapping[str, Any]] = (),
        circuit: Circuit | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._api_key = api_key.strip()
        if not (self._api_key.isascii() and self._api_key.isprintable()):
            raise ConfigError(
                "OPENAI_API_KEY holds characters that no key has; please copy it again."
            )
        self._tools = tuple(tools)
        self._circuit = circuit or Circuit()
        self._jitter = jitter
        self._dialect = dialect_of(settings)
        self._wire: Wire | None = None
        self._connecting = asyncio.Lock()
        self._is_closed = False

    @property
    def info(self) -> ModelInfo:
        """What is known now: a refusal can switch tools or vision off."""
        return ModelInfo(
            name=self._settings.model,
            tools=self._dialect.tools and bool(self._tools),
            vision=self._dialect.vision,
            context_tokens=self._settings.context_tokens,
        )

    async def warm(self) -> None:
        """Loads the client ahead of the first request, which is then half a second faster."""
        if not self._is_closed:
            await self._connect()

    async def close(self) -> None:
        """Breaks off what is still being read."""
        async with self._connecting:
            self._is_closed = True
            wire, self._wire = self._wire, None
        if wire:
            await wire.close()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatChunk]:
        """The answer as it arrives. Raises `LlmError`, after the first chunk too if the answer breaks off."""
        self._circuit.admit()
        end = now() + self._settings.total_timeout_s
        dialect, attempt = self._dialect, 0
        tried = {dialect}
        while True:
            body = body_of(request, self._settings, dialect, self._tools)
            has_begun, failure = False, None
            try:
                async with aclosing(self._attempt(body, end)) as chunks:
                    async for chunk in chunks:
                        has_begun = True
                        yield chunk
            except Failed as failed:
                failure = failed.failure
            if failure is None:
                self._circuit.succeeded()
                self._learn(dialect)
                return
            simpler = plainer(dialect, body, failure.status, failure.detail)
            if simpler and simpler not in tried and not has_begun:
                dialect = simpler
                tried.add(dialect)
                continue
            self._note(failure, attempt)
            if has_begun:
                raise broken_off(failure)
            await self._pause(failure, attempt, end)
            attempt += 1

    def _learn(self, dialect: Dialect) -> None:
        if dialect != self._dialect:
            log.warning("%s is asked as %s from now on", self._settings.model, dialect)
            self._dialect = dialect

    def _note(self, failure: Failure, attempt: int) -> None:
        self._circuit.failed(failure.error)
        kind = type(failure.error).__name__
        log.warning("language model, attempt %d: %s: %s", attempt + 1, kind, failure.error)

    async def _pause(self, failure: Failure, attempt: int, end: float) -> None:
        """Waits until the request may be sent again; raises the failure's error if it may not."""
        longest_s = min(LONGEST_PAUSE_S, PAUSE_S * 2**attempt)
        pause_s = (failure.wait_s or 0.0) + self._jitter() * longest_s
        is_last = attempt >= self._settings.retries or self._circuit.is_open
        if not failure.may_retry or is_last or pause_s >= end - now():
            raise failure.error
        await asyncio.sleep(pause_s)

    async def _attempt(self, body: Body, end: float) -> AsyncGenerator[ChatChunk]:
        """One request. Raises `Failed`."""
        wire = await self._connect()
        patience, gatherer = Patience(self._settings, end), Gatherer()
        try:
            async with aclosing(wire.events(body, patience)) as events:
                async for event in events:
                    delta = delta_of(event)
                    patience.hear(delta)
                    for chunk in gatherer.feed(delta):
                        yield chunk
                    if gatherer.size > MAX_CHARACTERS:
                        raise Failed(endless(gatherer.size))
        except Failed:
            if not patience.finish:  # what goes wrong after the end of the answer does not matter
                raise
        if patience.finish:
            for chunk in gatherer.flush():
                yield chunk
        if failure := incomplete(gatherer.has_answer, patience.finish):
            raise Failed(failure)

    async def _connect(self) -> Wire:
        async with self._connecting:
            if self._is_closed:
                raise Failed(Failure(LlmUnavailable("the language model is closed", CLOSED)))
            if self._wire is None:
                self._wire = await asyncio.to_thread(_wire_of, self._settings, self._api_key)
            return self._wire


def _wire_of(settings: LlmSettings, api_key: str) -> Wire:
    from core.llm.openai_client import Wire

    return Wire(settings, api_key)
