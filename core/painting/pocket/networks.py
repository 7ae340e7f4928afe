"""The painter's parts, untrained: diffusers' and transformers' own classes at pocket size."""

from dataclasses import dataclass
from typing import Any

import diffusers
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from core.painting.pocket.codec import LATENT_CHANNELS, PATCH_PX, LinearCodec
from core.painting.pocket.inverse import write_inverse
from core.painting.pocket.sprites import SIDE_CELLS
from core.painting.pocket.vocabulary import MAX_WORDS, words

# A checker sees placeholders where diffusers loads its classes late, so they pass as anything.
_diffusers: Any = diffusers

MAX_TOKENS = MAX_WORDS + 2  # with a start and an end
LATENT_SCALE = 8.0  # the decoder squashes its input, so latents reach it divided by this
# The end must not be 2: for an error of old, CLIP's text encoder then looks for it elsewhere.
PAD_ID, START_ID, UNKNOWN_ID, END_ID = range(4)

_ENCODER_WIDTH = 64  # 4 pixels x 4 pixels x 3 colours and a channel of ones need 49
_SAMPLER_STEPS = 500  # the most that the sampler can make, and that anybody can ask for
_TAPS = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the networks are; the defaults are those of the shipped weights."""

    unet_channels: tuple[int, ...] = (64, 128, 128)
    text_width: int = 192
    text_layers: int = 2
    decoder_channels: int = 48
    decoder_blocks: tuple[int, ...] = (8, 8, 5, 1, 0)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer with one token a word, in lower case; a word it does not know is <unk>."""
    special = {"<pad>": PAD_ID, "<s>": START_ID, "<unk>": UNKNOWN_ID, "</s>": END_ID}
    vocabulary = special | {word: len(special) + i for i, word in enumerate(words())}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", START_ID), ("</s>", END_ID)]
    )
    tokenizer_class: Any = PreTrainedTokenizerFast
    fast: PreTrainedTokenizerFast = tokenizer_class(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=MAX_TOKENS,
        padding_side="right",
        truncation_side="right",
    )
    return fast


def tokenize(tokenizer: PreTrainedTokenizerFast, captions: list[str]) -> torch.Tensor:
    """The captions' token ids (N, 28), padded and cut to length."""
    rows = tokenizer(captions, padding="max_length", max_length=MAX_TOKENS, truncation=True)
    return torch.tensor(rows.input_ids)


def build_text_encoder(sizes: Sizes) -> CLIPTextModel:
    """A shallow CLIP text encoder over the painter's words."""
    config = CLIPTextConfig(
        vocab_size=END_ID + 1 + len(words()),
        hidden_size=sizes.text_width,
        intermediate_size=sizes.text_width * 8 // 3,
        num_hidden_layers=sizes.text_layers,
        num_attention_heads=4,
        max_position_embeddings=MAX_TOKENS,
        projection_dim=sizes.text_width,
        bos_token_id=START_ID,
        eos_token_id=END_ID,
        pad_token_id=PAD_ID,
    )
    return CLIPTextModel(config)


def build_unet(sizes: Sizes) -> nn.Module:
    """A UNet2DConditionModel of three levels that looks at the words on all but the coarsest."""
    levels = len(sizes.unet_channels)
    looking = levels - 1
    unet: nn.Module = _diffusers.UNet2DConditionModel(
        sample_size=SIDE_CELLS,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        block_out_channels=sizes.unet_channels,
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D",) * looking + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * looking,
        cross_attention_dim=sizes.text_width,
        attention_head_dim=tuple(max(1, width // 64) for width in sizes.unet_channels),
        norm_num_groups=16,
        use_linear_projection=True,
    )
    return unet


def build_sampler() -> Any:
    """The LCMScheduler that pictures are painted with: fresh noise at every step (arXiv:2310.04378).

    It lets the UNet look again at what it got slightly wrong; DDIM takes such errors for the picture and
    keeps them, as cells of uneven shades.
    """
    return _diffusers.LCMScheduler.from_config(
        build_scheduler().config, original_inference_steps=_SAMPLER_STEPS
    )


def build_scheduler() -> Any:
    """A DDIMScheduler: v-prediction down to pure noise, whose noise levels are those of the training."""
    return _diffusers.DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
    )


def build_autoencoder(codec: LinearCodec, sizes: Sizes) -> Any:
    """An AutoencoderTiny whose encoder computes the codec exactly; its decoder is untrained."""
    levels = len(sizes.decoder_blocks)
    autoencoder = _diffusers.AutoencoderTiny(
        latent_channels=LATENT_CHANNELS,
        encoder_block_out_channels=(_ENCODER_WIDTH,) * levels,
        decoder_block_out_channels=(sizes.decoder_channels,) * levels,
        num_encoder_blocks=(0,) * levels,
        num_decoder_blocks=sizes.decoder_blocks,
        scaling_factor=LATENT_SCALE,
    )
    _write_codec(autoencoder.encoder, codec)
    write_inverse(autoencoder.decoder, codec, sizes.decoder_blocks, LATENT_SCALE)
    return autoencoder


@torch.no_grad()
def _write_codec(encoder: nn.Module, codec: LinearCodec) -> None:
    """Sets the encoder's chain of convolutions to: halve, unshuffle twice, project.

    Six convolutions: one at full size, four of stride 2 and 3 x 3 taps (of which the lower right 2 x 2
    are used), one last. A channel of ones travels along and carries the mean.
    """
    chain = [layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d)]
    for layer in chain:
        layer.weight.zero_()
        if layer.bias is not None:
            layer.bias.zero_()
    _copy_colors(chain[0])
    for channel in range(4):
        for row, column in _TAPS:
            chain[1].weight[channel, channel, 1 + row, 1 + column] = 0.25
    _unshuffle(chain[2], channels=3)
    _unshuffle(chain[3], channels=12)
    _project(chain[4], codec)
    for channel in range(LATENT_CHANNELS):
        chain[5].weight[channel, channel, 1, 1] = 1


def _copy_colors(layer: nn.Conv2d) -> None:
    """Colours back from 0..1, as the encoder rescales them, to -1..1; then the channel of ones."""
    assert layer.bias is not None
    for channel in range(3):
        layer.weight[channel, channel, 1, 1] = 2
        layer.bias[channel] = -1
    layer.bias[3] = 1


def _unshuffle(layer: nn.Conv2d, channels: int) -> None:
    """Four neighbours side by side as channels, and the ones after them."""
    for tap, (row, column) in enumerate(_TAPS):
        for channel in range(channels):
            layer.weight[tap * channels + channel, channel, 1 + row, 1 + column] = 1
    layer.weight[4 * channels, channels, 1, 1] = 1


def _project(layer: nn.Conv2d, codec: LinearCodec) -> None:
    """The codec's projection, its patch taken apart as the two unshuffles put it together."""
    projection = torch.from_numpy(codec.basis * codec.scale / LATENT_SCALE)
    for row in range(PATCH_PX):
        for column in range(PATCH_PX):
            outer = (row // 2 % 2) * 2 + column // 2 % 2
            inner = (row % 2) * 2 + column % 2
            for color in range(3):
                source = outer * 12 + inner * 3 + color
                pixel = (row * PATCH_PX + column) * 3 + color
                taps = layer.weight[:LATENT_CHANNELS, source]
                taps[:, 1 + row // 4, 1 + column // 4] = projection[pixel]
    shift = -(torch.from_numpy(codec.mean) @ projection)
    layer.weight[:LATENT_CHANNELS, 48, 1, 1] = shift
