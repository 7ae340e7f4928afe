"""Model folders as diffusers writes them, with random weights and a few thousand parameters; made without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def build_sd(folder: Path, is_tiny_vae: bool = True, is_inpainting: bool = False) -> Path:
    """A Stable Diffusion 1 class folder for 64 x 64 pictures."""
    import torch
    from diffusers import DDIMScheduler, StableDiffusionInpaintPipeline, StableDiffusionPipeline

    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = (StableDiffusionInpaintPipeline if is_inpainting else StableDiffusionPipeline)(
            text_encoder=_text_encoder(),
            tokenizer=_tokenizer(),
            unet=_unet(is_inpainting, cross_attention_dim=16),
            vae=_tiny_vae() if is_tiny_vae else _kl_vae(),
            scheduler=DDIMScheduler(**_NOISE, steps_offset=1, clip_sample=False),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
    pipeline.save_pretrained(folder)
    return folder


def build_sdxl(folder: Path, is_inpainting: bool = False) -> Path:
    """A Stable Diffusion XL class folder for 64 x 64 pictures."""
    import torch
    from diffusers import (
        EulerDiscreteScheduler,
        StableDiffusionXLInpaintPipeline,
        StableDiffusionXLPipeline,
    )

    with torch.random.fork_rng():
        torch.manual_seed(0)
        pipeline = (
            StableDiffusionXLInpaintPipeline if is_inpainting else StableDiffusionXLPipeline
        )(
            text_encoder=_text_encoder(),
            text_encoder_2=_text_encoder(is_projecting=True),
            tokenizer=_tokenizer(),
            tokenizer_2=_tokenizer(),
            unet=_unet(
                is_inpainting,
                cross_attention_dim=32,
                addition_embed_type="text_time",
                addition_time_embed_dim=8,
                projection_class_embeddings_input_dim=6 * 8 + 16,
            ),
            vae=_kl_vae(),
            scheduler=EulerDiscreteScheduler(**_NOISE),
        )
    pipeline.save_pretrained(folder)
    return folder


_NOISE: dict[str, Any] = {
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
}
_START, _END = "<|startoftext|>", "<|endoftext|>"


def _tokenizer() -> Any:
    from transformers import CLIPTokenizer

    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(letter + "</w>" for letter in letters), _START, _END]
    vocabulary = {word: number for number, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=16)


def _text_encoder(is_projecting: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=2 * 94 + 2,
        bos_token_id=2 * 94,
        eos_token_id=2 * 94 + 1,
        pad_token_id=2 * 94 + 1,
        hidden_size=16,
        intermediate_size=16,
        projection_dim=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
    )
    return (CLIPTextModelWithProjection if is_projecting else CLIPTextModel)(config).eval()


def _unet(is_inpainting: bool, **options: Any) -> Any:
    from diffusers import UNet2DConditionModel

    unet = UNet2DConditionModel(
        sample_size=8,
        in_channels=9 if is_inpainting else 4,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        attention_head_dim=4,
        norm_num_groups=4,
        **options,
    ).eval()
    for name, weights in unet.named_parameters():
        if "attn2" in name:
            weights.data *= 4  # words shall matter
    return unet


def _tiny_vae() -> Any:
    from diffusers import AutoencoderTiny

    vae = AutoencoderTiny(
        encoder_block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        num_encoder_blocks=(1, 1, 1, 1),
        num_decoder_blocks=(1, 1, 1, 1),
    ).eval()
    _enliven(vae.decoder.layers[-1], 30.0, 0.5)
    return vae


def _kl_vae() -> Any:
    from diffusers import AutoencoderKL

    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    ).eval()
    _enliven(vae.decoder.conv_out, 3.0, 0.0)
    return vae


def _enliven(layer: Any, factor: float, bias: float) -> None:
    """Random weights paint in one shade; this spreads it, so that a change of the latents can be seen."""
    layer.weight.data *= factor
    layer.bias.data = layer.bias.data * 0 + bias
