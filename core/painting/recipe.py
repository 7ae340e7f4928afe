"""Recipe: all that determines one picture. The same recipe on the same kind of device gives the same picture."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_LATER = ("region", "mask", "others")


class Technique(StrEnum):
    TEXT_TO_PICTURE = "text_to_picture"
    PICTURE_TO_PICTURE = (
        "picture_to_picture"  # SDEdit: noise the source by `strength`, denoise with the new words
    )


@dataclass(frozen=True, slots=True)
class Recipe:
    model: str  # folder, hub id, or "pocket"
    prompt: str
    seed: int  # 0..2**32-1
    steps: int
    guidance: float  # classifier-free guidance scale; 1 turns it off
    width: int  # pixels
    height: int
    negative: str = ""
    scheduler: str = ""  # diffusers class name such as "DDIMScheduler"; "": the model's own
    guidance_rescale: float = 0.0  # 0..1, Lin et al. 2305.08891 section 3.4
    technique: Technique = Technique.TEXT_TO_PICTURE
    source: str | None = None  # id of the picture it starts from
    strength: float | None = (
        None  # 0..1, share of the denoising that is done anew; None without a source
    )
    region: str = ""  # a name in `core.regions`: only this part is painted anew; "": all of it
    mask: str | None = None  # region "mask": id of the picture that is white where it may change
    others: tuple[str, ...] = ()  # ids of further pictures whose words are in the prompt

    def __post_init__(self) -> None:
        object.__setattr__(self, "others", tuple(self.others))  # JSON knows no tuples

    def to_json(self, ascii_only: bool = False) -> str:
        """Canonical JSON: sorted keys, no spaces; equal recipes give equal text.

        Later fields are left out where they say nothing, so that older recipes keep their text and their hash.
        """
        fields = {k: v for k, v in asdict(self).items() if v or k not in _LATER}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=ascii_only)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """The recipe that `to_json` wrote; unknown keys (of a newer version) raise TypeError."""
        fields: dict[str, Any] = json.loads(text)
        return cls(**{**fields, "technique": Technique(fields["technique"])})

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @property
    def batch_key(self) -> tuple[object, ...]:
        """Recipes with equal keys can be painted in one batch."""
        return (
            self.model, self.steps, self.guidance, self.width, self.height, self.scheduler,
            self.guidance_rescale, self.technique, self.strength, bool(self.region),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """The files behind a recipe's `source` and `mask`."""

    picture: Path
    mask: Path | None = None
