"""What a button, a menu or a feedback button asks for, read from what Slack sends. They carry only verbs and ids.

`action_id` is `easel:<verb>:<n>`; a button's value is `<id>[:<argument>]`, a menu's `<verb>:<id>[:<argument>]`. So a
card works for ever: nothing about it is kept in memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ACTION_ID = re.compile(r"^easel:")
OLD_CARD = (
    "This button was made by another version of Easel and I cannot read it. "
    "`/easel show <id>` gives you the picture with fresh buttons."
)


class Knob(StrEnum):
    """What can be pressed. The id is a picture's unless said otherwise."""

    # presses: a turn of the conversation
    SELECT = "select"
    VARY = "vary"
    REFINE = "refine"
    AGAIN = "again"
    UNDO = "undo"
    DESCRIBE = "describe"
    RETRY = "retry"  # a turn's id
    # dialogs
    EDIT = "edit"
    REGION = "region"
    PROMPT = "prompt"
    REFERENCE = "reference"
    DETAILS = "details"
    # at once
    SEND = "send"
    FAVOURITE = "favourite"
    FEEDBACK = "feedback"  # several pictures' ids, and "good" or "bad"
    DELETE = "delete"
    CANCEL = "cancel"  # a turn's id
    # of the App Home and the settings
    SET = "set"  # a setting's key, and the value
    EXPORT = "export"  # no id
    FORGET = "forget"  # no id
    MORE = "more"  # a menu of the above
    DOTS = "dots"  # the same behind three dots


_SENT = f"{Knob.SEND}:"  # every picture of a card has this entry in a menu


@dataclass(frozen=True, slots=True)
class Asked:
    knob: Knob
    subject: str  # an id; "" where none is needed
    argument: str = ""


def action_id(knob: Knob, number: int = 0) -> str:
    return f"easel:{knob}:{number}"


def value(subject: str, argument: str = "") -> str:
    return f"{subject}:{argument}" if argument else subject


def choice(knob: Knob, subject: str, argument: str = "") -> str:
    return f"{knob}:{value(subject, argument)}"


def read(action: Mapping[str, Any]) -> Asked | None:
    """What one entry of a payload's `actions` asks for; None: made by another version."""
    verb = str(action.get("action_id", "")).split(":")[1:2]
    text = _value_of(action)
    if not verb or verb[0] not in frozenset(Knob) or text is None:
        return None
    if verb[0] in (Knob.MORE, Knob.DOTS):
        head, _, text = text.partition(":")
        if head not in frozenset(Knob) - {Knob.MORE, Knob.DOTS}:
            return None
        verb = [head]
    subject, _, argument = text.partition(":")
    return Asked(Knob(verb[0]), subject, argument)


def pictures_on(message: Mapping[str, Any]) -> list[str]:
    """The ids of the pictures on a card of ours, in order, as its menus name them."""
    elements = [e for block in message.get("blocks") or () for e in block.get("elements") or ()]
    menus = [e for e in elements if e.get("action_id") == action_id(Knob.MORE)]
    groups = [g for menu in menus for g in menu.get("option_groups") or [menu]]
    values = [str(o.get("value", "")) for g in groups for o in g.get("options") or ()]
    return [v.removeprefix(_SENT) for v in values if v.startswith(_SENT)]


def _value_of(action: Mapping[str, Any]) -> str | None:
    option = action.get("selected_option")
    found = option.get("value") if isinstance(option, Mapping) else action.get("value")
    return found if isinstance(found, str) else None
