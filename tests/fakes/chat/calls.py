"""What a server saw: every HTTP call and every websocket frame, in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .uploads import Upload

T = TypeVar("T")
LOOK_AGAIN_S = 0.1  # what changes outside of the server is seen so soon


@dataclass
class Call:
    """One request of the bot (HTTP), or one frame it sent (method "WS")."""

    n: int
    at: float  # seconds since the server was made
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: Any = None
    files: dict[str, Upload] = field(default_factory=dict)
    route: str = ""  # the operation: a path template, or a method of a Web API
    params: dict[str, str] = field(default_factory=dict)
    status: int = 0  # of the answer; 0: not answered yet
    response: Any = None
    problems: list[str] = field(default_factory=list)  # what the platform would refuse or punish
    warnings: list[str] = field(default_factory=list)  # what it would silently ignore

    def __str__(self) -> str:
        text = f"#{self.n} {self.method} {self.path} -> {self.status}"
        sizes = (f"{file.filename}({len(file.data)}B)" for file in self.files.values())
        return f"{text} files={','.join(sizes)}" if self.files else text


class Recorder:
    """All calls, and a way to wait for what they bring about."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._changed = asyncio.Event()
        self._started = time.monotonic()

    def elapsed(self) -> float:
        """Seconds on the clock of `Call.at`."""
        return time.monotonic() - self._started

    def new(self, method: str, path: str, **fields: Any) -> Call:
        """A call with the next number; the fields are those of `Call`."""
        call = Call(len(self.calls), self.elapsed(), method, path, **fields)
        self.calls.append(call)
        return call

    def notify(self) -> None:
        """Wakes every waiter: something was recorded, or the state changed."""
        old, self._changed = self._changed, asyncio.Event()
        old.set()

    def mark(self) -> int:
        """A place in the record, for `since`."""
        return len(self.calls)

    def find(self, predicate: Callable[[Call], bool], since: int = 0) -> list[Call]:
        """The answered calls that the predicate accepts."""
        return [call for call in self.calls[since:] if call.status and predicate(call)]

    def problems(self) -> list[str]:
        """What the platform would refuse or punish, call by call; empty after a good story."""
        return [f"{call}: {problem}" for call in self.calls for problem in call.problems]

    def warnings(self) -> list[str]:
        """What the platform would silently ignore, such as misspelt names."""
        return [f"{call}: {warning}" for call in self.calls for warning in call.warnings]

    async def until(
        self, check: Callable[[], T], limit_s: float = 10.0, what: str = "condition"
    ) -> T:
        """The first true value of `check()`, which is tried again after each change of the server and now and then.

        Raises TimeoutError with the latest calls.
        """
        deadline = time.monotonic() + limit_s
        while True:
            changed = self._changed
            value = check()
            if value:
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{what} not met in {limit_s} s; {self._latest()}")
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), min(left, LOOK_AGAIN_S))

    async def wait_for(
        self, predicate: Callable[[Call], bool], limit_s: float = 10.0, since: int = 0
    ) -> Call:
        """The first answered call from index `since` on that the predicate accepts."""
        found = await self.until(lambda: self.find(predicate, since), limit_s, "call")
        return found[0]

    def _latest(self) -> str:
        lines = [str(call) for call in self.calls[-15:]] or ["(nothing recorded)"]
        return "last calls:\n  " + "\n  ".join(lines)
