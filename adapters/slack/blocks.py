"""Block Kit's bricks, each kept inside Slack's limits. Pure: dictionaries in the form of the wire.

Limits: https://docs.slack.dev/reference/block-kit
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.slack.mrkdwn import clip

Block = dict[str, Any]

SECTION = 3000  # characters of a text object
ALT = 2000
LABEL = 75  # of a button or an option
MODAL_TITLE = 24
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100


def plain(text: str, limit: int = LABEL) -> Block:
    return {"type": "plain_text", "text": clip(text, limit) or " ", "emoji": True}


def mrkdwn(text: str) -> Block:
    """`text` is mrkdwn already, at most 3,000 characters; Slack makes no links or mentions of its own in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block | ({"accessory": accessory} if accessory else {})


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, 150)}


def divider() -> Block:
    return {"type": "divider"}


def image(file_id: str, alt: str, title: str = "") -> Block:
    """A picture that was uploaded to Slack before."""
    block: Block = {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": clip(alt, ALT) or "A picture",
    }
    return block | ({"title": plain(title, 200)} if title else {})


def actions(block_id: str, elements: Sequence[Block]) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(
    label: str, action_id: str, value: str, style: str = "", confirm: Block | None = None
) -> Block:
    """`style`: "", "primary" or "danger"."""
    block: Block = {
        "type": "button",
        "text": plain(label),
        "action_id": action_id,
        "value": value,
    }
    block |= {"style": style} if style else {}
    return block | ({"confirm": confirm} if confirm else {})


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }


def option(label: str, value: str) -> Block:
    return {"text": plain(label), "value": value}


def select(
    action_id: str,
    placeholder: str,
    options: Sequence[Block] = (),
    groups: Mapping[str, Sequence[Block]] | None = None,
    chosen: str | None = None,
) -> Block:
    """A menu of `options`, or of titled `groups` of them; `chosen` is the value that shows at first."""
    block: Block = {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder, 150),
    }
    if groups:
        block["option_groups"] = [
            {"label": plain(title), "options": list(inside)} for title, inside in groups.items()
        ]
    else:
        block["options"] = list(options)
    return block | _initial(options, chosen)


def radio(action_id: str, options: Sequence[Block], chosen: str | None = None) -> Block:
    block: Block = {"type": "radio_buttons", "action_id": action_id, "options": list(options)}
    return block | _initial(options, chosen)


def entry(
    block_id: str, label: str, element: Block, hint: str = "", optional: bool = False
) -> Block:
    """An input of a modal."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label, 200),
        "element": element,
        "optional": optional,
    }
    return block | ({"hint": plain(hint, 500)} if hint else {})


def text_input(action_id: str, limit: int, initial: str = "", example: str = "") -> Block:
    block: Block = {
        "type": "plain_text_input",
        "action_id": action_id,
        "multiline": True,
        "max_length": min(limit, 3000),  # Slack's own bound
    }
    block |= {"initial_value": initial[: min(limit, 3000)]} if initial else {}
    return block | ({"placeholder": plain(example, 150)} if example else {})


def modal(
    callback_id: str, title: str, blocks: Iterable[Block], submit: str = "", memory: str = ""
) -> Block:
    """A dialog; `memory` comes back with its submission (ids only, at most 3,000 characters)."""
    view: Block = {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain(title, MODAL_TITLE),
        "close": plain("Cancel" if submit else "Close", MODAL_TITLE),
        "blocks": list(blocks),
        "private_metadata": memory,
    }
    return view | ({"submit": plain(submit, MODAL_TITLE)} if submit else {})


def _initial(options: Sequence[Block], chosen: str | None) -> Block:
    found = next((o for o in options if o["value"] == chosen), None)
    return {"initial_option": found} if found else {}
