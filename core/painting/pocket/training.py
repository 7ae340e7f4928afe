"""All stages of the pocket painter's training, one after another, each able to go on after a stop."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm  # type: ignore[import-untyped]

from core.painting.pocket.adapter import AdapterTrainer
from core.painting.pocket.assembly import assemble
from core.painting.pocket.clip import CLIP_PX, ClipTrainer, build_clip, encode_thumbs, restore_clip
from core.painting.pocket.codec import fit_codec, load_codec
from core.painting.pocket.companions import AccompaniedTrainer, useful_companions
from core.painting.pocket.dataset import (
    CHUNK_SCENES,
    Plan,
    draw_many,
    load_latents,
    load_pictures,
    load_thumbs,
    render,
    stack_pixels,
)
from core.painting.pocket.decoder import DecoderTrainer
from core.painting.pocket.denoiser import (
    DenoiserErrand,
    DenoiserTrainer,
    build_painter,
    load_painter,
)
from core.painting.pocket.hardware import bf16_is_faster, choose_device, keep_freed_memory
from core.painting.pocket.judge import JUDGE_PX, JUDGES
from core.painting.pocket.judge_trainer import JudgeTrainer
from core.painting.pocket.loop import (
    Batches,
    Budget,
    Trainer,
    record_losses,
    show_progress,
    train,
)
from core.painting.pocket.networks import (
    Sizes,
    build_autoencoder,
)
from core.painting.pocket.sampling import draw_sheet
from core.painting.pocket.work import STAGES, WorkFolder

_CROPS = 8  # that the decoder learns from at once
_CLIP_BATCH = 128  # each of its scenes is told from all others of its batch
_JUDGE_BATCH = 64
_FIT_SEED = 999_983  # scenes the encoder is fitted to, of no other use


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How much to train, and with what; what the shipped weights had is in docs/pocket.md."""

    stages: tuple[str, ...] = STAGES
    scenes: int = 300_000
    pictures: int = 20_000  # scenes whose full picture is kept, for the decoder
    fit_scenes: int = 2_000  # scenes the encoder is fitted to
    unet_minutes: float = 80.0
    decoder_minutes: float = 50.0
    clip_minutes: float = 30.0
    judge_minutes: float = 25.0  # each
    adapter_minutes: float = 15.0
    max_steps: int | None = None  # of each training; None: only the minutes count
    batch_size: int = 32  # of scenes, for the UNet and the adapter
    seed: int = 1
    device: str = "auto"  # or "cpu", "cuda"
    workers: int = 2  # processes that render scenes
    companions: int | None = None  # further processes that train along; None: as many as pay
    chunk_scenes: int = CHUNK_SCENES
    sizes: Sizes = field(default_factory=Sizes)


def train_pocket(work_dir: Path, out_dir: Path, options: TrainingOptions) -> None:
    """Runs the stages asked for; what an earlier run finished or began in `work_dir` is used.

    The last stage leaves a folder in diffusers' layout at `out_dir`.
    """
    unknown = set(options.stages) - set(STAGES)
    if unknown:
        raise ValueError(f"no stage called {', '.join(sorted(unknown))}; there are {STAGES}")
    keep_freed_memory()
    work = WorkFolder(work_dir)
    work_dir.mkdir(parents=True, exist_ok=True)
    acts: dict[str, Callable[[], None]] = {
        "encoder": lambda: _fit_encoder(work, options),
        "scenes": lambda: _render_scenes(work, options),
        "decoder": lambda: _train_decoder(work, options),
        "clip": lambda: _train_clip(work, options),
        "judges": lambda: _train_judges(work, options),
        "unet": lambda: _train_unet(work, options),
        "adapter": lambda: _train_adapter(work, options),
        "export": lambda: assemble(work, out_dir, options.sizes),
    }
    for stage in STAGES:
        if stage in options.stages:
            work.require_for(stage)
            acts[stage]()


def _fit_encoder(work: WorkFolder, options: TrainingOptions) -> None:
    if not work.codec.exists():
        pixels = stack_pixels(draw_many(options.fit_scenes, _FIT_SEED + options.seed))
        fit_codec(pixels).save(work.codec)


