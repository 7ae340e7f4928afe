import random

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("PIL")

from PIL import Image  # noqa: E402

from core.painting.pocket import sprites  # noqa: E402
from core.painting.pocket.backgrounds import paint_background  # noqa: E402
from core.painting.pocket.glyphs import find_font  # noqa: E402
from core.painting.pocket.scenes import compose_scene, draw_scene, place_things  # noqa: E402
from core.painting.pocket.vocabulary import (  # noqa: E402
    BACKGROUNDS,
    HELD,
    POSES,
    STYLES,
    THINGS,
    WEARERS,
    WORN,
    Scene,
    Thing,
)

needs_font = pytest.mark.skipif(
    find_font() is None, reason="needs NotoColorEmoji.ttf (fonts-noto-color-emoji)"
)


@needs_font
def test_the_same_seed_gives_the_same_scene() -> None:
    first, second = (
        [draw_scene(compose_scene(rng), rng) for _ in range(5)]
        for rng in (random.Random(9), random.Random(9))
    )

    assert [drawing.caption for drawing in first] == [drawing.caption for drawing in second]
    for one, other in zip(first, second, strict=True):
        assert one.image.tobytes() == other.image.tobytes()


@needs_font
def test_a_scene_is_drawn_as_asked() -> None:
    scene = Scene((Thing("castle", position="left"),), "desert")

    drawing = draw_scene(scene, random.Random(1))

    assert drawing.image.size == (256, 256)
    assert drawing.scene == scene and "castle" in drawing.caption
    assert drawing.covered[:, :8].sum() > drawing.covered[:, 10:].sum() == 0


@needs_font
@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_the_picture(style: str) -> None:
    things = (Thing("dog"),)

    plain = draw_scene(Scene(things, "meadow"), random.Random(2)).image
    styled = draw_scene(Scene(things, "meadow", style), random.Random(2)).image

    assert np.abs(np.asarray(plain, int) - np.asarray(styled, int)).mean() > 1


@needs_font
def test_a_color_changes_the_thing_but_not_its_outline() -> None:
    own, tinted = (sprites.thing_sprite(Thing("cat", color), 9).image for color in (None, "blue"))

    assert own.getchannel("A").tobytes() == tinted.getchannel("A").tobytes()
    assert own.tobytes() != tinted.tobytes()


@needs_font
@pytest.mark.parametrize("name", THINGS)
def test_every_thing_has_a_glyph_that_fills_its_box(name: str) -> None:
    sprite = sprites.thing_sprite(Thing(name), 6).image

    left, upper, right, lower = sprite.getchannel("A").getbbox() or (0, 0, 0, 0)
    assert sprite.size == (96, 96)
    assert max(right - left, lower - upper) >= 94 and lower >= 94


@needs_font
@pytest.mark.parametrize("pose", POSES)
def test_a_pose_is_seen_and_its_body_keeps_to_its_box(pose: str) -> None:
    standing, posed = (sprites.thing_sprite(Thing("fox", pose=each), 9) for each in (None, pose))

    assert _body(standing).size == _body(posed).size == (144, 144)
    assert _body(standing).tobytes() != _body(posed).tobytes()


@needs_font
def test_all_that_is_worn_and_held_looks_different_on_everyone() -> None:
    for name in WEARERS:
        outfits = [Thing(name), *(Thing(name, worn=each) for each in WORN)]
        outfits += [Thing(name, held=each) for each in HELD]

        looks = {sprites.thing_sprite(thing, 9).image.tobytes() for thing in outfits}

        assert len(looks) == 1 + len(WORN) + len(HELD)


@needs_font
def test_who_is_given_something_stays_as_large_and_looks_the_same() -> None:
    bare, armed = (sprites.thing_sprite(Thing("cat", held=held), 9) for held in (None, "sword"))

    apart = np.abs(np.asarray(_body(bare), int) - np.asarray(_body(armed), int))
    assert apart[:, :104].max() <= 2  # the sword is to the right of that
    assert armed.right > bare.right == 0


@needs_font
def test_all_that_a_lone_thing_is_given_stays_in_the_picture() -> None:
    rng = random.Random(8)
    singles = [
        scene for scene in (compose_scene(rng) for _ in range(800)) if len(scene.things) == 1
    ]

    for scene in singles:
        (box,) = place_things(scene, rng)
        sprite = sprites.thing_sprite(scene.things[0], box.cells)
        assert sprite.left <= box.column <= sprites.SIDE_CELLS - box.cells - sprite.right
        assert sprite.top <= box.row <= sprites.SIDE_CELLS - box.cells - sprite.bottom


def _body(sprite: sprites.Sprite) -> Image.Image:
    right, bottom = (
        sprite.image.width // 16 - sprite.right,
        sprite.image.height // 16 - sprite.bottom,
    )
    return sprite.image.crop((16 * sprite.left, 16 * sprite.top, 16 * right, 16 * bottom))


@needs_font
def test_what_flies_is_above_the_ground() -> None:
    standing, flying, in_space = (
        place_things(Scene((Thing("cat", pose=pose),), place), random.Random(1))[0]
        for pose, place in ((None, "meadow"), ("flying", "meadow"), ("flying", "space"))
    )

    assert flying.row + flying.cells == standing.row + standing.cells - 3
    assert in_space.row == (sprites.SIDE_CELLS - in_space.cells) // 2


def test_only_those_who_can_are_dressed_and_all_can_be_posed() -> None:
    rng = random.Random(5)
    things = [thing for _ in range(2000) for thing in compose_scene(rng).things]

    assert {thing.name for thing in things if thing.worn or thing.held} <= set(WEARERS)
    assert {thing.name for thing in things if thing.pose} == set(THINGS)


@needs_font
def test_two_bodies_never_share_a_cell() -> None:
    rng = random.Random(3)
    pairs = [scene for scene in (compose_scene(rng) for _ in range(600)) if len(scene.things) == 2]

    assert pairs
    for scene in pairs:
        left, right = sorted(place_things(scene, rng), key=lambda box: box.column)
        assert left.column + left.cells <= right.column
        assert right.column + right.cells <= sprites.SIDE_CELLS


@needs_font
def test_a_thing_said_to_be_on_the_right_stands_there() -> None:
    scene = Scene((Thing("dog", position="right"), Thing("cat", position="left")), "snow")

    dog, cat = place_things(scene, random.Random(1))

    assert cat.column < dog.column


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_a_background_changes_only_in_whole_cells(name: str) -> None:
    pictures = [np.asarray(paint_background(name, random.Random(seed))) for seed in range(40)]

    def cell_looks(row: int, column: int) -> int:
        area = np.s_[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
        return len({picture[area].tobytes() for picture in pictures})

    looks = [cell_looks(row, column) for row in range(16) for column in range(16)]

    assert len({picture.tobytes() for picture in pictures}) > 1
    assert max(looks) <= 16  # pieces snapped to cells look only so many ways
