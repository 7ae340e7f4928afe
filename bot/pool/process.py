"""WorkerProcess: the parent's end of one worker. Its own thread starts it, reads its pipe and waits for its end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from bot.pool.messages import Failed, FromWorker, Ready, ToWorker
from bot.pool.worker import WorkerStart, main
from core.errors import ModelBroken, WorkerLost

_EXIT_S = 5.0  # after its pipe closed, a worker has this long to end before it is killed

_spawn = multiprocessing.get_context("spawn")
_environment_lock = threading.Lock()


class WorkerProcess:
    """One child process, from `start` to `kill`. `on_change` is called, on the loop, when a message came or it died."""

    def __init__(
        self, order: WorkerStart, environment: Mapping[str, str], on_change: Callable[[], None]
    ) -> None:
        self._order = order
        self._environment = environment
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._inbox: asyncio.Queue[FromWorker | None] = asyncio.Queue()
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._process: SpawnProcess | None = None
        self._connection: Connection[ToWorker, FromWorker] | None = None
        self._thread = threading.Thread(target=self._live, name="pool-worker", daemon=True)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and not self._ended.done()

    async def start(self) -> None:
        """Returns when the process exists; it is not ready yet. Raises `WorkerLost` when the system refuses one."""
        self._thread.start()
        await self._started

    def send(self, message: ToWorker) -> None:
        """A worker that is gone gets nothing; `receive` tells."""
        if self._connection is not None and self.is_alive:
            with contextlib.suppress(OSError):
                self._connection.send(message)

    async def receive(self, timeout_s: float) -> FromWorker:
        """Its next message. Raises `TimeoutError` when it stays silent, `WorkerLost` when it is gone."""
        async with asyncio.timeout(timeout_s):
            message = await self._inbox.get()
        if message is None:
            self._inbox.put_nowait(None)  # for whoever asks next
            raise WorkerLost(
                f"worker {self.pid} ended", "The painter stopped while working on this."
            )
        return message

    async def ready(self, timeout_s: float) -> Ready:
        """What it reports when it can paint. Raises `ModelBroken` or `WorkerLost` when it cannot, or not by then."""
        try:
            message = await self.receive(timeout_s)
        except TimeoutError:
            raise WorkerLost(
                f"worker {self.pid} was not ready after {timeout_s:g} s",
                "The painter does not start.",
            ) from None
        if isinstance(message, Failed):
            kind = ModelBroken if message.error == ModelBroken.__name__ else WorkerLost
            raise kind(message.message, message.reply)
        if not isinstance(message, Ready):
            raise WorkerLost(f"worker {self.pid} began with {type(message).__name__}")
        return message

    def kill(self) -> None:
        if self._process is not None and self.is_alive:
            self._process.kill()

    async def wait(self, timeout_s: float) -> None:
        """Until it has ended, killing it after `timeout_s`."""
        if self._process is None:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._ended)
        except TimeoutError:
            self.kill()
            await asyncio.shield(self._ended)  # the thread sees to it within _EXIT_S

    # -- in the thread ---------------------------------------------------------------------------

    def _live(self) -> None:
        """The thread lives as long as the child: Linux tells a child that its parent died when that *thread* ends."""
        ours, theirs = _spawn.Pipe()
        process = _spawn.Process(
            target=main, args=(theirs, self._order), name="easel-worker", daemon=True
        )
        try:
            with _set_environment(self._environment):
                process.start()
        except OSError as error:
            lost = WorkerLost(f"no process could be started: {error}")
            self._post(lambda: self._tell_start(lost))
            return
        finally:
            theirs.close()
        self._process, self._connection = process, ours
        self._post(self._tell_start)
        self._read(ours)
        self._reap(process)
        ours.close()
        self._post(self._end)

    def _read(self, connection: Connection[ToWorker, FromWorker]) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                self._post(functools.partial(self._arrive, connection.recv()))

    def _reap(self, process: SpawnProcess) -> None:
        process.join(_EXIT_S)
        if process.exitcode is None:
            process.kill()
            process.join()

    def _post(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(call)

    # -- on the loop -----------------------------------------------------------------------------

    def _tell_start(self, error: WorkerLost | None = None) -> None:
        if self._started.done():  # nobody waits any more
            return
        if error:
            self._started.set_exception(error)
        else:
            self._started.set_result(None)

    def _arrive(self, message: FromWorker) -> None:
        self._inbox.put_nowait(message)
        self._on_change()

    def _end(self) -> None:
        self._ended.set_result(None)
        self._inbox.put_nowait(None)
        self._on_change()


@contextlib.contextmanager
def _set_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Spawn gives no child its own environment: it inherits ours of that moment."""
    with _environment_lock:
        before = {name: os.environ.get(name) for name in values}
        os.environ.update(values)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
