"""One message of ours, exactly once."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from adapters.discord.origin import nonce_of, snowflake_at
from adapters.discord.places import Outgoing
from adapters.discord.posting import EDITABLE_S, Item, put
from core.types import Post
from tests.adapters.discord.test_trouble import refusal
from tests.fakes.chat_desk import ChatDesk

POST = Post("turn:0", "discord", "", "", "turn")


class Channel:
    """A place in memory: `edit_error` and `send_errors` are raised when they are due."""

    channel, limit = "7", 1000

    def __init__(self) -> None:
        self.sent: list[str] = []  # nonces
        self.edited: list[str] = []
        self.removed: list[str] = []
        self.found: str | None = None
        self.edit_error: discord.HTTPException | None = None
        self.send_errors: list[discord.HTTPException] = []

    async def send(self, outgoing: Outgoing, nonce: str) -> str:
        if self.send_errors:
            raise self.send_errors.pop(0)
        self.sent.append(nonce)
        return str(snowflake_at(time.time()) + len(self.sent))

    async def edit(self, message: str, outgoing: Outgoing) -> None:
        if self.edit_error:
            raise self.edit_error
        self.edited.append(message)

    async def find(self, nonces: Collection[str], marks: Collection[str]) -> str | None:
        return self.found

    async def remove(self, message: str) -> None:
        self.removed.append(message)


@pytest.fixture
def desk(tmp_path: Path) -> ChatDesk:
    return ChatDesk(tmp_path)


@pytest.fixture
def item() -> Item:
    return Item(POST, Outgoing(discord.ui.LayoutView()))


def known(item: Item, age_s: float = 0.0, channel: str = "7") -> Item:
    message = str(snowflake_at(time.time() - age_s))
    return replace(item, post=replace(item.post, channel=channel, message=message))


async def test_a_new_message_is_sent_and_remembered(desk: ChatDesk, item: Item) -> None:
    place = Channel()

    post = await put(desk, place, item)

    assert place.sent == [nonce_of("turn:0")]
    assert desk.kept == {"turn:0": post}
    assert (post.channel, post.turn_id) == ("7", "turn")


async def test_a_known_message_is_edited(desk: ChatDesk, item: Item) -> None:
    place = Channel()

    post = await put(desk, place, known(item))

    assert (place.sent, place.edited) == ([], [post.message])


async def test_after_a_doubt_the_message_is_looked_for(desk: ChatDesk, item: Item) -> None:
    place = Channel()
    place.found = str(snowflake_at(time.time()))

    post = await put(desk, place, replace(item, doubtful=True))

    assert (place.sent, place.edited) == ([], [place.found])
    assert desk.kept["turn:0"] == post


async def test_a_deleted_message_is_sent_again_under_another_nonce(
    desk: ChatDesk, item: Item
) -> None:
    place, old = Channel(), known(item)
    place.edit_error = refusal(404, 10008)

    post = await put(desk, place, old)

    assert place.sent == [nonce_of("turn:0", old.post.message)]
    assert desk.kept["turn:0"].message == post.message != old.post.message


async def test_a_nonce_whose_message_was_deleted_is_not_used_again(
    desk: ChatDesk, item: Item
) -> None:
    place = Channel()
    place.send_errors = [refusal(404, 10008)]

    await put(desk, place, item)

    assert place.sent == [nonce_of("turn:0", nonce_of("turn:0"))]


async def test_a_message_older_than_an_hour_is_replaced_and_taken_away(
    desk: ChatDesk, item: Item
) -> None:
    place, old = Channel(), known(item, EDITABLE_S + 60)

    await put(desk, place, old)

    assert place.edited == []
    assert len(place.sent) == 1
    assert place.removed == [old.post.message]


async def test_an_old_result_is_edited_where_it_is(desk: ChatDesk, item: Item) -> None:
    place, old = Channel(), known(item, EDITABLE_S + 60)

    await put(desk, place, replace(old, may_replace=False))

    assert (place.sent, place.edited) == ([], [old.post.message])


async def test_a_message_elsewhere_stays_and_a_new_one_is_sent_here(
    desk: ChatDesk, item: Item
) -> None:
    place = Channel()

    post = await put(desk, place, known(item, channel="8"))

    assert len(place.sent) == 1
    assert (post.channel, place.removed) == ("7", [])


async def test_other_refusals_of_an_edit_are_raised(desk: ChatDesk, item: Item) -> None:
    place = Channel()
    place.edit_error = refusal(403, 50013)

    with pytest.raises(discord.HTTPException):
        await put(desk, place, known(item))

    assert place.sent == []
