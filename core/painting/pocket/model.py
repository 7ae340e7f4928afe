"""A trained painter's folder: checked, loaded, and asked to paint."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image
from tqdm import tqdm  # type: ignore[import-untyped]

from core.painting.pocket.adapter import ADAPTER_FILE
from core.painting.pocket.clip import CLIP_FOLDER
from core.painting.pocket.codec import Pixels
from core.painting.pocket.sampler import steady

_PARTS = (Path("model_index.json"), Path(CLIP_FOLDER) / "config.json", ADAPTER_FILE)


@dataclass(frozen=True, slots=True)
class PaintOptions:
    """How a picture is painted; a batch shares its steps."""

    steps: int = 16
    guidance: float = 2.0
    guidance_rescale: float = 0.7
    batch_size: int = 8
    device: str = "cpu"


def check_model(folder: Path) -> None:
    """Raises FileNotFoundError in a sentence where a part of a painter is missing."""
    for part in _PARTS:
        if not (folder / part).is_file():
            raise FileNotFoundError(f"no {folder / part}; `easel train pocket` makes such a folder")


class PocketModel:
    """A painter loaded from its folder by the stock pipeline."""

    def __init__(self, folder: Path, options: PaintOptions) -> None:
        check_model(folder)
        self._folder, self._options = folder, options
        self._pipeline = self._load()

    @property
    def autoencoder(self) -> Any:
        """The painter's AutoencoderTiny."""
        return self._pipeline.vae

    def paint(self, prompts: Sequence[str], seed: int) -> Pixels:
        """The prompts' pictures (N, 256, 256, 3), each from its own seed, counted up from `seed`."""
        painted: list[Image.Image] = []
        size = self._options.batch_size
        for start in tqdm(range(0, len(prompts), size), desc="pictures"):
            batch = list(prompts[start : start + size])
            seeds = [seed + start + place for place in range(len(batch))]
            painted += self._call(self._pipeline, batch, seeds)
        return np.stack([np.asarray(image) for image in painted])

    def paint_after(self, references: Pixels, seed: int) -> Pixels:
        """A picture after each reference (N, 256, 256, 3), without a word, all from the same seed."""
        pipeline = (
            self._load()
        )  # of its own: with its adapter a UNet paints nothing without a reference
        pipeline.load_ip_adapter(
            self._folder,
            subfolder=ADAPTER_FILE.parent.name,
            weight_name=ADAPTER_FILE.name,
            image_encoder_folder=f"./{CLIP_FOLDER}",
            local_files_only=True,
        )
        painted = [
            self._call(pipeline, [""], [seed], Image.fromarray(reference))[0]
            for reference in references
        ]
        return np.stack([np.asarray(image) for image in painted])

    def _load(self) -> Any:
        pipeline_class: Any = diffusers.StableDiffusionPipeline
        pipeline = pipeline_class.from_pretrained(
            self._folder, torch_dtype=torch.float32, local_files_only=True
        )
        pipeline.scheduler = steady(pipeline.scheduler)
        pipeline.to(self._options.device)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline

    def _call(
        self,
        pipeline: Any,
        prompts: list[str],
        seeds: list[int],
        shown: Image.Image | None = None,
    ) -> list[Image.Image]:
        images: list[Image.Image] = pipeline(
            prompts,
            ip_adapter_image=shown,
            num_inference_steps=self._options.steps,
            guidance_scale=self._options.guidance,
            guidance_rescale=self._options.guidance_rescale,
            generator=[torch.Generator().manual_seed(each) for each in seeds],
        ).images
        return images
