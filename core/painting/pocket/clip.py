"""The pocket CLIP: how well a picture fits its words, learned from the generator's scenes (arXiv:2103.00020)."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel
from transformers.utils.constants import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from core.painting.pocket.codec import Floats, Pixels
from core.painting.pocket.dataset import shrink
from core.painting.pocket.hardware import autocast
from core.painting.pocket.loop import Batches
from core.painting.pocket.networks import (
    END_ID,
    MAX_TOKENS,
    PAD_ID,
    START_ID,
    build_tokenizer,
    tokenize,
)
from core.painting.pocket.vocabulary import words

CLIP_FOLDER = "clip"  # beside the painter's own parts

CLIP_PX = 64

_WIDTH = 128
_PROJECTION = 64
_BATCH_PICTURES = 64  # judged at once
_SCORE_SCALE = 2.5  # of CLIP-S (arXiv:2104.08718)


def build_clip() -> CLIPModel:
    """An untrained CLIPModel for pictures of 64 x 64 and the painter's words: about a million numbers."""
    common = {
        "hidden_size": _WIDTH,
        "num_attention_heads": 4,
        "projection_dim": _PROJECTION,
    }
    text = {
        "vocab_size": END_ID + 1 + len(words()),
        "intermediate_size": 2 * _WIDTH,
        "num_hidden_layers": 2,
        "max_position_embeddings": MAX_TOKENS,
        "bos_token_id": START_ID,
        "eos_token_id": END_ID,
        "pad_token_id": PAD_ID,
    }
    vision = {
        "intermediate_size": 3 * _WIDTH,
        "num_hidden_layers": 4,
        "image_size": CLIP_PX,
        "patch_size": 8,
    }
    config = CLIPConfig(
        text_config=common | text, vision_config=common | vision, projection_dim=_PROJECTION
    )
    return CLIPModel(config)


