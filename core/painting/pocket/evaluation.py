"""How well a painter paints what it is asked for: fresh prompts, named by judges that never saw it."""

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import diffusers
import numpy as np
import transformers
from transformers import CLIPModel

from core.painting.pocket.clip import (
    CLIP_FOLDER,
    clip_score,
    diversity,
    embed_pictures,
    embed_texts,
    load_clip,
)
from core.painting.pocket.codec import Pixels
from core.painting.pocket.dataset import load_captions, stack_pixels
from core.painting.pocket.decoder import measure_psnr
from core.painting.pocket.hardware import keep_freed_memory
from core.painting.pocket.judge import JUDGES_FOLDER, Judge, load_judge, pass_judgement
from core.painting.pocket.labels import label_scenes
from core.painting.pocket.model import PaintOptions, PocketModel
from core.painting.pocket.report import Report, Tally, missed, row, rows
from core.painting.pocket.scenes import compose_scene, draw_scene
from core.painting.pocket.sheets import captioned_sheet
from core.painting.pocket.vocabulary import THINGS, Scene, Thing, caption
from core.painting.pocket.work import JUDGE_NAMES, WorkFolder

_FRESH_SEED = 77_000_000  # far from all seeds that scenes are rendered with
_SHEET_PICTURES = 64
_PSNR_PICTURES = 128
_SEEDS = 4  # of each prompt that diversity is measured on
_DIVERSE_PROMPTS = 16


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to ask of the painter, and how."""

    prompts: int = 1000
    painting: PaintOptions = field(default_factory=PaintOptions)
    seed: int = 1


def evaluate_pocket(model_dir: Path, work_dir: Path, options: EvaluationOptions) -> Report:
    """Paints fresh prompts with the painter at `model_dir` and has them judged.

    Leaves the report and a sheet of pictures in `work_dir`; captions of scenes that were rendered there are
    not asked for. Raises FileNotFoundError where a part of the painter or the font is missing.
    """
    keep_freed_memory()
    # A vision model read from a whole CLIP is told of every text weight that is left over.
    for library in (transformers, diffusers):
        library.utils.logging.set_verbosity_error()
    model, work = PocketModel(model_dir, options.painting), WorkFolder(work_dir)
    work_dir.mkdir(parents=True, exist_ok=True)
    first, second = (load_judge(model_dir / JUDGES_FOLDER, name) for name in JUDGE_NAMES)
    scenes, prompts = fresh_prompts(options.prompts, options.seed, load_captions(work.scenes))
    drawn, labels = _draw(scenes, options.seed), label_scenes(scenes)
    pixels = model.paint(prompts, _FRESH_SEED + options.seed)
    captioned_sheet(pixels[:_SHEET_PICTURES], prompts[:_SHEET_PICTURES]).save(
        work.sheet, quality=80
    )
    verdicts = pass_judgement(first, pixels, labels)
    clip = load_clip(model_dir / CLIP_FOLDER)
    texts = embed_texts(clip, prompts)
    report = Report(
        painter=rows(verdicts, scenes),
        scenes=rows(pass_judgement(first, drawn, labels), scenes),
        second=rows(pass_judgement(second, pixels, labels), scenes)["all"],
        second_scenes=rows(pass_judgement(second, drawn, labels), scenes)["all"],
        by_picture=_by_picture(model, first, options.seed),
        clip_score=clip_score(embed_pictures(clip, pixels), texts),
        clip_score_of_scenes=clip_score(embed_pictures(clip, drawn), texts),
        diversity=_painted_diversity(model, clip, prompts),
        diversity_of_scenes=_drawn_diversity(clip, scenes),
        decoder_psnr_db=measure_psnr(model.autoencoder, drawn[:_PSNR_PICTURES]),
        seconds_for_four=_time_four(model, prompts),
        missed=missed(verdicts, labels.things),
        options=options,
    )
    work.report.write_text(report.to_json(), encoding="utf-8")
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


def _draw(scenes: list[Scene], seed: int) -> Pixels:
    """The generator's own pictures of these scenes."""
    rng = random.Random(_FRESH_SEED * 3 + seed)
    return stack_pixels([draw_scene(scene, rng) for scene in scenes])


def _time_four(model: PocketModel, prompts: list[str]) -> float:
    """The median of five batches of four, in seconds."""
    took_s: list[float] = []
    for _ in range(5):
        started_at = time.perf_counter()
        model.paint(prompts[:4], _FRESH_SEED)
        took_s.append(time.perf_counter() - started_at)
    return median(took_s)


def _by_picture(model: PocketModel, judge: Judge, seed: int) -> Tally:
    """Of all things, each shown once but not named, how many are painted."""
    shown = [Scene((Thing(name),), "meadow") for name in THINGS]
    pixels = model.paint_after(_draw(shown, seed), seed)
    verdicts = pass_judgement(judge, pixels, label_scenes(shown))
    return row(verdicts, np.ones(len(shown), np.bool_))["thing"]


def _painted_diversity(model: PocketModel, clip: CLIPModel, prompts: list[str]) -> float:
    repeated = [prompt for prompt in prompts[:_DIVERSE_PROMPTS] for _ in range(_SEEDS)]
    return _diversity(clip, model.paint(repeated, _FRESH_SEED))


def _drawn_diversity(clip: CLIPModel, scenes: list[Scene]) -> float:
    repeated = [scene for scene in scenes[:_DIVERSE_PROMPTS] for _ in range(_SEEDS)]
    return _diversity(clip, _draw(repeated, 0))


def _diversity(clip: CLIPModel, pixels: Pixels) -> float:
    directions = embed_pictures(clip, pixels)
    return diversity(directions.reshape(-1, _SEEDS, directions.shape[1]))
