"""Lines that a person types, or that a pipe brings, without ever blocking the event loop."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import termios
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from core.errors import BadInput

READ_BYTES = 4096  # a terminal hands over at most one line, and this is its longest


class Keyboard:
    """The standard input of this process, as lines.

    The prompt is read by `input` in a daemon thread of its own: that gives line editing and history, and a thread of
    the usual pool would keep the process alive until the person presses Enter. While a turn runs, `listening` takes
    what is typed: the two never read at the same time.
    """

    def __init__(self, fd: int = 0) -> None:
        self._fd = fd
        self._is_terminal = os.isatty(fd)
        self._typed: deque[str] = deque()  # lines typed ahead
        self._partial = b""
        self._ended = False
        self._pending: asyncio.Future[str | None] | None = None

    @contextmanager
    def opened(self, on_interrupt: Callable[[], None]) -> Iterator[None]:
        """Ctrl-C calls `on_interrupt`; afterwards the terminal and the signal are as they were."""
        loop = asyncio.get_running_loop()
        handler = signal.getsignal(signal.SIGINT)
        mode = termios.tcgetattr(self._fd) if self._is_terminal else None
        if mode:
            with suppress(ImportError):
                importlib.import_module("readline")  # `input` uses it once it is there
        loop.add_signal_handler(signal.SIGINT, on_interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)
            signal.signal(signal.SIGINT, handler)
            if mode:
                termios.tcsetattr(self._fd, termios.TCSADRAIN, mode)

    async def line(self, prompt: str) -> str | None:
        """The next line without its newline; None at the end of input or after `leave`.

        Raises `BadInput` for a line that is not text.
        """
        if self._typed:
            return self._typed.popleft()
        if self._ended:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str | None] = loop.create_future()
        self._pending = future
        read = self._input if self._is_terminal else self._read
        arguments = (loop, future, read, prompt)
        threading.Thread(target=_answer, args=arguments, name="keyboard", daemon=True).start()
        return await future

    def leave(self) -> None:
        """No more lines: the one being waited for is None."""
        self._ended = True
        self._typed.clear()
        if self._pending and not self._pending.done():
            self._pending.set_result(None)

    @contextmanager
    def listening(self, on_line: Callable[[str], bool]) -> Iterator[None]:
        """Offers each line typed meanwhile to `on_line`; one it does not take (False) is kept for `line`."""
        if not self._is_terminal:
            yield
            return
        loop = asyncio.get_running_loop()
        loop.add_reader(self._fd, self._on_readable, on_line)
        try:
            yield
        finally:
            loop.remove_reader(self._fd)

    def _on_readable(self, on_line: Callable[[str], bool]) -> None:
        data = self._chunk()
        if not data:
            self._ended = True
            asyncio.get_running_loop().remove_reader(self._fd)
        for line in data.decode("utf-8", "replace").splitlines():
            if line.strip() and not on_line(line):
                self._typed.append(line)

    def _input(self, prompt: str) -> str | None:
        try:
            return input(prompt)
        except (EOFError, OSError):
            return None
        except UnicodeDecodeError as error:
            raise BadInput("That line is not UTF-8 text.") from error

    def _read(self, prompt: str) -> str | None:
        """A line of a pipe or file. Not through `sys.stdin`, whose lock a daemon thread must not hold at exit."""
        while b"\n" not in self._partial:
            data = self._chunk()
            if not data:
                line, self._partial = self._partial, b""
                return line.decode("utf-8", "replace") if line else None
            self._partial += data
        line, _, self._partial = self._partial.partition(b"\n")
        return line.decode("utf-8", "replace")

    def _chunk(self) -> bytes:
        """What is there to read; empty at the end, also when the terminal is gone."""
        try:
            return os.read(self._fd, READ_BYTES)
        except OSError:
            return b""


def _answer(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[str | None],
    read: Callable[[str], str | None],
    prompt: str,
) -> None:
    try:
        line, error = read(prompt), None
    except BadInput as bad:
        line, error = None, bad

    def settle() -> None:
        if future.done():
            return
        if error:
            future.set_exception(error)
        else:
            future.set_result(line)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(settle)
