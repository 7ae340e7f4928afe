"""What a person's choice looks like in an action, or in the state of a view."""

from __future__ import annotations

from typing import Any

from .server import Json
from .slack_messages import View

ONE = ("static_select", "external_select", "radio_buttons", "overflow")
MANY = ("multi_static_select", "multi_external_select", "checkboxes")
SIMPLE = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}
TYPED = ("plain_text_input", "number_input", "email_text_input", "url_text_input")
INITIAL = {
    "initial_option": "selected_option",
    "initial_options": "selected_options",
    "initial_value": "value",
    "initial_user": "selected_user",
    "initial_channel": "selected_channel",
    "initial_conversation": "selected_conversation",
}
LONGEST_INPUT = 3000


def chosen(item: Json, value: Any) -> Json:
    """Raises ValueError for what the element does not offer."""
    kind = item["type"]
    if kind in ONE:
        return {"selected_option": _option(item, value)}
    if kind in MANY:
        return {"selected_options": [_option(item, v) for v in value or []]}
    if kind in SIMPLE:
        return {SIMPLE[kind]: value}
    if kind in TYPED:
        return {"value": None if value is None else str(value)}
    return {"files": value or []} if kind == "file_input" else {}


def _option(item: Json, value: Any) -> Json | None:
    if value is None:
        return None
    if item["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    options = list(item.get("options") or [])
    for group in item.get("option_groups") or []:
        options += group["options"]
    for option in options:
        if option["value"] == value:
            return dict(option)
    raise ValueError(f"{value!r} is not among the options {[o['value'] for o in options]}")


def _initial(item: Json) -> Json:
    for key, target in INITIAL.items():
        if key in item:
            return {target: item[key]}
    return chosen(item, None)


def fill_in(view: View, values: Json) -> None:
    """Puts values, by action_id or block_id, into a view's state. Raises ValueError as a client would refuse."""
    left = dict(values)
    for block in view.blocks:
        if block["type"] == "input":
            answer = _answer(block, left)
            inputs = view.state["values"].setdefault(block["block_id"], {})
            inputs[block["element"]["action_id"]] = {"type": block["element"]["type"]} | answer
    if left:
        raise ValueError(f"the view has no inputs {sorted(left)}")


def _answer(block: Json, left: Json) -> Json:
    item, name = block["element"], block["block_id"]
    key = next((k for k in (item["action_id"], name) if k in left), None)
    answer = chosen(item, left.pop(key)) if key else _initial(item)
    if not block.get("optional") and not any(answer.values()):
        raise ValueError(f"input {name!r} is required")
    limit = item.get("max_length", LONGEST_INPUT)
    if item["type"] in TYPED and len(answer.get("value") or "") > limit:
        raise ValueError(f"input {name!r}: too long for the client")
    return answer
