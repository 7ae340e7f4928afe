"""How well a painter paints what it is asked for: fresh prompts, named by judges that never saw it."""

import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image
from tqdm import tqdm  # type: ignore[import-untyped]
from transformers import CLIPModel

from core.painting.pocket.adapter import ADAPTER_FILE
from core.painting.pocket.clip import (
    CLIP_FOLDER,
    clip_score,
    diversity,
    embed_pictures,
    embed_texts,
    load_clip,
)
from core.painting.pocket.codec import Floats, Pixels
from core.painting.pocket.dataset import load_captions, load_thumbs, stack_pixels
from core.painting.pocket.decoder import measure_psnr
from core.painting.pocket.hardware import choose_device, keep_freed_memory
from core.painting.pocket.judge import JUDGES, Judge, JudgeTrainer, Verdicts, pass_judgement
from core.painting.pocket.labels import label_scenes
from core.painting.pocket.loop import Budget, show_progress, train
from core.painting.pocket.report import Report, Tally, row, rows
from core.painting.pocket.scenes import compose_scene, draw_scene
from core.painting.pocket.sheets import captioned_sheet
from core.painting.pocket.vocabulary import THINGS, Scene, Thing, caption
from core.painting.pocket.work import WorkFolder

_FRESH_SEED = 77_000_000  # far from all seeds that scenes are rendered with
_SHEET_PICTURES = 64
_PSNR_PICTURES = 128
_SEEDS = 4  # of each prompt that diversity is measured on
_DIVERSE_PROMPTS = 16


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to ask of the painter, and how; the judges' minutes are each one's."""

    prompts: int = 1000
    steps: int = 20
    guidance: float = 4.0
    guidance_rescale: float = 0.7
    batch_size: int = 8
    judge_minutes: float = 5.0
    judge_steps: int | None = None  # None: only the minutes count
    seed: int = 1
    device: str = "auto"


def evaluate_pocket(model_dir: Path, work_dir: Path, options: EvaluationOptions) -> Report:
    """Paints fresh prompts with the painter at `model_dir` and has them judged.

    Leaves the report and a sheet of pictures in `work_dir`, where the rendered scenes must lie.
    """
    keep_freed_memory()
    work = WorkFolder(work_dir)
    first, second = (_train_judge(name, work, options) for name in JUDGES)
    clip = load_clip(model_dir / CLIP_FOLDER)
    pipeline = _load_pipeline(model_dir, options)
    scenes, prompts = fresh_prompts(options.prompts, options.seed, load_captions(work.scenes))
    started_at = time.perf_counter()
    pixels = paint(pipeline, prompts, options)
    elapsed_s = time.perf_counter() - started_at
    drawn, labels = _draw(scenes, options.seed), label_scenes(scenes)
    verdicts = pass_judgement(first, pixels, labels)
    texts = embed_texts(clip, prompts)
    report = Report(
        painter=rows(verdicts, scenes),
        scenes=rows(pass_judgement(first, drawn, labels), scenes),
        second=rows(pass_judgement(second, pixels, labels), scenes)["all"],
        second_scenes=rows(pass_judgement(second, drawn, labels), scenes)["all"],
        clip_score=clip_score(embed_pictures(clip, pixels), texts),
        clip_score_of_scenes=clip_score(embed_pictures(clip, drawn), texts),
        diversity=_painted_diversity(pipeline, clip, prompts, options),
        diversity_of_scenes=_drawn_diversity(clip, scenes),
        decoder_psnr_db=measure_psnr(pipeline.vae, drawn[:_PSNR_PICTURES]),
        seconds_for_four=elapsed_s / len(prompts) * 4,
        missed=_missed(verdicts, scenes),
        by_picture=_by_picture(_with_adapter(pipeline, model_dir), first, options),
        options=options,
    )
    work.report.write_text(report.to_json(), encoding="utf-8")
    captioned_sheet(pixels[:_SHEET_PICTURES], prompts[:_SHEET_PICTURES]).save(
        work.sheet, quality=80
    )
    return report


def fresh_prompts(count: int, seed: int, known: set[str]) -> tuple[list[Scene], list[str]]:
    """That many scenes such as people ask for, in words that are none of the known captions."""
    rng = random.Random(_FRESH_SEED * 2 + seed)
    scenes: list[Scene] = []
    prompts: list[str] = []
    while len(scenes) < count:
        scene = compose_scene(rng)
        prompt = caption(scene, rng)
        if prompt not in known and prompt not in prompts:
            scenes.append(scene)
            prompts.append(prompt)
    return scenes, prompts


def paint(pipeline: Any, prompts: list[str], options: EvaluationOptions) -> Pixels:
    """The prompts' pictures (N, 256, 256, 3), each from its own seed."""
    painted: list[Image.Image] = []
    for start in tqdm(range(0, len(prompts), options.batch_size), desc="pictures"):
        batch = prompts[start : start + options.batch_size]
        seeds = [_FRESH_SEED + options.seed + start + place for place in range(len(batch))]
        painted += _paint_batch(pipeline, batch, seeds, options)
    return np.stack([np.asarray(image) for image in painted])


