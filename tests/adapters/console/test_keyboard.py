import asyncio
import os
import pty
import signal
import sys
import termios
import textwrap
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from adapters.console.keyboard import Keyboard

LIMIT_S = 30.0
ROOT = Path(__file__).parents[3]


async def test_a_pipe_brings_lines_and_then_the_end() -> None:
    with _pipe(b"a dog\n\xc3\xbcber\nlast") as fd:
        keyboard = Keyboard(fd)

        lines = [await keyboard.line("you> ") for _ in range(4)]

    assert lines == ["a dog", "über", "last", None]


async def test_waiting_for_a_line_ends_with_leave() -> None:
    with _pipe(b"", close=False) as fd:
        keyboard = Keyboard(fd)
        line = asyncio.create_task(keyboard.line("you> "))
        await asyncio.sleep(0)

        keyboard.leave()

        assert await line is None
        assert await keyboard.line("you> ") is None


async def test_ctrl_c_is_heard_and_the_old_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    heard = asyncio.Event()

    with _pipe(b"") as fd, Keyboard(fd).opened(heard.set):
        os.kill(os.getpid(), signal.SIGINT)
        async with asyncio.timeout(LIMIT_S):
            await heard.wait()

    assert signal.getsignal(signal.SIGINT) is before


async def test_during_a_turn_a_terminal_is_listened_to_and_the_rest_is_kept() -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    def on_line(line: str) -> bool:
        heard.put_nowait(line)
        return line == "/cancel"

    with _terminal() as (person, fd):
        keyboard = Keyboard(fd)
        with keyboard.listening(on_line):
            os.write(person, b"/cancel\nmake it night\n")
            async with asyncio.timeout(LIMIT_S):
                assert [await heard.get(), await heard.get()] == ["/cancel", "make it night"]

        assert await keyboard.line("you> ") == "make it night"


async def test_ctrl_d_during_a_turn_is_the_end_after_it() -> None:
    with _terminal() as (person, fd):
        keyboard = Keyboard(fd)
        with keyboard.listening(lambda line: False):
            os.write(person, b"\x04")
            async with asyncio.timeout(LIMIT_S):
                while not keyboard._ended:  # noqa: ASYNC110 (the terminal tells nobody)
                    await asyncio.sleep(0)

        assert await keyboard.line("you> ") is None


async def test_a_conversation_on_a_real_terminal(tmp_path: Path) -> None:
    async with _chat(tmp_path) as (person, process):
        seen = await _read_until(person, b"you> ")
        os.write(person, b"a dog\n")
        seen = await _read_until(person, b"you> ")
        assert b"[1] a dog" in seen and b"\xe2\x96\x80" in seen  # half-blocks
        os.write(person, b"\x04")
        async with asyncio.timeout(LIMIT_S):
            assert await process.wait() == 0


async def test_two_times_ctrl_c_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    async with _chat(tmp_path) as (person, process):
        await _read_until(person, b"you> ")
        process.send_signal(signal.SIGINT)
        await _read_until(person, b"leaves.")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(LIMIT_S):
            assert await process.wait() == 0

        assert termios.tcgetattr(person)[3] & (termios.ICANON | termios.ECHO) == (
            termios.ICANON | termios.ECHO
        )


CHAT = """
    import asyncio, sys
    from pathlib import Path
    from adapters.console.keyboard import Keyboard
    from adapters.console.platform import ConsolePlatform
    from adapters.console.screen import Screen
    from tests.fakes.desk import FakeDesk

    async def main():
        desk = FakeDesk(Path(sys.argv[1]))
        platform = ConsolePlatform(Screen(), Keyboard())
        desk.attend(platform)
        await platform.serve(desk)
        await desk.close()

    asyncio.run(main())
"""


@asynccontextmanager
async def _chat(folder: Path) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    """The terminal's other end and the program that runs on it."""
    with _terminal() as (person, fd):
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(CHAT), str(folder),
            stdin=fd, stdout=fd, stderr=fd, start_new_session=True,
            env={**environ, "TERM": "xterm-256color"},
        )  # fmt: skip
        try:
            yield person, process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _read_until(fd: int, end: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(LIMIT_S):
        while end not in seen:
            seen += await asyncio.to_thread(os.read, fd, 65536)
    return seen


@contextmanager
def _pipe(data: bytes, close: bool = True) -> Iterator[int]:
    reading, writing = os.pipe()
    os.write(writing, data)
    if close:
        os.close(writing)
    try:
        yield reading
    finally:
        if not close:
            os.close(writing)
        os.close(reading)


@contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    """The person's end and the program's end."""
    person, program = pty.openpty()
    try:
        yield person, program
    finally:
        os.close(person)
        os.close(program)
