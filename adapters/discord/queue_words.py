"""The queue as a private panel: one's own orders with buttons to stop them, other people's without their words."""

from __future__ import annotations

from collections.abc import Sequence

from discord import ui

from adapters.discord.controls import button
from adapters.discord.identifiers import Carried
from adapters.discord.panels import panel
from adapters.discord.texts import plain
from core.types import QueueEntry, UserRef

LINES = 20
BUTTONS = 10
CAPTION_CHARACTERS = 100


def queue_panel(
    entries: Sequence[QueueEntry], user: UserRef, overseer: bool = False
) -> ui.LayoutView:
    """`overseer`: sees every wish and may stop it."""
    if not entries:
        return panel("Nothing is waiting. What shall I paint?")
    key = f"{user.platform}:{user.id}"
    lines = [
        _line(place, entry, overseer or entry.user_key == key)
        for place, entry in enumerate(entries[:LINES], start=1)
    ]
    if len(entries) > LINES:
        lines.append(f"-# and {len(entries) - LINES} more")
    buttons = {
        entry.turn_id: button(Carried("cancel", entry.turn_id), f"Stop {place}", "✖️")
        for place, entry in enumerate(entries[:LINES], start=1)
        if overseer or entry.user_key == key
    }
    return panel("\n".join(lines), list(buttons.values())[:BUTTONS])


def _line(place: int, entry: QueueEntry, in_full: bool) -> str:
    what = plain(entry.caption, CAPTION_CHARACTERS) if in_full else "somebody else's"
    state = "being painted" if entry.running else "waiting"
    verb = "done in" if entry.running else "starts in"
    when = "" if entry.wait_s is None else f", {verb} about {max(1, round(entry.wait_s))} s"
    return f"{place}. {what} · {state}{when}"
