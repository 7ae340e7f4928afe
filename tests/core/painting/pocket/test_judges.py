from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from core.painting.pocket.dataset import shrink  # noqa: E402
from core.painting.pocket.judge import (  # noqa: E402
    JUDGE_PX,
    JUDGES,
    Judge,
    load_judge,
    pass_judgement,
    save_judge,
)
from core.painting.pocket.judge_trainer import JudgeTrainer  # noqa: E402
from core.painting.pocket.labels import CHOICES, label_scenes  # noqa: E402
from core.painting.pocket.loop import Batches  # noqa: E402
from core.painting.pocket.report import kind_of, rows  # noqa: E402
from core.painting.pocket.vocabulary import THINGS, Scene, Thing  # noqa: E402

FOX, BLUE_OWL = Thing("fox", None, None, "left"), Thing("owl", "blue")
SCENES = [
    Scene((FOX,), "river"),
    Scene((BLUE_OWL,)),
    Scene((FOX,), "night", "pencil"),
    Scene((FOX, BLUE_OWL), "snow"),
]


class AllKnowing(Judge):
    """Gives the answers it was told, whatever it is shown."""

    def __init__(self, scores: dict[str, "torch.Tensor"]) -> None:
        super().__init__(torch.nn.Identity())
        self.answers = scores

    def forward(self, thumbs: "torch.Tensor") -> dict[str, "torch.Tensor"]:
        return self.answers


def truth() -> dict[str, "torch.Tensor"]:
    """Scores that are right about `SCENES`, or say the first answer where nothing can be asked."""
    labels = label_scenes(SCENES)
    scores = {"thing": torch.from_numpy(labels.things).float()}
    for aspect, answers in CHOICES.items():
        right = torch.from_numpy(labels.choice(aspect)).clamp_min(0)
        scores[aspect] = torch.nn.functional.one_hot(right, answers).float()
    return scores


def verdict_rows(scores: dict[str, "torch.Tensor"]):
    pixels = np.zeros((len(SCENES), 256, 256, 3), np.uint8)
    return rows(pass_judgement(AllKnowing(scores), pixels, label_scenes(SCENES)), SCENES)


def test_each_scene_counts_for_the_hardest_that_it_asks_for() -> None:
    assert [kind_of(scene) for scene in SCENES] == ["plain", "tinted", "styled", "pair"]
    posed = Scene((Thing("owl", "blue", pose="flying", worn="hat"),))
    dressed = Scene((Thing("owl", "blue", held="flag"),))
    assert [kind_of(posed), kind_of(dressed)] == ["posed", "dressed"]


def test_a_judge_that_is_always_right_finds_nothing_wrong() -> None:
    table = verdict_rows(truth())

    assert all(tally.right == tally.asked for row in table.values() for tally in row.values())
    assert table["all"]["thing"].asked == 4 and table["all"]["color"].asked == 3


def test_of_two_things_both_must_be_named() -> None:
    scores = truth()
    scores["thing"][3] = (
        scores["thing"][0] + 0.5 * torch.eye(len(THINGS))[7]
    )  # a fox, and a duck for an owl

    table = verdict_rows(scores)

    assert (table["pair"]["thing"].right, table["all"]["thing"].right) == (0, 3)


def test_colours_places_and_styles_are_told_apart() -> None:
    scores = truth()
    for aspect in ("color", "position", "style", "size", "pose", "worn", "held"):
        scores[aspect] = scores[aspect].roll(1, dims=1)

    table = verdict_rows(scores)

    shifted = ("color", "position", "style", "size", "pose", "worn", "held")
    assert [table["all"][aspect].right for aspect in shifted] == [0] * 7
    assert table["all"]["background"].right == 4


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("name", JUDGES)
def test_a_judge_learns_to_tell_two_backgrounds_apart(
    name: str, bf16: bool, pixels: "np.ndarray", tmp_path: Path
) -> None:
    torch.manual_seed(3)
    scenes = [Scene((FOX,), "night"), Scene((FOX,), "desert")] * 2
    shown = np.stack([pixels[7], pixels[5]] * 2)  # in the order of the vocabulary
    labels = label_scenes(scenes)
    thumbs = shrink(shown, JUDGE_PX)
    trainer = JudgeTrainer(JUDGES[name](), thumbs, labels, Batches(4, seed=1, bf16=bf16))

    for _ in range(70):
        trainer.step(2e-3)

    torch.save({"trainer": trainer.state()}, tmp_path / "judge.pt")
    save_judge(tmp_path / "judge.pt", name, tmp_path)
    verdicts = pass_judgement(load_judge(tmp_path, name), shown, labels)
    assert verdicts.right["background"].all() and verdicts.right["thing"].all()


def test_a_judge_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="striding.safetensors; `easel train pocket"):
        load_judge(tmp_path, "striding")