def _paint_batch(
    pipeline: Any,
    prompts: list[str],
    seeds: list[int],
    options: EvaluationOptions,
    shown: Image.Image | None = None,
) -> list[Image.Image]:
    images: list[Image.Image] = pipeline(
        prompts,
        ip_adapter_image=shown,
        num_inference_steps=options.steps,
        guidance_scale=options.guidance,
        guidance_rescale=options.guidance_rescale,
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
    ).images
    return images


def _draw(scenes: list[Scene], seed: int) -> Pixels:
    """The generator's own pictures of these scenes."""
    rng = random.Random(_FRESH_SEED * 3 + seed)
    return stack_pixels([draw_scene(scene, rng) for scene in scenes])


def _load_pipeline(model_dir: Path, options: EvaluationOptions) -> Any:
    pipeline_class: Any = diffusers.StableDiffusionPipeline
    pipeline = pipeline_class.from_pretrained(model_dir, torch_dtype=torch.float32)
    pipeline.to(choose_device(options.device))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _train_judge(name: str, work: WorkFolder, options: EvaluationOptions) -> Judge:
    """That judge of the work folder, trained first where it is not or not enough."""
    torch.manual_seed(options.seed)
    judge = JUDGES[name]()
    thumbs, labels, _ = load_thumbs(work.scenes)
    trainer = JudgeTrainer(judge, thumbs, labels, 64, options.seed)
    budget = Budget(options.judge_minutes, 3e-3, options.judge_steps)
    show_progress(f"{name} judge", train(trainer, work.judge(name), budget))
    return judge.eval()


def _with_adapter(pipeline: Any, model_dir: Path) -> Any:
    """The pipeline with its adapter; from then on it needs a reference for each prompt."""
    pipeline.load_ip_adapter(
        model_dir,
        subfolder=ADAPTER_FILE.parent.name,
        weight_name=ADAPTER_FILE.name,
        image_encoder_folder=f"./{CLIP_FOLDER}",
    )
    return pipeline


def _by_picture(pipeline: Any, judge: Judge, options: EvaluationOptions) -> Tally:
    """Of things shown but not named, how many are painted."""
    shown = [Scene((Thing(name),), "meadow") for name in THINGS]
    painted = [
        _paint_batch(pipeline, [""], [options.seed], options, Image.fromarray(reference))[0]
        for reference in _draw(shown, options.seed)
    ]
    pixels = np.stack([np.asarray(image) for image in painted])
    verdicts = pass_judgement(judge, pixels, label_scenes(shown))
    return row(verdicts, np.ones(len(shown), np.bool_))["thing"]


def _painted_diversity(
    pipeline: Any, clip: CLIPModel, prompts: list[str], options: EvaluationOptions
) -> float:
    repeated = [prompt for prompt in prompts[:_DIVERSE_PROMPTS] for _ in range(_SEEDS)]
    return _diversity(clip, paint(pipeline, repeated, options))


def _drawn_diversity(clip: CLIPModel, scenes: list[Scene]) -> float:
    repeated = [scene for scene in scenes[:_DIVERSE_PROMPTS] for _ in range(_SEEDS)]
    return _diversity(clip, _draw(repeated, 0))


def _diversity(clip: CLIPModel, pixels: Pixels) -> float:
    directions: Floats = embed_pictures(clip, pixels)
    return diversity(directions.reshape(-1, _SEEDS, directions.shape[1]))


def _missed(verdicts: Verdicts, scenes: list[Scene]) -> dict[str, int]:
    counts = Counter(
        thing.name
        for scene, right in zip(scenes, verdicts.right["thing"], strict=True)
        if not right
        for thing in scene.things
    )
    return dict(counts.most_common())
