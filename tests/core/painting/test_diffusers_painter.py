"""The diffusers painter on tiny models with random weights: what is asked for happens, not how it looks."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.errors import Cancelled, ModelBroken, OutOfMemory, PaintingError, WorkerLost
from core.painting import calls
from core.painting.diffusers_painter import DiffusersPainter
from core.painting.recipe import Recipe, Source, Technique
from core.painting.settings import PainterSettings
from core.ports import StepReport
from tests.fakes.tiny_diffusion import build_sd, build_sdxl

# numpy 2 about diffusers' schedulers
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

RECIPE = Recipe("pocket", "a dog", seed=7, steps=4, guidance=4.0, width=64, height=64)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    """Two threads spin while they wait for each other: beside another busy process that costs minutes."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def sd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_sd(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="module")
def painter(sd_folder: Path) -> DiffusersPainter:
    return load(sd_folder)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Wider than high, and larger than what is painted."""
    image = Image.new("RGB", (200, 100), "navy")
    ImageDraw.Draw(image).ellipse((60, 10, 140, 90), fill="orange")
    path = tmp_path / "source.webp"
    image.save(path, lossless=True)
    return path


def load(folder: Path, **options: object) -> DiffusersPainter:
    painter = DiffusersPainter(PainterSettings(model=str(folder), device="cpu", **options))  # type: ignore[arg-type]
    painter.load()
    return painter


def paint(
    painter: DiffusersPainter,
    *recipes: Recipe,
    sources: Sequence[Path | None] | None = None,
    on_step: Callable[[StepReport], None] = lambda report: None,
) -> list[np.ndarray]:  # type: ignore[type-arg]
    given = [Source(path) if path else None for path in sources or [None] * len(recipes)]
    images = painter.paint(recipes, given, on_step)
    return [np.asarray(image).astype(int) for image in images]


def difference(one: np.ndarray, other: np.ndarray) -> float:  # type: ignore[type-arg]
    return float(np.abs(one - other).max())


def test_the_same_seed_gives_the_same_picture_alone_and_in_a_batch(
    painter: DiffusersPainter,
) -> None:
    [alone] = paint(painter, RECIPE)
    mates = [replace(RECIPE, seed=seed, prompt="a red castle at night") for seed in (1, 2)]

    batch = paint(painter, mates[0], RECIPE, mates[1])

    assert difference(alone, batch[1]) <= 1
    assert difference(batch[0], batch[2]) > 1


def test_a_batch_takes_the_steps_of_one_picture(painter: DiffusersPainter) -> None:
    seen: list[tuple[int, int]] = []

    paint(painter, RECIPE, RECIPE, on_step=lambda report: seen.append((report.step, report.steps)))

    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize(
    "change",
    [{"prompt": "a cat"}, {"negative": "blurred"}, {"guidance": 9.0}, {"guidance_rescale": 0.9},
     {"steps": 6}, {"width": 128}, {"scheduler": "EulerAncestralDiscreteScheduler"}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_field_of_a_recipe_changes_the_picture(
    painter: DiffusersPainter, change: dict[str, object]
) -> None:
    [before] = paint(painter, RECIPE)

    [after] = paint(painter, replace(RECIPE, **change))  # type: ignore[arg-type]

    assert after.shape != before.shape or difference(before, after) > 0


def test_a_chosen_scheduler_holds_for_its_picture_only(painter: DiffusersPainter) -> None:
    [before] = paint(painter, RECIPE)
    paint(painter, replace(RECIPE, scheduler="EulerAncestralDiscreteScheduler"))

    [after] = paint(painter, RECIPE)

    assert difference(before, after) == 0


def test_an_unknown_scheduler_is_refused_with_near_names(painter: DiffusersPainter) -> None:
    with pytest.raises(PaintingError, match="EulerDiscreteScheduler"):
        paint(painter, replace(RECIPE, scheduler="EulerDiscretScheduler"))


def test_a_lower_strength_keeps_more_of_the_source(painter: DiffusersPainter, source: Path) -> None:
    edit = replace(RECIPE, steps=10, technique=Technique.PICTURE_TO_PICTURE, source="x")
    pictures = {
        strength: paint(painter, replace(edit, strength=strength), sources=[source])[0]
        for strength in (0.1, 0.4, 0.9)
    }

    def change(strength: float) -> float:
        return float(np.abs(pictures[strength] - pictures[0.1]).mean())

    assert pictures[0.1].shape == (64, 64, 3)
    assert 0 < change(0.4) < change(0.9)


@pytest.mark.parametrize(("strength", "steps"), [(0.0, 1), (0.5, 5), (0.75, 7), (1.0, 10)])
def test_a_picture_from_a_picture_takes_its_share_of_the_steps(
    painter: DiffusersPainter, source: Path, strength: float, steps: int
) -> None:
    seen: list[int] = []
    edit = replace(
        RECIPE, steps=10, technique=Technique.PICTURE_TO_PICTURE, source="x", strength=strength
    )

    paint(painter, edit, sources=[source], on_step=lambda report: seen.append(report.steps))

    assert seen == [steps] * steps


def test_a_source_that_is_gone_is_an_error(painter: DiffusersPainter, tmp_path: Path) -> None:
    edit = replace(RECIPE, technique=Technique.PICTURE_TO_PICTURE, source="x", strength=0.5)

    with pytest.raises(PaintingError, match="starts from"):
        paint(painter, edit, sources=[tmp_path / "gone.webp"])
    with pytest.raises(PaintingError, match="source"):
        paint(painter, edit)


def test_recipes_that_do_not_fit_together_or_another_model_are_refused(
    painter: DiffusersPainter,
) -> None:
    with pytest.raises(PaintingError, match="together"):
        paint(painter, RECIPE, replace(RECIPE, steps=9))
    with pytest.raises(PaintingError, match="sdxl"):
        paint(painter, replace(RECIPE, model="sdxl"))


def test_cancelling_stops_at_that_step_and_leaves_the_painter_clean(
    painter: DiffusersPainter,
) -> None:
    [before] = paint(painter, RECIPE)
    seen: list[int] = []

    def cancel(report: StepReport) -> None:
        seen.append(report.step)
        if report.step == 2:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        paint(painter, RECIPE, on_step=cancel)
    [after] = paint(painter, RECIPE)

    assert seen == [1, 2]
    assert difference(before, after) == 0


@pytest.mark.parametrize("name", ["", "DPMSolverMultistepScheduler"])
def test_previews_are_small_pictures_of_the_batch(painter: DiffusersPainter, name: str) -> None:
    previews: list[bytes] = []

    def look(report: StepReport) -> None:
        assert report.preview is not None
        previews.append(report.preview())

    paint(painter, *[replace(RECIPE, seed=seed, scheduler=name) for seed in range(3)], on_step=look)

    sizes = [Image.open(io.BytesIO(data), formats=("JPEG",)).size for data in previews]
    assert sizes == [(256, 256)] * 4


def test_guidance_rescale_is_the_same_by_hook_and_by_pipeline(
    painter: DiffusersPainter, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(RECIPE, guidance=8.0, guidance_rescale=0.7)
    [native] = paint(painter, recipe)
    monkeypatch.setattr(calls, "takes", lambda function, option: False)

    [hooked] = paint(painter, recipe)
    [plain] = paint(painter, replace(recipe, guidance_rescale=0.0))

    assert difference(native, hooked) <= 1 < difference(plain, hooked)


def test_guidance_rescale_reaches_pictures_from_pictures(
    painter: DiffusersPainter, source: Path
) -> None:
    edit = replace(
        RECIPE, guidance=8.0, technique=Technique.PICTURE_TO_PICTURE, source="x", strength=1.0
    )

    [plain] = paint(painter, edit, sources=[source])
    [rescaled] = paint(painter, replace(edit, guidance_rescale=0.7), sources=[source])

    assert difference(plain, rescaled) > 1


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory", OutOfMemory),
        ("CUDA out of memory. Tried to allocate 2 GiB", OutOfMemory),
        ("CUDA error: an illegal memory access was encountered", WorkerLost),
    ],
)
def test_errors_of_the_device_get_their_type_and_the_painter_goes_on(
    painter: DiffusersPainter, message: str, kind: type[PaintingError]
) -> None:
    [before] = paint(painter, RECIPE)

    def fail(report: StepReport) -> None:
        raise RuntimeError(message)

    with pytest.raises(kind):
        paint(painter, RECIPE, on_step=fail)
    [after] = paint(painter, RECIPE)

    assert difference(before, after) == 0


def test_broken_numbers_in_half_precision_are_painted_again_in_full(sd_folder: Path) -> None:
    import torch

    painter = load(sd_folder, dtype="bfloat16")
    unet = painter._pipelines.text.unet
    dtypes: list[torch.dtype] = []

    def overflow(module: object, inputs: object, output: tuple[torch.Tensor]) -> object:
        dtypes.append(output[0].dtype)
        return (output[0] * float("nan"),) if output[0].dtype == torch.bfloat16 else output

    unet.register_forward_hook(overflow)
    [picture] = paint(painter, RECIPE)

    assert picture.std() > 0
    assert dtypes == [torch.bfloat16] * 4 + [torch.float32] * 4


def test_broken_numbers_in_full_precision_are_an_error_with_a_sentence(sd_folder: Path) -> None:
    painter = load(sd_folder)
    painter._pipelines.text.unet.register_forward_hook(
        lambda module, inputs, output: (output[0] * float("nan"),)
    )

    with pytest.raises(PaintingError, match="broken numbers"):
        paint(painter, RECIPE)


def test_memory_can_be_saved_once_and_the_picture_stays_nearly_the_same(sd_folder: Path) -> None:
    painter = load(sd_folder)
    before = paint(painter, RECIPE, replace(RECIPE, seed=8))

    saved = [painter.save_memory(), painter.save_memory()]
    after = paint(painter, RECIPE, replace(RECIPE, seed=8))

    assert saved == [True, False]
    assert max(difference(*pair) for pair in zip(before, after, strict=True)) <= 2


def test_slicing_and_tiling_are_switched_on_by_the_settings(sd_folder: Path) -> None:
    vae = load(sd_folder, slicing=True, tiling=True)._pipelines.text.vae

    assert vae.use_slicing and vae.use_tiling


@pytest.mark.parametrize("build", [build_sdxl, lambda folder: build_sd(folder, is_tiny_vae=False)])
def test_other_classes_of_models_paint_and_edit_too(
    build: Callable[[Path], Path], tmp_path: Path, source: Path
) -> None:
    painter = load(build(tmp_path / "model"))
    edit = replace(RECIPE, technique=Technique.PICTURE_TO_PICTURE, source="x", strength=0.5)
    previews: list[bytes] = []

    [picture] = paint(painter, RECIPE)
    [again] = paint(painter, RECIPE)
    [edited] = paint(
        painter,
        edit,
        sources=[source],
        on_step=lambda report: previews.append(report.preview() if report.preview else b""),
    )

    assert difference(picture, again) == 0
    assert picture.shape == edited.shape == (64, 64, 3)
    assert all(data.startswith(b"\xff\xd8") for data in previews)


def test_a_folder_without_its_weights_is_named_at_once(tmp_path: Path, sd_folder: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(sd_folder, tmp_path / "model"))
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()

    with pytest.raises(ModelBroken, match=r"unet/diffusion_pytorch_model\.safetensors"):
        load(folder)


def test_damaged_weights_are_a_broken_model(tmp_path: Path, sd_folder: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(sd_folder, tmp_path / "model"))
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(b"not tensors")

    with pytest.raises(ModelBroken, match="cannot be"):
        load(folder)


def test_a_device_that_is_not_there_is_named(sd_folder: Path) -> None:
    painter = DiffusersPainter(PainterSettings(model=str(sd_folder), device="cuda:63"))

    with pytest.raises(ModelBroken, match="cuda:63"):
        painter.load()


def test_painting_before_loading_is_an_error(sd_folder: Path) -> None:
    with pytest.raises(PaintingError, match="not loaded"):
        paint(DiffusersPainter(PainterSettings(model=str(sd_folder))), RECIPE)
