"""PainterSettings: the `[painter]` section of the configuration, checked as soon as it exists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import ConfigError

INSTALL_LOCAL = "pip install '.[local]'"
POCKET_WEIGHTS = Path(__file__).parent / "pocket" / "weights"

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_CHOICES = {
    "backend": ("pocket", "diffusers"),
    "dtype": ("auto", "float32", "float16", "bfloat16"),
    "offload": ("none", "model", "sequential"),
}
_RANGES: dict[str, tuple[float, float]] = {
    "workers": (0, 64),
    "threads": (0, 512),
    "steps": (1, 500),
    "draft_steps": (1, 500),
    "guidance": (0, 50),
    "guidance_rescale": (0, 1),
    "width": (64, 4096),
    "height": (64, 4096),
    "step_timeout_s": (0.1, 3600),
    "start_timeout_s": (1, 86400),
}


@dataclass(frozen=True, slots=True)
class PainterSettings:
    """Which model paints, where, and how. Raises `ConfigError` with a sentence when a value cannot be right.

    None means: take it from the model's profile.
    """

    backend: str = "pocket"  # "pocket": the built-in painter; "diffusers": `model`
    model: str = ""  # folder or hub id; with "pocket" another folder of the same kind
    variant: str = ""  # weight files' variant, such as "fp16"
    device: str = "auto"  # "auto", "cpu", "mps", "cuda", "cuda:1"
    dtype: str = "auto"  # "auto", "float32", "float16", "bfloat16"
    workers: int = 0  # worker processes; 0: one per device
    threads: int = 0  # CPU threads of a worker; 0: the cores, shared out where `workers` is set
    steps: int | None = None
    draft_steps: int | None = None  # of several pictures painted at once, to choose from
    guidance: float | None = None
    guidance_rescale: float | None = None
    width: int | None = None  # pixels
    height: int | None = None
    scheduler: str | None = None  # diffusers class name; "": the model's own
    negative: str | None = None
    offload: str = "none"  # "model", "sequential": keep the weights in main memory until needed
    slicing: bool = False  # decode pictures one by one
    tiling: bool = False  # decode a picture in tiles
    step_timeout_s: float = 120.0  # silence after which a worker counts as hung
    start_timeout_s: float = 900.0  # to load (and perhaps download) the model

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                known = ", ".join(f'"{choice}"' for choice in choices)
                raise ConfigError(
                    f'[painter] {name} = "{getattr(self, name)}" is unknown; use {known}.'
                )
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ConfigError(
                    f"[painter] {name} = {value} must be between {low:g} and {high:g}."
                )
        self._check_model()

    def _check_model(self) -> None:
        if self.backend == "diffusers" and not self.model:
            raise ConfigError('[painter] backend = "diffusers" needs model: a folder or a hub id.')
        if not _DEVICE.fullmatch(self.device):
            raise ConfigError(
                f'[painter] device = "{self.device}" is unknown; use "auto", "cpu", "mps", "cuda" or "cuda:1".'
            )
        if self.offload != "none" and self.device in ("cpu", "mps"):
            raise ConfigError(
                f'[painter] offload = "{self.offload}" needs a CUDA device, not "{self.device}".'
            )
        for name in ("width", "height"):
            if (getattr(self, name) or 0) % 8:
                raise ConfigError(
                    f"[painter] {name} = {getattr(self, name)} must be a multiple of 8."
                )

    @property
    def source(self) -> str:
        """The folder or hub id that is loaded."""
        if self.backend == "pocket" and not self.model:
            return str(POCKET_WEIGHTS)
        return self.model

    @property
    def model_name(self) -> str:
        """What recipes call the model."""
        return "pocket" if self.backend == "pocket" else self.model
