"""Where workers go, and the environment they start in. The bot never asks a device itself: a worker reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from bot.pool.messages import Ready
from core.painting.settings import PainterSettings
from core.secrecy import is_secret

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "200000 100000": two cores' worth; "max 100000"


def further_devices(settings: PainterSettings, first: Ready) -> tuple[str, ...]:
    """The devices of all workers but the first, which is `first`.

    `workers = 0` means one per CUDA device where the operator left the choice, else one.
    """
    kind, _, chosen = settings.device.partition(":")
    spreads = first.device.startswith("cuda") and not chosen
    total = settings.workers or (first.device_count if spreads else 1)
    if not spreads:
        return (first.device,) * (total - 1)
    return tuple(f"cuda:{number % first.device_count}" for number in range(1, total))


def worker_environment(
    settings: PainterSettings, cores: int, parent: Mapping[str, str]
) -> dict[str, str]:
    """What must be set before torch is imported, and the parent's secrets emptied.

    By default OpenMP's threads spin while they wait for each other: beside one other busy process a step then takes
    hundreds of times as long. PASSIVE makes them sleep.
    """
    threads = settings.threads or max(1, cores // max(1, settings.workers))
    hidden = {name: "" for name in parent if is_secret(name)}
    return hidden | {
        "OMP_WAIT_POLICY": "PASSIVE",
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_VERBOSITY": "error",  # its notices are not for the person at the terminal
        "DIFFUSERS_VERBOSITY": "error",
    }


def usable_cores(quota_file: Path = _CGROUP_QUOTA) -> int:
    """Cores this process may use: its affinity, and in a container its share of time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = quota_file.read_text().split()[:2]
    except (OSError, ValueError):
        quota, period = "max", "1"
    if quota != "max":
        cores = min(cores or 1, max(1, round(int(quota) / int(period))))
    return cores or 1
