"""Training of the decoder: from latents to 256 x 256 pictures, on crops that keep to whole cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from core.painting.pocket.codec import Floats, Pixels, load_codec
from core.painting.pocket.dataset import load_pictures
from core.painting.pocket.networks import LATENT_SCALE, Sizes, build_autoencoder
from core.painting.pocket.sprites import CELL_PX, SIDE_CELLS
from core.painting.pocket.work import WorkFolder

_CROP_CELLS = 6
_EDGE_WEIGHT = 0.5
_LATENT_NOISE = 0.05  # the denoiser's latents are not exact, so the decoder learns to forgive


class DecoderTrainer:
    """Teaches an autoencoder's decoder what the latents of these pictures stood for."""

    def __init__(
        self,
        autoencoder: Any,
        pictures: list[Pixels],
        latents: list[Floats],
        batch_size: int,
        seed: int,
    ) -> None:
        self._decoder = autoencoder.decoder
        self._device = next(self._decoder.parameters()).device
        self._pictures, self._latents = pictures, latents
        self._batch_size = batch_size
        self._rng = np.random.default_rng(seed)
        self._optimizer = torch.optim.AdamW(
            self._decoder.parameters(), betas=(0.9, 0.99), weight_decay=0.0, fused=True
        )

    def step(self, rate: float) -> float:
        """One step on a batch of crops; returns their mean squared error (pixels from -1 to 1)."""
        pixels, latents = self._draw_batch()
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        noisy = latents + _LATENT_NOISE * torch.randn_like(latents)
        painted = self._decoder(noisy / LATENT_SCALE)
        squared = F.mse_loss(painted, pixels)
        loss = squared + F.l1_loss(painted, pixels) + _EDGE_WEIGHT * _edge_loss(painted, pixels)
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self._decoder.parameters(), 1.0)
        self._optimizer.step()
        return squared.item()

    def state(self) -> dict[str, Any]:
        """The decoder and its optimizer."""
        return {"decoder": self._decoder.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state; the batches to come are drawn anew."""
        self._decoder.load_state_dict(state["decoder"])
        self.restore_optimizer(state)

    def restore_optimizer(self, state: dict[str, Any]) -> None:
        """Takes up only the optimizer's memory, for weights that are there already."""
        self._optimizer.load_state_dict(state["optimizer"])
        self._rng = np.random.default_rng()

    def share_weights(self) -> list[torch.Tensor]:
        """Moves the decoder to memory that other processes can see, and returns its weights."""
        self._decoder.share_memory()
        return [parameter.detach() for parameter in self._decoder.parameters()]

    def _draw_batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Crops (B, 3, 96, 96) from -1 to 1 and their latents (B, 16, 6, 6)."""
        pixels, latents = [], []
        for _ in range(self._batch_size):
            chunk = self._rng.integers(len(self._pictures))
            index = self._rng.integers(len(self._pictures[chunk]))
            row, column = self._rng.integers(0, SIDE_CELLS - _CROP_CELLS + 1, 2)
            area = _area(row, column, CELL_PX)
            pixels.append(np.asarray(self._pictures[chunk][index][area]))
            latents.append(self._latents[chunk][index][:, *_area(row, column, 1)])
        stacked = torch.from_numpy(np.stack(pixels)).to(self._device)
        target = stacked.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)
        return target, torch.from_numpy(np.stack(latents)).to(self._device)


@dataclass(frozen=True, slots=True)
class DecoderErrand:
    """How a companion builds its trainer; it takes up the checkpoint's optimizer where there is one."""

    work: WorkFolder
    sizes: Sizes
    batch_size: int
    seed: int

    def build(self, weights: list[torch.Tensor], number: int) -> DecoderTrainer:
        """A trainer that changes these weights in place."""
        autoencoder = build_autoencoder(load_codec(self.work.codec), self.sizes)
        for parameter, shared in zip(autoencoder.decoder.parameters(), weights, strict=True):
            parameter.data = shared
        pictures, latents = load_pictures(self.work.scenes)
        trainer = DecoderTrainer(
            autoencoder, pictures, latents, self.batch_size, self.seed + number
        )
        if self.work.decoder.exists():
            kept = torch.load(self.work.decoder, map_location="cpu", weights_only=True)
            trainer.restore_optimizer(kept["trainer"])
        return trainer


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


def _area(row: int, column: int, cell: int) -> tuple[slice, slice]:
    side = _CROP_CELLS * cell
    return slice(row * cell, row * cell + side), slice(column * cell, column * cell + side)


def _edge_loss(painted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """How far the differences between neighbouring pixels are apart."""
    rows = F.l1_loss(painted.diff(dim=-2), target.diff(dim=-2))
    columns = F.l1_loss(painted.diff(dim=-1), target.diff(dim=-1))
    return rows + columns
