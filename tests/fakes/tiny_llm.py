"""A language model small enough to be made by the test that needs it: random weights in real file formats.

It speaks gibberish of printable ASCII, always the same for one seed, and never ends by itself: an answer is exactly as
many characters long as tokens are allowed. It is written without torch, which takes longer to import than all the rest.
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models

CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \n"
SPECIAL = ("<unk>", "<s>", "</s>")
TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
WIDTH, INNER, LAYERS = 32, 64, 2
NORMS = ("input", "post_attention")


def save_tiny_llm(folder: Path, seed: int = 0) -> Path:
    """A Llama and its tokenizer, one token a character, with a chat template; about 100 kB."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *CHARACTERS])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.decoder = decoders.Fuse()
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = _weights(len(vocabulary), np.random.default_rng(seed))
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    for name, content in _configs(len(vocabulary)).items():
        (folder / name).write_text(json.dumps(content, indent=2))
    return folder


def _configs(vocabulary_size: int) -> dict[str, dict[str, Any]]:
    model = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": vocabulary_size,
        "hidden_size": WIDTH,
        "intermediate_size": INNER,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "tie_word_embeddings": False,
    }
    # An answer holds characters only: without an end token it goes on as long as it may.
    generation = {"suppress_tokens": list(range(len(SPECIAL)))}
    tokens = dict(zip(("unk_token", "bos_token", "eos_token"), SPECIAL, strict=True))
    return {
        "config.json": {**model, "bos_token_id": 1, "eos_token_id": 2},
        "generation_config.json": {**generation, "bos_token_id": 1, "eos_token_id": 2},
        "tokenizer_config.json": {**tokens, "tokenizer_class": "PreTrainedTokenizerFast"},
    }


def _weights(vocabulary_size: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    shapes = {"model.embed_tokens": (vocabulary_size, WIDTH), "lm_head": (vocabulary_size, WIDTH)}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}"
        shapes |= {f"{prefix}.self_attn.{name}_proj": (WIDTH, WIDTH) for name in "qkvo"}
        shapes |= {f"{prefix}.mlp.{name}_proj": (INNER, WIDTH) for name in ("gate", "up")}
        shapes[f"{prefix}.mlp.down_proj"] = (WIDTH, INNER)
    weights = {
        f"{name}.weight": rng.normal(0.0, 0.2, shape).astype(np.float32)
        for name, shape in shapes.items()
    }
    norms = [f"model.layers.{n}.{k}_layernorm" for n in range(LAYERS) for k in NORMS]
    ones = np.ones(WIDTH, dtype=np.float32)
    return weights | {f"{name}.weight": ones for name in [*norms, "model.norm"]}
