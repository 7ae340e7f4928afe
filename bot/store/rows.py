"""Rows of the database as the data of `core.types`, and back.

A conversation's view turns a hundred rows into objects, so this is written for speed: rows are plain tuples in the
order of the column lists, and the JSON of many rows is read at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.painting.recipe import Recipe, Technique
from core.types import (
    Conversation,
    Job,
    JobState,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    Press,
    TextPart,
    ThreadRef,
    Turn,
    TurnState,
    UserRef,
    Verb,
)

to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

CONVERSATION_COLUMNS = (
    "id, platform, workspace, channel, thread, title, current_id, names, created_at"
)
TURN_COLUMNS = (
    "id, conversation_id, event_id, user_platform, user_id, user_name, text, state, press,"
    " reply_to, upload_ids, parts, error, created_at, finished_at, origin, adult"
)
PICTURE_COLUMNS = (
    "id, conversation_id, number, turn_id, job_id, parent_id, verb, recipe, caption, state,"
    " sha256, width, height, seconds, created_at"
)
JOB_COLUMNS = (
    "id, conversation_id, turn_id, user_key, picture_ids, recipes, state, after, interactive,"
    " attempts, owner, lease_until, error, created_at, seconds"
)
Row = tuple[Any, ...]

# A look-up here takes a third of the time of a call such as `Verb("edit")`.
_VERBS = {str(verb): verb for verb in Verb}
_TURN_STATES = {str(state): state for state in TurnState}
_PICTURE_STATES = {str(state): state for state in PictureState}
_TECHNIQUES = {str(technique): technique for technique in Technique}


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A painted picture that lies in `PictureFiles` already."""

    picture_id: str
    sha256: str
    width: int
    height: int


def conversation_of(row: Row) -> Conversation:
    key, platform, workspace, channel, thread, title, current_id, names, created_at = row
    place = ThreadRef(platform, workspace, channel, thread)
    return Conversation(key, place, title, current_id, json.loads(names), created_at)


def turns_of(rows: Sequence[Row]) -> list[Turn]:
    return [_turn_of(row, parts) for row, parts in zip(rows, _loads(rows, 11), strict=True)]


def _turn_of(row: Row, parts: Any) -> Turn:
    (key, conversation_id, event_id, user_platform, user_id, user_name, text, state, press,
     reply_to, upload_ids, _, error, created_at, finished_at, origin, adult) = row  # fmt: skip
    return Turn(
        key,
        conversation_id,
        event_id,
        UserRef(user_platform, user_id, user_name),
        text,
        _TURN_STATES[state],
        press_of(press) if press else None,
        reply_to,
        () if upload_ids == "[]" else tuple(json.loads(upload_ids)),
        tuple([_part_of(part) for part in parts]),
        error,
        created_at,
        finished_at,
        origin,
        bool(adult),
    )


def press_json(press: Press | None) -> str | None:
    if press is None:
        return None
    return json.dumps([press.verb, press.picture_id, press.text, press.others, press.region])


def press_of(text: str) -> Press:
    verb, picture_id, words, *later = json.loads(text)  # the oldest rows hold these three only
    others, region = later or ((), "")
    return Press(_VERBS[verb], picture_id, words, tuple(others), region)


def parts_json(parts: Iterable[Part]) -> str:
    return to_json([_part_fields(part) for part in parts])


def _part_fields(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"text": part.text}
    return {"pictures": part.picture_ids, "verb": part.verb, "job": part.job_id}


def _part_of(fields: dict[str, Any]) -> Part:
    if "text" in fields:
        return TextPart(fields["text"])
    return PicturesPart(tuple(fields["pictures"]), _VERBS[fields["verb"]], fields["job"])


def pictures_of(rows: Sequence[Row]) -> list[Picture]:
    return [_picture_of(row, recipe) for row, recipe in zip(rows, _loads(rows, 7), strict=True)]


def _picture_of(row: Row, recipe: Any) -> Picture:
    (key, conversation_id, number, turn_id, job_id, parent_id, verb, _, caption, state,
     sha256, width, height, seconds, created_at) = row  # fmt: skip
    return Picture(
        key,
        conversation_id,
        number,
        turn_id,
        job_id,
        parent_id,
        _VERBS[verb] if verb else None,
        _recipe_of(recipe) if recipe else None,
        caption,
        _PICTURE_STATES[state],
        sha256,
        width,
        height,
        seconds,
        created_at,
    )


def _recipe_of(fields: dict[str, Any]) -> Recipe:
    fields["technique"] = _TECHNIQUES[fields["technique"]]
    return Recipe(**fields)


def recipes_json(recipes: Iterable[Recipe]) -> str:
    return "[" + ",".join([recipe.to_json() for recipe in recipes]) + "]"


def job_of(row: Row) -> Job:
    (key, conversation_id, turn_id, user_key, picture_ids, recipes, state, after, interactive,
     attempts, owner, lease_until, error, created_at, seconds) = row  # fmt: skip
    return Job(
        key,
        conversation_id,
        turn_id,
        user_key,
        tuple(json.loads(picture_ids)),
        tuple(_recipe_of(fields) for fields in json.loads(recipes)),
        JobState(state),
        after,
        bool(interactive),
        attempts,
        owner,
        lease_until,
        error,
        created_at,
        seconds,
    )


def _loads(rows: Sequence[Row], column: int) -> list[Any]:
    """The JSON of one column in all rows, NULL as None, in one go."""
    found: list[Any] = json.loads("[" + ",".join([row[column] or "null" for row in rows]) + "]")
    return found


def marks(values: Sequence[object]) -> str:
    """`?,?,?` for an IN list."""
    return ",".join("?" * len(values))
