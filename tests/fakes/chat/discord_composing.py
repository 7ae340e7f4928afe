"""A create or edit body becomes a message, within Discord's own limits."""

from __future__ import annotations

import copy
import itertools
import re
from typing import TYPE_CHECKING, Any

from .discord_codes import COMPONENTS_V2, EPHEMERAL, HAS_THREAD, ApiError, invalid
from .discord_files import attach
from .discord_messages import Message
from .discord_model import Channel, now
from .discord_posting import mentioned, refer
from .server import Json
from .uploads import Upload

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

CONTENT, EMBEDS, ATTACHMENTS, ROWS = 2000, 6000, 10, 5
V2_COMPONENTS, V2_TEXT = 40, 4000
MEDIA_NOT_FOUND = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
CONTAINER, SEPARATOR = 17, 14
ALWAYS: dict[int, Json] = {
    CONTAINER: {"accent_color": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
}
ONLY_V2 = (9, 10, 12, 13, 14, 17)
SHOWN = ("url", "proxy_url", "width", "height", "content_type")
Files = dict[str, Upload]


class Composer:
    """Applies bodies to one message."""

    def __init__(self, world: DiscordWorld, channel: Channel, message: Message) -> None:
        self._world, self._channel, self._message = world, channel, message

    def create(self, body: Json, files: Files, limit: int) -> None:
        """Raises `ApiError`; `limit` is the largest file in bytes."""
        self._apply(body, files, limit, keep_files=False)
        if body.get("message_reference"):
            self._refer(body["message_reference"])

    def edit(self, body: Json, files: Files, limit: int) -> None:
        """Raises `ApiError` and leaves the message as it was."""
        message = self._message
        before = copy.deepcopy(dict(message)), list(message.embedded)
        try:
            self._apply(body, files, limit, keep_files="attachments" not in body)
        except ApiError:
            message.clear()
            message.update(before[0])
            message.embedded = before[1]
            raise
        message.versions.append(before[0])
        message["edited_timestamp"] = now()

    def _apply(self, body: Json, files: Files, limit: int, keep_files: bool) -> None:
        self._set_content(body)
        self._set_flags(body)
        self._set_files(body, files, limit, keep_files)
        self._set_embeds(body)
        self._set_components(body)
        self._check_kind()

    def _set_content(self, body: Json) -> None:
        message = self._message
        if "content" in body:
            message["content"] = body["content"] or ""
            message["mentions"] = mentioned(self._world, message.content)
        if len(message.content) > CONTENT:
            text = f"Must be {CONTENT} or fewer in length."
            raise invalid("content", "BASE_TYPE_MAX_LENGTH", text)

    def _set_flags(self, body: Json) -> None:
        """An edit can neither change the fixed flags nor take Components V2 back."""
        if body.get("flags") is None:
            return
        flags, fixed = self._message["flags"], HAS_THREAD | EPHEMERAL
        wanted = body["flags"]
        if flags & COMPONENTS_V2 and not wanted & COMPONENTS_V2 and self._message["components"]:
            raise invalid("flags", "MESSAGE_FLAGS_INVALID", "IS_COMPONENTS_V2 cannot be removed")
        new = wanted if self._is_new() else wanted & ~fixed
        self._message["flags"] = (flags & fixed) | new

    def _is_new(self) -> bool:
        return self._message.id not in self._channel.messages

    # -- files ----------------------------------------------------------------------------------------

    def _set_files(self, body: Json, files: Files, limit: int, keep_files: bool) -> None:
        """`attachments` of a body is the whole list; without it an edit keeps all."""
        message = self._message
        if any(len(upload.data) > limit for upload in files.values()):
            raise ApiError(413, 40005, "Request entity too large")
        # files shown inside an embed are hidden from `attachments`, but still belong to the message
        kept = {item["id"]: item for item in message.files}
        pool = list(kept.values()) if keep_files else []
        numbered = {
            int(re.sub(r"\D", "", name) or i): f for i, (name, f) in enumerate(files.items())
        }
        described: dict[int, Json] = {}
        for item in body.get("attachments") or []:
            raw = str(item["id"])
            if raw in kept:
                pool.append(kept[raw] | _described(item))
            elif int(raw) in numbered:
                described[int(raw)] = item
            else:
                text = f"Attachment {raw} not found"
                raise invalid("attachments", "ATTACHMENT_NOT_FOUND", text)
        pool += [self._attach(file, described.get(n, {})) for n, file in numbered.items()]
        hidden = set() if "embeds" in body else {item["id"] for item in message.embedded}
        message["attachments"] = [item for item in pool if item["id"] not in hidden]
        message.embedded = [item for item in pool if item["id"] in hidden]
        if len(message["attachments"]) > ATTACHMENTS:
            text = f"Must be {ATTACHMENTS} or fewer in length."
            raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", text)

    def _attach(self, file: Upload, item: Json) -> Json:
        ephemeral = self._message.ephemeral
        named = Upload(item.get("filename") or file.filename, file.data, file.content_type)
        area = "ephemeral-attachments" if ephemeral else "attachments"
        wire = attach(self._world, self._channel, named, area) | _described(item)
        return wire | {"ephemeral": True} if ephemeral else wire

    # -- embeds ---------------------------------------------------------------------------------------

    def _set_embeds(self, body: Json) -> None:
        if "embeds" not in body:
            return
        embeds = [self._embed(embed) for embed in body["embeds"] or []]
        self._message["embeds"] = embeds
        if sum(_letters(embed) for embed in embeds) > EMBEDS:
            text = f"Embed size exceeds maximum size of {EMBEDS}"
            raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", text)

    def _embed(self, embed: Json) -> Json:
        wire = {k: v for k, v in copy.deepcopy(embed).items() if v is not None} | {"type": "rich"}
        for key in ("image", "thumbnail"):
            url = (wire.get(key) or {}).get("url", "")
            if url.startswith("attachment://"):
                self._show_in_embed(wire, key, url.removeprefix("attachment://"))
        for field in wire.get("fields", []):
            field.setdefault("inline", False)
        return wire

    def _show_in_embed(self, embed: Json, key: str, name: str) -> None:
        """A file shown in an embed is not listed a second time.

        An edit that sends back the resolved link instead of attachment:// makes it appear twice.
        """
        message = self._message
        found = next((item for item in message["attachments"] if item["filename"] == name), None)
        if found is None:
            text = f"embed {key} points at attachment {name!r}, which is not on the message"
            self._world.warn(text)
            return
        message["attachments"].remove(found)
        message.embedded.append(found)
        embed[key] = {k: found[k] for k in SHOWN if k in found and k != "content_type"}

    # -- components -----------------------------------------------------------------------------------

    def _set_components(self, body: Json) -> None:
        message = self._message
        if "components" in body:
            message["components"] = _numbered(body["components"] or [])
            self._resolve_media(message["components"])
            _check_ids(message)
            self._warn_of_hidden_files()

    def _warn_of_hidden_files(self) -> None:
        """Files of a V2 message are seen only where a component shows them."""
        message = self._message
        if not message["flags"] & COMPONENTS_V2:
            return
        text = repr(message["components"])
        for item in message.files:
            if item["id"] not in text:
                self._world.warn(f"no component shows the file {item['filename']!r}")

    def _resolve_media(self, node: Any) -> None:
        """attachment:// links of components become unfurled media items."""
        if isinstance(node, list):
            for value in node:
                self._resolve_media(value)
        elif isinstance(node, dict):
            for key, value in list(node.items()):
                if key in ("media", "file") and isinstance(value, dict) and value.get("url"):
                    self._unfurl(node, key, value["url"])
                else:
                    self._resolve_media(value)

    def _unfurl(self, node: Json, key: str, url: str) -> None:
        files = self._message.files
        found = next((f for f in files if url in (f"attachment://{f['filename']}", f["url"])), None)
        if url.startswith("attachment://") and found is None:
            text = f"{key} points at {url!r}, which is not on the message"
            raise invalid("components", MEDIA_NOT_FOUND, text)
        if url.startswith(f"{self._world.url}/"):
            self._world.warn(f"{key} points at a signed link, which expires in a day")
        source = found or {"url": url, "proxy_url": url}
        node[key] = {k: source[k] for k in SHOWN if k in source} | {"id": "0", "flags": 0}
        if found:
            node[key] |= {"id": found["id"], "attachment_id": found["id"]}
        node.setdefault("spoiler", False)
        node.setdefault("description", None)
        if key == "file":
            node |= {"name": found and found["filename"], "size": found and found["size"]}

    def _check_kind(self) -> None:
        """Old-style or Components V2, but something, and within its bounds."""
        message = self._message
        if message["flags"] & COMPONENTS_V2:
            _check_v2(message)
            return
        if len(message["components"]) > ROWS:
            text = f"Must be between 1 and {ROWS} in length."
            raise invalid("components", "BASE_TYPE_BAD_LENGTH", text)
        if any(c["type"] in ONLY_V2 for c in message["components"]):
            text = "Components V2 need the IS_COMPONENTS_V2 flag"
            raise invalid("components", "UNION_TYPE_CHOICES", text)
        parts = ("content", "embeds", "attachments", "components")
        if not any(message[part] for part in parts) and not message.embedded:
            raise ApiError(400, 50006, "Cannot send an empty message")

    def _refer(self, reference: Json) -> None:
        target = self._channel.messages.get(str(reference["message_id"]))
        if target is not None and not target.deleted:
            refer(self._message, self._channel, target)
        elif reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")


def _described(item: Json) -> Json:
    return {k: item[k] for k in ("description", "title") if item.get(k)}


def _letters(embed: Json) -> int:
    size = len(embed.get("title") or "") + len(embed.get("description") or "")
    size += len((embed.get("footer") or {}).get("text") or "")
    size += len((embed.get("author") or {}).get("name") or "")
    return size + sum(len(f["name"]) + len(f["value"]) for f in embed.get("fields") or [])


def _numbered(items: list[Json]) -> list[Json]:
    """The components with the integer ids and the fields that Discord's answers always carry."""
    items = copy.deepcopy(items)
    numbers = itertools.count(1)

    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("type"), int):
                node["id"] = node.get("id") or next(numbers)
            for key in [k for k, v in node.items() if v is None]:
                del node[key]
            for value in node.values():
                walk(value)
            if isinstance(node.get("type"), int):
                node |= ALWAYS.get(node["type"], {}) | node
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(items)
    return items


def _check_ids(message: Message) -> None:
    ids = [c["custom_id"] for c in message.components() if c.get("custom_id")]
    if len(set(ids)) < len(ids):
        text = "Component custom id cannot be duplicated"
        raise invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED", text)


def _check_v2(message: Message) -> None:
    if message["content"] or message["embeds"]:
        text = "The 'content' and 'embeds' fields cannot be used when using Components V2"
        raise invalid("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    components = message.components()
    if not components:
        raise ApiError(400, 50006, "Cannot send an empty message")
    if len(components) > V2_COMPONENTS:
        text = f"The total number of components cannot exceed {V2_COMPONENTS}"
        raise invalid("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
    if sum(len(c["content"]) for c in components if c["type"] == 10) > V2_TEXT:
        text = f"The total displayable text size cannot exceed {V2_TEXT}"
        raise invalid("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
