"""Recipes -> the diffusers pipeline that paints them, and what it is called with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from core.painting.masks import Opening, fitted
from core.painting.recipe import Recipe, Source, Technique
from core.painting.schedulers import takes

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from core.painting.pipelines import Loaded

Call = tuple[Any, dict[str, Any]]  # pipeline, options


def call_for(
    loaded: Loaded,
    recipes: Sequence[Recipe],
    sources: Sequence[Source | None],
    openings: Sequence[Opening],
) -> Call:
    """`openings`: one for each recipe, or none where whole pictures are painted."""
    first = recipes[0]
    options = _options(recipes)
    is_text = first.technique is Technique.TEXT_TO_PICTURE
    if is_text and loaded.inpaint is None:
        return loaded.text, options | {"width": first.width, "height": first.height}
    images = [_blank(recipe) for recipe in recipes] if is_text else _images(recipes, sources)
    options |= {"image": images, "strength": 1.0 if is_text else _strength(first)}
    if loaded.inpaint is None:
        return loaded.picture, options
    options |= {"width": first.width, "height": first.height}
    return loaded.inpaint, options | {"mask_image": _masks(loaded, recipes, openings)}


def _options(recipes: Sequence[Recipe]) -> dict[str, Any]:
    """What all pipelines are called with."""
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


def _images(recipes: Sequence[Recipe], sources: Sequence[Source | None]) -> list[Image]:
    pairs = zip(recipes, sources, strict=True)
    return [fitted(source.picture, recipe) for recipe, source in pairs if source]


def _strength(recipe: Recipe) -> float:
    return max(recipe.strength or 0.0, 1.001 / recipe.steps)  # at least one step


def _blank(recipe: Recipe) -> Image:
    """What a model with inpainting weights sees where nothing is given: the middle of its range."""
    from PIL import Image

    return Image.new("RGB", (recipe.width, recipe.height), (128, 128, 128))


def _masks(loaded: Loaded, recipes: Sequence[Recipe], openings: Sequence[Opening]) -> list[Image]:
    """White wherever a latent covers a pixel that may change: the pipeline itself looks at one pixel of each."""
    from PIL import Image

    size = recipes[0].width, recipes[0].height
    if not openings:
        return [Image.new("L", size, 255) for _ in recipes]
    columns, rows = (side // loaded.inpaint.vae_scale_factor for side in size)
    nearest = Image.Resampling.NEAREST
    return [opening.cells(columns, rows).resize(size, nearest) for opening in openings]


@contextlib.contextmanager
def offloaded(pipeline: Any) -> Iterator[None]:
    """Puts the weights back also when a cancelled call never reached its end."""
    try:
        yield
    finally:
        pipeline.maybe_free_model_hooks()


@contextlib.contextmanager
def rescaled(pipeline: Any, recipe: Recipe, options: dict[str, Any]) -> Iterator[None]:
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
