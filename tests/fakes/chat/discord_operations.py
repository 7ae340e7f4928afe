"""The table of a REST API: which function answers which operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from .calls import Call
from .discord_conformity import template_pattern

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

# gives the body of a 200, or (status, body); raises ApiError
Operation = Callable[["DiscordWorld", Call], Awaitable[Any]]
Table = dict[tuple[str, str], Operation]

CHANNEL = "/channels/{channel_id}"
MESSAGE = CHANNEL + "/messages/{message_id}"
REACTION = MESSAGE + "/reactions/{emoji_name}"
APPLICATION = "/applications/{application_id}"
HOOK = "/webhooks/{webhook_id}/{webhook_token}"
GUILD = "/guilds/{guild_id}"


class Operations:
    """Finds the operation that a request means; literal parts win over placeholders."""

    def __init__(self, *tables: Table) -> None:
        rows = [(key, operation) for table in tables for key, operation in table.items()]
        rows.sort(key=lambda row: row[0][1].count("{"))
        self._rows = [(m, template_pattern(t), t, operation) for (m, t), operation in rows]

    def find(self, method: str, path: str) -> tuple[str, dict[str, str], Operation] | None:
        for verb, pattern, template, operation in self._rows:
            found = pattern.match(path) if verb == method else None
            if found:
                return template, found.groupdict(), operation
        return None
