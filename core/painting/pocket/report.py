"""The figures of an evaluation, and how they are shown."""

import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.painting.pocket.judge import Verdicts
from core.painting.pocket.labels import ASPECTS
from core.painting.pocket.vocabulary import THINGS, Scene

KINDS = ("plain", "tinted", "dressed", "posed", "styled", "pair")

_ROW = "{:22}{:>8}" + "{:>11}" * len(ASPECTS)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of those asked were right."""

    right: int
    asked: int

    def __str__(self) -> str:
        return f"{100 * self.right / self.asked:.1f} %" if self.asked else "-"


Row = dict[str, Tally]
"""A tally for each of `ASPECTS`."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found. "scenes" are the generator's own pictures of the same prompts.

    `painter` and `scenes` hold a row for "all" and for each of `KINDS`, by the first judge;
    `second` and `second_scenes` are the second judge's rows over all.
    """

    painter: dict[str, Row]
    scenes: dict[str, Row]
    second: Row
    second_scenes: Row
    by_picture: Tally  # things painted after a picture of them, without a word
    clip_score: float
    clip_score_of_scenes: float
    diversity: float
    diversity_of_scenes: float
    decoder_psnr_db: float
    seconds_for_four: float
    missed: dict[str, str]  # things that were not always recognised: "3 of 17"
    options: Any

    def to_json(self) -> str:
        """The report as indented JSON."""
        return json.dumps(asdict(self), indent=2)

    def __str__(self) -> str:
        lines = [_ROW.format("", "prompts", *ASPECTS)]
        lines += [_line(f"painter, {kind}", row) for kind, row in self.painter.items()]
        lines += [_line(f"scenes, {kind}", row) for kind, row in self.scenes.items()]
        lines += [_line("painter, second judge", self.second)]
        lines += [_line("scenes, second judge", self.second_scenes)]
        lines += [f"thing by picture alone: {self.by_picture} of {self.by_picture.asked}"]
        lines += [
            f"by the painter's own CLIP: CLIP-S {self.clip_score:.3f} (scenes {self.clip_score_of_scenes:.3f})"
        ]
        lines += [f"diversity {self.diversity:.3f} (scenes {self.diversity_of_scenes:.3f})"]
        lines += [f"decoder: {self.decoder_psnr_db:.2f} dB on fresh scenes"]
        lines += [
            f"four pictures: {self.seconds_for_four:.1f} s at {self.options.painting.steps} steps"
        ]
        missed = ", ".join(f"{name} {share}" for name, share in self.missed.items())
        return "\n".join([*lines, f"missed: {missed or 'none'}"])


def rows(verdicts: Verdicts, scenes: list[Scene]) -> dict[str, Row]:
    """The tallies of all scenes and of each kind."""
    kinds = np.array([kind_of(scene) for scene in scenes])
    chosen = {"all": np.ones(len(scenes), np.bool_)} | {kind: kinds == kind for kind in KINDS}
    return {name: row(verdicts, those) for name, those in chosen.items()}


def row(verdicts: Verdicts, chosen: NDArray[np.bool_]) -> Row:
    """The tallies of the chosen ones."""
    asked = {aspect: verdicts.asked[aspect] & chosen for aspect in ASPECTS}
    return {
        aspect: Tally(int((verdicts.right[aspect] & those).sum()), int(those.sum()))
        for aspect, those in asked.items()
    }


def missed(verdicts: Verdicts, things: NDArray[np.bool_]) -> dict[str, str]:
    """The things (N, 66) that were asked for and not recognised, the worst first."""
    asked, found = things.sum(axis=0), (things & verdicts.named).sum(axis=0)
    order = np.argsort(found / np.maximum(asked, 1))
    names = list(THINGS)
    return {names[i]: f"{asked[i] - found[i]} of {asked[i]}" for i in order if found[i] < asked[i]}


def kind_of(scene: Scene) -> str:
    """The hardest that a scene asks for, by the order of `KINDS`."""
    thing = scene.things[0]
    asked = {
        "plain": True,
        "tinted": thing.color is not None,
        "dressed": thing.worn is not None or thing.held is not None,
        "posed": thing.pose is not None,
        "styled": scene.style is not None,
        "pair": len(scene.things) > 1,
    }
    return next(kind for kind in reversed(KINDS) if asked[kind])


def _line(name: str, row: Row) -> str:
    return _ROW.format(name, row["thing"].asked, *[str(row[aspect]) for aspect in ASPECTS])
