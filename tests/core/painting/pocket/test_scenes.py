import random
from collections import defaultdict
from dataclasses import replace

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("PIL")

from PIL import Image  # noqa: E402

from core.painting.pocket import sprites  # noqa: E402
from core.painting.pocket.backgrounds import WITHOUT_GROUND, paint_background  # noqa: E402
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
    own, tinted = (sprites.thing_sprite(Thing("cat", color), 9) for color in (None, "blue"))

    assert own.getchannel("A").tobytes() == tinted.getchannel("A").tobytes()
    assert own.tobytes() != tinted.tobytes()


@needs_font
@pytest.mark.parametrize("name", THINGS)
def test_every_thing_has_a_glyph_that_fills_its_box(name: str) -> None:
    sprite = sprites.thing_sprite(Thing(name), 6)

    left, upper, right, lower = sprite.getchannel("A").getbbox() or (0, 0, 0, 0)
    assert sprite.size == (96, 96)
    assert max(right - left, lower - upper) >= 94 and lower >= 94


@needs_font
@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("name", ["fox", "giraffe", "train"])
def test_a_pose_is_seen_and_its_body_fills_its_box(name: str, pose: str) -> None:
    standing, posed = (_body(Thing(name, pose=each), 9) for each in (None, pose))

    left, upper, right, lower = posed.getchannel("A").getbbox() or (0, 0, 0, 0)
    assert max(right - left, lower - upper) >= 140 and lower >= 140
    assert standing.tobytes() != posed.tobytes()


@needs_font
def test_all_that_is_worn_and_held_looks_different_on_everyone() -> None:
    for name in WEARERS:
        outfits = [Thing(name), *(Thing(name, worn=each) for each in WORN)]
        outfits += [Thing(name, held=each) for each in HELD]

        looks = {sprites.thing_sprite(thing, 9).tobytes() for thing in outfits}

        assert len(looks) == 1 + len(WORN) + len(HELD)


@needs_font
@pytest.mark.parametrize("pose", [None, *POSES])
def test_who_is_given_something_keeps_its_size_and_place_in_its_box(pose: str | None) -> None:
    bare, dressed = (
        _body(Thing("turtle", pose=pose, worn=worn, held=held), 9)
        for worn, held in ((None, None), ("bow", "flower"))
    )

    same = np.asarray(bare, int) - np.asarray(dressed, int)
    assert (np.abs(same).max(axis=2) <= 8).mean() > 0.6  # the rest is under the bow and the flower
    assert sprites.thing_reach(Thing("turtle", pose=pose, held="flower"), 9) != (0, 0, 0, 0)


@needs_font
def test_all_that_a_lone_thing_is_given_stays_in_the_picture() -> None:
    rng = random.Random(8)

    for scene in _singles(rng, 800):
        (box,) = place_things(scene, rng)
        reach = sprites.thing_reach(scene.things[0], box.cells)
        assert reach.left <= box.column <= sprites.SIDE_CELLS - box.cells - reach.right
        assert reach.top <= box.row <= sprites.SIDE_CELLS - box.cells - reach.bottom


@needs_font
def test_the_same_picture_is_never_said_to_be_on_the_left_and_not_on_the_left() -> None:
    rng = random.Random(6)
    places = defaultdict(set)

    for scene in _singles(rng, 3000):
        (box,) = place_things(scene, rng)
        thing = scene.things[0]
        afloat = (scene.background or "plain") in WITHOUT_GROUND
        places[replace(thing, position=None), afloat, box].add(thing.position or "center")

    assert all(len(positions) == 1 for positions in places.values())


@needs_font
@pytest.mark.parametrize("pose", [None, *POSES])
@pytest.mark.parametrize("worn", [None, "hat"])
def test_what_does_not_fly_stands_on_the_ground(pose: str | None, worn: str | None) -> None:
    thing = Thing("cat", pose=pose, worn=worn)

    (box,) = place_things(Scene((thing,), "meadow"), random.Random(1))

    lowest = box.row + box.cells + sprites.thing_reach(thing, box.cells).bottom
    assert lowest == (11 if pose == "flying" else 14)


@needs_font
def test_what_is_in_space_floats_in_the_middle() -> None:
    (box,) = place_things(Scene((Thing("cat", pose="flying"),), "space"), random.Random(1))

    assert box.row == (sprites.SIDE_CELLS - box.cells) // 2


def _body(thing: Thing, cells: int) -> Image.Image:
    sprite, reach = sprites.thing_sprite(thing, cells), sprites.thing_reach(thing, cells)
    left, top = 16 * reach.left, 16 * reach.top
    return sprite.crop((left, top, left + 16 * cells, top + 16 * cells))


def _singles(rng: random.Random, count: int) -> list[Scene]:
    scenes = (compose_scene(rng) for _ in range(count))
    return [scene for scene in scenes if len(scene.things) == 1]


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
