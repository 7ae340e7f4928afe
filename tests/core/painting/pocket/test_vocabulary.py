import random
import subprocess
import sys

from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    HELD,
    POSES,
    SIZES,
    STYLES,
    SYNONYMS,
    THINGS,
    WEARERS,
    WORN,
    Scene,
    Thing,
    caption,
    words,
)


def test_a_caption_without_chance_uses_the_usual_words() -> None:
    scene = Scene((Thing("fox", "blue", "small", "left"),), "river", "watercolor")

    text = caption(scene)

    assert text == "a watercolor painting of a small blue fox on the left near a river"


def test_a_caption_says_an_before_a_vowel() -> None:
    assert caption(Scene((Thing("owl"),), "night")) == "an owl at night"
    assert caption(Scene((Thing("owl", "red"), Thing("apple")))) == "a red owl and an apple"


def test_a_caption_says_pose_and_outfit() -> None:
    fox = Thing("fox", "red", pose="running", worn="hat", held="umbrella")

    text = caption(Scene((fox, Thing("owl", pose="upside down")), "snow"))

    assert text == (
        "a red fox running wearing a hat and holding an umbrella and an owl upside down in the snow"
    )


def test_only_things_of_the_painter_wear_or_hold_something() -> None:
    assert set(WEARERS) <= set(THINGS)
    assert all(0 <= share <= 1 for head in WEARERS.values() for share in head)


def test_what_a_scene_leaves_open_is_not_said() -> None:
    assert caption(Scene((Thing("house"),))) == "a house"


def test_every_word_a_caption_can_hold_is_known() -> None:
    rng = random.Random(4)
    known = set(words())
    things = [Thing(name, color) for name in THINGS for color in (None, *COLORS)]

    for _ in range(3000):
        first, second = rng.sample(things, 2)
        size, pose, worn, held = (
            rng.choice((None, *options)) for options in (SIZES, POSES, WORN, HELD)
        )
        scene = Scene(
            (Thing(first.name, first.color, size, "left", pose, worn, held), second),
            rng.choice((None, *BACKGROUNDS)),
            rng.choice((None, *STYLES)),
        )
        assert set(caption(scene, rng).split()) <= known


def test_near_words_lead_to_words_the_painter_has() -> None:
    own = {*THINGS, *BACKGROUNDS, *COLORS, *SIZES, *STYLES, *POSES, *WORN, *HELD}

    assert set(SYNONYMS.values()) <= own
    assert SYNONYMS["puppy"] == "dog" and SYNONYMS["ocean"] == "sea"
    assert own & set(SYNONYMS) == {"flower"}  # held; one that stands by itself is a sunflower


def test_the_vocabulary_brings_no_heavy_library_along() -> None:
    look = (
        "import sys; from importlib.util import spec_from_file_location as find, module_from_spec as make;"
        "spec = find('vocabulary', sys.argv[1]); module = make(spec); sys.modules['vocabulary'] = module;"
        "spec.loader.exec_module(module);"
        "sys.exit(bool({'torch', 'numpy', 'PIL', 'diffusers'} & set(sys.modules)))"
    )
    path = sys.modules[caption.__module__].__file__

    assert path is not None
    assert subprocess.run([sys.executable, "-c", look, path], check=False).returncode == 0
