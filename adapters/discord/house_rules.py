"""Choices of a channel or a server that this adapter honours itself."""

from __future__ import annotations

from core.ports import Desk
from core.preferences import scopes
from core.types import ThreadRef, UserRef


async def is_spoiler(desk: Desk, thread: ThreadRef, user: UserRef) -> bool:
    """True where pictures shall be hidden until they are clicked."""
    return await _choice(desk, scopes(thread, user), "spoiler") == "on"


async def presses_are_private(desk: Desk, thread: ThreadRef, user: UserRef) -> bool:
    """True where only the owner of a picture may press its buttons; people cannot choose that for themselves."""
    return await _choice(desk, scopes(thread, user)[1:], "press") == "owner"


async def _choice(desk: Desk, nearest_first: tuple[str, ...], key: str) -> str | None:
    for scope in nearest_first:
        choice = await desk.setting(scope, key)
        if choice is not None:
            return choice
    return None
