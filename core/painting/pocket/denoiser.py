"""Training of the text encoder and the UNet together, from nothing, on the scenes' latents."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers.models.attention_processor import AttnProcessor
from torch import nn
from transformers import CLIPTextModel, PreTrainedTokenizerFast

from core.painting.pocket.dataset import LatentScenes, load_latents
from core.painting.pocket.hardware import autocast
from core.painting.pocket.loop import Batches, copy_weights
from core.painting.pocket.mixture import Mixture
from core.painting.pocket.networks import (
    END_ID,
    UNKNOWN_ID,
    Sizes,
    build_scheduler,
    build_text_encoder,
    build_tokenizer,
    build_unet,
    tokenize,
)
from core.painting.pocket.shampoo import PainterOptimizer

_CPU = torch.device("cpu")
_EMPTY_SHARE = 0.1  # captions left out, for guidance
_STRANGE_SHARE = 0.08  # captions with a word the painter does not know
_TIME_POWER = 0.75  # of a share from 0 to 1: a ninth of the time steps is below 200
_THING_WEIGHT = 4.0  # of the loss in cells that a thing covers; 1 elsewhere
_SPREAD_SCENES = 2000  # that tell how far each channel of the latents spreads
_EMA_DECAY = 0.999  # a step
_EMA_EVERY = 4  # steps: once in a while costs less and is as good


@dataclass(frozen=True, slots=True)
class Painter:
    """The two networks that learn together, and the tokenizer before them."""

    tokenizer: PreTrainedTokenizerFast
    text_encoder: CLIPTextModel
    unet: Any  # a UNet2DConditionModel; diffusers has no types

    def parameters(self) -> list[nn.Parameter]:
        """Both networks' parameters, always in the same order."""
        return [*self.unet.parameters(), *self.text_encoder.parameters()]


