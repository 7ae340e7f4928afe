"""Small classifiers of scenes, trained on the generator's scenes and on nothing the painter made.

Two of them, built differently: where both say the same, it is the picture and not the judge.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from core.painting.pocket.codec import Pixels
from core.painting.pocket.dataset import shrink
from core.painting.pocket.hardware import autocast
from core.painting.pocket.labels import CHOICES, NOT_ASKED, Labels
from core.painting.pocket.loop import Batches
from core.painting.pocket.mixture import Mixture
from core.painting.pocket.vocabulary import THINGS
from core.painting.pocket.work import JUDGE_NAMES

JUDGE_PX = 128
JUDGES_FOLDER = "judges"  # beside the painter's own parts

_SHARES = (0.15, 0.35, 0.15, 0.35)  # of a batch, by difficulty
_SIDE = 4  # the grid of features that a judge looks at last
_WIDTH = 192
_CHEAP_WIDTH = 64  # from here on the grid is so coarse that a second block costs little


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For each aspect, which of N pictures show what was asked (N,), and which were asked for it (N,).

    `named` (N, 66) are the things that were recognised, as many as were asked for.
    """

    right: dict[str, NDArray[np.bool_]]
    asked: dict[str, NDArray[np.bool_]]
    named: NDArray[np.bool_]


class Judge(nn.Module):
    """Scores of the 66 things and of every choice, for thumbnails of 128 x 128.

    `trunk` turns (N, 3, 128, 128) into features (N, 192, 4, 4).
    """

    def __init__(self, trunk: nn.Module) -> None:
        super().__init__()
        self.trunk = trunk
        self.things = nn.Linear(_WIDTH, len(THINGS))
        pooled = (2 + _SIDE) * _WIDTH
        self.choices = nn.ModuleDict(
            {aspect: nn.Linear(pooled, answers) for aspect, answers in CHOICES.items()}
        )

    def forward(self, thumbs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Scores (N, answers) for "thing" and each choice; thumbnails (N, 3, 128, 128) are from -1 to 1."""
        features = self.trunk(thumbs)
        strongest, mean = features.amax(dim=(2, 3)), features.mean(dim=(2, 3))
        columns = features.amax(dim=2).flatten(1)  # where things stand, from left to right
        pooled = torch.cat([strongest, mean, columns], dim=1)
        scores = {aspect: head(pooled) for aspect, head in self.choices.items()}
        # Each cell names what it sees, so that one of two things is not taken for a part of the other.
        things = self.things(features.flatten(2).transpose(1, 2)).amax(dim=1)
        return {"thing": things, **scores}


def striding_judge() -> Judge:
    """A judge of common convolutions, halving five times, with shortcuts (arXiv:1512.03385)."""
    widths = (16, 32, 64, 128, _WIDTH)
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, stride=2, padding=1)]
    for before, after in zip(widths, widths[1:], strict=False):
        layers += [*_convolution(before, after, stride=2), nn.ReLU()]
        layers += [_ResidualBlock(after) for _ in range(1 if after < _CHEAP_WIDTH else 2)]
    return Judge(nn.Sequential(*layers))


def mixing_judge() -> Judge:
    """A judge of patches that mixes places and channels by turns, after ConvMixer (arXiv:2201.09792)."""
    width, depth = 160, 7
    layers: list[nn.Module] = [nn.Conv2d(3, width, 8, stride=8), nn.ReLU(), nn.BatchNorm2d(width)]
    layers += [_MixingBlock(width) for _ in range(depth)]
    layers += [nn.MaxPool2d(4), nn.Conv2d(width, _WIDTH, 1), nn.ReLU(), nn.BatchNorm2d(_WIDTH)]
    return Judge(nn.Sequential(*layers))


JUDGES = dict(zip(JUDGE_NAMES, (striding_judge, mixing_judge), strict=True))


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


def save_judge(checkpoint: Path, name: str, folder: Path) -> None:
    """Writes a checkpoint's judge in half precision."""
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    tensors = {key: tensor.half() for key, tensor in kept["trainer"]["judge"].items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, _file(folder, name))


def load_judge(folder: Path, name: str) -> Judge:
    """The judge that `save_judge` wrote, ready to be asked. Raises FileNotFoundError where there is none."""
    if not _file(folder, name).is_file():
        raise FileNotFoundError(
            f"no {_file(folder, name)}; `easel train pocket --stages judges export` makes it"
        )
    judge = JUDGES[name]()
    judge.load_state_dict(load_file(_file(folder, name)))
    return judge.eval()


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.safetensors"


@torch.no_grad()
def pass_judgement(judge: Judge, pixels: Pixels, labels: Labels) -> Verdicts:
    """What the judge says of (N, 256, 256, 3) pictures that should show what the labels tell.

    Of a picture with two things it must name both, and before any other.
    """
    judge.eval()
    parts = [
        judge(normalize(torch.from_numpy(shrink(pixels[start : start + 64], JUDGE_PX))))
        for start in range(0, len(pixels), 64)
    ]
    scores = {aspect: torch.cat([part[aspect] for part in parts]) for aspect in parts[0]}
    named = _named(scores["thing"], labels.things)
    right = {"thing": (named == labels.things).all(axis=1)}
    asked = {"thing": np.ones(len(pixels), np.bool_)}
    for aspect in CHOICES:
        right[aspect] = scores[aspect].argmax(dim=1).numpy() == labels.choice(aspect)
        asked[aspect] = labels.choice(aspect) != NOT_ASKED
    return Verdicts(right, asked, named)


def normalize(thumbs: torch.Tensor) -> torch.Tensor:
    """(N, 128, 128, 3) bytes as (N, 3, 128, 128) from -1 to 1."""
    return thumbs.permute(0, 3, 1, 2).float() / 127.5 - 1


class _ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *_convolution(width, width), nn.ReLU(), *_convolution(width, width)
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        changed: torch.Tensor = F.relu(features + self.change(features))
        return changed


def _convolution(before: int, after: int, stride: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(before, after, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(after),
    ]


class _MixingBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.places = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, groups=width), nn.ReLU(), nn.BatchNorm2d(width)
        )
        self.channels = nn.Sequential(nn.Conv2d(width, width, 1), nn.ReLU(), nn.BatchNorm2d(width))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        mixed: torch.Tensor = self.channels(features + self.places(features))
        return mixed


def _named(scores: torch.Tensor, things: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The highest scores of each row, as many as there are things."""
    named = np.zeros_like(things)
    for row, wanted, found in zip(scores, things, named, strict=True):
        found[row.topk(int(wanted.sum())).indices.numpy()] = True
    return named


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
