"""A few threads that read, each with its own connection: SQLite's WAL lets them run beside the writer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bot.store.sqlite import SHUTTING_DOWN, connect_reader, explain
from core.errors import StoreError

T = TypeVar("T")

_THREADS = 4


class Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._closed = False
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store-reader")

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """What `query` found, all of it from one moment."""
        if self._closed:
            raise StoreError(SHUTTING_DOWN)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, query)

    async def close(self) -> None:
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()

    def _run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            connection = self._connection()
            connection.execute("BEGIN")
            try:
                return query(connection)
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise explain(error) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connect_reader(self._path)
            self._connections.append(connection)
        return connection
