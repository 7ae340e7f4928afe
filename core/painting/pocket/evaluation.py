"""How well a painter paints what it is asked for: fresh prompts, named by a judge that never saw it."""

import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image
from tqdm import tqdm  # type: ignore[import-untyped]

from core.painting.pocket.codec import Pixels
from core.painting.pocket.dataset import (
    Labels,
    draw_many,
    label_drawings,
    label_scenes,
    load_captions,
    load_thumbs,
    stack_pixels,
)
from core.painting.pocket.decoder import measure_psnr
from core.painting.pocket.hardware import choose_device, keep_freed_memory
from core.painting.pocket.judge import Judge, JudgeTrainer, Verdicts, pass_judgement
from core.painting.pocket.loop import Budget, train
from core.painting.pocket.scenes import compose_scene
from core.painting.pocket.sheets import captioned_sheet
from core.painting.pocket.vocabulary import Scene, caption
from core.painting.pocket.work import WorkFolder

_FRESH_SEED = 77_000_000  # far from all seeds that scenes are rendered with
_SHEET_PICTURES = 64


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """What to ask of the painter, and how."""

    prompts: int = 320
    steps: int = 20
    guidance: float = 4.0
    guidance_rescale: float = 0.7
    batch_size: int = 8
    fresh_scenes: int = 600  # real scenes the judge and the decoder are measured on
    judge_minutes: float = 5.0
    judge_steps: int | None = None  # None: only the minutes count
    seed: int = 1
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a kind of prompt were right."""

    prompts: int
    things_right: int
    background_right: int

    def __str__(self) -> str:
        things = 100 * self.things_right / max(1, self.prompts)
        background = 100 * self.background_right / max(1, self.prompts)
        return f"{self.prompts:4} prompts: thing {things:5.1f} %, background {background:5.1f} %"


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one evaluation."""

    all: Share
    kinds: dict[str, Share]  # "plain", "tinted", "styled", "pair": each prompt is of one kind
    judge_on_scenes: Share  # the judge's own limits: real scenes it never saw
    decoder_psnr_db: float
    seconds_for_four: float
    missed: dict[str, int]  # things by how often they were not recognised
    options: EvaluationOptions

    def to_json(self) -> str:
        """The report as indented JSON."""
        return json.dumps(asdict(self), indent=2)

    def __str__(self) -> str:
        lines = [f"{'all':8} {self.all}"]
        lines += [f"{kind:8} {share}" for kind, share in self.kinds.items()]
        lines += [f"{'scenes':8} {self.judge_on_scenes} (the judge's own limits)"]
        lines += [f"decoder: {self.decoder_psnr_db:.2f} dB on fresh scenes"]
        lines += [f"four pictures: {self.seconds_for_four:.1f} s at {self.options.steps} steps"]
        missed = ", ".join(f"{name} {count}" for name, count in self.missed.items())
        return "\n".join([*lines, f"missed: {missed or 'none'}"])


def evaluate_pocket(model_dir: Path, work_dir: Path, options: EvaluationOptions) -> Report:
    """Paints fresh prompts with the painter at `model_dir` and has them judged.

    Leaves the report and a sheet of pictures in `work_dir`, where the rendered scenes must lie.
    """
    keep_freed_memory()
    work = WorkFolder(work_dir)
    judge = _train_judge(work, options)
    pipeline = _load_pipeline(model_dir, options)
    scenes, prompts = fresh_prompts(options.prompts, options.seed, load_captions(work.scenes))
    started_at = time.perf_counter()
    pixels = paint(pipeline, prompts, options)
    elapsed_s = time.perf_counter() - started_at
    fresh = draw_many(options.fresh_scenes, _FRESH_SEED + options.seed)
    fresh_pixels = stack_pixels(fresh)
    verdicts = pass_judgement(judge, pixels, label_scenes(scenes))
    report = Report(
        _share(verdicts, np.ones(len(scenes), np.bool_)),
        _kind_shares(verdicts, scenes),
        _judge_limits(judge, fresh_pixels, label_drawings(fresh)),
        measure_psnr(pipeline.vae, fresh_pixels[:128]),
        elapsed_s / len(prompts) * 4,
        _missed(verdicts, scenes),
        options,
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
        painted += pipeline(
            batch,
            num_inference_steps=options.steps,
            guidance_scale=options.guidance,
            guidance_rescale=options.guidance_rescale,
            generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        ).images
    return np.stack([np.asarray(image) for image in painted])


def kind_of(scene: Scene) -> str:
    """The hardest that a scene asks for: "pair", "styled", "tinted" or "plain"."""
    if len(scene.things) > 1:
        return "pair"
    if scene.style is not None:
        return "styled"
    return "plain" if scene.things[0].color is None else "tinted"


def _load_pipeline(model_dir: Path, options: EvaluationOptions) -> Any:
    pipeline_class: Any = diffusers.StableDiffusionPipeline
    pipeline = pipeline_class.from_pretrained(model_dir, torch_dtype=torch.float32)
    pipeline.to(choose_device(options.device))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _train_judge(work: WorkFolder, options: EvaluationOptions) -> Judge:
    """The judge of the work folder, trained first where it is not or not enough."""
    torch.manual_seed(options.seed)
    judge = Judge()
    thumbs, labels = load_thumbs(work.scenes)
    trainer = JudgeTrainer(judge, thumbs, labels, 64, options.seed)
    budget = Budget(options.judge_minutes, 3e-3, options.judge_steps)
    with tqdm(total=100, desc="judge", bar_format="{desc} {percentage:3.0f}% {postfix}") as bar:
        for now in train(trainer, work.judge, budget):
            bar.set_postfix_str(f"step {now.step}, loss {now.loss:.3f}", refresh=False)
            bar.update(100 * now.share - bar.n)
    return judge.eval()


def _judge_limits(judge: Judge, pixels: Pixels, labels: Labels) -> Share:
    verdicts = pass_judgement(judge, pixels, labels)
    return _share(verdicts, np.ones(len(pixels), np.bool_))


def _share(verdicts: Verdicts, chosen: np.typing.NDArray[np.bool_]) -> Share:
    things, background = verdicts.things[chosen], verdicts.background[chosen]
    return Share(int(chosen.sum()), int(things.sum()), int(background.sum()))


def _kind_shares(verdicts: Verdicts, scenes: list[Scene]) -> dict[str, Share]:
    kinds = np.array([kind_of(scene) for scene in scenes])
    return {kind: _share(verdicts, kinds == kind) for kind in ("plain", "tinted", "styled", "pair")}


def _missed(verdicts: Verdicts, scenes: list[Scene]) -> dict[str, int]:
    counts = Counter(
        thing.name
        for scene, right in zip(scenes, verdicts.things, strict=True)
        if not right
        for thing in scene.things
    )
    return dict(counts.most_common())
