import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from core.painting.pocket.codec import fit_codec, load_codec  # noqa: E402
from core.painting.pocket.networks import (  # noqa: E402
    LATENT_SCALE,
    MAX_TOKENS,
    Sizes,
    build_autoencoder,
    build_tokenizer,
    tokenize,
)

pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_autoencoder_encodes_exactly_as_the_closed_form(pixels: "np.ndarray") -> None:
    codec = fit_codec(pixels)
    autoencoder = build_autoencoder(codec, Sizes())
    images = torch.from_numpy(pixels[:3]).permute(0, 3, 1, 2).float() / 127.5 - 1

    with torch.no_grad():
        latents = autoencoder.encode(images).latents * LATENT_SCALE

    assert latents.shape == (3, 16, 16, 16)
    np.testing.assert_allclose(latents.numpy(), codec.encode(pixels[:3]), atol=2e-4)


def test_latents_have_about_unit_variance(pixels: "np.ndarray") -> None:
    assert fit_codec(pixels).encode(pixels).std() == pytest.approx(1.0, abs=0.05)


def test_a_sketch_is_near_the_picture_it_was_encoded_from(pixels: "np.ndarray") -> None:
    codec = fit_codec(pixels)

    sketch = codec.sketch(codec.encode(pixels))

    halved = pixels.reshape(len(pixels), 128, 2, 128, 2, 3).mean(axis=(2, 4))
    assert np.abs(sketch - halved).mean() < 4  # of 255


def test_a_codec_comes_back_from_its_file(pixels: "np.ndarray", tmp_path) -> None:
    codec = fit_codec(pixels)

    codec.save(tmp_path / "codec.npz")

    kept = load_codec(tmp_path / "codec.npz")
    np.testing.assert_array_equal(kept.encode(pixels), codec.encode(pixels))


def test_each_word_is_one_token_and_a_strange_word_is_unknown() -> None:
    tokenizer = build_tokenizer()

    ids = tokenize(tokenizer, ["A cute dog near a river", "a quokka"])

    assert ids.shape == (2, MAX_TOKENS)
    assert tokenizer.convert_ids_to_tokens(ids[0, :8].tolist()) == [
        "<s>", "a", "cute", "dog", "near", "a", "river", "</s>",
    ]  # fmt: skip
    assert tokenizer.convert_ids_to_tokens(ids[1, :4].tolist()) == ["<s>", "a", "<unk>", "</s>"]
