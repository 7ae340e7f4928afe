"""The sampler that pictures are painted with: consistency sampling that keeps what its estimates have in common."""

from __future__ import annotations

from typing import Any

import diffusers
import torch
from diffusers.schedulers.scheduling_lcm import LCMSchedulerOutput
from torch import Generator, Tensor

_STEADY_BELOW = 450  # of 1000 time steps: above, estimates still change what is where
_KEPT = 0.5  # of the estimates before

_LCMScheduler: Any = diffusers.LCMScheduler  # a checker sees a placeholder


class SteadyLCMScheduler(_LCMScheduler):  # type: ignore[misc]
    """An LCMScheduler (arXiv:2310.04378) whose estimate is a running mean once little noise is left.

    Each step begins from fresh noise over the estimate so far, and half of a step's error comes from that noise
    (docs/pocket.md): in the mean of several it goes.
    """

    def set_timesteps(self, *args: Any, **options: Any) -> None:
        """As LCMScheduler; a new picture begins."""
        super().set_timesteps(*args, **options)
        self._estimate: Tensor | None = None

    def step(
        self,
        model_output: Tensor,
        timestep: Any,
        sample: Tensor,
        generator: Generator | None = None,
        return_dict: bool = True,
    ) -> Any:
        """As LCMScheduler, where `denoised` is the running mean and `prev_sample` lies about it."""
        result = super().step(model_output, timestep, sample, generator)
        estimate = self._steadied(result.denoised, timestep)
        signal = self._next_signal().to(sample.dtype)
        latents = result.prev_sample + signal * (estimate - result.denoised)
        if not return_dict:
            return latents, estimate
        return LCMSchedulerOutput(prev_sample=latents, denoised=estimate)

    def _steadied(self, estimate: Tensor, timestep: Any) -> Tensor:
        """The running mean with this estimate in it; the estimate itself as long as much noise is left."""
        if timestep >= _STEADY_BELOW:
            return estimate
        if self._estimate is not None:
            estimate = estimate.lerp(self._estimate, _KEPT)
        self._estimate = estimate
        return estimate

    def _next_signal(self) -> Tensor:
        """How much of the estimate is in the next step's latents: all after the last."""
        if self.step_index == self.num_inference_steps:
            return torch.ones(())
        signal: Tensor = self.alphas_cumprod[self.timesteps[self.step_index]].sqrt()
        return signal


def steady(scheduler: Any) -> Any:
    """The steady sampler in place of an LCMScheduler; any other scheduler as it is."""
    if not isinstance(scheduler, _LCMScheduler):
        return scheduler
    return SteadyLCMScheduler.from_config(scheduler.config)
