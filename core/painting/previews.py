"""Small previews of unfinished latents, by a linear map from a latent to its patch of pixels.

The map is fitted once, by least squares on what the VAE makes of coloured noise: no decoder has to run while painting.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

PREVIEW_PX = 128
_FIT_PX = 128  # 64 to 256 latents a picture: plenty for the at most 17 unknowns
_FIT_PICTURES = 4


class LatentPreview:
    """Fitted to `vae`, which must be on the CPU in float32."""

    def __init__(self, vae: Any) -> None:
        import torch

        self._scale = 2 ** (len(vae.config.block_out_channels) - 1)
        pictures = _coloured_noise(_FIT_PICTURES, _FIT_PX)
        with torch.no_grad():
            encoded = vae.encode(pictures)
        latents = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mean
        inputs = _rows(latents * vae.config.scaling_factor)  # (N, C + 1)
        patches = torch.pixel_unshuffle(pictures, self._scale)  # (B, 3 * scale^2, h, w)
        targets = patches.permute(0, 2, 3, 1).reshape(len(inputs), -1)
        solution = torch.linalg.lstsq(inputs, targets, driver="gelsd").solution
        self._patches = solution.view(-1, 3, self._scale, self._scale)  # (C + 1, 3, scale, scale)

    def jpeg(self, latents: Tensor) -> bytes:
        """A grid of the batch; the longer side of each picture has 128 pixels. `latents`: (B, C, H/8, W/8)."""
        return _jpeg(_grid(self._images(latents)))

    def _images(self, latents: Tensor) -> list[Image]:
        import torch
        from PIL import Image

        latents = latents.detach().float().cpu()
        count, _, rows, columns = latents.shape
        size = min(self._scale, max(1, PREVIEW_PX // max(rows, columns)))
        patches = torch.nn.functional.adaptive_avg_pool2d(self._patches, size).flatten(1)
        flat = (_rows(latents) @ patches).view(count, rows, columns, -1).permute(0, 3, 1, 2)
        pixels = torch.pixel_shuffle(flat, size).nan_to_num().add(1).mul(127.5).clamp(0, 255).byte()
        images = [
            Image.frombytes("RGB", (columns * size, rows * size), bytes(picture.flatten().tolist()))
            for picture in pixels.permute(0, 2, 3, 1)
        ]
        scale = PREVIEW_PX / max(rows * size, columns * size)
        wanted = (round(columns * size * scale), round(rows * size * scale))
        return [image.resize(wanted) for image in images]


def _rows(latents: Tensor) -> Tensor:
    """(B, C, h, w) -> (B h w, C + 1): one latent a row, and a one for the mean."""
    import torch

    flat = latents.permute(0, 2, 3, 1).reshape(-1, latents.shape[1])
    return torch.cat([flat, torch.ones(len(flat), 1)], dim=1)


def _coloured_noise(count: int, size_px: int) -> Tensor:
    """(B, 3, size, size) in -1..1: noise of every coarseness, as pictures have it."""
    import torch

    generator = torch.Generator().manual_seed(0)
    total = torch.zeros(count, 3, size_px, size_px)
    side = 2
    while side <= size_px:
        noise = torch.randn(count, 3, side, side, generator=generator)
        total += torch.nn.functional.interpolate(noise, size_px, mode="bilinear") / math.sqrt(side)
        side *= 2
    return total.mul(0.6).clamp(-1, 1)


def _grid(images: list[Image]) -> Image:
    from PIL import Image

    columns = math.ceil(math.sqrt(len(images)))
    rows = math.ceil(len(images) / columns)
    width, height = images[0].size
    grid = Image.new("RGB", (columns * width, rows * height))
    for index, image in enumerate(images):
        grid.paste(image, (index % columns * width, index // columns * height))
    return grid


def _jpeg(image: Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=75)
    return buffer.getvalue()
