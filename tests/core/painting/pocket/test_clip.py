from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from transformers import AutoTokenizer, CLIPImageProcessorPil, CLIPModel  # noqa: E402

from core.painting.pocket.clip import (  # noqa: E402
    CLIP_PX,
    ClipTrainer,
    build_clip,
    clip_score,
    diversity,
    embed_pictures,
    embed_texts,
    load_clip,
    save_clip,
)
from core.painting.pocket.dataset import shrink  # noqa: E402
from core.painting.pocket.loop import Batches  # noqa: E402
from core.painting.pocket.vocabulary import BACKGROUNDS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

CAPTIONS = [f"a dog {phrases[0]}" for phrases in BACKGROUNDS.values()]


@pytest.mark.parametrize("bf16", [False, True])
def test_it_learns_which_words_belong_to_which_picture(pixels: "np.ndarray", bf16: bool) -> None:
    torch.manual_seed(2)
    clip = build_clip()
    chosen = [3, 5, 7, 10]  # snow, desert, night, sea
    shown, captions = pixels[chosen], [CAPTIONS[place] for place in chosen]
    backgrounds, batches = np.array([0, 0, 1, 1]), Batches(8, seed=1, bf16=bf16)
    trainer = ClipTrainer(clip, shrink(shown, CLIP_PX), captions, backgrounds, batches)

    for _ in range(60):
        trainer.step(1e-3)

    clip.train(False)
    pictures, texts = embed_pictures(clip, shown), embed_texts(clip, captions)
    assert (pictures @ texts.T).argmax(axis=1).tolist() == list(range(4))
    assert clip_score(pictures, texts) > clip_score(pictures, np.roll(texts, 1, axis=0))


def test_what_was_trained_is_loaded_by_the_stock_classes(
    pixels: "np.ndarray", tmp_path: Path
) -> None:
    torch.manual_seed(2)
    clip = build_clip()
    thumbs, backgrounds = shrink(pixels, CLIP_PX), np.arange(len(pixels))
    state = ClipTrainer(clip, thumbs, CAPTIONS, backgrounds, Batches(4, seed=1)).state()
    torch.save({"trainer": state}, tmp_path / "clip.pt")

    save_clip(tmp_path / "clip.pt", tmp_path / "clip")

    stock = CLIPModel.from_pretrained(tmp_path / "clip", dtype=torch.float32)
    tokens = AutoTokenizer.from_pretrained(tmp_path / "clip")(["a dog at night"])
    shown = CLIPImageProcessorPil.from_pretrained(tmp_path / "clip")(
        list(pixels[:2]), return_tensors="pt"
    )
    with torch.no_grad():
        direction = stock.get_image_features(**shown).pooler_output
        said = stock.get_text_features(torch.tensor(tokens.input_ids)).pooler_output
    unit = torch.nn.functional.normalize(direction, dim=1).numpy()
    ours = load_clip(tmp_path / "clip")
    np.testing.assert_allclose(unit, embed_pictures(ours, pixels[:2]), atol=2e-2)
    cosine = torch.nn.functional.cosine_similarity(
        said, torch.from_numpy(embed_texts(ours, ["a dog at night"]))
    )
    assert cosine.item() == pytest.approx(1, abs=1e-3)


def test_scores_and_diversity_are_what_their_papers_say() -> None:
    along, across = np.eye(2, dtype=np.float32)
    pictures = np.stack([along, along, -along])

    assert clip_score(pictures, np.stack([along] * 3)) == pytest.approx(2.5 * 2 / 3)
    assert diversity(np.stack([[along, along], [along, across]])) == pytest.approx(0.5)
