"""The pocket IP-Adapter: a picture in place of words (arXiv:2308.06721), trained on the finished painter.

It learns to paint a scene's thing from another picture of that thing, so it takes up what is shown and
not where. Only its own keys, values and projection are trained.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from core.painting.pocket.dataset import LatentScenes
from core.painting.pocket.denoiser import DenoiserTrainer, Painter
from core.painting.pocket.labels import Labels
from core.painting.pocket.loop import Batches

ADAPTER_FILE = Path("ip_adapter") / "ip_adapter.safetensors"  # beside the painter's own parts

_TOKENS = 4  # that stand for a picture; diffusers takes this number for granted
_WORDLESS_SHARE = 0.8  # of scenes told by their reference alone: words leave little to learn
_BLIND_SHARE = 0.1  # of references left out, for guidance

Weights = dict[str, dict[str, torch.Tensor]]
"""The adapter as diffusers loads it: "image_proj" and "ip_adapter"."""


class AdapterTrainer(DenoiserTrainer):
    """Teaches a painter's new adapter; the painter itself stays as it is.

    `embeddings` (N, 64) are the CLIP's of all scenes' thumbnails.
    """

    shares = (0.75, 0.15, 0.05, 0.05)  # what a thing is shows best where nothing alters it

    def __init__(
        self,
        painter: Painter,
        scenes: LatentScenes,
        embeddings: torch.Tensor,
        labels: Labels,
        batches: Batches,
    ) -> None:
        painter.text_encoder.requires_grad_(False)
        painter.unet.requires_grad_(False)
        self._unet = painter.unet
        # What load_ip_adapter calls for a file; there is no public door for weights in memory.
        self._unet._load_ip_adapter_weights([fresh_adapter(self._unet, embeddings.shape[1])])
        super().__init__(painter, scenes, batches)
        self._embeddings = embeddings
        self._alike = _alike(labels)
        self._rng = np.random.default_rng(batches.seed)

    def _learners(self) -> list[nn.Parameter]:
        parameters = adapter_parameters(self._unet)
        for parameter in parameters:
            parameter.requires_grad_(True)
        return parameters

    def _predict(
        self, chosen: torch.Tensor, noisy: torch.Tensor, times: torch.Tensor
    ) -> torch.Tensor:
        tokens = self._tokens[chosen].clone()
        tokens[self._some(len(chosen), _WORDLESS_SHARE)] = self._empty
        embeddings = self._embeddings[[self._reference(index) for index in chosen.tolist()]]
        embeddings[self._some(len(chosen), _BLIND_SHARE)] = 0
        text = self._painter.text_encoder(input_ids=tokens.to(self._device)).last_hidden_state
        seen = {"image_embeds": [embeddings[:, None].to(self._device)]}
        answer: torch.Tensor = self._unet(noisy, times, text, added_cond_kwargs=seen).sample
        return answer

    def _some(self, count: int, share: float) -> torch.Tensor:
        return torch.rand(count, generator=self._generator) < share

    def _reference(self, index: int) -> int:
        """A scene with the same things, in the same colour where it is one; seldom the very same scene."""
        group = self._alike[index]
        return int(group[self._rng.integers(len(group))])


def fresh_adapter(unet: Any, embedding_width: int) -> Weights:
    """An untrained adapter for a UNet: its keys and values begin as those for words."""
    width = unet.config.cross_attention_dim
    layers = [unet.get_submodule(name.removesuffix(".processor")) for name in _attentions(unet)]
    weights = {}
    for place, layer in enumerate(layers):
        weights[f"{2 * place + 1}.to_k_ip.weight"] = layer.to_k.weight.detach().clone()
        weights[f"{2 * place + 1}.to_v_ip.weight"] = layer.to_v.weight.detach().clone()
    projection = nn.Linear(embedding_width, _TOKENS * width)
    norm = nn.LayerNorm(width)
    image = {f"proj.{name}": value.detach() for name, value in projection.named_parameters()}
    image |= {f"norm.{name}": value.detach() for name, value in norm.named_parameters()}
    return {"image_proj": image, "ip_adapter": weights}


def adapter_parameters(unet: Any) -> list[nn.Parameter]:
    """The weights of a UNet's adapter, always in the same order."""
    parameters = list(unet.encoder_hid_proj.parameters())
    for name in _attentions(unet):
        parameters += unet.attn_processors[name].parameters()
    return parameters


def save_adapter(unet: Any, parameters: list[torch.Tensor], file: Path) -> None:
    """Writes these weights in half precision, as `load_ip_adapter` reads them.

    They are in the order of `adapter_parameters`.
    """
    tensors, rest = {}, list(parameters)
    names = ("proj.weight", "proj.bias", "norm.weight", "norm.bias")
    for name in names:
        tensors[f"image_proj.{name}"] = rest.pop(0)
    for place in range(len(_attentions(unet))):
        tensors[f"ip_adapter.{2 * place + 1}.to_k_ip.weight"] = rest.pop(0)
        tensors[f"ip_adapter.{2 * place + 1}.to_v_ip.weight"] = rest.pop(0)
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.half().contiguous() for name, tensor in tensors.items()}, file)


def _attentions(unet: Any) -> list[str]:
    """The names of the processors that look at words."""
    return [name for name in unet.attn_processors if not name.endswith("attn1.processor")]


def _alike(labels: Labels) -> list[np.typing.NDArray[np.int64]]:
    """For each scene, all scenes with the same things; a lone thing has the same colour too."""
    groups: dict[tuple[bytes, int], list[int]] = defaultdict(list)
    keys = [
        (things.tobytes(), int(color))
        for things, color in zip(labels.things, labels.color, strict=True)
    ]
    for index, key in enumerate(keys):
        groups[key].append(index)
    arrays = {key: np.array(group) for key, group in groups.items()}
    return [arrays[key] for key in keys]
