"""What is read from a model's folder before any weights are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ConfigError, ModelBroken
from core.painting.profile import PainterProfile, profile_of
from core.painting.settings import PainterSettings

PARTS = {
    "unet": ("diffusers", "UNet2DConditionModel"),
    "vae": ("diffusers", "AutoencoderKL"),
    "text_encoder": ("transformers", "CLIPTextModel"),
    "tokenizer": ("transformers", "CLIPTokenizer"),
    "scheduler": ("diffusers", "PNDMScheduler"),
}


def make_folder(
    folder: Path,
    pipeline: str = "StableDiffusionPipeline",
    sample_size: object = 64,
    levels: int = 4,
    scheduler: str = "PNDMScheduler",
) -> Path:
    """A folder with all the files of a model and nothing in the weights."""
    index = {"_class_name": pipeline, "safety_checker": [None, None], **PARTS}
    write(folder / "model_index.json", index)
    write(folder / "unet" / "config.json", {"sample_size": sample_size})
    write(folder / "vae" / "config.json", {"block_out_channels": [8] * levels})
    write(folder / "text_encoder" / "config.json", {})
    write(folder / "tokenizer" / "tokenizer.json", {})
    write(folder / "scheduler" / "scheduler_config.json", {"_class_name": scheduler})
    for part in ("unet", "vae"):
        (folder / part / "diffusion_pytorch_model.safetensors").touch()
    (folder / "text_encoder" / "model.safetensors").touch()
    return folder


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def profile(model: Path | str, **options: object) -> PainterProfile:
    backend = options.pop("backend", "diffusers")
    return profile_of(PainterSettings(backend=backend, model=str(model), **options))  # type: ignore[arg-type]


def test_stable_diffusion_1_paints_at_the_size_its_unet_was_trained_for(tmp_path: Path) -> None:
    found = profile(make_folder(tmp_path))

    assert (found.width, found.height, found.multiple_of) == (512, 512, 8)
    assert (found.steps, found.guidance, found.guidance_rescale) == (30, 7.5, 0.0)
    assert found.model == str(tmp_path)


def test_xl_models_are_larger_and_need_less_guidance(tmp_path: Path) -> None:
    found = profile(make_folder(tmp_path, "StableDiffusionXLPipeline", sample_size=128))

    assert (found.width, found.guidance, found.max_pictures) == (1024, 5.0, 4)


def test_the_pocket_painter_has_its_own_defaults_and_name(tmp_path: Path) -> None:
    found = profile(make_folder(tmp_path, sample_size=16, levels=5), backend="pocket")

    assert (found.model, found.steps, found.guidance, found.guidance_rescale) == (
        "pocket",
        16,
        2.0,
        0.7,
    )
    assert (found.width, found.multiple_of) == (256, 16)
    assert found.draft_steps == 4


def test_sizes_that_are_not_square_are_rows_then_columns(tmp_path: Path) -> None:
    found = profile(make_folder(tmp_path, sample_size=[64, 96]))

    assert (found.width, found.height) == (768, 512)


def test_what_the_operator_sets_comes_before_the_models_own(tmp_path: Path) -> None:
    folder = make_folder(tmp_path, sample_size=16, levels=5)

    found = profile(
        folder,
        steps=9,
        draft_steps=2,
        guidance=0.0,
        width=264,
        negative="blurred",
        scheduler="DDIMScheduler",
    )

    assert (found.steps, found.guidance, found.negative) == (9, 0.0, "blurred")
    assert (found.width, found.scheduler) == (256, "DDIMScheduler")
    assert found.draft_steps == 2


def test_few_step_models_are_known_by_their_scheduler_or_name(tmp_path: Path) -> None:
    by_scheduler = profile(make_folder(tmp_path, scheduler="LCMScheduler"))
    by_name = profile("stabilityai/sdxl-turbo")

    assert (by_scheduler.steps, by_scheduler.guidance) == (6, 1.0)
    assert (by_name.steps, by_name.width) == (6, 1024)


def test_a_downloaded_hub_model_is_read_from_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--someone--xl-named-but-small"
    make_folder(repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")

    found = profile("someone/xl-named-but-small")

    assert (found.width, found.guidance) == (512, 7.5)


@pytest.mark.parametrize(
    "missing",
    ["model_index.json", "unet/diffusion_pytorch_model.safetensors", "unet/config.json",
     "text_encoder/model.safetensors", "tokenizer/tokenizer.json", "scheduler/scheduler_config.json"],
)  # fmt: skip
def test_a_missing_part_is_named(tmp_path: Path, missing: str) -> None:
    (make_folder(tmp_path) / missing).unlink()

    with pytest.raises(ModelBroken, match=missing):
        profile(tmp_path)


def test_a_part_that_the_index_leaves_out_is_named(tmp_path: Path) -> None:
    index = {"_class_name": "StableDiffusionPipeline", **PARTS, "vae": [None, None]}
    write(make_folder(tmp_path) / "model_index.json", index)

    with pytest.raises(ModelBroken, match="no vae"):
        profile(tmp_path)


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    weights = make_folder(tmp_path) / "unet" / "diffusion_pytorch_model.safetensors"
    weights.rename(weights.with_suffix(".bin"))

    with pytest.raises(ModelBroken, match="safetensors alone"):
        profile(tmp_path)


def test_weights_may_be_a_variant_or_in_shards(tmp_path: Path) -> None:
    unet = make_folder(tmp_path) / "unet"
    weights = unet / "diffusion_pytorch_model.safetensors"
    weights.rename(unet / "diffusion_pytorch_model.fp16.safetensors")
    profile(tmp_path, variant="fp16")
    with pytest.raises(ModelBroken, match="unet"):
        profile(tmp_path)

    shard = "diffusion_pytorch_model-00001-of-00001.safetensors"
    write(unet / f"{weights.name}.index.json", {"weight_map": {"a": shard}})
    with pytest.raises(ModelBroken, match=shard):
        profile(tmp_path)
    (unet / shard).touch()

    assert profile(tmp_path).width == 512


def test_a_hub_id_without_its_backend_is_told_from_a_lost_folder() -> None:
    with pytest.raises(ModelBroken, match='set backend = "diffusers"'):
        profile_of(PainterSettings(model="stabilityai/sdxl-turbo"))
    with pytest.raises(ModelBroken, match="There is no model folder /no/such.$"):
        profile_of(PainterSettings(model="/no/such"))


def test_a_folder_that_is_not_there_and_another_kind_of_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelBroken, match="no model folder"):
        profile(tmp_path / "nothing")
    with pytest.raises(ModelBroken, match="FluxPipeline"):
        profile(make_folder(tmp_path, "FluxPipeline"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"backend": "magic"}, '"pocket", "diffusers"'),
        ({"backend": "diffusers"}, "needs model"),
        ({"device": "gpu"}, "cuda"),
        ({"steps": 0}, "between 1 and 500"),
        ({"width": 100}, "multiple of 8"),
        ({"offload": "model", "device": "cpu"}, "CUDA"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        PainterSettings(**options)  # type: ignore[arg-type]


def test_reading_a_profile_imports_no_torch(tmp_path: Path) -> None:
    make_folder(tmp_path)
    program = (
        "import sys\n"
        "from core.painting.profile import profile_of\n"
        "from core.painting.settings import PainterSettings\n"
        "import core.painting.diffusers_painter\n"
        f"profile_of(PainterSettings(backend='diffusers', model={str(tmp_path)!r}))\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'diffusers', 'numpy', 'PIL')))\n"
    )

    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
