from __future__ import annotations

import pytest

from core import regions
from core.errors import BadInput


@pytest.mark.parametrize("name", regions.NAMES)
def test_every_region_has_words(name: str) -> None:
    assert regions.check(name) == name
    assert len(regions.phrase(name).split()) > 1


def test_the_halves_cover_the_picture_once() -> None:
    def area(name: str) -> float:
        left, top, right, bottom = regions.BOXES[name]
        return (right - left) * (bottom - top)

    assert area("top") + area("bottom") == area("left") + area("right") == 1


def test_an_unknown_region_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match="upper left") as caught:
        regions.check("upper left")

    assert all(name in caught.value.reply for name in regions.NAMES)
