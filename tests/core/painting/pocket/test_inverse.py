import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from core.painting.pocket.codec import fit_codec  # noqa: E402
from core.painting.pocket.inverse import third_grid_colors  # noqa: E402
from core.painting.pocket.networks import (  # noqa: E402
    LATENT_SCALE,
    Sizes,
    build_autoencoder,
)

pytestmark = pytest.mark.filterwarnings("ignore")

SIZES = Sizes(decoder_channels=40, decoder_blocks=(5, 2, 2, 1, 0))
ACROSS, DOWN = 16, 17  # the channels that carry the parities


@pytest.fixture
def autoencoder(pixels: "np.ndarray"):
    return build_autoencoder(fit_codec(pixels), SIZES)


@pytest.fixture(params=[SIZES, Sizes()], ids=["smallest", "shipped"])
def any_autoencoder(request: pytest.FixtureRequest, pixels: "np.ndarray"):
    return build_autoencoder(fit_codec(pixels), request.param)


def parities(decoder: "torch.nn.Module", latents: "torch.Tensor") -> "list[torch.Tensor]":
    """Both parities (2, side, side) after the last block of each grid that has blocks."""
    found = {}
    values = latents
    with torch.no_grad():
        for layer in decoder.layers:
            values = layer(values)
            if type(layer).__name__ == "AutoencoderTinyBlock":
                found[values.shape[-1]] = values[0, [ACROSS, DOWN]]
    return list(found.values())


def test_an_untrained_decoder_knows_left_from_right_and_top_from_bottom_on_each_grid(
    any_autoencoder,
) -> None:
    grids = parities(any_autoencoder.decoder, torch.randn(1, 16, 16, 16))

    assert [grid.shape[-1] for grid in grids] == [16, 32, 64, 128]
    for across, down in grids:
        side = len(across)
        left = (torch.arange(side) % 2 == 0).float()
        assert torch.equal(across, left.expand(side, side))
        assert torch.equal(down, left[:, None].expand(side, side))


def test_an_untrained_decoder_gives_back_what_the_codec_sketches(
    any_autoencoder, pixels: "np.ndarray"
) -> None:
    codec = fit_codec(pixels)
    latents = codec.encode(pixels)
    with torch.no_grad():
        painted = any_autoencoder.decoder(torch.from_numpy(latents) / LATENT_SCALE)

    sketch = torch.from_numpy(codec.sketch(latents)).permute(0, 3, 1, 2).float()
    smooth = torch.nn.functional.interpolate(sketch, scale_factor=2, mode="bilinear")
    away = (painted.clamp(-1, 1) + 1) * 127.5 - smooth
    assert away[:, :, 2:-2, 2:-2].abs().mean() < 1.5  # of 255


def test_the_third_grids_colors_are_what_an_untrained_decoder_gives(autoencoder) -> None:
    latents = torch.randn(2, 16, 6, 6) / LATENT_SCALE
    with torch.no_grad():
        whole = autoencoder.decoder(latents)
        short = third_grid_colors(autoencoder.decoder, SIZES.decoder_blocks, latents)

    torch.testing.assert_close(whole[:, :, 2:-2, 2:-2], short[:, :, 2:-2, 2:-2])


def test_training_leaves_the_way_back_as_it_is_and_changes_the_rest(autoencoder) -> None:
    decoder = autoencoder.decoder
    latents, target = torch.randn(1, 16, 6, 6), torch.rand(1, 3, 96, 96)
    before = parities(decoder, latents)
    kept = [parameter.detach().clone() for parameter in decoder.parameters()]
    optimizer = torch.optim.AdamW(decoder.parameters(), 1e-2, weight_decay=0.0)

    for _ in range(2):
        optimizer.zero_grad()
        (decoder(latents) - target).square().mean().backward()
        optimizer.step()

    after = parities(decoder, latents)
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    assert all(
        not torch.equal(old, new) for old, new in zip(kept, decoder.parameters(), strict=True)
    )


@pytest.mark.parametrize(
    "sizes",
    [Sizes(decoder_channels=35), Sizes(decoder_blocks=(4, 4, 2, 1, 0))],
    ids=["channels", "blocks"],
)
def test_a_decoder_too_small_for_the_way_back_is_refused(
    pixels: "np.ndarray", sizes: Sizes
) -> None:
    with pytest.raises(ValueError, match="a decoder needs 36 channels"):
        build_autoencoder(fit_codec(pixels), sizes)
