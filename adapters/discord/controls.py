"""The rows of buttons under pictures, and the "More" menu. Pure: what is pressed is `presses`' business."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from discord import ButtonStyle, SelectOption, ui

from adapters.discord.identifiers import Carried
from core.types import Picture

PER_ROW = 5
VARIED_IN_ROW = 5  # pictures that get a "Vary" button each

Row = ui.ActionRow[Any]

MORE = (  # value, label, emoji; the values are verbs of `presses`
    ("vary-strong", "Vary strongly", "🌀"),
    ("prompt", "Exact prompt…", "📝"),
    ("region", "Change one region…", "🖌️"),
    ("reference", "Use as reference…", "🎨"),
    ("describe", "Describe", "💬"),
    ("send", "Send to me", "✉️"),
    ("favourite", "Favourite", "⭐"),
    ("delete", "Delete…", "🗑️"),
)


def button(
    carried: Carried, label: str, emoji: str = "", style: ButtonStyle = ButtonStyle.secondary
) -> ui.Button[Any]:
    return ui.Button(label=label, emoji=emoji or None, style=style, custom_id=str(carried))


def cancel_row(turn_id: str) -> Row:
    return ui.ActionRow(button(Carried("cancel", turn_id), "Cancel", "✖️"))


def talk_row(turn_id: str, *, retry: bool = False, tell_me: bool = False) -> list[Row]:
    """What an answer without pictures offers; no row when that is nothing."""
    buttons = []
    if retry:
        retry_button = button(Carried("retry", turn_id), "Try again", "🔁", ButtonStyle.primary)
        buttons.append(retry_button)
    if tell_me:
        buttons.append(button(Carried("tell", turn_id), "Tell me…", "💬"))
    return [ui.ActionRow(*buttons)] if buttons else []


def picture_rows(pictures: Sequence[Picture], tell_me: str = "") -> list[Row]:
    """Everything that can be done with the pictures of one message, at most ten. `tell_me`: the turn's id where
    people must press a button to talk.
    """
    if not pictures:
        return []
    buttons = _single(pictures[0]) if len(pictures) == 1 else _several(pictures)
    last = [button(Carried("tell", tell_me), "Tell me…", "💬")] if tell_me else []
    rows = [*buttons[:-1], [*buttons[-1], *last]]
    return [*(ui.ActionRow(*row) for row in rows), ui.ActionRow(_more(pictures))]


def row_components(pictures: Sequence[Picture], tell_me: bool) -> int:
    """How many components `picture_rows` will take."""
    return sum(1 + len(row.children) for row in picture_rows(pictures, "x" if tell_me else ""))


def _single(picture: Picture) -> list[list[ui.Button[Any]]]:
    id = picture.id
    first = [
        button(Carried("edit", id), "Edit…", "✏️", ButtonStyle.primary),
        button(Carried("vary", id, "subtle"), "Vary", "🎲"),
        button(Carried("vary", id, "strong"), "Vary strongly", "🌀"),
        button(Carried("region", id), "Region…", "🖌️"),
        button(Carried("refine", id), "Refine", "✨"),
    ]
    second = [button(Carried("again", id), "Again", "🔁")] if picture.recipe else []
    return [first, [*second, *_record(picture)]]


def _several(pictures: Sequence[Picture]) -> list[list[ui.Button[Any]]]:
    """Verbs that need one picture carry the first one's id and ask which (argument "which")."""
    first = pictures[0].id
    picks = [
        button(Carried("select", p.id), str(p.number), "", ButtonStyle.primary) for p in pictures
    ]
    again = [button(Carried("again", first), "Again", "🔁")] if pictures[0].recipe else []
    if len(pictures) <= VARIED_IN_ROW:
        varied = [button(Carried("vary", p.id, "subtle"), f"Vary {p.number}") for p in pictures]
    else:
        varied = [button(Carried("vary", first, "which"), "Vary…", "🎲")]
    verbs = [
        button(Carried("refine", first, "which"), "Refine…", "✨"),
        button(Carried("edit", first, "which"), "Edit…", "✏️"),
        button(Carried("details", first, "which"), "Details…", "ℹ️"),
        *_undo(pictures[0]),
    ]
    return [*_filled([*picks, *again]), varied, verbs]


def _record(picture: Picture) -> list[ui.Button[Any]]:
    return [button(Carried("details", picture.id), "Details", "ℹ️"), *_undo(picture)]


def _undo(picture: Picture) -> list[ui.Button[Any]]:
    return [button(Carried("undo", picture.id), "Undo", "↩️")] if picture.parent_id else []


def _filled(buttons: Sequence[ui.Button[Any]]) -> Iterator[list[ui.Button[Any]]]:
    for start in range(0, len(buttons), PER_ROW):
        yield list(buttons[start : start + PER_ROW])


def _more(pictures: Sequence[Picture]) -> ui.Select[Any]:
    """Nothing chosen is allowed: so one entry can be chosen twice in a row."""
    painted = any(p.recipe for p in pictures)
    options = [
        SelectOption(label=label, value=value, emoji=emoji)
        for value, label, emoji in MORE
        if painted or value != "prompt"
    ]
    return ui.Select(
        custom_id=str(Carried("more", pictures[0].id)),
        placeholder="More…",
        min_values=0,
        required=False,
        max_values=1,
        options=options,
    )
