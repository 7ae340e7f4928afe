"""The encoder, in closed form: each 8 x 8 patch of the halved picture becomes 16 numbers.

The numbers are principal components of the patches, each scaled between pixel space and whitening, so
that coarse ones stay larger than fine ones. Nothing is trained, and the way back to a half-size picture
is as linear as the way there.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.painting.pocket.files import write_whole
from core.painting.pocket.sprites import CELL_PX

LATENT_CHANNELS = 16
PATCH_PX = CELL_PX // 2  # a cell's side in the halved picture

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LinearCodec:
    """Patches to latents and back: mean (192,), basis (192, 16) of unit columns, scale (16,)."""

    mean: Floats
    basis: Floats
    scale: Floats

    def encode(self, pixels: Pixels) -> Floats:
        """(N, H, W, 3) pictures as latents (N, 16, H/16, W/16) of about unit variance."""
        patches = _patches(pixels)  # (N, rows, columns, 192)
        latents = (patches - self.mean) @ (self.basis * self.scale)
        return np.ascontiguousarray(latents.transpose(0, 3, 1, 2))

    def sketch(self, latents: Floats) -> Pixels:
        """Latents as half-size pictures (N, 8 rows, 8 columns, 3), without any decoder."""
        count, _, rows, columns = latents.shape
        patches = latents.transpose(0, 2, 3, 1) @ (self.basis / self.scale).T + self.mean
        grid = patches.reshape(count, rows, columns, PATCH_PX, PATCH_PX, 3)
        image = grid.transpose(0, 1, 3, 2, 4, 5)
        image = image.reshape(count, rows * PATCH_PX, columns * PATCH_PX, 3)
        return ((image + 1) * 127.5).clip(0, 255).astype(np.uint8)

    def save(self, path: Path) -> None:
        """Keeps the codec as one .npz file."""
        write_whole(
            path,
            lambda place: np.savez(place, mean=self.mean, basis=self.basis, scale=self.scale),
        )


def load_codec(path: Path) -> LinearCodec:
    """The codec that `save` kept."""
    with np.load(path) as arrays:
        return LinearCodec(arrays["mean"], arrays["basis"], arrays["scale"])


def fit_codec(pixels: Pixels) -> LinearCodec:
    """The codec that keeps most of these (N, 256, 256, 3) pictures' variance."""
    patches = _patches(pixels).reshape(-1, PATCH_PX * PATCH_PX * 3)
    mean = patches.mean(axis=0)
    centred = patches - mean
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(centred))
    variances = variances[::-1][:LATENT_CHANNELS].clip(1e-8)
    basis = np.ascontiguousarray(vectors[:, ::-1][:, :LATENT_CHANNELS]).astype(np.float32)
    # The power -0.5 of the deviation is midway between pixels (0) and whitening (-1).
    scale = variances**-0.25
    spread = np.sqrt(np.mean(variances * scale**2))
    return LinearCodec(mean, basis, (scale / spread).astype(np.float32))


def block_means(pixels: Pixels, factor: int) -> Floats:
    """(N, H, W, 3) pictures made smaller by a whole factor; as floats (N, H/factor, W/factor, 3)."""
    # A sum of slices is several times as fast as a mean over the axes of a reshaped array.
    corners = list(np.ndindex(factor, factor))
    total = np.zeros_like(pixels[:, ::factor, ::factor], np.uint32)
    for down, across in corners:
        total += pixels[:, down::factor, across::factor]
    means: Floats = total.astype(np.float32) / np.float32(len(corners))
    return means


def _patches(pixels: Pixels) -> Floats:
    """(N, H, W, 3) pictures, halved, as flat patches (N, H/16, W/16, 192) from -1 to 1."""
    count, height, width, _ = pixels.shape
    rows, columns = height // CELL_PX, width // CELL_PX
    halved = block_means(pixels, 2) / 127.5 - 1
    grid = halved.reshape(count, rows, PATCH_PX, columns, PATCH_PX, 3)
    flat: Floats = grid.transpose(0, 1, 3, 2, 4, 5).reshape(count, rows, columns, -1)
    return flat
