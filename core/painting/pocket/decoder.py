"""Training of the decoder: from latents to 256 x 256 pictures, on crops that keep to whole cells."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.painting.pocket.codec import Floats, Pixels
from core.painting.pocket.hardware import autocast
from core.painting.pocket.inverse import third_grid_colors
from core.painting.pocket.loop import Batches, copy_weights
from core.painting.pocket.networks import LATENT_SCALE
from core.painting.pocket.sprites import CELL_PX, SIDE_CELLS

_CROP_CELLS = 8
_SQUARED_WEIGHT = 10.0  # of errors this small, squares would else count for little beside sizes
_EDGE_WEIGHT = 0.5
_SHORT_SHARE = 0.6  # of the steps: three short ones take about as long as a whole one
_LATENT_NOISE = 0.03  # the denoiser's latents are not exact, so the decoder learns to forgive
_EMA_DECAY = 0.998  # a step


class DecoderTrainer:
    """Teaches an autoencoder's decoder what the latents of these pictures stood for."""

    def __init__(
        self,
        autoencoder: Any,
        pictures: list[Pixels],
        latents: list[Floats],
        batches: Batches,
    ) -> None:
        # Convolutions of so few channels are faster in this order on a processor.
        self._decoder = autoencoder.decoder.to(memory_format=torch.channels_last)
        self._blocks = tuple(autoencoder.config.num_decoder_blocks)
        self._device = next(self._decoder.parameters()).device
        self._pictures, self._latents = pictures, latents
        self._batches = batches
        self._rng = np.random.default_rng(batches.seed)
        self._optimizer = torch.optim.AdamW(
            self._decoder.parameters(), betas=(0.9, 0.99), weight_decay=0.0, fused=True
        )
        self._average = [parameter.detach().clone() for parameter in self._decoder.parameters()]
        self._steps = 0

    def step(self, rate: float) -> float:
        """One step on a batch of crops; returns their mean squared error (pixels from -1 to 1)."""
        pixels, latents = self._draw_batch()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        noisy = latents + _LATENT_NOISE * torch.randn_like(latents)
        with autocast(self._device, self._batches.bf16):
            painted = self._paint(noisy / LATENT_SCALE).float()
        squared = F.mse_loss(painted, pixels)
        loss = (
            _SQUARED_WEIGHT * squared
            + F.l1_loss(painted, pixels)
            + _EDGE_WEIGHT * _edge_loss(painted, pixels)
        )
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self._decoder.parameters(), 1.0)
        self._optimizer.step()
        self._steps += 1
        self._update_average()
        return squared.item()

    def state(self) -> dict[str, Any]:
        """The decoder, the running average of its weights, its optimizer and how many steps were made."""
        return {
            "decoder": self._decoder.state_dict(),
            "average": self._average,
            "optimizer": self._optimizer.state_dict(),
            "steps": self._steps,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state; the batches to come are drawn anew."""
        self._decoder.load_state_dict(state["decoder"])
        copy_weights(state["average"], self._average)
        self._optimizer.load_state_dict(state["optimizer"])
        self._rng = np.random.default_rng()
        self._steps = state["steps"]

    def _paint(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures, most times only as far as the third grid: there is most to learn before it."""
        if self._rng.random() < _SHORT_SHARE:
            return third_grid_colors(self._decoder, self._blocks, latents)
        painted: torch.Tensor = self._decoder(latents)
        return painted

    def _update_average(self) -> None:
        decay = min(_EMA_DECAY, (1 + self._steps) / (10 + self._steps))
        current = [parameter.detach() for parameter in self._decoder.parameters()]
        torch._foreach_lerp_(self._average, current, 1 - decay)

    def _draw_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Crops (B, 3, 128, 128) from -1 to 1 and their latents (B, 16, 8, 8)."""
        pixels, latents = [], []
        for _ in range(self._batches.size):
            chunk = self._rng.integers(len(self._pictures))
            index = self._rng.integers(len(self._pictures[chunk]))
            row, column = self._rng.integers(0, SIDE_CELLS - _CROP_CELLS + 1, 2)
            area = _area(row, column, CELL_PX)
            pixels.append(np.asarray(self._pictures[chunk][index][area]))
            latents.append(self._latents[chunk][index][:, *_area(row, column, 1)])
        stacked = torch.from_numpy(np.stack(pixels)).to(self._device)
        target = stacked.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        return target, torch.from_numpy(np.stack(latents)).to(self._device)


@torch.no_grad()
def measure_psnr(autoencoder: Any, pixels: Pixels) -> float:
    """How well the autoencoder gives these (N, 256, 256, 3) pictures back, in decibels over all."""
    device = next(autoencoder.parameters()).device
    squared = 0.0
    for start in range(0, len(pixels), 8):
        batch = torch.from_numpy(pixels[start : start + 8]).to(device)
        target = batch.permute(0, 3, 1, 2).float() / 127.5 - 1
        painted = autoencoder.decode(autoencoder.encode(target).latents).sample.clamp(-1, 1)
        squared += F.mse_loss(painted, target).item() * len(batch)
    return float(10 * np.log10(4 / (squared / len(pixels))))


def load_decoder(checkpoint: Path, decoder: nn.Module) -> None:
    """Gives a decoder the running average of a checkpoint's weights."""
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    copy_weights(kept["trainer"]["average"], list(decoder.parameters()))


def _area(row: int, column: int, cell: int) -> tuple[slice, slice]:
    side = _CROP_CELLS * cell
    return slice(row * cell, row * cell + side), slice(column * cell, column * cell + side)


def _edge_loss(painted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How far the differences between neighbouring pixels are apart."""
    rows = F.l1_loss(painted.diff(dim=-2), target.diff(dim=-2))
    columns = F.l1_loss(painted.diff(dim=-1), target.diff(dim=-1))
    return rows + columns
