"""An optimizer that learns more from each step where steps are dear: one-sided Shampoo.

Each matrix of gradients is whitened along its shorter side, from a running mean of its own products
(Gupta et al., arXiv:1802.09568, with one side only as in arXiv:2503.20762). The direction's size is then set by
the rate alone. Biases and norms have no sides; AdamW takes them.
"""

import math
from typing import Any

import torch
from torch import nn

_MOMENTUM = 0.95
_MEMORY = 0.95  # of the products, a step
_DECAY = 0.01
_STEP_SIZE = 0.2  # root mean square of a step at rate 1, about what Adam's is: rates carry over
_ROOT_EVERY = 10  # steps between two roots; the first few steps each take their own
_FLOOR = 1e-4  # of the largest eigenvalue: what is smaller counts as this
_SMALLEST = 4096  # numbers; a smaller matrix is not worth its root


class OneSidedShampoo(torch.optim.Optimizer):
    """Steps for weights of two or more dimensions; those of a convolution count as (out, the rest)."""

    def __init__(self, weights: list[nn.Parameter]) -> None:
        super().__init__(weights, {"lr": 0.0})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """One step for every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    direction = self._direction(weight)
                    weight.mul_(1 - group["lr"] * _DECAY).add_(direction, alpha=-group["lr"])

    def _direction(self, weight: nn.Parameter) -> torch.Tensor:
        assert weight.grad is not None
        gradient = weight.grad.reshape(len(weight), -1)
        upright = gradient.shape[0] > gradient.shape[1]
        gradient = gradient.T if upright else gradient
        state = self.state[weight]
        if not state:
            state |= _fresh_state(gradient)
        state["momentum"].mul_(_MOMENTUM).add_(gradient)
        state["products"].mul_(_MEMORY).addmm_(gradient, gradient.T, alpha=1 - _MEMORY)
        state["steps"] += 1
        if state["steps"] <= _ROOT_EVERY or state["steps"] % _ROOT_EVERY == 0:
            _renew_root(state)
        whitened = state["root"] @ gradient.add(state["momentum"], alpha=_MOMENTUM)
        whitened *= _STEP_SIZE * math.sqrt(whitened.numel()) / (whitened.norm() + 1e-12)
        direction: torch.Tensor = whitened.T if upright else whitened
        return direction.reshape(weight.shape)


class PainterOptimizer:
    """One-sided Shampoo for the large matrices among these parameters, AdamW for all else."""

    def __init__(self, parameters: list[nn.Parameter]) -> None:
        large = [weight for weight in parameters if _is_large(weight)]
        small = [weight for weight in parameters if not _is_large(weight)]
        self._optimizers: list[torch.optim.Optimizer] = []
        if large:
            self._optimizers.append(OneSidedShampoo(large))
        if small:
            betas = (0.9, 0.99)
            self._optimizers.append(
                torch.optim.AdamW(small, betas=betas, weight_decay=_DECAY, fused=True)
            )

    def step(self, rate: float) -> None:
        """One step at this rate from the gradients that are there, which are then gone.

        Gradients that are not finite are dropped: they would stay in the optimizer's memory.
        """
        finite = all(bool(gradient.isfinite().all()) for gradient in self._gradients())
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            if finite:
                optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def _gradients(self) -> list[torch.Tensor]:
        groups = [group for optimizer in self._optimizers for group in optimizer.param_groups]
        return [w.grad for group in groups for w in group["params"] if w.grad is not None]

    def state_dict(self) -> list[dict[str, Any]]:
        """Both optimizers' memory, as torch can save it."""
        return [optimizer.state_dict() for optimizer in self._optimizers]

    def load_state_dict(self, states: list[dict[str, Any]]) -> None:
        """Goes on from what `state_dict` gave."""
        for optimizer, state in zip(self._optimizers, states, strict=True):
            optimizer.load_state_dict(state)


def _is_large(weight: nn.Parameter) -> bool:
    return weight.ndim >= 2 and weight.numel() >= _SMALLEST


def _fresh_state(gradient: torch.Tensor) -> dict[str, Any]:
    side = len(gradient)
    return {
        "momentum": torch.zeros_like(gradient),
        "products": gradient.new_zeros(side, side),
        "root": gradient.new_zeros(side, side),
        "steps": 0,
    }


def _renew_root(state: dict[str, Any]) -> None:
    """The root of what the products are now; where that fails, for products all alike, it stays as it was."""
    try:
        values, vectors = torch.linalg.eigh(state["products"].double())
    except torch.linalg.LinAlgError:  # type: ignore[attr-defined]
        return
    floor = _FLOOR * values[-1].clamp_min(0) + 1e-30
    state["root"].copy_((vectors * torch.maximum(values, floor).rsqrt()) @ vectors.T)
