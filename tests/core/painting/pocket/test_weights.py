import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from pathlib import Path  # noqa: E402

from diffusers import StableDiffusionPipeline  # noqa: E402

from core.painting.pocket import vocabulary  # noqa: E402

WEIGHTS = Path(vocabulary.__file__).parent / "weights"

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    pipeline = StableDiffusionPipeline.from_pretrained(WEIGHTS, torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def test_the_shipped_weights_are_small() -> None:
    total = sum(path.stat().st_size for path in WEIGHTS.rglob("*.safetensors"))

    assert 0 < total <= 60_000_000


def test_the_shipped_painter_knows_all_words_of_its_captions(
    pipeline: StableDiffusionPipeline,
) -> None:
    ids = pipeline.tokenizer(" ".join(vocabulary.words())).input_ids

    assert pipeline.tokenizer.unk_token_id not in ids


def test_the_shipped_painter_paints_and_a_seed_repeats(pipeline: StableDiffusionPipeline) -> None:
    def paint(seed: int) -> bytes:
        generator = torch.Generator().manual_seed(seed)
        image = pipeline("a cute dog", num_inference_steps=3, generator=generator).images[0]
        assert image.size == (256, 256)
        return bytes(image.tobytes())

    assert paint(1) == paint(1) != paint(2)
