"""Recipes for each way a picture comes about. Pure: the same arguments give the same recipes."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.flags import Flags
from core.painting.profile import PainterProfile
from core.painting.recipe import Recipe, Technique
from core.types import Picture

SEEDS = 2**32
NO_FLAGS = Flags()
REFINE_STRENGTH = 0.3  # redoes the fine detail only
VARY_STRENGTH = 0.65  # of an upload, which has no words to start from
PART_STRENGTH = 0.85  # at least, where only a part changes: what surrounds it holds it together
BLEND_STRENGTH = (
    0.75  # enough for what the other pictures bring, little enough for the first one's look
)
REFINE_STEPS = 1.6  # times the usual number, since only a share of them runs


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a picture an edit may change: a name in `core.regions` ("": all), with "mask" the mask's id."""

    region: str = ""
    mask: str | None = None


WHOLE = Part()


def fresh(profile: PainterProfile, prompt: str, seed: int, flags: Flags = NO_FLAGS) -> Recipe:
    """A picture from noise, in the painter's usual size and steps."""
    width, height = _size(profile, flags.aspect)
    return Recipe(
        model=profile.model,
        prompt=prompt,
        negative=flags.negative or profile.negative,
        seed=seed % SEEDS,
        steps=profile.steps,
        guidance=profile.guidance,
        guidance_rescale=profile.guidance_rescale,
        scheduler=profile.scheduler,
        width=width,
        height=height,
    )


def edited(
    profile: PainterProfile,
    source: Picture,
    prompt: str,
    flags: Flags,
    index: int = 0,
    part: Part = WHOLE,
) -> Recipe:
    """The new words on the source's pixels and seed; more of it is redone the more words changed.

    `index` counts several edits of one wish; each has a seed of its own. Where only a part may change, the picture
    keeps its shape.
    """
    strength = flags.strength
    if strength is None:
        old = source.recipe.prompt if source.recipe else source.caption
        strength = max(edit_strength(old, prompt), PART_STRENGTH if part.region else 0.0)
    flags = replace(flags, strength=strength, aspect=None if part.region else flags.aspect)
    recipe = _from_source(profile, source, prompt, flags, index)
    return replace(recipe, region=part.region, mask=part.mask)


def varied(
    profile: PainterProfile, source: Picture, prompt: str, seed: int, flags: Flags
) -> Recipe:
    """The same idea from new noise; an upload is repainted, since its words are unknown.

    With a strength it is repainted too: the more of it, the further from the source.
    """
    if source.recipe is None or flags.strength is not None:
        strength = flags.strength if flags.strength is not None else VARY_STRENGTH
        return _from_source(profile, source, prompt, replace(flags, seed=seed, strength=strength))
    width, height = _size_of(profile, source, flags)
    negative = flags.negative or source.recipe.negative
    recipe = fresh(profile, prompt, seed, flags)
    return replace(recipe, width=width, height=height, negative=negative)


def refined(profile: PainterProfile, source: Picture, prompt: str, flags: Flags) -> Recipe:
    """The same picture with its detail redone, at a larger size where the painter can."""
    strength = flags.strength if flags.strength is not None else REFINE_STRENGTH
    recipe = _from_source(profile, source, prompt, replace(flags, strength=strength))
    scale = min(profile.refine_scale, profile.max_side / max(recipe.width, recipe.height))
    scale = max(scale, 1.0)
    return replace(
        recipe,
        steps=math.ceil(recipe.steps * REFINE_STEPS),
        width=_round(recipe.width * scale, profile.multiple_of),
        height=_round(recipe.height * scale, profile.multiple_of),
    )


def blended(
    profile: PainterProfile, sources: Sequence[Picture], prompt: str, seed: int, flags: Flags
) -> Recipe:
    """The words of all on the pixels of the first."""
    strength = flags.strength if flags.strength is not None else BLEND_STRENGTH
    flags = replace(flags, seed=seed, strength=strength)
    recipe = _from_source(profile, sources[0], prompt, flags)
    return replace(recipe, others=tuple(other.id for other in sources[1:]))


def edit_strength(old: str, new: str) -> float:
    """0.65..0.95, growing with the share of words that changed."""
    kept = difflib.SequenceMatcher(None, old.lower().split(), new.lower().split()).ratio()
    return round(0.65 + 0.3 * (1 - kept), 2)


def _from_source(
    profile: PainterProfile, source: Picture, prompt: str, flags: Flags, index: int = 0
) -> Recipe:
    seed = source.recipe.seed if source.recipe else 0
    width, height = _size_of(profile, source, flags)
    return replace(
        fresh(profile, prompt, (flags.seed if flags.seed is not None else seed) + index),
        width=width,
        height=height,
        negative=flags.negative or (source.recipe.negative if source.recipe else profile.negative),
        technique=Technique.PICTURE_TO_PICTURE,
        source=source.id,
        strength=flags.strength,
    )


def _size_of(profile: PainterProfile, source: Picture, flags: Flags) -> tuple[int, int]:
    """The asked shape, else the source's own size, else (an upload) its shape at the painter's area."""
    if flags.aspect is not None:
        return _size(profile, flags.aspect)
    if source.recipe is not None:
        return source.recipe.width, source.recipe.height
    return _size(profile, min(4.0, max(0.25, source.width / max(1, source.height))))


def _size(profile: PainterProfile, aspect: float | None) -> tuple[int, int]:
    """The painter's usual area in the asked shape, on its grid."""
    if aspect is None or not profile.any_shape:
        return profile.width, profile.height
    area = profile.width * profile.height
    width = _round(math.sqrt(area * aspect), profile.multiple_of)
    return width, _round(area / width, profile.multiple_of)


def _round(pixels: float, multiple: int) -> int:
    return max(multiple, round(pixels / multiple) * multiple)
