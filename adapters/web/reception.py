"""What the page sends -> checked values. Whatever is wrong ends in a sentence and a 4xx, never in a 500."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from aiohttp import BodyPartReader, ClientPayloadError, MultipartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from core.types import Attachment, Press, Verb

JSON_LIMIT = 256 * 1024  # bytes; room for a text far too long, which the desk refuses by name
ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
FORM_LIMIT = 16  # parts of one upload
BUTTONS = frozenset(Verb) - {Verb.GENERATE, Verb.NAME}  # those begin with words, not with a picture


@dataclass(frozen=True, slots=True)
class Message:
    event_id: str
    text: str = ""
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    event_id: str
    press: Press


async def read_message(request: web.Request, upload_limit: int) -> Message:
    """A message as JSON, or as a form with files of at most `upload_limit` bytes together."""
    if request.content_type == "multipart/form-data":
        fields, files = await _read_form(request, upload_limit)
    else:
        fields, files = await _read_json(request), ()
    text = _text(fields, "text").strip()
    if not text and not files:
        _refuse("There is nothing in this message.")
    reply_to = _text(fields, "reply_to") or None
    return Message(_event_id(fields), text, reply_to, files)


async def read_press(request: web.Request) -> Pressed:
    fields = await _read_json(request)
    verb = _text(fields, "verb")
    if verb not in BUTTONS:
        _refuse("There is no such button.")
    picture_id = _text(fields, "picture_id")
    if not picture_id:
        _refuse("The button does not say which picture it is for.")
    return Pressed(_event_id(fields), Press(Verb(verb), picture_id, _text(fields, "text").strip()))


async def _read_json(request: web.Request) -> Mapping[str, Any]:
    body = await _bounded(request)
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        _refuse("This is not JSON.")
    if not isinstance(fields, dict):
        _refuse("A JSON object is needed here.")
    return fields


async def _bounded(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > JSON_LIMIT:
            raise _too_large("This message is far too long.", JSON_LIMIT)
    return bytes(body)


async def _read_form(
    request: web.Request, limit: int
) -> tuple[Mapping[str, str], tuple[Attachment, ...]]:
    if (request.content_length or 0) > limit + JSON_LIMIT:
        raise _files_too_large(limit)
    try:
        return await _read_parts(await request.multipart(), limit)
    except (ValueError, LookupError, RuntimeError, HttpProcessingError, ClientPayloadError):
        _refuse("This upload is damaged; please try again.")


async def _read_parts(
    reader: MultipartReader, limit: int
) -> tuple[dict[str, str], tuple[Attachment, ...]]:
    fields: dict[str, str] = {}
    files: list[Attachment] = []
    left = limit
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or len(fields) + len(files) >= FORM_LIMIT:
            _refuse("This upload has too many parts.")
        data = await _read_part(part, left, limit)
        if part.filename:
            left -= len(data)
            files.append(Attachment(part.filename[:200], data))
        elif part.name:
            fields[part.name] = data.decode()
    return fields, tuple(files)


async def _read_part(part: BodyPartReader, left: int, limit: int) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk():
        data += chunk
        if len(data) > left:
            raise _files_too_large(limit)
    return bytes(data)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        _refuse(f"'{name}' must be text.")
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can write it, no one can store it
        _refuse(f"'{name}' holds broken characters.")
    return value


def _event_id(fields: Mapping[str, Any]) -> str:
    event_id = _text(fields, "event_id")
    if not ID.fullmatch(event_id):
        _refuse("'event_id' must be 16 to 64 letters, digits, '-' or '_'.")
    return event_id


def _refuse(sentence: str) -> NoReturn:
    raise web.HTTPBadRequest(text=sentence)


def _files_too_large(limit: int) -> web.HTTPRequestEntityTooLarge:
    return _too_large(f"The files are larger than {limit // 2**20} MB together.", limit)


def _too_large(sentence: str, limit: int) -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=limit + 1, text=sentence)
