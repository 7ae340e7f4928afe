"""Edits of one part of a picture, on tiny models with random weights: outside nothing changes, inside it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.errors import Cancelled, PaintingError
from core.painting.diffusers_painter import DiffusersPainter
from core.painting.recipe import Recipe, Source, Technique
from core.painting.settings import PainterSettings
from core.ports import StepReport
from tests.fakes.tiny_diffusion import build_sd, build_sdxl

# numpy 2 about diffusers' schedulers
pytestmark = pytest.mark.filterwarnings("ignore:__array_(_ impl|wrap__):DeprecationWarning")

RECIPE = Recipe(
    "pocket", "a dog at night", seed=7, steps=5, guidance=4.0, width=64, height=64,
    technique=Technique.PICTURE_TO_PICTURE, source="p1", strength=0.8, region="left",
)  # fmt: skip
SECOND_ORDER = ("HeunDiscreteScheduler", "KDPM2DiscreteScheduler")
Pixels = np.ndarray[Any, Any]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Two threads spin while they wait for each other: beside another busy process that costs minutes."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> DiffusersPainter:
    return load(build_sd(tmp_path_factory.mktemp("sd")))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    image = Image.new("RGB", (64, 64), "navy")
    ImageDraw.Draw(image).ellipse((10, 10, 54, 54), fill="orange")
    path = tmp_path / "picture.webp"
    image.save(path, lossless=True)
    return path


def load(folder: Path) -> DiffusersPainter:
    painter = DiffusersPainter(PainterSettings(model=str(folder), device="cpu"))
    painter.load()
    return painter


def paint(
    painter: DiffusersPainter,
    recipes: Sequence[Recipe],
    sources: Sequence[Source | None],
    on_step: Callable[[StepReport], None] = lambda report: None,
) -> list[Pixels]:
    return [pixels(image) for image in painter.paint(recipes, sources, on_step)]


def pixels(image: Image.Image) -> Pixels:
    return np.asarray(image).astype(int)


def changed(before: Pixels, after: Pixels) -> Pixels:
    """(H, W) of bool."""
    different: Pixels = (before != after).any(axis=-1)
    return different


@pytest.mark.parametrize(
    "name",
    ["DDIMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "PNDMScheduler",
     "DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "LCMScheduler", "DEISMultistepScheduler",
     *SECOND_ORDER],
)  # fmt: skip
def test_every_step_sees_the_source_outside_with_the_noise_of_that_step(
    painter: DiffusersPainter, picture: Path, name: str
) -> None:
    """Whatever a scheduler's units are, the UNet's input is sqrt(a) source + sqrt(1 - a) noise."""
    import torch

    loaded = painter._pipelines
    seen: list[tuple[torch.Tensor, float]] = []
    hook = loaded.text.unet.register_forward_pre_hook(
        lambda module, inputs: seen.append((inputs[0].clone(), float(inputs[1])))
    )
    recipe = replace(RECIPE, guidance=1.0, scheduler=name)

    paint(painter, [recipe], [Source(picture)])

    hook.remove()
    image = loaded.text.image_processor.preprocess(Image.open(picture).convert("RGB"))
    source = loaded.text.vae.encode(image).latents * loaded.text.vae.config.scaling_factor
    noise = torch.randn(source.shape, generator=torch.Generator().manual_seed(recipe.seed))
    kept = loaded.scheduler.alphas_cumprod.numpy()
    full_steps = seen[::2] if name in SECOND_ORDER else seen
    assert len(full_steps) >= 3
    for latents, timestep in full_steps:
        share = float(np.interp(timestep, np.arange(len(kept)), kept))
        expected = share**0.5 * source + (1 - share) ** 0.5 * noise
        assert (latents - expected)[..., 4:].abs().max() < 0.02
    assert (latents - expected)[..., :4].abs().max() > 0.05


@pytest.mark.parametrize("region", ["top", "bottom", "left", "right", "middle"])
def test_outside_the_region_the_picture_stays_pixel_by_pixel(
    painter: DiffusersPainter, picture: Path, region: str
) -> None:
    boxes = {
        "top": (slice(0, 32), slice(None)),
        "bottom": (slice(32, 64), slice(None)),
        "left": (slice(None), slice(0, 32)),
        "right": (slice(None), slice(32, 64)),
        "middle": (slice(16, 48), slice(16, 48)),
    }

    [after] = paint(painter, [replace(RECIPE, region=region)], [Source(picture)])

    different = changed(pixels(Image.open(picture)), after)
    assert different[boxes[region]].mean() > 0.5
    different[boxes[region]] = False
    assert not different.any()


def test_a_mask_says_where_it_may_change(
    painter: DiffusersPainter, picture: Path, tmp_path: Path
) -> None:
    mask = Image.new("L", (640, 640), 0)
    ImageDraw.Draw(mask).rectangle((0, 0, 639, 99), fill=255)
    mask.save(tmp_path / "mask.png")
    recipe = replace(RECIPE, region="mask", mask="p2")

    [after] = paint(painter, [recipe], [Source(picture, tmp_path / "mask.png")])

    rows = changed(pixels(Image.open(picture)), after).any(axis=1)
    assert rows[:8].all()
    assert not rows[10:].any()


def test_a_black_mask_is_refused_before_anything_is_painted(
    painter: DiffusersPainter, picture: Path, tmp_path: Path
) -> None:
    Image.new("L", (64, 64), 0).save(tmp_path / "mask.png")
    recipe = replace(RECIPE, region="mask", mask="p2")
    steps: list[int] = []

    with pytest.raises(PaintingError, match="no white"):
        paint(
            painter,
            [recipe],
            [Source(picture, tmp_path / "mask.png")],
            lambda report: steps.append(report.step),
        )

    assert steps == []


def test_a_part_without_a_source_is_refused(painter: DiffusersPainter) -> None:
    with pytest.raises(PaintingError, match="source"):
        paint(painter, [RECIPE], [None])


def test_each_picture_of_a_batch_has_its_own_part(painter: DiffusersPainter, picture: Path) -> None:
    recipes = [replace(RECIPE, region=region) for region in ("left", "right")]

    alone = [paint(painter, [recipe], [Source(picture)])[0] for recipe in recipes]
    together = paint(painter, recipes, [Source(picture)] * 2)

    assert all(abs(a - b).max() <= 1 for a, b in zip(alone, together, strict=True))
    before = pixels(Image.open(picture))
    assert not changed(before, together[0])[:, 32:].any()
    assert not changed(before, together[1])[:, :32].any()


def test_the_next_picture_knows_nothing_of_the_part_before(
    painter: DiffusersPainter, picture: Path
) -> None:
    whole = replace(RECIPE, region="")
    [before] = paint(painter, [whole], [Source(picture)])

    def stop(report: StepReport) -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        paint(painter, [RECIPE], [Source(picture)], stop)
    [after] = paint(painter, [whole], [Source(picture)])

    assert not changed(before, after).any()


@pytest.mark.parametrize(
    "build",
    [
        build_sdxl,
        lambda folder: build_sd(folder, is_tiny_vae=False),
        lambda folder: build_sd(folder, is_inpainting=True),
        lambda folder: build_sdxl(folder, is_inpainting=True),
    ],
    ids=["sdxl", "sd", "sd inpainting", "sdxl inpainting"],
)
def test_models_of_every_kind_paint_edit_and_keep_what_is_outside(
    build: Callable[[Path], Path], tmp_path: Path, picture: Path
) -> None:
    painter = load(build(tmp_path / "model"))
    fresh = Recipe("pocket", "a dog", seed=7, steps=4, guidance=4.0, width=64, height=64)
    source = pixels(Image.open(picture))

    [new] = paint(painter, [fresh], [None])
    [again] = paint(painter, [fresh], [None])
    [whole] = paint(painter, [replace(RECIPE, region="")], [Source(picture)])
    parts = paint(painter, [RECIPE, replace(RECIPE, seed=8)], [Source(picture)] * 2)

    assert not changed(new, again).any()
    assert new.std() > 0
    assert changed(source, whole)[:, 32:].mean() > 0.5
    for part in parts:
        assert not changed(source, part)[:, 32:].any()
        assert changed(source, part)[:, :32].mean() > 0.5
    assert changed(*parts).any()


def test_a_model_with_inpainting_weights_is_shown_the_mask(tmp_path: Path, picture: Path) -> None:
    painter = load(build_sd(tmp_path / "model", is_inpainting=True))
    masks: list[Any] = []
    painter._pipelines.text.unet.register_forward_pre_hook(
        lambda module, inputs: masks.append(inputs[0][0, 4].clone())
    )

    paint(painter, [RECIPE], [Source(picture)])

    assert all((mask[:, :4] == 1).all() and (mask[:, 4:] == 0).all() for mask in masks)
    assert len(masks) == 4


def test_the_shipped_painter_makes_night_in_the_upper_half_only(tmp_path: Path) -> None:
    painter = DiffusersPainter(PainterSettings(device="cpu"))
    painter.load()
    day = Recipe("pocket", "a red dog on grass", 7, 8, 4.0, 256, 256, guidance_rescale=0.7)
    [image] = painter.paint([day], [None], lambda report: None)
    image.save(tmp_path / "day.webp", lossless=True)
    night = replace(
        day, prompt="a red dog at night", region="top", source="p1", strength=0.85,
        technique=Technique.PICTURE_TO_PICTURE,
    )  # fmt: skip

    [after] = paint(painter, [night], [Source(tmp_path / "day.webp")])

    before = pixels(image)
    assert not changed(before, after)[128:].any()
    assert after[:64].mean() < 0.7 * before[:64].mean()
