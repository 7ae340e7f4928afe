"""Blended latents: a model without inpainting weights changes one part of a picture and leaves the rest.

Avrahami et al., https://arxiv.org/abs/2206.02779 section 4.1 (https://arxiv.org/abs/2111.14818 before it): after each
step the latents outside the opening are replaced by the source's, with as much noise as the next step expects.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from core.painting.masks import Opening


class Blend:
    """For one call of a picture-to-picture pipeline with a fresh `scheduler`: that of a batch of openings."""

    def __init__(self, scheduler: Any, openings: Sequence[Opening]) -> None:
        self._scheduler = scheduler
        self._openings = openings
        self._source: Tensor | None = None  # (B, C, h, w), the latents without noise
        self._noise: Tensor | None = None
        self._mask: Tensor | None = None  # (B, 1, h, w), 1 where it may change
        self._add_noise = scheduler.add_noise

        @functools.wraps(self._add_noise)
        def remember(original: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
            self._source, self._noise = original, noise
            self._mask = self._cells(original)
            noisy: Tensor = self._add_noise(original, noise, timesteps)
            return noisy

        scheduler.add_noise = remember

    def after_step(self, latents: Tensor, index: int, count: int) -> Tensor:
        """The latents for step `index + 1` of `count`, or those to be decoded after the last."""
        import torch

        if self._source is None or self._noise is None or self._mask is None:
            raise RuntimeError("the pipeline did not add noise to its source")
        background = self._source
        if index + 1 < count:
            if self._is_half_way():
                return latents
            level = self._scheduler.timesteps[index + 1 - count].reshape(1)
            background = self._add_noise(self._source, self._noise, level)
        return torch.where(self._mask, latents, background.to(latents.dtype))

    def _is_half_way(self) -> bool:
        """Solvers of second order go back to where they were after the first of two evaluations."""
        return not getattr(self._scheduler, "state_in_first_order", True)

    def _cells(self, latents: Tensor) -> Tensor:
        import torch

        rows, columns = latents.shape[-2:]
        cells = b"".join(opening.cells(columns, rows).tobytes() for opening in self._openings)
        mask = torch.frombuffer(bytearray(cells), dtype=torch.uint8) > 0
        return mask.view(-1, 1, rows, columns).to(latents.device)
