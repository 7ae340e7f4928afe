import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from core.painting.pocket.codec import fit_codec  # noqa: E402
from core.painting.pocket.decoder import (  # noqa: E402
    DecoderTrainer,
    load_decoder,
)
from core.painting.pocket.loop import Batches  # noqa: E402
from core.painting.pocket.networks import (  # noqa: E402
    LATENT_SCALE,
    Sizes,
    build_autoencoder,
)

pytestmark = pytest.mark.filterwarnings("ignore")

SIZES = Sizes(decoder_channels=40, decoder_blocks=(5, 2, 2, 1, 0))


@pytest.fixture
def autoencoder(pixels: "np.ndarray"):
    torch.manual_seed(1)
    return build_autoencoder(fit_codec(pixels), SIZES)


def trainer_of(autoencoder, pixels: "np.ndarray") -> DecoderTrainer:
    latents = fit_codec(pixels).encode(pixels)
    return DecoderTrainer(autoencoder, [pixels], [latents], Batches(2, seed=1))


@pytest.mark.parametrize("bf16", [False, True])
def test_steps_bring_a_decoder_nearer_to_pictures_it_does_not_know(
    autoencoder, pixels: "np.ndarray", bf16: bool
) -> None:
    latents = fit_codec(pixels).encode(pixels)
    darker = pixels // 2
    trainer = DecoderTrainer(autoencoder, [darker], [latents], Batches(2, seed=1, bf16=bf16))
    before = _error(autoencoder, latents[:2], darker[:2])

    for _ in range(20):
        trainer.step(1e-3)

    assert _error(autoencoder, latents[:2], darker[:2]) < 0.7 * before


def test_a_painter_gets_the_running_average_and_not_the_last_weights(
    autoencoder, pixels: "np.ndarray", tmp_path
) -> None:
    trainer = trainer_of(autoencoder, pixels)
    for _ in range(3):
        trainer.step(1e-3)
    torch.save({"trainer": trainer.state()}, tmp_path / "decoder.pt")
    other = build_autoencoder(fit_codec(pixels), SIZES)

    load_decoder(tmp_path / "decoder.pt", other.decoder)

    given, last = other.decoder.layers[-1].weight, autoencoder.decoder.layers[-1].weight
    assert torch.equal(given, trainer.state()["average"][-2])
    assert not torch.equal(given, last)


def test_a_decoder_that_was_put_away_is_taken_up_with_all_it_knew(
    autoencoder, pixels: "np.ndarray"
) -> None:
    first = trainer_of(autoencoder, pixels)
    first.step(1e-3)
    second = trainer_of(build_autoencoder(fit_codec(pixels), SIZES), pixels)

    second.restore(first.state())

    old, new = first.state(), second.state()
    assert old["steps"] == new["steps"] == 1
    for name in ("decoder", "average"):
        values = zip(_tensors(old[name]), _tensors(new[name]), strict=True)
        assert all(torch.equal(before, after) for before, after in values)


@torch.no_grad()
def _error(autoencoder, latents: "np.ndarray", pixels: "np.ndarray") -> float:
    painted = autoencoder.decoder(torch.from_numpy(latents) / LATENT_SCALE)
    target = torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 - 1
    return float((painted - target).square().mean())


def _tensors(kept) -> "list[torch.Tensor]":
    return list(kept.values()) if isinstance(kept, dict) else kept
