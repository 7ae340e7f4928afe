"""A small classifier of things and backgrounds, trained on the generator's scenes and nothing else."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from core.painting.pocket.codec import Pixels
from core.painting.pocket.dataset import Labels, shrink
from core.painting.pocket.vocabulary import BACKGROUNDS, THINGS

_WIDTHS = (32, 64, 128, 192)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Whether each of N pictures shows all of its things (N,), and its background (N,)."""

    things: NDArray[np.bool_]
    background: NDArray[np.bool_]


class Judge(nn.Module):
    """Scores of the 32 things and the 13 backgrounds for thumbnails of 64 x 64."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((3, *_WIDTHS), _WIDTHS, strict=False):
            layers += [
                nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.Conv2d(after, after, 3, padding=1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.trunk = nn.Sequential(*layers)
        self.things = nn.Linear(_WIDTHS[-1], len(THINGS))
        self.background = nn.Linear(2 * _WIDTHS[-1], len(BACKGROUNDS))

    def forward(self, thumbs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores (N, 32) and (N, 13) of thumbnails (N, 3, 64, 64) from -1 to 1."""
        features = self.trunk(thumbs)
        strongest, mean = features.amax(dim=(2, 3)), features.mean(dim=(2, 3))
        return self.things(strongest), self.background(torch.cat([strongest, mean], dim=1))


class JudgeTrainer:
    """Teaches a judge from thumbnails (N, 64, 64, 3) and what is in them."""

    def __init__(
        self, judge: Judge, thumbs: Pixels, labels: Labels, batch_size: int, seed: int
    ) -> None:
        self._judge = judge.train()
        self._thumbs = torch.from_numpy(thumbs)
        shares = labels.things / labels.things.sum(axis=1, keepdims=True)
        self._things = torch.from_numpy(shares.astype(np.float32))
        self._background = torch.from_numpy(labels.background)
        self._batch_size = batch_size
        self._generator = torch.Generator().manual_seed(seed)
        self._optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.02)

    def step(self, rate: float) -> float:
        """One step on a batch of thumbnails, some blurred and noisy; returns its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        chosen = torch.randint(len(self._thumbs), (self._batch_size,), generator=self._generator)
        things, background = self._judge(_roughen(_normalize(self._thumbs[chosen])))
        loss = F.cross_entropy(things, self._things[chosen], label_smoothing=0.05)
        loss = loss + 0.5 * F.cross_entropy(background, self._background[chosen])
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self._optimizer.step()
        return loss.item()

    def state(self) -> dict[str, Any]:
        """The judge and its optimizer."""
        return {"judge": self._judge.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state; the batches to come are drawn anew."""
        self._judge.load_state_dict(state["judge"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.seed()


@torch.no_grad()
def pass_judgement(judge: Judge, pixels: Pixels, labels: Labels) -> Verdicts:
    """What the judge says of (N, 256, 256, 3) pictures that should show what the labels tell.

    Of a picture with two things it must name both, and before any other.
    """
    judge.eval()
    things_right, background_right = [], []
    for start in range(0, len(pixels), 64):
        thumbs = torch.from_numpy(shrink(pixels[start : start + 64]))
        things, background = judge(_normalize(thumbs))
        for row, wanted in zip(things, labels.things[start : start + 64], strict=True):
            named = row.topk(int(wanted.sum())).indices.sort().values
            things_right.append(named.tolist() == np.flatnonzero(wanted).tolist())
        expected = labels.background[start : start + 64]
        background_right.append(background.argmax(dim=1).numpy() == expected)
    return Verdicts(np.array(things_right), np.concatenate(background_right))


def _normalize(thumbs: torch.Tensor) -> torch.Tensor:
    """(N, 64, 64, 3) bytes as (N, 3, 64, 64) from -1 to 1."""
    return thumbs.permute(0, 3, 1, 2).float() / 127.5 - 1


def _roughen(thumbs: torch.Tensor) -> torch.Tensor:
    """Blurs half of the thumbnails and adds some noise, so that soft pictures are judged fairly."""
    blurred = F.avg_pool2d(F.pad(thumbs, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    chosen = torch.rand(len(thumbs), 1, 1, 1) < 0.5
    strength = 0.1 * torch.rand(len(thumbs), 1, 1, 1)
    return torch.where(chosen, blurred, thumbs) + strength * torch.randn_like(thumbs)
