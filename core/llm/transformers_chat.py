"""A local transformers model as a `ChatModel`: `transformers serve` in a child process, spoken to over loopback.

The bot never imports torch, so the model lives in a process of its own: it starts with the first request, is started
again if it dies, and ends with the bot however the bot ends. Run as a program, this module is that child.
Needs the `serving` extra of transformers (FastAPI and uvicorn).
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from core.errors import LlmError, LlmRefused, LlmTimeout, LlmUnavailable
from core.llm.openai_chat import CLOSED, OpenAIChat
from core.llm.settings import LlmSettings
from core.ports import ChatChunk, ChatRequest, ModelInfo
from core.secrecy import is_secret

START_TIMEOUT_S = 900.0  # weights may have to be downloaded first
STOP_TIMEOUT_S = 5.0
TRY_AGAIN_S = 15.0  # after a start that failed
NOTICE_S = 0.5  # a connection breaks a moment before the end of its process is known
TAIL = 2000  # characters of the child's output that are kept to explain its death
READY = re.compile(r"http://127\.0\.0\.1:(\d+)")  # uvicorn says where it listens, when it does

STARTING = "The language model is still waking up; please try again in a minute."
BROKEN = "My language model does not start; the person who runs me finds the reason in the log."

log = logging.getLogger(__name__)


class TransformersChat:
    """A `ChatModel` that owns its server. `command` starts it, says its address and stops when stdin ends."""

    def __init__(
        self,
        settings: LlmSettings,
        tools: Sequence[Mapping[str, Any]] = (),
        command: Sequence[str] = (),
        start_timeout_s: float = START_TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._command = tuple(command) or (sys.executable, "-m", __name__, settings.model)
        self._start_timeout_s = start_timeout_s
        self._chat = OpenAIChat(settings, "", tools)  # replaced when the address is known
        self._child: Child | None = None
        self._starting: asyncio.Task[LlmError | None] | None = None
        self._failed_at = float("-inf")
        self._is_closed = False

    @property
    def info(self) -> ModelInfo:
        return self._chat.info

    async def warm(self) -> None:
        """Starts the server ahead of the first request. Raises `LlmError`."""
        await self._awake()

    async def close(self) -> None:
        self._is_closed = True
        if self._starting:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self._chat.close()
        if self._child:
            await self._child.stop()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatChunk]:
        """The answer as it arrives. Raises `LlmError`, also when the model is not awake within the total time."""
        chat = await self._awake()
        try:
            async with aclosing(chat.stream(request)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except LlmUnavailable:
            if self._child:
                await self._child.ended_within(NOTICE_S)  # so that the next request starts another
            raise

    async def _awake(self) -> OpenAIChat:
        if self._is_closed:
            raise LlmUnavailable("the language model is closed", CLOSED)
        if self._starting is None or self._may_start_again():
            self._starting = asyncio.create_task(self._start(), name="start transformers serve")
        try:
            async with asyncio.timeout(self._settings.total_timeout_s):
                error = await asyncio.shield(self._starting)
        except TimeoutError:
            raise LlmTimeout(f"{self._settings.model} is still loading", STARTING) from None
        if error:
            raise type(error)(str(error), error.reply)
        return self._chat

    def _may_start_again(self) -> bool:
        if self._starting is None or not self._starting.done():
            return False
        has_failed = self._child is None
        is_rested = asyncio.get_running_loop().time() - self._failed_at >= TRY_AGAIN_S
        return is_rested if has_failed else not (self._child and self._child.is_alive)

    async def _start(self) -> LlmError | None:
        """Runs on when the request that caused it gives up; the next one then finds the server ready."""
        if self._child:
            log.warning("the language model's process ended: %s", self._child.last_words)
            await self._child.stop()
        try:
            self._child = child = await Child.spawn(self._command)
        except OSError as error:
            return self._give_up(str(error))
        port = await child.port(self._start_timeout_s)
        if port is None:
            await child.stop()
            return self._give_up(child.last_words)
        await self._chat.close()
        address = f"http://127.0.0.1:{port}/v1"
        settings = replace(self._settings, backend="openai", base_url=address)
        self._chat = OpenAIChat(settings, "", self._tools)
        return None

    def _give_up(self, reason: str) -> LlmError:
        self._child = None
        self._failed_at = asyncio.get_running_loop().time()
        return LlmRefused(f"{self._settings.model} did not start: {reason}", BROKEN)


class Child:
    """The server's process. Its stdin stays open: when that ends, so does the child."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._output = ""
        self._port: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._listener = asyncio.create_task(self._listen(), name="output of transformers serve")

    @classmethod
    async def spawn(cls, command: Sequence[str]) -> Child:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment(os.environ),
            start_new_session=True,  # Ctrl-C is for the bot, which then stops its child in order
        )
        return cls(process)

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    @property
    def last_words(self) -> str:
        lines = [line for line in re.split(r"[\r\n]+", self._output) if line.strip()]
        return " | ".join(lines[-3:]) or "it said nothing"

    async def port(self, timeout_s: float) -> int | None:
        """Where it listens, once it does; None if it ended or took too long."""
        done, _ = await asyncio.wait([self._port], timeout=timeout_s)
        return self._port.result() if done else None

    async def ended_within(self, timeout_s: float) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                await self._process.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        if not await self.ended_within(STOP_TIMEOUT_S):
            self._process.kill()
            await self._process.wait()
        await self._listener

    async def _listen(self) -> None:
        """Reads the output to its end, so that the child never blocks on a full pipe."""
        output = self._process.stdout
        while output and (data := await output.read(4096)):
            self._output = (self._output + data.decode(errors="replace"))[-TAIL:]
            if not self._port.done() and (found := READY.search(self._output)):
                self._port.set_result(int(found[1]))
        if not self._port.done():
            self._port.set_result(None)


def environment(parent: Mapping[str, str]) -> dict[str, str]:
    """The child's environment: this project can be imported, and none of its secrets is there but Hugging Face's."""
    child = {name: value for name, value in parent.items() if not is_secret(name)}
    path = [str(Path(__file__).parents[2]), parent.get("PYTHONPATH", "")]
    child["PYTHONPATH"] = os.pathsep.join(entry for entry in path if entry)
    child.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # spinning threads starve a busy machine
    return child


def main() -> None:
    """The child: `transformers serve` for one model on a free loopback port."""
    _die_with_parent()
    from transformers.cli import transformers

    sys.argv = ["transformers", "serve", sys.argv[1], "--host", "127.0.0.1", "--port", "0"]
    cast(Any, transformers).main()


def _die_with_parent() -> None:
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    if sys.platform == "linux":  # also when something in C never lets the thread run
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _exit_at_end_of_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
