import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from pathlib import Path  # noqa: E402

from diffusers import StableDiffusionPipeline  # noqa: E402

from core.painting.pocket import vocabulary  # noqa: E402
from core.painting.pocket.dataset import draw_many, stack_pixels  # noqa: E402
from core.painting.pocket.glyphs import find_font  # noqa: E402
from core.painting.pocket.judge import (  # noqa: E402
    JUDGES_FOLDER,
    Judge,
    load_judge,
    pass_judgement,
)
from core.painting.pocket.labels import ASPECTS, label_scenes  # noqa: E402
from core.painting.pocket.model import PaintOptions, PocketModel  # noqa: E402
from core.painting.pocket.vocabulary import Scene, Thing, caption  # noqa: E402
from core.painting.pocket.work import JUDGE_NAMES  # noqa: E402

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


ASKED = [
    Scene((Thing("dog"),), "river"),
    Scene((Thing("dog"),), style="sticker"),
    Scene((Thing("house"),)),
    Scene((Thing("cat", worn="crown"),), "night"),
    Scene((Thing("car", "blue"),), "city"),
    Scene((Thing("superhero", pose="flying"),), "sky"),
    Scene((Thing("hedgehog", held="flower"),), "meadow"),
    Scene((Thing("castle"), Thing("owl")), "snow", "watercolor"),
]


SEEDS = (11, 12, 13)


@pytest.fixture(scope="module", params=JUDGE_NAMES)
def judge(request: pytest.FixtureRequest) -> Judge:
    return load_judge(WEIGHTS / JUDGES_FOLDER, request.param)


@pytest.fixture(scope="module")
def drafts() -> "np.ndarray":
    model = PocketModel(WEIGHTS, PaintOptions(steps=4))
    captions = [caption(scene) for scene in ASKED]
    return np.concatenate([model.paint(captions, seed) for seed in SEEDS])


def test_drafts_of_four_steps_show_what_they_were_asked_for(
    judge: Judge, drafts: "np.ndarray"
) -> None:
    verdicts = pass_judgement(judge, drafts, label_scenes(ASKED * len(SEEDS)))

    for aspect in ASPECTS:
        asked = verdicts.asked[aspect].sum()
        wrong = (verdicts.asked[aspect] & ~verdicts.right[aspect]).sum()
        # At four steps a plain surface is mottled enough to pass for a watercolour with one of the judges.
        assert wrong <= (asked // 4 if aspect == "style" else asked // 12), aspect


@pytest.mark.skipif(find_font() is None, reason="needs NotoColorEmoji.ttf")
def test_the_shipped_judges_are_right_about_the_generators_own_pictures(judge: Judge) -> None:
    drawings = draw_many(60, seed=8_642)

    verdicts = pass_judgement(
        judge, stack_pixels(drawings), label_scenes([drawing.scene for drawing in drawings])
    )

    assert verdicts.right["thing"].mean() > 0.9 and verdicts.right["background"].mean() > 0.95
