from __future__ import annotations

import pytest

from bot.store.people import Seen
from bot.visibility import check_owner, may_see
from core.errors import NotAllowed
from core.types import Picture, PictureState, ThreadRef, UserRef

ANN, BEN = UserRef("discord", "1", "Ann"), UserRef("discord", "2", "Ben")
HERE = ThreadRef("discord", "guild", "c", "t")


def seen(thread: ThreadRef, owner: UserRef = ANN) -> Seen:
    picture = Picture("p", "c", 1, "t", None, None, None, None, "a dog", PictureState.READY)
    return Seen(picture, thread, owner)


@pytest.mark.parametrize(
    ("place", "fine"),
    [
        (ThreadRef("discord", "guild", "c", "other"), True),
        (ThreadRef("discord", "guild", "other", "t"), False),
        (ThreadRef("discord", "elsewhere", "c", "t"), False),
        (ThreadRef("discord", "dm", "c", ""), False),
        (ThreadRef("discord", "guild", "c", "private-1"), False),
        (ThreadRef("slack", "guild", "C1", ""), False),
    ],
    ids=[
        "same channel",
        "another channel, perhaps a private one",
        "another server",
        "someone's direct messages",
        "a private answer",
        "another platform",
    ],
)
def test_other_peoples_pictures_are_seen_in_the_same_channel_only(
    place: ThreadRef, fine: bool
) -> None:
    assert may_see(seen(place), HERE, BEN) is fine
    assert may_see(seen(place), HERE, ANN)
    assert not may_see(seen(place), None, BEN)


def test_direct_messages_are_for_their_owner_also_among_direct_messages() -> None:
    discord = ThreadRef("discord", "dm", "c", "")
    slack = ThreadRef("slack", "team", "D7", "")

    assert not may_see(seen(discord), discord, BEN)
    assert not may_see(seen(slack), ThreadRef("slack", "team", "C1", ""), BEN)
    assert not may_see(seen(ThreadRef("slack", "team", "C1", "")), slack, BEN)
    assert may_see(seen(ThreadRef("slack", "team", "D7", "")), slack, ANN)


def test_a_new_name_is_the_same_person() -> None:
    assert may_see(seen(HERE), None, UserRef("discord", "1", "Annabel"))


def test_only_the_owner_or_a_moderator_may() -> None:
    with pytest.raises(NotAllowed) as refused:
        check_owner(ANN, BEN, False, "Only Ann can do this.")

    assert refused.value.reply == "Only Ann can do this."
    assert check_owner(ANN, BEN, True, "") is None
    assert check_owner("discord:2", BEN, False, "") is None
