"""What Easel knows -> the JSON that the page reads."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from typing import Any

from core.types import ConversationView, Part, Picture, Progress, TextPart, Turn

Json = dict[str, Any]


def present_view(conversation_id: str, view: ConversationView | None) -> Json:
    """A conversation that nobody has spoken in yet (`None`) is empty, not missing."""
    if view is None:
        return {"id": conversation_id, "title": "", "current_id": None, "turns": [], "pictures": []}
    return {
        "id": conversation_id,
        "title": view.conversation.title,
        "current_id": view.conversation.current_id,
        "names": dict(view.conversation.names),
        "turns": [present_turn(turn) for turn in view.turns],
        "pictures": [present_picture(picture) for picture in view.pictures],
    }


def present_turn(turn: Turn) -> Json:
    return {
        "id": turn.id,
        "event_id": turn.event_id,
        "user": turn.user.name,
        "text": turn.text,
        "state": turn.state,
        "press": asdict(turn.press) if turn.press else None,
        "reply_to": turn.reply_to,
        "upload_ids": turn.upload_ids,
        "parts": [_present_part(part) for part in turn.parts],
        "error": turn.error,
        "created_at": turn.created_at,
        "finished_at": turn.finished_at,
    }


def _present_part(part: Part) -> Json:
    if isinstance(part, TextPart):
        return {"text": part.text}
    return {"picture_ids": part.picture_ids, "verb": part.verb, "job_id": part.job_id}


def present_picture(picture: Picture) -> Json:
    """Everything about a picture but its conversation's inner id."""
    shown = asdict(picture) | {"recipe": None}
    del shown["conversation_id"]
    if picture.recipe:
        shown["recipe"] = json.loads(picture.recipe.to_json())
    return shown


def present_progress(progress: Progress) -> Json:
    """A preview travels as the text of a data URL."""
    shown = asdict(progress)
    del shown["thread"]
    if progress.preview:
        encoded = base64.b64encode(progress.preview).decode("ascii")
        shown["preview"] = f"data:image/jpeg;base64,{encoded}"
    return {"type": "progress", **shown}
