"""DiffusersPainter: paints with any Stable Diffusion 1, 2 or XL class model, the pocket painter among them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from core.errors import OutOfMemory, PaintingError, WorkerLost
from core.painting.blending import Blend
from core.painting.calls import call_for, offloaded, rescaled
from core.painting.masks import Opening, opening
from core.painting.recipe import Recipe, Source, Technique
from core.painting.schedulers import Foresight, fresh_scheduler
from core.painting.settings import PainterSettings
from core.ports import StepReport

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from core.painting.pipelines import Loaded

_NO_MEMORY = ("out of memory", "not enough memory", "defaultcpuallocator", "alloc_failed")
_BROKEN_DEVICE = ("cuda error", "device-side assert", "cudnn_status_", "cublas_status_")


class DiffusersPainter:
    """A `core.ports.Painter`. The noise of a picture comes from its own seed, whatever else is in its batch."""

    def __init__(self, settings: PainterSettings) -> None:
        self._settings = settings
        self._loaded: Loaded | None = None

    @property
    def device(self) -> str:
        """Where it paints, such as "cuda:0"; known once loaded."""
        return self._loaded.device if self._loaded else ""

    @property
    def device_count(self) -> int:
        """How many devices of that kind the machine has."""
        return self._loaded.device_count if self._loaded else 0

    def load(self) -> None:
        from core.painting.pipelines import load

        self._loaded = load(self._settings)

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image]:
        """See `core.ports.Painter`. Raises `WorkerLost` when only a new process can use the device again."""
        self._check(recipes, sources)
        try:
            return self._paint(recipes, sources, on_step)
        except (RuntimeError, MemoryError) as error:
            failure = _explain(error)
            if failure is None:
                raise
        # Out here the traceback is gone, and with it the tensors that it held.
        self._free_memory()
        raise failure

    def save_memory(self) -> bool:
        """Decodes in slices and tiles from now on; False: it did so already."""
        vae = self._pipelines.text.vae
        if vae.use_slicing and vae.use_tiling:
            return False
        vae.enable_slicing()
        vae.enable_tiling()
        return True

    @property
    def _pipelines(self) -> Loaded:
        if self._loaded is None:
            raise PaintingError("The painter has not loaded its model yet.")
        return self._loaded

    def _check(self, recipes: Sequence[Recipe], sources: Sequence[Source | None]) -> None:
        first = recipes[0]
        if any(recipe.batch_key != first.batch_key for recipe in recipes):
            raise PaintingError("These recipes differ too much to be painted together.")
        if first.model != self._settings.model_name:
            raise PaintingError(
                f"This picture is to be painted by {first.model}, but {self._settings.model_name} paints here now."
            )
        needs_source = first.technique is Technique.PICTURE_TO_PICTURE or first.region
        if needs_source and (first.strength is None or None in sources):
            raise PaintingError("A picture made from a picture needs its source and a strength.")

    def _paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image]:
        import torch

        openings = _openings(recipes, sources)
        pixels = self._pixels(recipes, sources, openings, on_step)
        if not torch.isfinite(pixels).all() and self._become_precise():
            pixels = self._pixels(recipes, sources, openings, on_step)
        if not torch.isfinite(pixels).all():
            raise PaintingError(
                "The model answered with broken numbers; another scheduler or size may help."
            )
        processor = self._pipelines.text.image_processor
        images: list[Image] = processor.numpy_to_pil(processor.pt_to_numpy(pixels.float()))
        if not openings:
            return images
        return [hole.over(image) for hole, image in zip(openings, images, strict=True)]

    def _pixels(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        openings: Sequence[Opening],
        on_step: Callable[[StepReport], None],
    ) -> Tensor:
        """(B, 3, H, W) in 0..1; not finite where half precision overflowed."""
        first, loaded = recipes[0], self._pipelines
        pipeline, options = call_for(loaded, recipes, sources, openings)
        scheduler = pipeline.scheduler = fresh_scheduler(loaded.scheduler, first.scheduler)
        foresight = Foresight(scheduler)
        blend = Blend(scheduler, openings) if openings and loaded.inpaint is None else None
        follower = _Follower(foresight, loaded, on_step, blend)
        with offloaded(pipeline), rescaled(pipeline, first, options):
            result = pipeline(**options, callback_on_step_end=follower)
        hidden = getattr(result, "nsfw_content_detected", None)
        if hidden and all(hidden):
            raise PaintingError(
                "The model's safety filter hid this; please ask for something else."
            )
        pixels: Tensor = result.images
        return pixels

    def _become_precise(self) -> bool:
        """Goes on in float32; False: it is so already, or the offloading hooks hold the weights."""
        import dataclasses

        import torch

        loaded = self._pipelines
        if loaded.dtype == torch.float32 or self._settings.offload == "sequential":
            return False
        for part in loaded.text.components.values():
            if isinstance(part, torch.nn.Module):
                part.to(torch.float32)
        self._loaded = dataclasses.replace(loaded, dtype=torch.float32)
        return True

    def _free_memory(self) -> None:
        import torch

        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        elif self.device == "mps":
            torch.mps.empty_cache()


class _Follower:
    """The pipeline's step callback: reports each step, keeps the CPU at most one step ahead of a GPU, and blends."""

    def __init__(
        self,
        foresight: Foresight,
        loaded: Loaded,
        on_step: Callable[[StepReport], None],
        blend: Blend | None,
    ) -> None:
        self._foresight = foresight
        self._loaded = loaded
        self._on_step = on_step
        self._blend = blend
        self._previous: Any = None  # torch.cuda.Event

    def __call__(
        self, pipeline: Any, index: int, timestep: Any, tensors: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        self._keep_pace()
        latents = self._foresight.latents
        shown = tensors["latents"] if latents is None else latents
        self._on_step(
            StepReport(index + 1, pipeline.num_timesteps, lambda: self._loaded.preview.jpeg(shown))
        )
        if self._blend is None:
            return {}
        return {
            "latents": self._blend.after_step(tensors["latents"], index, pipeline.num_timesteps)
        }

    def _keep_pace(self) -> None:
        if not self._loaded.device.startswith("cuda"):
            return
        import torch

        cuda: Any = torch.cuda
        event = cuda.Event()
        event.record()
        if self._previous is not None:
            self._previous.synchronize()
        self._previous = event


def _openings(recipes: Sequence[Recipe], sources: Sequence[Source | None]) -> list[Opening]:
    """The parts that may change; none where whole pictures are painted."""
    pairs = zip(recipes, sources, strict=True)
    return [opening(recipe, source) for recipe, source in pairs if recipe.region and source]


def _explain(error: RuntimeError | MemoryError) -> PaintingError | None:
    text = f"{type(error).__name__} {error}".lower()
    if isinstance(error, MemoryError) or any(sign in text for sign in _NO_MEMORY):
        return OutOfMemory(
            f"Not enough memory to paint this: {error}",
            "There is not enough memory for this; fewer or smaller pictures may fit.",
        )
    if any(sign in text for sign in _BROKEN_DEVICE):
        return WorkerLost(
            f"The device failed: {error}", "The graphics card failed while painting this."
        )
    return None
