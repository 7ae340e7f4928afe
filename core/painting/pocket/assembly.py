"""The trained parts put together as a folder that diffusers' own StableDiffusionPipeline loads."""

import shutil
from pathlib import Path
from typing import Any

import diffusers
import torch

from core.painting.pocket.adapter import ADAPTER_FILE, save_adapter
from core.painting.pocket.clip import CLIP_FOLDER, save_clip
from core.painting.pocket.codec import load_codec
from core.painting.pocket.decoder import load_decoder
from core.painting.pocket.denoiser import load_painter
from core.painting.pocket.judge import JUDGES_FOLDER, save_judge
from core.painting.pocket.networks import Sizes, build_autoencoder, build_sampler
from core.painting.pocket.work import WorkFolder


def assemble(work: WorkFolder, out_dir: Path, sizes: Sizes) -> None:
    """Writes the painter of a work folder's checkpoints to `out_dir`, in half precision.

    Weights that lie at `out_dir` already are replaced; other files there stay.
    """
    work.require_for("export")
    if work.is_adapter_old():
        raise FileNotFoundError(
            f"{work.adapter} is older than its painter; run the stage 'adapter'"
        )
    painter = load_painter(work.unet, sizes)
    pipeline_class: Any = diffusers.StableDiffusionPipeline
    pipeline = pipeline_class(
        vae=load_autoencoder(work, sizes),
        text_encoder=painter.text_encoder,
        tokenizer=painter.tokenizer,
        unet=painter.unet,
        scheduler=build_sampler(),
        safety_checker=None,
        feature_extractor=None,
        image_encoder=None,
        requires_safety_checker=False,
    )
    pipeline.to(dtype=torch.float16)
    unfinished = out_dir.with_name(f".unfinished-{out_dir.name}")
    shutil.rmtree(unfinished, ignore_errors=True)
    pipeline.save_pretrained(unfinished)
    save_clip(work.clip, unfinished / CLIP_FOLDER)
    for name, checkpoint in work.judges.items():
        save_judge(checkpoint, name, unfinished / JUDGES_FOLDER)
    kept = torch.load(work.adapter, map_location="cpu", weights_only=True)
    save_adapter(painter.unet, kept["trainer"]["average"], unfinished / ADAPTER_FILE)
    shutil.copytree(unfinished, out_dir, dirs_exist_ok=True)
    shutil.rmtree(unfinished)


def load_autoencoder(work: WorkFolder, sizes: Sizes) -> Any:
    """The exact encoder with the decoder of the work folder's checkpoint."""
    autoencoder = build_autoencoder(load_codec(work.codec), sizes)
    load_decoder(work.decoder, autoencoder.decoder)
    autoencoder.eval()
    return autoencoder