def _render_scenes(work: WorkFolder, options: TrainingOptions) -> None:
    plan = Plan(
        options.scenes, options.pictures, options.seed, options.chunk_scenes, options.workers
    )
    with tqdm(total=plan.chunks, desc="scenes", mininterval=2) as bar:
        for done in render(work.scenes, work.codec, plan):
            bar.update(done - bar.n)


def _train_decoder(work: WorkFolder, options: TrainingOptions) -> None:
    torch.manual_seed(options.seed)
    autoencoder = build_autoencoder(load_codec(work.codec), options.sizes)
    device = choose_device(options.device)
    autoencoder.to(device)
    pictures, latents = load_pictures(work.scenes)
    batches = _batches(options, device, _CROPS)
    trainer = DecoderTrainer(autoencoder, pictures, latents, batches)
    # One process on all cores: here gradients that were a step old did harm (docs/pocket.md).
    budget = Budget(options.decoder_minutes, 6e-4, options.max_steps)
    _train("decoder", trainer, work.decoder, budget, work)


def _train_clip(work: WorkFolder, options: TrainingOptions) -> None:
    torch.manual_seed(options.seed)
    thumbs, labels, captions = load_thumbs(work.scenes, CLIP_PX)
    clip, device = build_clip(), choose_device(options.device)
    nn.Module.to(clip, device)
    batches = _batches(options, device, _CLIP_BATCH)
    trainer = ClipTrainer(clip, thumbs, captions, labels.background, batches)
    budget = Budget(options.clip_minutes, 1e-3, options.max_steps)
    _train("clip", trainer, work.clip, budget, work)


def _train_judges(work: WorkFolder, options: TrainingOptions) -> None:
    thumbs, labels, _ = load_thumbs(work.scenes, JUDGE_PX)
    device = choose_device(options.device)
    batches = _batches(options, device, _JUDGE_BATCH)
    for name, checkpoint in work.judges.items():
        torch.manual_seed(options.seed)
        trainer = JudgeTrainer(JUDGES[name]().to(device), thumbs, labels, batches)
        budget = Budget(options.judge_minutes, 3e-3, options.max_steps)
        _train(f"{name} judge", trainer, checkpoint, budget, work)


def _train_unet(work: WorkFolder, options: TrainingOptions) -> None:
    torch.manual_seed(options.seed)
    device = choose_device(options.device)
    painter = build_painter(options.sizes, device)
    batches = _batches(options, device, options.batch_size)
    single = DenoiserTrainer(painter, load_latents(work.scenes), batches)
    errand = DenoiserErrand(work.scenes, work.unet, options.sizes, batches)
    trainer = AccompaniedTrainer(single, _companions(options, device), errand)
    budget = Budget(options.unet_minutes, 8e-4, options.max_steps)
    with closing(trainer):
        _train("unet", trainer, work.unet, budget, work)
    draw_sheet(load_painter(work.unet, options.sizes), load_codec(work.codec)).save(work.sketches)


def _train_adapter(work: WorkFolder, options: TrainingOptions) -> None:
    torch.manual_seed(options.seed)
    device = choose_device(options.device)
    if work.adapter.exists() and work.is_adapter_old():
        work.adapter.unlink()
    painter = load_painter(work.unet, options.sizes)
    painter.unet.to(device)
    nn.Module.to(painter.text_encoder, device)
    thumbs, labels, _ = load_thumbs(work.scenes, CLIP_PX)
    embeddings = encode_thumbs(restore_clip(work.clip), thumbs)
    scenes, batches = load_latents(work.scenes), _batches(options, device, options.batch_size)
    trainer = AdapterTrainer(painter, scenes, embeddings, labels, batches)
    budget = Budget(options.adapter_minutes, 8e-4, options.max_steps)
    _train("adapter", trainer, work.adapter, budget, work)


def _train(name: str, trainer: Trainer, checkpoint: Path, budget: Budget, work: WorkFolder) -> None:
    """Trains until the budget is used up; its loss is shown and recorded."""
    progress = train(trainer, checkpoint, budget)
    show_progress(name, record_losses(name, progress, work.losses))


def _batches(options: TrainingOptions, device: torch.device, size: int) -> Batches:
    return Batches(size, options.seed, bf16_is_faster(device))


def _companions(options: TrainingOptions, device: torch.device) -> int:
    if options.companions is not None:
        return options.companions
    return useful_companions(device)
