from __future__ import annotations

from pathlib import Path

from tests.fakes.discord_doors import open_doors, photo
from tests.fakes.discord_house import shown_by, text_of
from tests.fakes.discord_manners import all_well

MOODY = "tests.fakes.moody_painter:MoodyPainter"


async def test_a_wish_that_failed_is_tried_again_by_one_press_with_the_picture_it_came_with(
    tmp_path: Path,
) -> None:
    async with open_doors(tmp_path, painter=MOODY) as doors:
        discord = doors.discord
        asked = await discord.slash("edit", {"instruction": "a dog on a beach", "image": photo()})
        failed = await doors.answer(asked)
        discord.expire_cdn()

        again = await doors.answer(await discord.click(failed, "Try again"))

        assert "⚠️" in text_of(failed) and not failed.attachments
        assert "a dog on a beach" in text_of(again)
        assert len(shown_by(again)) == 1
        assert all_well(discord)
