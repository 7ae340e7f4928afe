"""Small private layouts: a sentence and a few buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from discord import ui

PER_ROW = 5


def panel(text: str, buttons: Sequence[ui.Button[Any]] = ()) -> ui.LayoutView:
    """Text, and rows of buttons under it."""
    view = Panel()
    view.add_item(ui.TextDisplay(text))
    for start in range(0, len(buttons), PER_ROW):
        view.add_item(ui.ActionRow(*buttons[start : start + PER_ROW]))
    return view


class Panel(ui.LayoutView):
    """A layout that discord.py does not remember: presses find their way by what the buttons carry."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    def is_finished(self) -> bool:
        return True
