"""Who may see and do what with pictures and turns that are not his own."""

from __future__ import annotations

from bot.store.people import Seen
from core.errors import NotAllowed
from core.types import PRIVATE_THREAD, ThreadRef, UserRef


def same_person(one: UserRef, other: UserRef) -> bool:
    """Names change, ids do not."""
    return (one.platform, one.id) == (other.platform, other.id)


def may_see(seen: Seen, thread: ThreadRef | None, user: UserRef) -> bool:
    """His own, and what was painted in the same server or workspace, but in no one else's direct messages.

    For pictures pointed at by their whole id, which only who was shown the picture can do.
    """
    if same_person(seen.owner, user):
        return True
    here = thread is not None and (thread.platform, thread.workspace)
    is_here = here == (seen.thread.platform, seen.thread.workspace)
    return is_here and not is_direct(seen.thread)


def may_find(seen: Seen, thread: ThreadRef | None, user: UserRef) -> bool:
    """His own, and what was painted in the same channel and not in a thread that may be private.

    For pictures looked up by the end of their id, which can be guessed.
    """
    if same_person(seen.owner, user):
        return True
    if thread is None or _channel(thread) != _channel(seen.thread) or is_direct(seen.thread):
        return False
    # Slack's threads are open to their channel.
    return thread.platform != "discord" or seen.thread.thread in ("", thread.thread)


def _channel(thread: ThreadRef) -> tuple[str, str, str]:
    return thread.platform, thread.workspace, thread.channel


def is_direct(thread: ThreadRef) -> bool:
    """Direct messages (the workspace "dm" on Discord, channels named D... on Slack) and private answers."""
    if thread.thread.startswith(PRIVATE_THREAD):
        return True
    if thread.platform == "slack":
        return thread.channel.startswith("D")
    return thread.workspace == "dm"


def check_owner(owner: UserRef | str, user: UserRef, moderator: bool, sentence: str) -> None:
    """`owner` may be a user key. Raises `NotAllowed` with the sentence."""
    key = owner if isinstance(owner, str) else user_key(owner)
    if not moderator and key != user_key(user):
        raise NotAllowed(f"{user_key(user)} is not {key}", sentence)


def user_key(user: UserRef) -> str:
    """The unit of fairness."""
    return f"{user.platform}:{user.id}"