class ClipTrainer:
    """Teaches a CLIP which of a batch's captions belongs to which of its thumbnails (N, 64, 64, 3).

    `backgrounds` (N,) number those of the scenes: half of the batches are of a single one, or else backgrounds
    would tell most scenes apart and things would hardly be learned.
    """

    def __init__(
        self,
        clip: CLIPModel,
        thumbs: Pixels,
        captions: list[str],
        backgrounds: NDArray[np.int64],
        batches: Batches,
    ) -> None:
        self._clip, self._device = clip.train(), next(clip.parameters()).device
        if self._device.type == "cpu":  # there plain attention is twice as fast on the way back
            clip.set_attn_implementation("eager")
        self._thumbs = torch.from_numpy(thumbs)
        self._tokens = tokenize(build_tokenizer(), captions)
        self._everywhere = torch.arange(len(thumbs))
        self._alike = [
            torch.from_numpy(np.flatnonzero(backgrounds == each)) for each in np.unique(backgrounds)
        ]
        self._batches = batches
        self._generator = torch.Generator().manual_seed(batches.seed)
        self._optimizer = torch.optim.AdamW(clip.parameters(), weight_decay=0.05, fused=True)

    def step(self, rate: float) -> float:
        """One step on a batch of scenes; returns its loss."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        chosen = self._draw_batch()
        with autocast(self._device, self._batches.bf16):
            answer = self._clip(
                input_ids=self._tokens[chosen].to(self._device),
                pixel_values=_normalize(self._thumbs[chosen]).to(self._device),
            )
        # Outside, for in bf16 cosines that are to be told apart would be alike.
        cosines = answer.text_embeds.float() @ answer.image_embeds.float().T
        loss = _contrastive_loss(cosines * self._clip.logit_scale.exp())
        self._optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        self._optimizer.step()
        return loss.item()

    def state(self) -> dict[str, Any]:
        """The CLIP and its optimizer."""
        return {"clip": self._clip.state_dict(), "optimizer": self._optimizer.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state; the batches to come are drawn anew."""
        self._clip.load_state_dict(state["clip"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.seed()

    def _draw_batch(self) -> torch.Tensor:
        """Indices of scenes from everywhere or, as often, of a single background."""
        luck = int(torch.randint(2 * len(self._alike), (), generator=self._generator))
        pool = self._alike[luck] if luck < len(self._alike) else self._everywhere
        picks = torch.randint(len(pool), (self._batches.size,), generator=self._generator)
        return pool[picks]


@torch.no_grad()
def encode_thumbs(clip: CLIPModel, thumbs: Pixels) -> torch.Tensor:
    """Embeddings (N, 64) of any length for thumbnails (N, 64, 64, 3), as an IP-Adapter takes them."""
    parts = []
    for start in range(0, len(thumbs), _BATCH_PICTURES):
        batch = torch.from_numpy(thumbs[start : start + _BATCH_PICTURES])
        parts.append(clip.get_image_features(pixel_values=_normalize(batch)).pooler_output)
    return torch.cat(parts)


def embed_pictures(clip: CLIPModel, pixels: Pixels) -> Floats:
    """Directions (N, 64) of length 1 for pictures (N, 256, 256, 3)."""
    return _directions(encode_thumbs(clip, shrink(pixels, CLIP_PX)))


@torch.no_grad()
def embed_texts(clip: CLIPModel, texts: list[str]) -> Floats:
    """Directions (N, 64) of length 1 for texts in the painter's words."""
    tokens = tokenize(build_tokenizer(), texts)
    return _directions(clip.get_text_features(input_ids=tokens).pooler_output)


def clip_score(pictures: Floats, texts: Floats) -> float:
    """CLIP-S over all pairs (N, 64): 2.5 times the mean cosine, of which none counts below 0."""
    cosines = (pictures * texts).sum(axis=1)
    return float(_SCORE_SCALE * np.maximum(cosines, 0).mean())


def diversity(pictures: Floats) -> float:
    """How far pictures (prompts, seeds, 64) of the same prompt are apart: the mean of 1 - cosine."""
    cosines = pictures @ pictures.transpose(0, 2, 1)
    others = ~np.eye(pictures.shape[1], dtype=np.bool_)
    return float((1 - cosines[:, others]).mean())


def restore_clip(checkpoint: Path) -> CLIPModel:
    """The CLIP of a training's checkpoint, ready to be asked."""
    clip = build_clip()
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    clip.load_state_dict(kept["trainer"]["clip"])
    clip.train(False)
    return clip


def save_clip(checkpoint: Path, folder: Path) -> None:
    """Writes a checkpoint's CLIP in half precision, with what transformers needs to load and feed it."""
    clip = restore_clip(checkpoint)
    torch.nn.Module.to(clip, torch.float16)  # transformers' own `to` has no types
    clip.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    processor: Any = CLIPImageProcessorPil
    processor(
        size={"height": CLIP_PX, "width": CLIP_PX},
        do_center_crop=False,
        image_mean=OPENAI_CLIP_MEAN,
        image_std=OPENAI_CLIP_STD,
    ).save_pretrained(folder)


def load_clip(folder: Path) -> CLIPModel:
    """The CLIP that `save_clip` wrote, ready to be asked."""
    clip: CLIPModel = CLIPModel.from_pretrained(folder, dtype=torch.float32)
    clip.train(False)
    return clip


def _contrastive_loss(logits: torch.Tensor) -> torch.Tensor:
    """How surprising it is that row and column n of (N, N) belong together, by rows and by columns."""
    places = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, places) + F.cross_entropy(logits.T, places)) / 2


def _normalize(thumbs: torch.Tensor) -> torch.Tensor:
    """(N, 64, 64, 3) bytes as (N, 3, 64, 64), with the mean and spread that CLIP's tools take for granted."""
    shares = thumbs.float() / 255
    spread = (shares - torch.tensor(OPENAI_CLIP_MEAN)) / torch.tensor(OPENAI_CLIP_STD)
    return spread.permute(0, 3, 1, 2)


def _directions(embeddings: torch.Tensor) -> Floats:
    directions: NDArray[np.float32] = F.normalize(embeddings, dim=1).numpy()
    return directions
