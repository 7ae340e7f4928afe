"""Checks that a diffusers model folder is whole, before any weights are read. Knows file names, not torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.errors import ModelBroken

_FILES = {
    "scheduler": ("scheduler_config.json",),
    "tokenizer": ("tokenizer.json", "vocab.json"),
    "tokenizer_2": ("tokenizer.json", "vocab.json"),
    "feature_extractor": ("preprocessor_config.json",),
}
_NEEDED = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")


def check_folder(folder: Path, variant: str = "") -> dict[str, Any]:
    """The folder's model_index.json. Raises `ModelBroken` naming the first part that is missing."""
    index = read_json(folder / "model_index.json")
    if "_class_name" not in index:
        raise ModelBroken(f"{folder}/model_index.json does not say which pipeline it is.")
    for name in _NEEDED:
        if not _is_present(index.get(name)):
            raise ModelBroken(f"The model folder {folder} has no {name}.")
    for name, entry in index.items():
        if isinstance(entry, list) and _is_present(entry):
            _check_part(folder, name, entry[0], variant)
    return index


def read_json(path: Path) -> dict[str, Any]:
    """The object in the file. Raises `ModelBroken` when the file is missing or is not JSON."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelBroken(f"The model folder lacks {path}.") from None
    except (OSError, ValueError) as error:
        raise ModelBroken(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelBroken(f"{path} holds no JSON object.")
    return content


def _is_present(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and entry[0] is not None


def _check_part(folder: Path, name: str, library: str, variant: str) -> None:
    if name in _FILES:
        if not any((folder / name / file).is_file() for file in _FILES[name]):
            raise ModelBroken(f"The model folder {folder} has no {name}/{_FILES[name][0]}.")
        return
    read_json(folder / name / "config.json")
    stem = "model" if library == "transformers" else "diffusion_pytorch_model"
    _check_weights(folder, name, stem, variant)


def _check_weights(folder: Path, name: str, stem: str, variant: str) -> None:
    plain = f"{stem}.safetensors"
    wanted = f"{stem}.{variant}.safetensors" if variant else plain
    part = folder / name
    for file in (wanted, plain):
        if (part / file).is_file():
            return
        # "model.safetensors.index.json", "model.safetensors.index.fp16.json"
        middle = f".{variant}" if variant and file == wanted else ""
        shards = part / f"{plain}.index{middle}.json"
        if shards.is_file():
            _check_shards(shards)
            return
    if any(part.glob("*.bin")) or any(part.glob("*.ckpt")):
        raise ModelBroken(
            f"The model folder {folder} has no {name}/{wanted}, only a pickle; Easel reads safetensors alone."
        )
    raise ModelBroken(f"The model folder {folder} has no {name}/{wanted}.")


def _check_shards(index: Path) -> None:
    for file in sorted(set(read_json(index).get("weight_map", {}).values())):
        if not (index.parent / file).is_file():
            raise ModelBroken(f"The model folder lacks {index.parent / file}.")
