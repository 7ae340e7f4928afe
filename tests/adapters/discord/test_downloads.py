"""Files that people send: checked before they are fetched, asked for again when their link is dead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
import pytest

from adapters.discord.downloads import FILES, Downloads
from core.errors import BadInput, NotAPicture, PictureTooLarge
from tests.adapters.discord.test_trouble import refusal


@dataclass
class Sent:
    """What the code reads of `discord.Attachment`."""

    filename: str = "a.png"
    content_type: str | None = "image/png"
    size: int = 100
    data: bytes = b"png"
    error: discord.HTTPException | None = None
    reads: int = 0

    async def read(self) -> bytes:
        self.reads += 1
        if self.error:
            raise self.error
        return self.data


async def fetch(sent: Sequence[Sent], fresh: Sequence[Sent] | None = None) -> list[bytes]:
    async def refetch() -> Any:
        return fresh

    attachments: Any = sent
    got = await Downloads().fetch(attachments, refetch if fresh is not None else None)
    return [file.data for file in got]


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (Sent("a.pdf", "application/pdf"), NotAPicture),
        (Sent("a.png", "text/plain; charset=utf-8"), NotAPicture),
        (Sent("a.svg", None), NotAPicture),
        (Sent(size=11 * 2**20), PictureTooLarge),
    ],
)
async def test_what_cannot_be_a_picture_is_refused_before_it_is_fetched(
    sent: Sent, error: type[BadInput]
) -> None:
    with pytest.raises(error):
        await fetch([Sent(), sent])

    assert sent.reads == 0


@pytest.mark.parametrize(
    ("name", "kind"), [("a.JPG", None), ("a", "image/webp"), ("a", "IMAGE/PNG")]
)
async def test_the_type_counts_and_the_name_only_without_one(name: str, kind: str | None) -> None:
    assert await fetch([Sent(name, kind)]) == [b"png"]


async def test_files_keep_their_order() -> None:
    assert await fetch([Sent(data=b"1"), Sent(data=b"2")]) == [b"1", b"2"]


async def test_dead_links_are_asked_for_again_once() -> None:
    dead = Sent(error=refusal(404))

    assert await fetch([dead], [Sent(data=b"fresh")]) == [b"fresh"]
    with pytest.raises(BadInput, match="could not be fetched") as told:
        await fetch([dead], [Sent(error=refusal(404))])
    assert "send it again" in told.value.reply


async def test_without_a_message_to_ask_a_dead_link_is_told_at_once() -> None:
    dead = Sent(error=refusal(403))

    with pytest.raises(BadInput, match="could not be fetched") as told:
        await fetch([dead])

    assert dead.reads == 1
    assert "send it again" in told.value.reply


async def test_no_more_files_are_fetched_than_it_takes_to_say_that_they_are_too_many() -> None:
    assert len(await fetch([Sent() for _ in range(10)])) == FILES
