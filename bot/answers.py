"""Answers put together from what is stored."""

from __future__ import annotations

from bot.store.store import Store
from core.types import Answer, PicturesPart


async def answer_of(store: Store, turn_id: str, key: str, doubtful: bool = False) -> Answer | None:
    """The turn as it is now, with its pictures and what they were made from; None when it was forgotten."""
    turn = await store.turn(turn_id)
    conversation = await store.conversation(turn.conversation_id) if turn else None
    if turn is None or conversation is None:
        return None
    shown = [i for part in turn.parts if isinstance(part, PicturesPart) for i in part.picture_ids]
    pictures = tuple(await store.pictures(shown))
    came_from = {p.parent_id: None for p in pictures if p.parent_id}
    parents = tuple(await store.pictures(list(came_from)))
    return Answer(key, conversation.thread, turn, pictures, doubtful, parents)
