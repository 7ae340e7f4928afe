"""Rendered scenes on disk, in chunks that are each whole or not there, so that rendering can go on.

A chunk holds latents, thumbnails, captions and what is in each scene; the first chunks hold the full
pictures too, for the decoder.
"""

import math
import os
import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.painting.pocket.codec import Floats, LinearCodec, Pixels, block_means, load_codec
from core.painting.pocket.files import write_whole
from core.painting.pocket.labels import LABELS, Labels, label_scenes
from core.painting.pocket.scenes import Drawing, compose_scene, draw_scene

CHUNK_SCENES = 500
THUMB_PX = 128


@dataclass(frozen=True, slots=True)
class Plan:
    """What to render: counts are rounded up to whole chunks of `chunk_scenes`."""

    scenes: int
    pictures: int  # the first so many scenes also keep their 256 x 256 picture
    seed: int
    chunk_scenes: int = CHUNK_SCENES
    workers: int = 2

    @property
    def chunks(self) -> int:
        """How many chunks the scenes fill."""
        return -(-self.scenes // self.chunk_scenes)

    @property
    def picture_chunks(self) -> int:
        """How many chunks keep their pictures."""
        return min(self.chunks, -(-self.pictures // self.chunk_scenes))


@dataclass(frozen=True, slots=True)
class LatentScenes:
    """What the denoiser learns from: latents (N, 16, 16, 16), covered cells (N, 16, 16), captions.

    `difficulty` (N,) is that of `Labels`.
    """

    latents: NDArray[np.float16]
    covered: NDArray[np.bool_]
    captions: list[str]
    difficulty: NDArray[np.int64]


def draw_many(count: int, seed: int) -> list[Drawing]:
    """That many random scenes; the same seed always gives the same ones."""
    rng = random.Random(seed)
    return [draw_scene(compose_scene(rng), rng) for _ in range(count)]


def stack_pixels(drawings: list[Drawing]) -> Pixels:
    """The drawings' pictures as one array (N, 256, 256, 3)."""
    return np.stack([np.asarray(drawing.image) for drawing in drawings])


def render(folder: Path, codec_path: Path, plan: Plan) -> Iterator[int]:
    """Renders the chunks that are missing; yields how many of all are there, once after each."""
    missing = [index for index in range(plan.chunks) if not _is_whole(folder, index, plan)]
    done = plan.chunks - len(missing)
    if plan.workers == 1:
        for index in missing:
            _render_chunk(folder, codec_path, plan, index)
            done += 1
            yield done
        return
    with ProcessPoolExecutor(plan.workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_render_chunk, folder, codec_path, plan, index) for index in missing]
        for job in as_completed(jobs):
            job.result()
            done += 1
            yield done


def load_latents(folder: Path) -> LatentScenes:
    """All rendered scenes' latents and captions, in memory."""
    joined = _read_chunks(folder, ("latents", "covered", "captions", *LABELS))
    labels = _labels(joined)
    return LatentScenes(joined["latents"], joined["covered"], _texts(joined), labels.difficulty)


def load_thumbs(folder: Path, side: int) -> tuple[Pixels, Labels, list[str]]:
    """All rendered scenes as (N, side, side, 3) thumbnails, with what is in them and their captions."""
    joined = _read_chunks(folder, ("captions", *LABELS))
    thumbs = _mapped(folder, (len(joined["captions"]), side, side, 3))
    filled = 0
    for path in _chunk_paths(folder):
        with np.load(path) as arrays:
            part = arrays["thumbs"]
        if part.shape[1] < side:
            raise _outdated(path, f"thumbnails of {side} pixels")
        thumbs[filled : filled + len(part)] = shrink(part, side)
        filled += len(part)
    return thumbs, _labels(joined), _texts(joined)


def _mapped(folder: Path, shape: tuple[int, ...]) -> Pixels:
    """Zeros in a file without a name, which goes with the array. Raises OSError where the disk is full.

    300,000 thumbnails of 128 pixels are 15 GB: what a small machine's memory cannot hold is read again when needed.
    """
    with TemporaryFile(dir=folder) as file:
        # Without room reserved, a full disk would end the process while it writes.
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, math.prod(shape))
        return np.memmap(file, np.uint8, "w+", shape=shape)


def load_pictures(folder: Path) -> tuple[list[Pixels], list[Floats]]:
    """The full pictures chunk by chunk, left on disk, and their latents."""
    paths = sorted(folder.glob("pictures-*.npy"))
    indices = [int(path.stem.split("-")[1]) for path in paths]
    latents = []
    for index in indices:
        with np.load(_chunk_path(folder, index)) as chunk:
            latents.append(chunk["latents"].astype(np.float32))
    return [np.load(path, mmap_mode="r") for path in paths], latents


def load_captions(folder: Path) -> set[str]:
    """The rendered scenes' captions; none where nothing was rendered."""
    return set(_texts(_read_chunks(folder, ("captions",)))) if _chunk_paths(folder) else set()


def shrink(pixels: Pixels, side: int) -> Pixels:
    """Square pictures (N, pixels, pixels, 3) as (N, side, side, 3); their side is a multiple of that."""
    before = pixels.shape[1]
    if before == side:
        return pixels
    thumbs: Pixels = block_means(pixels, before // side).round().astype(np.uint8)
    return thumbs


def _is_whole(folder: Path, index: int, plan: Plan) -> bool:
    has_pictures = index >= plan.picture_chunks or _pictures_path(folder, index).exists()
    return has_pictures and _chunk_path(folder, index).exists()


def _render_chunk(folder: Path, codec_path: Path, plan: Plan, index: int) -> None:
    drawings = draw_many(plan.chunk_scenes, plan.seed * 1_000_003 + index)
    pixels = stack_pixels(drawings)
    if index < plan.picture_chunks:
        write_whole(_pictures_path(folder, index), lambda place: np.save(place, pixels))
    arrays = _chunk_arrays(drawings, pixels, load_codec(codec_path))
    # The chunk comes last: once it is there, so are its pictures.
    write_whole(_chunk_path(folder, index), lambda place: np.savez(place, **arrays))


def _chunk_arrays(drawings: list[Drawing], pixels: Pixels, codec: LinearCodec) -> dict[str, Any]:
    labels = label_scenes([drawing.scene for drawing in drawings])
    return {
        "latents": codec.encode(pixels).astype(np.float16),
        "thumbs": shrink(pixels, THUMB_PX),
        "covered": np.stack([drawing.covered for drawing in drawings]),
        "captions": np.array([drawing.caption for drawing in drawings]),
    } | {name: getattr(labels, name) for name in LABELS}


def _read_chunks(folder: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """These arrays of all chunks, joined."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    for path in _chunk_paths(folder):
        with np.load(path) as arrays:
            if missing := set(names) - set(arrays):
                raise _outdated(path, ", ".join(sorted(missing)))
            for name in names:
                parts[name].append(arrays[name])
    if not parts[names[0]]:
        raise FileNotFoundError(f"no rendered scenes in {folder}; run the stage 'scenes' first")
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def _outdated(path: Path, missing: str) -> FileNotFoundError:
    return FileNotFoundError(
        f"{path} has no {missing}: it is of an older version."
        f" Remove {path.parent} and run the stage 'scenes' again."
    )


def _labels(arrays: dict[str, NDArray[Any]]) -> Labels:
    return Labels(**{name: arrays[name] for name in LABELS})


def _texts(arrays: dict[str, NDArray[Any]]) -> list[str]:
    return [str(text) for text in arrays["captions"]]


def _chunk_paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("chunk-*.npz"))


def _chunk_path(folder: Path, index: int) -> Path:
    return folder / f"chunk-{index:04d}.npz"


def _pictures_path(folder: Path, index: int) -> Path:
    return folder / f"pictures-{index:04d}.npy"
