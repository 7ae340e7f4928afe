"""What the pool and its worker processes say to each other. Sources travel as paths, pictures as encoded bytes."""

from __future__ import annotations

from dataclasses import dataclass

from core.painting.recipe import Recipe, Source
from core.types import Rendered


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has loaded its model."""

    device: str  # "cuda:0", "mps", "cpu"
    device_count: int  # devices of that kind on this machine
    load_s: float


@dataclass(frozen=True, slots=True)
class Render:
    """Parent to worker: paint this now."""

    job_id: str
    picture_ids: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    sources: tuple[Source | None, ...]


@dataclass(frozen=True, slots=True)
class Step:
    job_id: str
    step: int  # 1..steps
    steps: int
    preview: bytes | None = None  # a small JPEG


@dataclass(frozen=True, slots=True)
class Done:
    job_id: str
    pictures: tuple[Rendered, ...]
    seconds: float
    note: str = ""  # what the user should know: "memory was short, so ..."


@dataclass(frozen=True, slots=True)
class Failed:
    """A job (or loading, where `job_id` is None) ended with an error."""

    job_id: str | None
    error: str  # class name in core/errors.py
    message: str  # for the log
    reply: str  # for people
    fatal: bool = False  # the worker ends itself


@dataclass(frozen=True, slots=True)
class Cancel:
    """Parent to worker: stop this job at the next step."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Parent to worker: end yourself when idle."""


FromWorker = Ready | Step | Done | Failed
ToWorker = Render | Cancel | Stop
