import csv
import json
import multiprocessing
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from diffusers import StableDiffusionPipeline  # noqa: E402

from core.painting.pocket.clip import CLIP_FOLDER, load_clip  # noqa: E402
from core.painting.pocket.companions import AccompaniedTrainer  # noqa: E402
from core.painting.pocket.dataset import (  # noqa: E402
    LatentScenes,
    load_latents,
    load_pictures,
    load_thumbs,
)
from core.painting.pocket.denoiser import (  # noqa: E402
    DenoiserErrand,
    DenoiserTrainer,
    build_painter,
)
from core.painting.pocket.evaluation import EvaluationOptions, evaluate_pocket  # noqa: E402
from core.painting.pocket.glyphs import find_font  # noqa: E402
from core.painting.pocket.labels import LABELS  # noqa: E402
from core.painting.pocket.loop import Batches, Budget, Trainer, train  # noqa: E402
from core.painting.pocket.model import PaintOptions  # noqa: E402
from core.painting.pocket.networks import Sizes  # noqa: E402
from core.painting.pocket.report import KINDS  # noqa: E402
from core.painting.pocket.training import TrainingOptions, train_pocket  # noqa: E402
from core.painting.pocket.vocabulary import THINGS  # noqa: E402
from core.painting.pocket.work import WorkFolder  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")
needs_font = pytest.mark.skipif(
    find_font() is None, reason="needs NotoColorEmoji.ttf (fonts-noto-color-emoji)"
)

TINY = TrainingOptions(
    scenes=32,
    pictures=16,
    fit_scenes=24,
    max_steps=4,
    batch_size=2,
    device="cpu",
    workers=1,
    companions=0,
    chunk_scenes=16,
    sizes=Sizes(
        (16, 32, 32),
        text_width=32,
        text_layers=1,
        decoder_channels=40,
        decoder_blocks=(5, 2, 2, 1, 0),
    ),
)


class CountingTrainer:
    """Learns nothing but how often it was asked to."""

    def __init__(self) -> None:
        self.count = 0

    def step(self, rate: float) -> float:
        self.count += 1
        return rate

    def state(self) -> dict[str, int]:
        return {"count": self.count}

    def restore(self, state: dict[str, int]) -> None:
        self.count = state["count"]


def test_a_training_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    budget = Budget(minutes=10, peak_rate=1.0, max_steps=9, report_every=2)
    stopped = train(CountingTrainer(), tmp_path / "kept.pt", budget)
    next(stopped)
    stopped.close()
    second = CountingTrainer()

    reports = list(train(second, tmp_path / "kept.pt", budget))

    assert [report.step for report in reports] == [4, 6, 8, 9]
    assert second.count == 9 and reports[-1].share == 1


def test_a_training_ends_when_its_minutes_are_over(tmp_path: Path) -> None:
    reports = list(train(CountingTrainer(), tmp_path / "kept.pt", Budget(1e-5, 1.0)))

    assert reports[-1].share == 1


def test_an_unknown_stage_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no stage called varnish"):
        train_pocket(tmp_path, tmp_path / "out", replace(TINY, stages=("varnish",)))


def test_export_says_which_stage_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run the stage 'unet' first"):
        train_pocket(tmp_path, tmp_path / "out", replace(TINY, stages=("export",)))


def read_losses(work: Path) -> dict[str, list[int]]:
    """At which steps the loss of each training was recorded."""
    steps: dict[str, list[int]] = {}
    with WorkFolder(work).losses.open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            assert float(line["loss"]) > 0 and int(line["seconds"]) >= 0
            steps.setdefault(line["training"], []).append(int(line["step"]))
    return steps


