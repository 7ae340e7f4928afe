"""What a model can do and is best asked for, read from its folder without loading it (and without torch)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.errors import ModelBroken
from core.painting.folder import check_folder, read_json
from core.painting.pocket.repertoire import known_words
from core.painting.settings import PainterSettings

T = TypeVar("T")

_FEW_STEPS = re.compile(r"lcm|turbo|lightning", re.IGNORECASE)
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class PainterProfile:
    """The defaults and limits for recipes of one model."""

    model: str  # what recipes call it
    steps: int
    guidance: float
    guidance_rescale: float
    width: int  # pixels; the size the model was trained for unless the operator chose another
    height: int
    multiple_of: int  # width and height must be multiples of this
    max_pictures: int  # in one batch
    scheduler: str = ""  # "": the model's own
    negative: str = ""
    refine_scale: float = 1.0  # a refinement is painted this much larger on each side
    max_side: int = 2048  # pixels; refinements of refinements stop growing here
    any_shape: bool = True  # False: it learned one size and paints no other well
    draft_steps: int | None = None  # for several pictures to choose from; None: as many as for one
    knows: str = ""  # sentences: all it can paint; "": whatever can be said


@dataclass(frozen=True, slots=True)
class _Family:
    steps: int
    guidance: float
    guidance_rescale: float
    size_px: int
    max_pictures: int
    refine_scale: float
    draft_steps: int | None = None


_POCKET = _Family(16, 2.0, 0.7, size_px=256, max_pictures=8, refine_scale=1.0, draft_steps=4)
_SD = _Family(30, 7.5, 0.0, size_px=512, max_pictures=8, refine_scale=1.5)
_SDXL = _Family(30, 5.0, 0.0, size_px=1024, max_pictures=4, refine_scale=1.25)


def profile_of(settings: PainterSettings) -> PainterProfile:
    """The model's own defaults with the operator's on top.

    Raises `ModelBroken` naming the missing part. A hub id that was never downloaded is judged by its name.
    """
    folder = local_folder(settings)
    if folder is None:
        return _profile(settings, _family_by_name(settings.model), settings.model, None)
    index = check_folder(folder, settings.variant)
    family = _POCKET if settings.backend == "pocket" else _family_of(index, folder)
    return _profile(settings, family, f"{settings.source} {_scheduler_of(folder)}", folder)


def local_folder(settings: PainterSettings) -> Path | None:
    """Where the model lies on this machine; None: a hub id that has yet to be downloaded."""
    path = Path(settings.source).expanduser()
    if path.is_dir():
        return path
    if settings.backend == "diffusers" and _HUB_ID.fullmatch(settings.source):
        return _hub_snapshot(settings.source)
    advice = ' For a model of the hub set backend = "diffusers" in [painter].'
    is_id = settings.backend == "pocket" and _HUB_ID.fullmatch(settings.source)
    raise ModelBroken(f"There is no model folder {settings.source}.{advice if is_id else ''}")


def _hub_snapshot(hub_id: str) -> Path | None:
    """The folder in huggingface_hub's cache (layout: its guide "Understand caching"); only if it is complete enough."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub")).expanduser()
    repository = cache / f"models--{hub_id.replace('/', '--')}"
    branch = repository / "refs" / "main"
    if not branch.is_file():
        return None
    folder = repository / "snapshots" / branch.read_text().strip()
    return folder if (folder / "model_index.json").is_file() else None


def _profile(
    settings: PainterSettings, family: _Family, hints: str, folder: Path | None
) -> PainterProfile:
    few = bool(_FEW_STEPS.search(hints)) and family is not _POCKET
    width, height, multiple_of = _size(folder, family)
    return PainterProfile(
        model=settings.model_name,
        steps=_first(settings.steps, 6 if few else family.steps),
        guidance=_first(settings.guidance, 1.0 if few else family.guidance),
        guidance_rescale=_first(settings.guidance_rescale, family.guidance_rescale),
        width=_multiple(settings.width or width, multiple_of),
        height=_multiple(settings.height or height, multiple_of),
        multiple_of=multiple_of,
        max_pictures=family.max_pictures,
        scheduler=settings.scheduler or "",
        negative=settings.negative or "",
        refine_scale=family.refine_scale,
        any_shape=family is not _POCKET,
        draft_steps=_first(settings.draft_steps, family.draft_steps),
        knows=known_words() if family is _POCKET else "",
    )


def _family_of(index: dict[str, Any], folder: Path) -> _Family:
    pipeline = str(index["_class_name"])
    if pipeline.startswith("StableDiffusionXL"):
        return _SDXL
    if re.fullmatch(r"(Stable|LatentConsistency)\w*Pipeline\w*", pipeline) and "3" not in pipeline:
        return _SD
    raise ModelBroken(
        f"The model {folder} is a {pipeline}; Easel paints with models of the Stable Diffusion 1, 2 and XL class."
    )


def _family_by_name(hub_id: str) -> _Family:
    return _SDXL if "xl" in hub_id.lower() else _SD


def _scheduler_of(folder: Path) -> str:
    return str(read_json(folder / "scheduler" / "scheduler_config.json").get("_class_name", ""))


def _size(folder: Path | None, family: _Family) -> tuple[int, int, int]:
    """(width, height, multiple), in pixels."""
    if folder is None:
        return family.size_px, family.size_px, 8
    vae = read_json(folder / "vae" / "config.json")
    scale = int(2 ** (len(vae.get("block_out_channels", (0,) * 4)) - 1))
    sample = read_json(folder / "unet" / "config.json").get("sample_size") or family.size_px // 8
    rows, columns = sample if isinstance(sample, list) else (sample, sample)
    return columns * scale, rows * scale, max(8, scale)


def _first(value: T | None, default: T) -> T:
    return default if value is None else value


def _multiple(size_px: int, of: int) -> int:
    return max(of, size_px // of * of)
