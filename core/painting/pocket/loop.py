"""The loop all trainings share: a cosine over a time budget, checkpoints, going on after a stop."""

import csv
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from tqdm import tqdm  # type: ignore[import-untyped]

from core.painting.pocket.files import write_whole

_BAR = "{desc} {percentage:3.0f}% [{elapsed}] {postfix}"
_WARMUP_STEPS = 100
_FLOOR = 0.03  # of the peak rate, where the cosine ends


class Trainer(Protocol):
    """Something that learns step by step and can be put away and taken up again."""

    def step(self, rate: float) -> float:
        """One step of learning at this rate; returns its loss."""
        ...

    def state(self) -> dict[str, Any]:
        """All that is needed to go on, as torch can save it."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave."""
        ...


@dataclass(frozen=True, slots=True)
class Batches:
    """What a step learns from: how many examples, drawn from which seed, whether computed in bf16."""

    size: int
    seed: int
    bf16: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """How long to train: until the minutes or the steps are used up, whichever comes first."""

    minutes: float
    peak_rate: float
    max_steps: int | None = None
    save_every_s: float = 180.0
    report_every: int = 50  # steps


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is: `share` of its budget from 0 to 1, `loss` a running mean."""

    step: int
    spent_s: float
    share: float
    loss: float


def train(trainer: Trainer, checkpoint: Path, budget: Budget) -> Iterator[Progress]:
    """Trains until the budget is used up, counting the time of earlier runs; yields now and then.

    The checkpoint is written every few minutes, at the end, and when the caller stops listening.
    """
    step, spent_s, loss = _take_up(trainer, checkpoint)
    started_at = saved_at = time.monotonic()
    earlier_s = spent_s
    share = _share(step, spent_s, budget)
    try:
        while share < 1:
            now_loss = trainer.step(_rate(step, share, budget))
            loss = now_loss if math.isnan(loss) else 0.98 * loss + 0.02 * now_loss
            step += 1
            spent_s = earlier_s + time.monotonic() - started_at
            share = _share(step, spent_s, budget)
            if time.monotonic() - saved_at > budget.save_every_s:
                _put_away(trainer, checkpoint, step, spent_s, loss)
                saved_at = time.monotonic()
            if step % budget.report_every == 0 or share >= 1:
                yield Progress(step, spent_s, min(1.0, share), loss)
    finally:
        if spent_s > earlier_s:  # else the file's date would make what follows from it look old
            _put_away(trainer, checkpoint, step, spent_s, loss)


def record_losses(name: str, progress: Iterable[Progress], losses: Path) -> Iterator[Progress]:
    """The same progress, each report of it also added as a line to the CSV file `losses`.

    The columns: the training's name, step, seconds spent, running loss. After a stop that lost steps, they come twice.
    """
    with losses.open("a", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        if file.tell() == 0:
            lines.writerow(["training", "step", "seconds", "loss"])
        for now in progress:
            lines.writerow([name, now.step, round(now.spent_s), f"{now.loss:.5g}"])
            file.flush()
            yield now


def show_progress(name: str, progress: Iterable[Progress]) -> None:
    """A line that says how far a training is, redrawn as it goes."""
    with tqdm(total=100, desc=name, bar_format=_BAR, mininterval=5) as bar:
        for now in progress:
            pace = now.step / max(1e-9, now.spent_s)
            bar.set_postfix_str(
                f"step {now.step}, loss {now.loss:.4f}, {pace:.2f} steps/s", refresh=False
            )
            bar.update(100 * now.share - bar.n)


def _share(step: int, spent_s: float, budget: Budget) -> float:
    by_time = spent_s / (budget.minutes * 60) if budget.minutes > 0 else 1.0
    by_steps = step / budget.max_steps if budget.max_steps else 0.0
    return max(by_time, by_steps)


def _rate(step: int, share: float, budget: Budget) -> float:
    warm = min(1.0, (step + 1) / _WARMUP_STEPS)
    return budget.peak_rate * warm * max(_FLOOR, 0.5 * (1 + math.cos(math.pi * share)))


def _take_up(trainer: Trainer, checkpoint: Path) -> tuple[int, float, float]:
    if not checkpoint.exists():
        return 0, 0.0, math.nan
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    trainer.restore(kept["trainer"])
    return kept["step"], kept["spent_s"], kept["loss"]


def _put_away(trainer: Trainer, checkpoint: Path, step: int, spent_s: float, loss: float) -> None:
    kept = {"trainer": trainer.state(), "step": step, "spent_s": spent_s, "loss": loss}
    write_whole(checkpoint, lambda place: torch.save(kept, place))


@torch.no_grad()
def copy_weights(source: Iterable[torch.Tensor], target: Iterable[torch.Tensor]) -> None:
    """Writes the weights of `source` into those of `target`, one after the other."""
    for new, old in zip(source, target, strict=True):
        old.copy_(new)