@needs_font
def test_training_from_nothing_leaves_a_painter_the_stock_pipeline_loads(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    train_pocket(work, out, replace(TINY, stages=("encoder", "scenes", "unet"), max_steps=2))
    first = torch.load(WorkFolder(work).unet)

    train_pocket(work, out, TINY)  # goes on from step 2, then does the rest

    assert (first["step"], torch.load(WorkFolder(work).unet)["step"]) == (2, 4)
    assert read_losses(work) == {
        "unet": [2, 4],
        "decoder": [4],
        "clip": [4],
        "striding judge": [4],
        "mixing judge": [4],
        "adapter": [4],
    }
    pipeline = StableDiffusionPipeline.from_pretrained(out, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    pictures = pipeline(["a cute dog", "a house"], num_inference_steps=2).images
    assert [picture.size for picture in pictures] == [(256, 256), (256, 256)]
    pipeline.load_ip_adapter(
        out, "ip_adapter", "ip_adapter.safetensors", image_encoder_folder="./clip"
    )
    shown = pipeline("", ip_adapter_image=pictures[0], num_inference_steps=2).images[0]
    assert shown.size == (256, 256)
    clip = load_clip(out / CLIP_FOLDER)
    assert clip.config.text_config.eos_token_id == pipeline.tokenizer.eos_token_id != 2


@needs_font
def test_rendering_goes_on_with_the_chunks_that_are_missing(tmp_path: Path) -> None:
    options = replace(TINY, stages=("encoder", "scenes"))
    train_pocket(tmp_path, tmp_path, options)
    folder = WorkFolder(tmp_path).scenes
    whole = load_latents(folder)
    (folder / "chunk-0001.npz").unlink()

    train_pocket(tmp_path, tmp_path, options)

    again = load_latents(folder)
    assert again.captions == whole.captions
    np.testing.assert_array_equal(again.latents, whole.latents)


@needs_font
def test_two_processes_can_train_the_same_weights(tmp_path: Path) -> None:
    train_pocket(tmp_path, tmp_path, replace(TINY, stages=("encoder", "scenes")))
    work, batches = WorkFolder(tmp_path), Batches(2, seed=1)
    errand = DenoiserErrand(work.scenes, work.unet, TINY.sizes, batches)
    painter = build_painter(TINY.sizes)
    leader = DenoiserTrainer(painter, load_latents(work.scenes), batches)
    deadline = time.monotonic() + 120

    with closing(AccompaniedTrainer(leader, 1, errand)) as trainer:
        while trainer.state()["companion_steps"] == 0 and time.monotonic() < deadline:
            trainer.step(1e-3)

    assert trainer.state()["companion_steps"] > 0


@needs_font
def test_a_companion_takes_up_the_memory_of_the_checkpoint(tmp_path: Path) -> None:
    train_pocket(tmp_path, tmp_path, replace(TINY, stages=("encoder", "scenes", "unet")))
    work = WorkFolder(tmp_path)
    kept = torch.load(work.unet)["trainer"]
    errand = DenoiserErrand(work.scenes, work.unet, TINY.sizes, Batches(2, seed=1))

    companion = errand.build(kept["parameters"], 1).state()

    ours, theirs = companion["optimizer"], kept["optimizer"]
    assert len(ours) == len(theirs) == 2 and theirs[0]["state"]
    for mine, its in zip(ours[0]["state"].values(), theirs[0]["state"].values(), strict=True):
        torch.testing.assert_close(mine["products"], its["products"])


def test_the_denoiser_learns_channels_as_far_as_they_spread() -> None:
    latents = np.zeros((8, 16, 16, 16), dtype=np.float16)
    latents[:, 3] = np.random.default_rng(0).normal(size=(8, 16, 16))
    covered = np.zeros((8, 16, 16), dtype=np.bool_)
    scenes = LatentScenes(latents, covered, ["a dog"] * 8, np.arange(8) % 4)
    painter = build_painter(TINY.sizes)
    before = painter.unet.conv_out.weight.detach().clone()

    DenoiserTrainer(painter, scenes, Batches(4, seed=1)).step(1e-3)

    change = (painter.unet.conv_out.weight - before).abs().amax(dim=(1, 2, 3))
    assert (change > 1e-5).nonzero().flatten().tolist() == [3]  # elsewhere weights only decay


class _Fatal:
    """An errand on which every companion dies."""

    def build(self, weights: list[torch.Tensor], number: int) -> Trainer:
        raise SystemExit(3)


class _Still:
    """A trainer that learns nothing."""

    def step(self, rate: float) -> float:
        return 0.0

    def state(self) -> dict[str, object]:
        return {}

    def restore(self, state: dict[str, object]) -> None:
        pass

    def share_weights(self) -> list[torch.Tensor]:
        return []


def test_a_companion_that_dies_ends_the_training_with_its_exit_code() -> None:
    strangers = set(multiprocessing.active_children())
    with closing(AccompaniedTrainer(_Still(), 1, _Fatal())) as trainer:
        for companion in set(multiprocessing.active_children()) - strangers:
            companion.join(timeout=60)
        with pytest.raises(RuntimeError, match="exit code 3"):
            trainer.step(1e-3)


@needs_font
def test_pictures_that_are_wanted_later_are_rendered_later(tmp_path: Path) -> None:
    stages = ("encoder", "scenes")
    train_pocket(tmp_path, tmp_path, replace(TINY, stages=stages, pictures=0))
    before = load_latents(WorkFolder(tmp_path).scenes)

    train_pocket(tmp_path, tmp_path, replace(TINY, stages=stages))

    pictures, latents = load_pictures(WorkFolder(tmp_path).scenes)
    assert [len(each) for each in pictures] == [16]
    np.testing.assert_array_equal(latents[0], before.latents[:16].astype(np.float32))


def test_each_stage_names_the_one_that_must_run_before(tmp_path: Path) -> None:
    for stage, earlier in (
        ("scenes", "encoder"),
        ("clip", "scenes"),
        ("judges", "scenes"),
        ("adapter", "scenes"),
    ):
        with pytest.raises(FileNotFoundError, match=f"run the stage '{earlier}' first"):
            train_pocket(tmp_path, tmp_path, replace(TINY, stages=(stage,)))


def test_a_painter_without_a_part_is_refused_before_anything_is_painted(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no .*model_index.json; `easel train pocket`"):
        evaluate_pocket(tmp_path, tmp_path, EvaluationOptions())


@needs_font
def test_an_evaluation_tells_every_aspect_and_the_judges_own_limits(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    train_pocket(work, out, TINY)

    report = evaluate_pocket(out, work, EvaluationOptions(6, PaintOptions(steps=2, batch_size=3)))

    for table in (report.painter, report.scenes):
        assert table["all"]["thing"].asked == 6 == sum(table[kind]["thing"].asked for kind in KINDS)
        assert table["pair"]["color"].asked == 0  # asked of lone things only
    assert report.second["count"].asked == report.second_scenes["style"].asked == 6
    assert report.by_picture.asked == len(THINGS)
    assert 0 <= report.clip_score <= 2.5 and 0 <= report.diversity_of_scenes <= 2
    assert set(report.missed) <= set(THINGS)
    assert "scenes, second judge" in str(report) and "four pictures" in str(report)
    assert json.loads(WorkFolder(work).report.read_text())["painter"]["all"]["thing"]["asked"] == 6
    assert WorkFolder(work).sheet.exists()


def test_thumbnails_of_an_older_version_are_told_and_not_stretched(tmp_path: Path) -> None:
    rest = {name: np.zeros(2) for name in ("captions", *LABELS)}
    np.savez(tmp_path / "chunk-0000.npz", thumbs=np.zeros((2, 64, 64, 3), np.uint8), **rest)

    with pytest.raises(FileNotFoundError, match=r"thumbnails of 128 pixels: it is of an older"):
        load_thumbs(tmp_path, 128)
