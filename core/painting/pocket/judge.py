"""Small classifiers of scenes, trained on the generator's scenes and on nothing the painter made.

Two of them, built differently: where both say the same, it is the picture and not the judge.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import nn

from core.painting.pocket.codec import Pixels
from core.painting.pocket.dataset import shrink
from core.painting.pocket.labels import CHOICES, NOT_ASKED, Labels
from core.painting.pocket.vocabulary import THINGS

JUDGE_PX = 128
JUDGES_FOLDER = "judges"  # beside the painter's own parts

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


JUDGES = {"striding": striding_judge, "mixing": mixing_judge}


def save_judge(checkpoint: Path, name: str, folder: Path) -> None:
    """Writes a checkpoint's judge in half precision."""
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    tensors = {
        key: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for key, tensor in kept["trainer"]["judge"].items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, _file(folder, name))


def load_judge(folder: Path, name: str) -> Judge:
    """The judge that `save_judge` wrote, ready to be asked. Raises FileNotFoundError where there is none."""
    if not _file(folder, name).is_file():
        raise FileNotFoundError(
            f"no {_file(folder, name)}; `easel train pocket` makes such a folder"
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
