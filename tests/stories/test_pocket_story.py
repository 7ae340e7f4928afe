"""Conversations of both papers in the pocket painter's words, painted for real and looked at by the shipped judges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

np = pytest.importorskip("numpy")
pytest.importorskip("torch")
pytest.importorskip("diffusers")

from core.painting.pocket.judge import JUDGES_FOLDER, load_judge, pass_judgement  # noqa: E402
from core.painting.pocket.labels import label_scenes  # noqa: E402
from core.painting.pocket.vocabulary import Scene, Thing  # noqa: E402
from core.painting.settings import POCKET_WEIGHTS  # noqa: E402
from core.types import Answer, Verb  # noqa: E402
from tests.fakes.house import House, Talk, pictures_of, verbs_of  # noqa: E402

if TYPE_CHECKING:
    from core.painting.pocket.judge import Judge


class PatientTalk(Talk):
    """The worker that paints is niced: beside other work it is slow."""

    limit_s = 300.0


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge(POCKET_WEIGHTS / JUDGES_FOLDER, "striding")


def shows(judge: Judge, talk: Talk, answer: Answer, scene: Scene, *aspects: str) -> bool:
    """Whether one picture of the answer at least shows this of the scene, and most of them its things."""
    pictures = pictures_of(answer)
    pixels = np.stack(
        [np.asarray(Image.open(talk.desk.picture_path(each)).convert("RGB")) for each in pictures]
    )
    right = pass_judgement(judge, pixels, label_scenes([scene] * len(pictures))).right
    all_right = np.all([right[aspect] for aspect in ("thing", *aspects)], axis=0)
    return bool(all_right.any() and right["thing"].mean() >= 0.5)


async def test_figure_1_is_a_dog_by_a_river_as_a_sticker_and_a_house(
    judge: Judge, tmp_path: Path
) -> None:
    talk = PatientTalk()
    async with House(tmp_path, painter=None, steps=8).open(talk):
        dog = await talk.say("a cute dog --seed 3")
        river = await talk.say("can you make it run near the river?")
        sticker = await talk.say("could you make a sticker of it?")
        home = await talk.say("what would this dog's house look like? --seed 3")

        running = Scene((Thing("dog", pose="running"),), "river")
        assert shows(judge, talk, dog, Scene((Thing("dog"),)), "color", "pose")
        assert verbs_of(river) == [Verb.EDIT]
        assert shows(judge, talk, river, running, "background")
        assert shows(judge, talk, sticker, Scene((Thing("dog"),), style="sticker"), "style")
        assert shows(judge, talk, home, Scene((Thing("house"),)))


async def test_a_hat_comes_and_the_night_falls_and_the_cat_stays_a_cat(
    judge: Judge, tmp_path: Path
) -> None:
    talk = PatientTalk()
    async with House(tmp_path, painter=None, steps=8).open(talk):
        cat = await talk.say("a cat on a meadow --seed 5")
        crowned = await talk.say("give it a crown")
        night = await talk.say("now make it night")

        at_night = Scene((Thing("cat", worn="crown"),), "night")
        assert shows(judge, talk, cat, Scene((Thing("cat"),), "meadow"), "background", "worn")
        assert shows(judge, talk, crowned, Scene((Thing("cat", worn="crown"),), "meadow"), "worn")
        assert shows(judge, talk, night, at_night, "background", "worn")
