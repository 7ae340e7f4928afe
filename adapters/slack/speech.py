"""Slack's wire text as a person reads it: `<@U1>`, `<#C1|art>`, `<https://x|x>`, `&lt;` undone.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"<([^<>\n]*)>")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>\n]*)?>")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))


def mentioned(text: str) -> tuple[str, ...]:
    """Ids of the people a text mentions, in order, each once."""
    return tuple(dict.fromkeys(_MENTION.findall(text)))


def without_mention(text: str, user: str) -> str:
    """The text without any mention of this user."""
    return re.sub(rf"<@{re.escape(user)}(?:\|[^<>\n]*)?>", " ", text).strip()


def plain(text: str, names: Mapping[str, str] | None = None) -> str:
    """The words; `names` are those of the people mentioned, by id."""
    shown = _REFERENCE.sub(lambda found: _words(found[1], names or {}), text)
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], shown)


def _words(reference: str, names: Mapping[str, str]) -> str:
    target, _, label = reference.partition("|")
    if target.startswith("@"):
        return "@" + (names.get(target[1:]) or label or "someone")
    if target.startswith("#"):
        return "#" + (label or "a channel")
    if target.startswith("!"):
        return label or "@" + target[1:].split("^")[0]
    return label if label and target.startswith("mailto:") else target
