"""Recipe: all that determines one picture. The same recipe on the same kind of device gives the same picture."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


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

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces; equal recipes give equal text."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

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
            self.guidance_rescale, self.technique, self.strength,
        )  # fmt: skip