class DenoiserTrainer:
    """Teaches a painter what noise hides: v-prediction, weighted towards the things."""

    shares = (0.06, 0.3, 0.27, 0.37)  # of a batch, by difficulty

    def __init__(
        self,
        painter: Painter,
        scenes: LatentScenes,
        batches: Batches,
        *,
        averages: bool = True,
    ) -> None:
        self._painter = painter
        self._parameters = self._learners()
        self._device = self._parameters[0].device
        self._batches = batches
        self._latents = torch.from_numpy(scenes.latents)
        self._weights = 1 + (_THING_WEIGHT - 1) * torch.from_numpy(scenes.covered).half()
        self._channel_weights = _channel_weights(self._latents)
        self._tokens = tokenize(painter.tokenizer, scenes.captions)
        self._empty = tokenize(painter.tokenizer, [""])[0]
        self._mixture = Mixture(scenes.difficulty, self.shares)
        self._signal = build_scheduler().alphas_cumprod  # (1000,), share of signal power
        self._generator = torch.Generator().manual_seed(batches.seed)
        self._optimizer = PainterOptimizer(self._parameters)
        averaged = self._parameters if averages else []
        self._average = [parameter.detach().clone() for parameter in averaged]
        self._steps = 0

    def step(self, rate: float) -> float:
        """One step on a batch of scenes; returns its weighted loss."""
        loss = self._batch_loss()
        torch.autograd.backward(loss)
        self._optimizer.step(rate)
        self._steps += 1
        self._update_average()
        return loss.item()

    def state(self) -> dict[str, Any]:
        """The weights, their running average, the optimizer and how many steps were made."""
        return {
            "parameters": [parameter.detach() for parameter in self._parameters],
            "average": self._average,
            "optimizer": self._optimizer.state_dict(),
            "steps": self._steps,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a state; the batches to come are drawn anew."""
        copy_weights(state["parameters"], self._parameters)
        copy_weights(state["average"], self._average)
        self.restore_optimizer(state)
        self._steps = state["steps"]

    def restore_optimizer(self, state: dict[str, Any]) -> None:
        """Takes up only the optimizer's memory, for weights that are there already."""
        self._optimizer.load_state_dict(state["optimizer"])
        self._generator.seed()

    def share_weights(self) -> list[torch.Tensor]:
        """Moves the weights to memory that other processes can see, and returns them."""
        self._painter.unet.share_memory()
        self._painter.text_encoder.share_memory()
        return [parameter.detach() for parameter in self._parameters]

    def _learners(self) -> list[nn.Parameter]:
        return self._painter.parameters()

    def _update_average(self) -> None:
        if self._average and self._steps % _EMA_EVERY == 0:
            decay = min(_EMA_DECAY, (1 + self._steps) / (10 + self._steps)) ** _EMA_EVERY
            current = [parameter.detach() for parameter in self._parameters]
            torch._foreach_lerp_(self._average, current, 1 - decay)

    def _batch_loss(self) -> torch.Tensor:
        chosen = self._mixture.draw(self._batches.size, self._generator)
        times = self._draw_times()
        latents = self._latents[chosen].float().to(self._device)
        weights = self._weights[chosen].float().to(self._device)
        signal = self._signal[times].view(-1, 1, 1, 1).to(self._device)
        noise = torch.randn(latents.shape, generator=self._generator).to(self._device)
        noisy = signal.sqrt() * latents + (1 - signal).sqrt() * noise
        velocity = signal.sqrt() * noise - (1 - signal).sqrt() * latents
        with autocast(self._device, self._batches.bf16):
            answer = self._predict(chosen, noisy, times.to(self._device))
        errors = (answer.float() - velocity).square() * self._channel_weights.to(self._device)
        squared = errors.mean(dim=1)  # (B, 16, 16)
        weighted: torch.Tensor = (squared * weights).sum() / weights.sum()
        return weighted

    def _predict(
        self, chosen: torch.Tensor, noisy: torch.Tensor, times: torch.Tensor
    ) -> torch.Tensor:
        """The velocity (B, 16, 16, 16) that the painter sees in the chosen scenes' noisy latents."""
        tokens = self._tokens[chosen].clone()
        for row in tokens:
            self._disturb(row)
        text = self._painter.text_encoder(input_ids=tokens.to(self._device)).last_hidden_state
        answer: torch.Tensor = self._painter.unet(noisy, times, text).sample
        return answer

    def _disturb(self, row: torch.Tensor) -> None:
        """Now and then leaves a caption out, or slips an unknown word into it, in place."""
        luck = torch.rand((), generator=self._generator).item()
        if luck < _EMPTY_SHARE:
            row.copy_(self._empty)
        elif luck < _EMPTY_SHARE + _STRANGE_SHARE:
            end = int((row == END_ID).nonzero()[0])
            place = int(torch.randint(1, end + 1, (), generator=self._generator))
            row[place + 1 :] = row[place:-1].clone()
            row[place] = UNKNOWN_ID

    def _draw_times(self) -> torch.Tensor:
        """A time step of 1000 for each of the batch, spread evenly but for fewer where little noise is left.

        There words matter little: most of the error is of noise that no later step depends on.
        """
        offset = torch.rand((), generator=self._generator)
        share = (torch.arange(self._batches.size) + offset) / self._batches.size
        return (share**_TIME_POWER * 1000).long().clamp(max=999)


def _channel_weights(latents: torch.Tensor) -> torch.Tensor:
    """By how much each channel counts, (16, 1, 1) of mean 1: as its spread, since what varies most is seen most."""
    spread = latents[:_SPREAD_SCENES].float().std(dim=(0, 2, 3))
    return (spread / spread.mean()).view(-1, 1, 1)


@dataclass(frozen=True, slots=True)
class DenoiserErrand:
    """How a companion builds its trainer; it takes up the checkpoint's optimizer where there is one."""

    scenes: Path
    checkpoint: Path
    sizes: Sizes
    batches: Batches

    def build(self, weights: list[torch.Tensor], number: int) -> DenoiserTrainer:
        """A trainer that changes these weights in place and keeps no average of its own."""
        painter = build_painter(self.sizes)
        for parameter, shared in zip(painter.parameters(), weights, strict=True):
            parameter.data = shared
        trainer = DenoiserTrainer(
            painter,
            load_latents(self.scenes),
            replace(self.batches, seed=self.batches.seed + number),
            averages=False,
        )
        if self.checkpoint.exists():
            kept = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
            trainer.restore_optimizer(kept["trainer"])
        return trainer


def build_painter(sizes: Sizes, device: torch.device = _CPU) -> Painter:
    """An untrained painter on that device."""
    unet: Any = build_unet(sizes).to(device)
    if device.type == "cpu":  # there the way back through plain attention is the faster one
        unet.set_attn_processor(AttnProcessor())
    text_encoder = build_text_encoder(sizes)
    nn.Module.to(text_encoder, device)
    return Painter(build_tokenizer(), text_encoder, unet)


def load_painter(checkpoint: Path, sizes: Sizes) -> Painter:
    """The painter of a checkpoint with the running average of its weights, ready to paint."""
    painter = build_painter(sizes)
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)
    copy_weights(kept["trainer"]["average"], painter.parameters())
    painter.unet.train(False)
    painter.text_encoder.train(False)
    return painter
