"""Sketches of what a painter in training would paint, without any decoder."""

import torch
from PIL import Image

from core.painting.pocket.codec import LATENT_CHANNELS, LinearCodec
from core.painting.pocket.denoiser import Painter
from core.painting.pocket.networks import build_sampler, tokenize
from core.painting.pocket.sampler import steady
from core.painting.pocket.sprites import SIDE_CELLS

SHOW_PROMPTS = (
    "a cute dog",
    "a cute dog running near a river",
    "a sticker of a cute dog",
    "a house",
    "a cat wearing a crown",
    "a superhero",
    "a superhero flying in the sky",
    "a hedgehog with a sunflower",
    "a hedgehog holding a flower",
    "a blue car on a city street",
    "an astronaut upside down in space",
    "a watercolor painting of a rabbit in a forest",
    "a red dragon at night",
    "a cat next to a castle",
    "an oil painting of a sunflower on a meadow",
    "pixel art of a robot in a room",
    "a dolphin under the sea",
    "a big cake in a room",
    "a penguin on the left in the snow",
    "an owl sleeping at night",
    "a pink elephant in the sky",
    "a tractor next to a pig on a meadow",
    "a pencil drawing of a guitar",
    "a neon picture of a flamingo",
)


@torch.no_grad()
def paint_latents(
    painter: Painter,
    prompts: tuple[str, ...],
    steps: int = 12,
    seed: int = 0,
    guidance: float = 2.0,
) -> torch.Tensor:
    """Latents (N, 16, 16, 16) for the prompts, one each, with guidance rescaled by 0.7."""
    scheduler = steady(build_sampler())
    scheduler.set_timesteps(steps)
    captions = [*prompts, *[""] * len(prompts)]
    device = next(painter.unet.parameters()).device
    tokens = tokenize(painter.tokenizer, captions).to(device)
    text = painter.text_encoder(input_ids=tokens).last_hidden_state
    shape = (len(prompts), LATENT_CHANNELS, SIDE_CELLS, SIDE_CELLS)
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(shape, generator=generator).to(device)
    for time in scheduler.timesteps:
        told, free = painter.unet(torch.cat([latents, latents]), time, text).sample.chunk(2)
        guided = free + guidance * (told - free)
        spread = told.std((1, 2, 3), keepdim=True) / guided.std((1, 2, 3), keepdim=True)
        velocity = guided * (0.7 * spread + 0.3)
        latents = scheduler.step(velocity, time, latents, generator=generator).prev_sample
    return latents


def draw_sheet(
    painter: Painter, codec: LinearCodec, prompts: tuple[str, ...] = SHOW_PROMPTS, columns: int = 8
) -> Image.Image:
    """The prompts' pictures, 128 x 128 each, side by side."""
    sketches = codec.sketch(paint_latents(painter, prompts).cpu().numpy())
    side = sketches.shape[1]
    rows = -(-len(prompts) // columns)
    sheet = Image.new("RGB", (columns * side, rows * side))
    for index, sketch in enumerate(sketches):
        sheet.paste(Image.fromarray(sketch), (index % columns * side, index // columns * side))
    return sheet
