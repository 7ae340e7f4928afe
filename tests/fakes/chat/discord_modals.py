"""A filled-in modal: what a client sends, and what it refuses to send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .discord_files import attach
from .discord_model import Channel
from .server import Json
from .uploads import Upload, upload_of

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

ROW, STRING_SELECT, TEXT_INPUT, TEXT, LABEL = 1, 3, 4, 10, 18
FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 19, 21, 22, 23
SELECTS = (STRING_SELECT, 5, 6, 7, 8)


class ModalForm:
    """Answers a modal's components with a person's values, by custom_id."""

    def __init__(self, world: DiscordWorld, channel: Channel, modal: Json) -> None:
        self._world, self._channel, self._modal = world, channel, modal
        self._resolved: dict[str, Json] = {}

    def filled(self, values: Json) -> Json:
        """The interaction's data. Raises ValueError for what a client would not send."""
        known = {item["custom_id"] for item in _fields(self._modal["components"])}
        if not set(values) <= known:
            raise ValueError(f"modal has no fields {sorted(set(values) - known)}: {sorted(known)}")
        components = [self._answer(item, values) for item in self._modal["components"]]
        data = {"custom_id": self._modal["custom_id"], "components": components}
        return data | {"resolved": self._resolved}

    def _answer(self, item: Json, values: Json) -> Json:
        base = {"type": item["type"], "id": item.get("id") or 0}
        if item["type"] == ROW:
            return base | {"components": [self._answer(c, values) for c in item["components"]]}
        if item["type"] == LABEL:
            return base | {"component": self._answer(item["component"], values)}
        if item["type"] == TEXT:
            return base
        key = item["custom_id"]
        return base | {"custom_id": key} | self._field(item, key in values, values.get(key))

    def _field(self, item: Json, given: bool, value: Any) -> Json:
        kind = item["type"]
        if kind == TEXT_INPUT:
            return {"value": _text(item, str(value if given else item.get("value") or ""))}
        if kind == FILE_UPLOAD:
            return {"values": self._files(item, value or [])}
        if kind == RADIO_GROUP:
            return {"value": _radio(item, value if given else _defaults(item))}
        if kind == CHECKBOX:
            return {"value": bool(value if given else item.get("default"))}
        if kind in (STRING_SELECT, CHECKBOX_GROUP):
            return {"values": _choices(item, list(value or []) if given else _defaults(item))}
        return {"values": list(value or [])}

    def _files(self, item: Json, files: list[Upload | tuple[str, bytes]]) -> list[str]:
        _check_count(item, len(files))
        ids = []
        for file in files:
            wire = attach(self._world, self._channel, upload_of(file), "ephemeral-attachments")
            self._resolved.setdefault("attachments", {})[wire["id"]] = wire
            ids.append(wire["id"])
        return ids


def _fields(items: list[Json]) -> list[Json]:
    found = []
    for item in items:
        inner = item.get("components") or ([item["component"]] if "component" in item else [])
        found += _fields(inner) + ([item] if item.get("custom_id") else [])
    return found


def _defaults(item: Json) -> Any:
    chosen = [o["value"] for o in item.get("options") or [] if o.get("default")]
    if item["type"] == RADIO_GROUP:
        return chosen[0] if chosen else None
    return chosen


def _text(item: Json, value: str) -> str:
    key = item["custom_id"]
    if not value and not item.get("required", True):
        return value
    if not value:
        raise ValueError(f"modal field {key!r} is required")
    if not (item.get("min_length") or 0) <= len(value) <= (item.get("max_length") or 4000):
        raise ValueError(f"modal field {key!r}: the client would refuse {len(value)} characters")
    return value


def _radio(item: Json, value: Any) -> str | None:
    if value is None:
        if item.get("required", True):
            raise ValueError(f"modal field {item['custom_id']!r} is required")
        return None
    return _choices(item, [value])[0]


def _choices(item: Json, values: list[str]) -> list[str]:
    known = [option["value"] for option in item.get("options") or []]
    if not set(values) <= set(known):
        raise ValueError(f"{values} not among the options {known}")
    if item["type"] != RADIO_GROUP:
        _check_count(item, len(values))
    return values


def _check_count(item: Json, count: int) -> None:
    low, high = item.get("min_values"), item.get("max_values")
    if not count and not item.get("required", True):
        return
    usual_high = len(item.get("options") or []) if item["type"] == CHECKBOX_GROUP else 1
    if not (1 if low is None else low) <= count <= (usual_high if high is None else high):
        raise ValueError(f"modal field {item['custom_id']!r}: {count} values are not allowed")
