"""Training of the judges, on thumbnails of the generator's scenes."""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from core.painting.pocket.codec import Pixels
from core.painting.pocket.hardware import autocast
from core.painting.pocket.judge import Judge, normalize
from core.painting.pocket.labels import CHOICES, NOT_ASKED, Labels
from core.painting.pocket.loop import Batches
from core.painting.pocket.mixture import Mixture

_SHARES = (0.15, 0.35, 0.15, 0.35)  # of a batch, by difficulty


class JudgeTrainer:
    """Teaches a judge from thumbnails (N, 128, 128, 3) and what is in them."""

    def __init__(self, judge: Judge, thumbs: Pixels, labels: Labels, batches: Batches) -> None:
        # Convolutions of so few channels are up to twice as fast in this order on a processor.
        # (Torch's types leave out that a whole module can be laid out anew.)
        untyped: Any = judge.train()
        self._judge: Judge = untyped.to(memory_format=torch.channels_last)
        self._device = judge.things.weight.device
        self._thumbs = torch.from_numpy(thumbs)
        self._mixture = Mixture(labels.difficulty, _SHARES)
        shares = labels.things / labels.things.sum(axis=1, keepdims=True)
        self._things = torch.from_numpy(shares.astype(np.float32))
        self._choices = {aspect: torch.from_numpy(labels.choice(aspect)) for aspect in CHOICES}
        self._batches = batches
        self._generator = torch.Generator().manual_seed(batches.seed)
        self._optimizer = torch.optim.AdamW(judge.parameters(), weight_decay=0.02)

    def step(self, rate: float) -> float:
        """One step on a batch of thumbnails, some blurred and noisy; returns its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        chosen = self._mixture.draw(self._batches.size, self._generator)
        thumbs = _roughen(normalize(self._thumbs[chosen])).to(self._device)
        with autocast(self._device, self._batches.bf16):
            answers = self._judge(thumbs)
        scores = {aspect: answer.float() for aspect, answer in answers.items()}
        things = self._things[chosen].to(self._device)
        loss = F.cross_entropy(scores["thing"], things, label_smoothing=0.05)
        for aspect, choices in self._choices.items():
            loss = loss + 0.3 * _choice_loss(scores[aspect], choices[chosen].to(self._device))
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


def _choice_loss(scores: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy over what can be asked; 0 where nothing can."""
    total = F.cross_entropy(scores, answers, ignore_index=NOT_ASKED, reduction="sum")
    return total / (answers != NOT_ASKED).sum().clamp_min(1)


def _roughen(thumbs: torch.Tensor) -> torch.Tensor:
    """Blurs half of the thumbnails and adds some noise, so that soft pictures are judged fairly."""
    sharp, blurred = thumbs.tensor_split(2)  # they come in no order
    blurred = F.avg_pool2d(blurred, 3, stride=1, padding=1, count_include_pad=False)
    strength = 0.1 * torch.rand(len(thumbs), 1, 1, 1)
    # In bf16 and in the order of the thumbnails in memory noise is made many times faster.
    noise = torch.randn(thumbs.permute(0, 2, 3, 1).shape, dtype=torch.bfloat16)
    return torch.cat([sharp, blurred]) + strength * noise.permute(0, 3, 1, 2)
