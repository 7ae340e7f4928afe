from __future__ import annotations

import pytest

from bot.store.people import Seen
from bot.visibility import check_owner, may_find, may_see
from core.errors import NotAllowed
from core.types import Picture, PictureState, ThreadRef, UserRef

ANN, BEN = UserRef("discord", "1", "Ann"), UserRef("discord", "2", "Ben")
HERE = ThreadRef("discord", "guild", "c", "t")


def seen(thread: ThreadRef, owner: UserRef = ANN) -> Seen:
    picture = Picture("p", "c", 1, "t", None, None, None, None, "a dog", PictureState.READY)
    return Seen(picture, thread, owner)


@pytest.mark.parametrize(
    ("place", "seen_by", "found_by"),
    [
        (ThreadRef("discord", "guild", "c", "t"), True, True),
        (ThreadRef("discord", "guild", "c", ""), True, True),
        (ThreadRef("discord", "guild", "c", "other"), True, False),
        (ThreadRef("discord", "guild", "other", ""), True, False),
        (ThreadRef("discord", "elsewhere", "c", "t"), False, False),
        (ThreadRef("discord", "dm", "c", ""), False, False),
        (ThreadRef("discord", "guild", "c", "private-1"), False, False),
        (ThreadRef("slack", "guild", "C1", ""), False, False),
    ],
    ids=[
        "same thread",
        "the channel around it",
        "another thread, perhaps a private one",
        "another channel, perhaps a private one",
        "another server",
        "someone's direct messages",
        "a private answer",
        "another platform",
    ],
)
def test_other_peoples_pictures_are_used_in_their_server_and_looked_up_near_by(
    place: ThreadRef, seen_by: bool, found_by: bool
) -> None:
    assert may_see(seen(place), HERE, BEN) is seen_by
    assert may_find(seen(place), HERE, BEN) is found_by
    for may in (may_see, may_find):
        assert may(seen(place), HERE, ANN)
        assert not may(seen(place), None, BEN)


def test_threads_on_slack_are_open_to_their_channel() -> None:
    thread, other = (ThreadRef("slack", "team", "C1", stamp) for stamp in ("1.0", "2.0"))

    assert may_find(seen(thread), other, BEN)


def test_direct_messages_are_for_their_owner_also_among_direct_messages() -> None:
    discord = ThreadRef("discord", "dm", "c", "")
    slack, channel = ThreadRef("slack", "team", "D7", ""), ThreadRef("slack", "team", "C1", "")

    for may in (may_see, may_find):
        assert not may(seen(discord), discord, BEN)
        assert not may(seen(slack), channel, BEN)
    assert may_see(seen(channel), slack, BEN)  # "Send to me" brings it into one's own messages
    assert not may_find(seen(channel), slack, BEN)


def test_a_new_name_is_the_same_person() -> None:
    assert may_see(seen(HERE), None, UserRef("discord", "1", "Annabel"))


def test_only_the_owner_or_a_moderator_may() -> None:
    with pytest.raises(NotAllowed) as refused:
        check_owner(ANN, BEN, False, "Only Ann can do this.")

    assert refused.value.reply == "Only Ann can do this."
    assert check_owner(ANN, BEN, True, "") is None
    assert check_owner("discord:2", BEN, False, "") is None
