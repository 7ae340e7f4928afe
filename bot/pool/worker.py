"""The worker process: loads one painter, then paints one job after another. It dies with its parent.

`main` is the whole child. It knows messages and the `Painter` port; which painter, it is told by an import path.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from bot.pool.batches import BatchLadder
from bot.pool.messages import Cancel, Done, Failed, FromWorker, Ready, Render, Step, Stop
from core.errors import Cancelled, EaselError, WorkerLost
from core.painting.picture_file import encode
from core.painting.settings import PainterSettings
from core.ports import Painter, StepReport
from core.types import Rendered

log = logging.getLogger(__name__)

PAINTERS = {
    "pocket": "core.painting.diffusers_painter:DiffusersPainter",
    "diffusers": "core.painting.diffusers_painter:DiffusersPainter",
}

_PREVIEW_EVERY_S = 0.7
_PREVIEW_SHARE = 0.01  # of the time may go into previews
_NICENESS = 10
_OOM_SCORE = 500  # the kernel, short of memory, shall end the worker, not the bot
_PR_SET_PDEATHSIG = 1
_WENT_WRONG = "Something went wrong while painting this; the log has the details."


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """All that a worker is told at birth."""

    painter: str  # "module:Class", called with the settings
    settings: PainterSettings


@runtime_checkable
class Placed(Protocol):
    """A painter that knows its device; others count as one on the CPU."""

    @property
    def device(self) -> str: ...

    @property
    def device_count(self) -> int: ...


def main(connection: Connection, start: WorkerStart) -> None:
    """Serves until told to stop, until the parent is gone, or until the device is beyond repair."""
    _settle_in()
    try:
        painter = _loaded(start, connection)
        if painter is not None:
            _serve(painter, connection)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)  # the parent is gone: nobody waits for a tidy end
    finally:
        connection.close()


def _settle_in() -> None:
    """The parent decides when to stop; painting yields to everything else; no orphan is left behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE))


def _loaded(start: WorkerStart, connection: Connection) -> Painter | None:
    """The painter, after telling the parent it is ready; None, after telling why not."""
    began = time.monotonic()
    try:
        module, _, name = start.painter.partition(":")
        factory = cast(
            Callable[[PainterSettings], Painter], getattr(importlib.import_module(module), name)
        )
        painter = factory(start.settings)
        painter.load()
    except Exception as error:
        if error.__cause__ or not isinstance(error, EaselError):  # else its sentence says it all
            log.exception("the painter could not be loaded")
        connection.send(_failure(None, error, fatal=True))
        return None
    device, count = (
        (painter.device, painter.device_count) if isinstance(painter, Placed) else ("cpu", 1)
    )
    connection.send(Ready(device, count, time.monotonic() - began))
    return painter


def _serve(painter: Painter, connection: Connection) -> None:
    ladder = BatchLadder(painter)
    while True:
        match connection.recv():
            case Render() as order:
                answer = _render(ladder, order, connection)
                connection.send(answer)
                if isinstance(answer, Failed) and answer.fatal:
                    return
            case Stop():
                return
            case Cancel():
                pass  # it came too late: that job is over


def _render(ladder: BatchLadder, order: Render, connection: Connection) -> Done | Failed:
    began = time.monotonic()
    try:
        images, note = ladder.paint(order.recipes, order.sources, _Reporter(order, connection))
        pictures = tuple(
            Rendered(picture_id, encode(image, recipe), image.width, image.height)
            for picture_id, recipe, image in zip(
                order.picture_ids, order.recipes, images, strict=True
            )
        )
    except (EOFError, BrokenPipeError, ConnectionResetError):
        raise
    except EaselError as error:
        return _failure(order.job_id, error, fatal=isinstance(error, WorkerLost))
    except Exception as error:
        log.exception("painting job %s failed", order.job_id)
        return _failure(order.job_id, error, fatal=False)
    return Done(order.job_id, pictures, time.monotonic() - began, note)


def _failure(job_id: str | None, error: Exception, fatal: bool) -> Failed:
    """What went wrong while loading (`job_id` is None) may go right next time, unless it is a `ModelBroken`."""
    if isinstance(error, EaselError):
        return Failed(job_id, type(error).__name__, str(error), error.reply, fatal)
    message = f"{type(error).__name__}: {error}"
    if job_id is None:
        return Failed(
            None, WorkerLost.__name__, message, f"The painter cannot start ({message}).", fatal
        )
    return Failed(job_id, EaselError.__name__, message, _WENT_WRONG, fatal)


class _Reporter:
    """Sends each step to the parent, with a preview now and then, and looks for a cancel in between."""

    def __init__(self, order: Render, connection: Connection) -> None:
        self._order = order
        self._connection = connection
        self._next_preview = time.monotonic() + _PREVIEW_EVERY_S / 2

    def __call__(self, report: StepReport) -> None:
        while self._connection.poll():
            message: object = self._connection.recv()
            if isinstance(message, Cancel) and message.job_id == self._order.job_id:
                raise Cancelled(f"job {self._order.job_id} was cancelled", "Cancelled.")
        step = Step(self._order.job_id, report.step, report.steps, self._preview(report))
        self._connection.send(cast(FromWorker, step))

    def _preview(self, report: StepReport) -> bytes | None:
        began = time.monotonic()
        if report.preview is None or report.step >= report.steps or began < self._next_preview:
            return None
        preview = report.preview()
        now = time.monotonic()
        self._next_preview = now + max(_PREVIEW_EVERY_S, (now - began) / _PREVIEW_SHARE)
        return preview
