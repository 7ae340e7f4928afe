"""DiffusersPainter: paints with any Stable Diffusion 1, 2 or XL class model, the pocket painter among them."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import OutOfMemory, PaintingError, WorkerLost
from core.painting.recipe import Recipe, Technique
from core.painting.schedulers import Foresight, fresh_scheduler, takes
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
        sources: Sequence[Path | None],
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

    def _check(self, recipes: Sequence[Recipe], sources: Sequence[Path | None]) -> None:
        first = recipes[0]
        if any(recipe.batch_key != first.batch_key for recipe in recipes):
            raise PaintingError("These recipes differ too much to be painted together.")
        if first.model != self._settings.model_name:
            raise PaintingError(
                f"This picture is to be painted by {first.model}, but {self._settings.model_name} paints here now."
            )
        if first.technique is Technique.PICTURE_TO_PICTURE and (
            first.strength is None or None in sources
        ):
            raise PaintingError("A picture made from a picture needs its source and a strength.")

    def _paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Path | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image]:
        import torch

        pixels = self._pixels(recipes, sources, on_step)
        if not torch.isfinite(pixels).all() and self._become_precise():
            pixels = self._pixels(recipes, sources, on_step)
        if not torch.isfinite(pixels).all():
            raise PaintingError(
                "The model answered with broken numbers; another scheduler or size may help."
            )
        processor = self._pipelines.text.image_processor
        images: list[Image] = processor.numpy_to_pil(processor.pt_to_numpy(pixels.float()))
        return images

    def _pixels(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Path | None],
        on_step: Callable[[StepReport], None],
    ) -> Tensor:
        """(B, 3, H, W) in 0..1; not finite where half precision overflowed."""
        first, loaded = recipes[0], self._pipelines
        is_text = first.technique is Technique.TEXT_TO_PICTURE
        pipeline = loaded.text if is_text else loaded.picture
        pipeline.scheduler = fresh_scheduler(loaded.scheduler, first.scheduler)
        options = _options(recipes)
        if is_text:
            options |= {"width": first.width, "height": first.height}
        else:
            options |= {
                "image": [_source(path, first.width, first.height) for path in sources if path],
                "strength": max(first.strength or 0.0, 1.001 / first.steps),  # at least one step
            }
        follower = _Follower(Foresight(pipeline.scheduler), loaded, on_step)
        with _offloaded(pipeline), _rescaled(pipeline, first, options):
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
    """The pipeline's step callback: reports each step, and keeps the CPU at most one step ahead of a GPU."""

    def __init__(
        self, foresight: Foresight, loaded: Loaded, on_step: Callable[[StepReport], None]
    ) -> None:
        self._foresight = foresight
        self._loaded = loaded
        self._on_step = on_step
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
        return {}

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


def _options(recipes: Sequence[Recipe]) -> dict[str, Any]:
    """What both pipelines are called with."""
    import torch

    first = recipes[0]
    negatives = [recipe.negative for recipe in recipes]
    return {
        "prompt": [recipe.prompt for recipe in recipes],
        # None, not empty texts: XL models were trained with zeros for "nothing"
        "negative_prompt": negatives if any(negatives) else None,
        # On the CPU, so that a seed means the same noise on every device.
        "generator": [torch.Generator().manual_seed(recipe.seed) for recipe in recipes],
        "num_inference_steps": first.steps,
        "guidance_scale": first.guidance,
        "output_type": "pt",
    }


def _source(path: Path, width: int, height: int) -> Image:
    """The picture at `path`, scaled and cropped around its centre to the size of the recipe."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            return ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    except OSError as error:
        raise PaintingError(f"The picture this one starts from cannot be read: {error}") from error


@contextlib.contextmanager
def _offloaded(pipeline: Any) -> Iterator[None]:
    """Puts the weights back also when a cancelled call never reached its end."""
    try:
        yield
    finally:
        pipeline.maybe_free_model_hooks()


@contextlib.contextmanager
def _rescaled(pipeline: Any, recipe: Recipe, options: dict[str, Any]) -> Iterator[None]:
    """Guidance rescale (2305.08891, section 3.4), also for pipelines that do not take it.

    There a hook on the UNet scales both halves of its answer: guidance is linear in them, so the result is the same.
    """
    if recipe.guidance <= 1 or recipe.guidance_rescale <= 0:
        yield
        return
    if takes(pipeline.__call__, "guidance_rescale"):
        options["guidance_rescale"] = recipe.guidance_rescale
        yield
        return

    def rescale(_module: Any, _inputs: Any, output: tuple[Tensor]) -> tuple[Tensor]:
        empty, text = output[0].chunk(2)
        guided = empty + recipe.guidance * (text - empty)
        ratio = text.std((1, 2, 3), keepdim=True) / guided.std((1, 2, 3), keepdim=True)
        factor = recipe.guidance_rescale * ratio + (1 - recipe.guidance_rescale)
        return (output[0] * factor.repeat(2, 1, 1, 1),)

    handle = pipeline.unet.register_forward_hook(rescale)
    try:
        yield
    finally:
        handle.remove()


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
