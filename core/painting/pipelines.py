"""Loads a model folder or hub id as diffusers pipelines that share their weights, on the right device."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.errors import ModelBroken
from core.painting.folder import read_json
from core.painting.previews import LatentPreview
from core.painting.profile import local_folder, profile_of
from core.painting.settings import INSTALL_LOCAL, PainterSettings

_INPAINTING_CHANNELS = 9  # latents, a mask, and the latents of what the mask leaves


@dataclass(frozen=True, slots=True)
class Loaded:
    text: Any  # the text-to-picture pipeline
    picture: Any  # the picture-to-picture pipeline; the same parts
    inpaint: (
        Any  # of a model with inpainting weights the one pipeline that can paint with it; else None
    )
    scheduler: Any  # the model's own
    preview: LatentPreview
    device: str
    device_count: int  # devices of that kind on this machine
    dtype: Any  # torch.dtype of the weights


def load(settings: PainterSettings) -> Loaded:
    """Raises `ModelBroken` naming the missing part or device."""
    profile_of(settings)
    with _explained(settings):
        import torch
        from diffusers import (
            AutoPipelineForImage2Image,
            AutoPipelineForInpainting,
            AutoPipelineForText2Image,
        )

        _be_quiet()
        device, count = _choose_device(settings.device)
        dtype = _choose_dtype(settings.dtype, device)
        loader: Any = AutoPipelineForText2Image
        text = loader.from_pretrained(**_arguments(settings, dtype))
        preview = LatentPreview(text.vae.to(torch.float32))
        text.vae.to(dtype)
        _place(text, settings, device)
        picture = AutoPipelineForImage2Image.from_pipe(text)
        inpaint = None
        if text.unet.config.in_channels == _INPAINTING_CHANNELS:
            inpaint = AutoPipelineForInpainting.from_pipe(text)
        for pipeline in filter(None, (text, picture, inpaint)):
            pipeline.set_progress_bar_config(disable=True)
    scheduler = text.scheduler
    if settings.backend == "pocket":
        from core.painting.pocket.sampler import steady

        scheduler = steady(scheduler)
    return Loaded(text, picture, inpaint, scheduler, preview, device, count, dtype)


@contextlib.contextmanager
def _explained(settings: PainterSettings) -> Iterator[None]:
    """What goes wrong while reading weights, as `ModelBroken`."""
    try:
        yield
    except ImportError as error:
        raise ModelBroken(
            f"Painting on this machine needs more packages ({error}); "
            f"where Easel's code lies, run: {INSTALL_LOCAL}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelBroken(f"The model {settings.source} cannot be loaded: {error}") from error
    except RuntimeError as error:  # torch's own, out of memory among them
        raise ModelBroken(
            f"The model {settings.source} cannot be put on the device {settings.device}: {error} "
            'If it is too large, set offload = "model" in [painter].'
        ) from error


def _be_quiet() -> None:
    """No progress bars and no advice about optional packages in the log."""
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()


def _choose_device(wanted: str) -> tuple[str, int]:
    """The device and how many of its kind there are. Raises `ModelBroken` when it is not there."""
    import torch

    cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    mps = torch.backends.mps.is_available()
    if wanted == "auto":
        wanted = "cuda" if cuda else "mps" if mps else "cpu"
    if wanted.startswith("cuda"):
        number = int(wanted.partition(":")[2] or 0)
        if number >= cuda:
            raise ModelBroken(f"There is no device {wanted}: this machine has {cuda} CUDA devices.")
        return f"cuda:{number}", cuda
    if wanted == "mps" and not mps:
        raise ModelBroken("There is no device mps: this machine has no Apple GPU.")
    return wanted, 1


def _choose_dtype(wanted: str, device: str) -> Any:
    """Half precision where the device is fast at it: bfloat16, which does not overflow, before float16."""
    import torch

    if wanted != "auto":
        return getattr(torch, wanted)
    if device == "cpu":
        return torch.float32
    if device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.float16


def _arguments(settings: PainterSettings, dtype: Any) -> dict[str, Any]:
    folder = local_folder(settings)
    arguments: dict[str, Any] = {
        "pretrained_model_or_path": str(folder or settings.source),
        "dtype": dtype,
        "use_safetensors": True,
        "local_files_only": folder is not None,
    }
    if settings.variant:
        arguments["variant"] = settings.variant
    if folder is not None:
        index = read_json(folder / "model_index.json")
        is_xl = str(index["_class_name"]).startswith("StableDiffusionXL")
        if not is_xl and (index.get("safety_checker") or [None])[0] is None:
            arguments |= {"safety_checker": None, "requires_safety_checker": False}
    return arguments


def _place(pipeline: Any, settings: PainterSettings, device: str) -> None:
    import torch

    if settings.slicing:
        pipeline.vae.enable_slicing()
    if settings.tiling:
        pipeline.vae.enable_tiling()
    if settings.offload == "none" or not device.startswith("cuda"):
        pipeline.to(device)
    elif settings.offload == "model":
        pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.enable_sequential_cpu_offload(device=device)
    if device.startswith("cuda"):  # convolutions in half precision want channels last
        pipeline.unet.to(memory_format=torch.channels_last)
