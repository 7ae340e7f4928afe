"""Edits of a part of a picture, with and without a mask, and blends, from a button to the stored file."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from bot.app import Easel
from core.types import Answer, Attachment, Picture, PictureState, Press, TurnState, Verb
from tests.fakes.house import House, Talk, pictures_of, text_of


def mask(white: tuple[int, int, int, int] | None) -> Attachment:
    image = Image.new("L", (128, 128), 0)
    if white:
        image.paste(255, white)
    file = BytesIO()
    image.save(file, "PNG")
    return Attachment("mask.png", file.getvalue())


async def press(talk: Talk, wanted: Press, *files: Attachment) -> Answer:
    return await talk.ask(talk.event(press=wanted, attachments=files))


def changed(easel: Easel, talk: Talk, before: Picture, after: Picture) -> np.ndarray:  # type: ignore[type-arg]
    """(H, W) of bool."""
    paths = [talk.desk.picture_path(picture) for picture in (before, after)]
    old, new = (np.asarray(Image.open(path).convert("RGB")) for path in paths)
    return (old != new).any(axis=-1)


async def test_a_region_is_painted_anew_and_nothing_else(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk) as easel:
        [dog] = pictures_of(await talk.say("a dog"))
        edit = Press(Verb.EDIT, dog.id, "make it night --seed 5", region="top")
        answer = await press(talk, edit)
        [night] = pictures_of(answer)
        different = changed(easel, talk, dog, night)
        details = await talk.press(Verb.DETAILS, night)

    assert text_of(answer).startswith("Picture 1, changed in the top half only")
    assert different[:110].all() and not different[128:].any()
    assert "only the top half" in text_of(details)


async def test_a_mask_says_where_and_the_talk_goes_on_with_the_picture(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk) as easel:
        [dog] = pictures_of(await talk.say("a dog"))
        edit = Press(Verb.EDIT, dog.id, "a red hat --seed 5", region="mask")
        [hat] = pictures_of(await press(talk, edit, mask((0, 0, 64, 64))))
        different = changed(easel, talk, dog, hat)
        [night] = pictures_of(await talk.say("make it night"))

    assert hat.number == 3  # 2 is the mask
    assert different[:110, :110].all()
    assert not different[128:].any() and not different[:, 128:].any()
    assert night.parent_id == hat.id


async def test_a_black_mask_is_a_sentence_and_the_picture_stays_current(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        [dog] = pictures_of(await talk.say("a dog"))
        refused = await press(talk, Press(Verb.EDIT, dog.id, "a hat", region="mask"), mask(None))
        missing = await press(talk, Press(Verb.EDIT, dog.id, "a hat", region="mask"))
        [night] = pictures_of(await talk.say("make it night"))

    assert refused.turn.state is TurnState.FAILED
    assert "paint white where I may paint" in refused.turn.error
    assert "send the mask along" in text_of(missing)
    assert night.parent_id == dog.id


async def test_two_pictures_become_one_and_the_details_tell_which(tmp_path: Path) -> None:
    talk = Talk()
    async with House(tmp_path).open(talk):
        [dog] = pictures_of(await talk.say("a red dog"))
        [car] = pictures_of(await talk.say("a blue car"))
        answer = await press(talk, Press(Verb.BLEND, dog.id, others=(car.id,)))
        [both] = pictures_of(answer)
        details = await talk.press(Verb.DETAILS, both)

    assert text_of(answer) == "Pictures 1 and 2 in one:"
    assert both.state is PictureState.READY and both.parent_id == dog.id
    assert both.recipe and all(word in both.recipe.prompt for word in ("dog", "car"))
    assert "blended from pictures 1 and 2" in text_of(details)
