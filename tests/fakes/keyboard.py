"""A keyboard with nobody at it: a test types, and can press Ctrl-C."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from adapters.console.keyboard import Keyboard


class FakeKeyboard(Keyboard):
    """Hands over the lines it was given, one a prompt; at the end of them it stays at the prompt until `leave`."""

    def __init__(self, *lines: str | None) -> None:
        super().__init__()
        self.prompts: list[str] = []
        self.interrupt: Callable[[], None] = lambda: None
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._on_line: Callable[[str], bool] | None = None
        for line in lines:
            self._lines.put_nowait(line)

    def type(self, line: str | None) -> None:
        """A line of the person; during a turn the platform hears it at once, if it wants to. None: Ctrl-D."""
        if line is None or self._on_line is None or not self._on_line(line):
            self._lines.put_nowait(line)

    @contextmanager
    def opened(self, on_interrupt: Callable[[], None]) -> Iterator[None]:
        self.interrupt = on_interrupt
        yield

    async def line(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return await self._lines.get()

    def leave(self) -> None:
        self._lines.put_nowait(None)

    @contextmanager
    def listening(self, on_line: Callable[[str], bool]) -> Iterator[None]:
        self._on_line = on_line
        try:
            yield
        finally:
            self._on_line = None
