"""Crew: all stations and their tasks. One that breaks is run again: painting goes on without a restart."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Mapping

from bot.pool.station import Desk, Station, StationState, backoff_s
from bot.pool.worker import WorkerStart

log = logging.getLogger(__name__)

OWNER_PREFIX = "local:"
_CLOSE_S = 10.0  # for what is left after the grace
_CALM_S = 300.0  # a station that worked so long before it broke begins to count anew


class Crew:
    """`add` stations, `wake` them when there may be work, `close` them all."""

    def __init__(self, desk: Desk, environment: Mapping[str, str]) -> None:
        self._desk = desk
        self._environment = environment
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self.stations: list[Station] = []

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    @property
    def is_working(self) -> bool:
        """True: at least one worker is ready."""
        working = (StationState.IDLE, StationState.PAINTING)
        return any(station.status.state in working for station in self.stations)

    def add(self, order: WorkerStart) -> None:
        name = f"{OWNER_PREFIX}{len(self.stations)}:{os.getpid()}"
        station = Station(name, order, self._environment, self._desk)
        self.stations.append(station)
        task = asyncio.create_task(self._keep(station), name=f"station {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def wake(self) -> None:
        for station in self.stations:
            station.wake()

    async def close(self, grace_s: float) -> None:
        """Gives running jobs `grace_s` to end, then kills the workers."""
        self._closing.set()
        for station in self.stations:
            if station.status.state is StationState.STARTING:
                station.kill()
        self.wake()
        await self._wait(grace_s)
        for station in self.stations:
            station.kill()
        await self._wait(_CLOSE_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _wait(self, timeout_s: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=timeout_s)

    async def _keep(self, station: Station) -> None:
        """Runs a station until it ends by itself. One that breaks is run again, after a pause that grows."""
        failures = 0
        broke: Exception | None = None
        while True:
            began = time.monotonic()
            try:
                if broke is not None:
                    await self._desk.broke(station, broke, failures)
                    await self._pause(failures)
                await station.run()
                return
            except Exception as error:  # noqa: BLE001 - whatever broke it, painting must go on
                log.critical("%s broke", station.name, exc_info=error)
                broke = error
            failures = failures + 1 if time.monotonic() - began < _CALM_S else 1

    async def _pause(self, failures: int) -> None:
        """Ends early when the crew closes."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), backoff_s(failures))
