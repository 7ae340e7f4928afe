"""A fresh scheduler for each rendering: schedulers keep state, and a cancelled one must not spoil the next picture."""

from __future__ import annotations

import difflib
import functools
import inspect
from typing import TYPE_CHECKING, Any

from core.errors import PaintingError

if TYPE_CHECKING:
    from torch import Tensor


def fresh_scheduler(own: Any, name: str) -> Any:
    """A new scheduler called `name` ("": as `own`, the model's) that keeps the model's betas, prediction type, spacing.

    Raises `PaintingError` with near names when diffusers has none such for these models.
    """
    usable = _usable(own)
    chosen = usable.get(name or type(own).__name__)
    if chosen is None:
        near = difflib.get_close_matches(name, sorted(usable), n=3, cutoff=0.4)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise PaintingError(f"There is no scheduler {name} for this model.{hint}")
    return chosen.from_config(own.config)


def _usable(own: Any) -> dict[str, Any]:
    import diffusers

    known = (*own.compatibles, diffusers.LCMScheduler, diffusers.TCDScheduler, type(own))
    return {
        cls.__name__: cls
        for cls in known
        # Left out: stand-ins for packages that are not installed, and the sampler of models with other units of noise.
        if not hasattr(cls, "_backends") and cls.__name__ != "EDMEulerScheduler"
    }


class Foresight:
    """Wraps a scheduler's `step` to keep its estimate of the finished latents, which previews show.

    Schedulers that make no estimate (multistep solvers) leave the noisy latents themselves.
    """

    def __init__(self, scheduler: Any) -> None:
        self.latents: Tensor | None = None  # (B, C, H, W), scaled as the UNet sees them
        step = scheduler.step

        @functools.wraps(step)  # pipelines read its signature
        def remember(*args: Any, **options: Any) -> tuple[Tensor]:
            result = step(*args, **{**options, "return_dict": True})
            estimate = getattr(result, "pred_original_sample", getattr(result, "denoised", None))
            self.latents = result.prev_sample if estimate is None else estimate
            return (result.prev_sample,)

        scheduler.step = remember


def takes(function: Any, option: str) -> bool:
    return option in inspect.signature(function).parameters
