"""Processes that train the same weights at once and never wait for each other.

One process a core beats one process on all cores: the networks are too small to share a step well, and
a busy neighbour then slows one worker and not both. Each applies its own gradients to weights in shared
memory; at these few workers, that a gradient is a step old does no harm (Hogwild, arXiv:1106.5730).
"""

import os
import signal
import time
from multiprocessing.synchronize import Event
from typing import Any, Protocol

import torch
from torch import multiprocessing

from core.painting.pocket.hardware import keep_freed_memory
from core.painting.pocket.loop import Trainer

_MOST = 3


class SharingTrainer(Trainer, Protocol):
    """A trainer whose weights other processes can train too."""

    def share_weights(self) -> list[torch.Tensor]:
        """Moves the weights to memory that other processes can see, and returns them."""
        ...


class Errand(Protocol):
    """What is sent to a companion: enough to build a trainer of its own around shared weights."""

    def build(self, weights: list[torch.Tensor], number: int) -> Trainer:
        """A trainer that changes these weights in place; `number` tells companions apart."""
        ...


def useful_companions(device: torch.device) -> int:
    """How many companions pay: one for each further core but three at most, none beside a graphics card."""
    if device.type != "cpu":
        return 0
    return min(_MOST, (os.cpu_count() or 1) - 1)


class AccompaniedTrainer:
    """A trainer on one core, with companions on others that train the same weights."""

    def __init__(self, trainer: SharingTrainer, count: int, errand: Errand) -> None:
        context = multiprocessing.get_context("spawn")
        self._trainer = trainer
        self._rate = context.Value("d", 0.0)
        self._steps = context.Value("q", 0)
        self._stop = context.Event()
        self._threads = torch.get_num_threads()
        if count:
            torch.set_num_threads(1)
        weights = trainer.share_weights() if count else []
        self._processes = [
            context.Process(
                target=_accompany,
                args=(weights, errand, index + 1, self._rate, self._steps, self._stop),
                daemon=True,
            )
            for index in range(count)
        ]
        for process in self._processes:
            process.start()

    def step(self, rate: float) -> float:
        """One step of this process; the companions go on at the same rate by themselves.

        Raises RuntimeError when one of them ended: the rest would train on at half the pace unnoticed.
        """
        for process in self._processes:
            if not process.is_alive():
                raise RuntimeError(
                    f"a companion process ended with exit code {process.exitcode};"
                    " run the stage again to go on from the checkpoint"
                )
        self._rate.value = rate
        return self._trainer.step(rate)

    def state(self) -> dict[str, Any]:
        """The trainer's state, and how many steps the companions have made."""
        return self._trainer.state() | {"companion_steps": self._steps.value}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state, with or without companions' steps in it."""
        self._trainer.restore(state)
        self._steps.value = state.get("companion_steps", 0)

    def close(self) -> None:
        """Sends the companions home."""
        self._stop.set()
        for process in self._processes:
            process.join(timeout=30)
        torch.set_num_threads(self._threads)


def _accompany(
    weights: list[torch.Tensor], errand: Errand, number: int, rate: Any, steps: Any, stop: Event
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the leader tells when to stop
    torch.set_num_threads(1)
    keep_freed_memory()
    leader = os.getppid()
    trainer = errand.build(weights, number)
    while not stop.is_set() and os.getppid() == leader:
        if rate.value <= 0:
            time.sleep(0.05)
            continue
        trainer.step(rate.value)
        with steps.get_lock():
            steps.value += 1
