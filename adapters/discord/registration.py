"""The commands as Discord knows them: sent only when they changed, since an application may do so rarely."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

from discord import app_commands

from core.ports import Desk

log = logging.getLogger(__name__)

KEY = "commands"


async def register_changed(tree: app_commands.CommandTree[Any], desk: Desk) -> bool:
    """True: the commands were sent. Raises `discord.HTTPException`."""
    scope = f"application:discord:{tree.client.application_id}"
    wanted = await fingerprint(tree)
    if await desk.setting(scope, KEY) == wanted and await _all_there(tree):
        return False
    await tree.sync()
    await desk.set_setting(scope, KEY, wanted)
    log.info("the commands were registered with Discord")
    return True


async def fingerprint(tree: app_commands.CommandTree[Any]) -> str:
    """The same for the same commands, with all their translations."""
    translator = tree.translator
    payload = [
        await c.get_translated_payload(tree, translator) if translator else c.to_dict(tree)
        for c in tree.get_commands()
    ]
    text = json.dumps(payload, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


async def _all_there(tree: app_commands.CommandTree[Any]) -> bool:
    """False when somebody took commands away, or the application was made anew."""
    known = {(command.type.value, command.name) for command in await tree.fetch_commands()}
    return known == {(_kind(command), command.name) for command in tree.get_commands()}


def _kind(command: object) -> int:
    is_menu = isinstance(command, app_commands.ContextMenu)
    return command.type.value if is_menu else 1  # type: ignore[attr-defined]
