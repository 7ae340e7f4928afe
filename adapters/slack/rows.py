"""The rows of buttons under pictures: what can be done with one picture, or with a few painted together."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.slack import blocks
from adapters.slack.blocks import Block
from adapters.slack.knobs import Knob, action_id, choice, value
from core.types import Picture

ROW = 4  # pictures that share rows: Slack shows five buttons beside each other
_MENU = (
    (Knob.EDIT, "Edit…"),
    (Knob.REFINE, "Refine"),
    (Knob.REGION, "Change a part…"),
    (Knob.PROMPT, "Exact prompt…"),
    (Knob.REFERENCE, "Use as reference…"),
    (Knob.DESCRIBE, "Describe"),
    (Knob.DETAILS, "Details"),
    (Knob.SEND, "Send to me"),
    (Knob.FAVOURITE, "Favourite"),
)
_ON_A_SINGLE_CARD = frozenset({Knob.EDIT, Knob.REFINE, Knob.DETAILS})  # there as buttons


def picture_rows(prefix: str, pictures: Sequence[Picture]) -> list[Block]:
    """The action blocks of one to four pictures that can be seen; `prefix` makes their block ids unique."""
    if len(pictures) == 1:
        return _single(prefix, pictures[0])
    first = pictures[0].id
    picks = [_numbered(Knob.SELECT, "Pick", n, p) for n, p in enumerate(pictures, 1)]
    varied = [_numbered(Knob.VARY, "Vary", n, p, "subtle") for n, p in enumerate(pictures, 1)]
    return [
        blocks.actions(f"{prefix}:pick", [*picks, _button(Knob.AGAIN, "Again", first)]),
        blocks.actions(f"{prefix}:vary", [*varied, *_undo(pictures[0])]),
        blocks.actions(f"{prefix}:more", [_menu(pictures), _dots(pictures)]),
    ]


def _undo(picture: Picture) -> list[Block]:
    """A way back, where the picture was made from another."""
    return [_button(Knob.UNDO, "Undo", picture.id)] if picture.parent_id is not None else []


def feedback_row(prefix: str, picture_ids: Sequence[str]) -> Block:
    """👍 and 👎 for all pictures of an answer together."""
    ids = ",".join(picture_ids)
    return {
        "type": "context_actions",
        "block_id": f"{prefix}:feedback",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": action_id(Knob.FEEDBACK),
                "positive_button": _thumb("👍", "Good", value(ids, "good")),
                "negative_button": _thumb("👎", "Not good", value(ids, "bad")),
            }
        ],
    }


def _single(prefix: str, picture: Picture) -> list[Block]:
    return [
        blocks.actions(
            f"{prefix}:change",
            [
                _button(Knob.EDIT, "Edit…", picture.id, style="primary"),
                _button(Knob.VARY, "Vary a little", picture.id, "subtle", number=1),
                _button(Knob.VARY, "Vary a lot", picture.id, "strong", number=2),
                _button(Knob.REFINE, "Refine", picture.id),
                _button(Knob.AGAIN, "Again", picture.id),
            ],
        ),
        blocks.actions(
            f"{prefix}:more",
            [
                _button(Knob.DETAILS, "Details", picture.id),
                *_undo(picture),
                _menu([picture]),
                _dots([picture]),
            ],
        ),
    ]


def _numbered(knob: Knob, word: str, n: int, picture: Picture, argument: str = "") -> Block:
    label = f"{word} {picture.number}"
    return _button(knob, label, picture.id, argument, number=n)


def _button(
    knob: Knob, label: str, subject: str, argument: str = "", number: int = 0, style: str = ""
) -> Block:
    return blocks.button(label, action_id(knob, number), value(subject, argument), style)


def _menu(pictures: Sequence[Picture]) -> Block:
    if len(pictures) == 1:
        items = [(k, label) for k, label in _MENU if k not in _ON_A_SINGLE_CARD]
        options = [blocks.option(label, choice(k, pictures[0].id)) for k, label in items]
        return blocks.select(action_id(Knob.MORE), "More…", options)
    groups = {
        f"Picture {p.number}": [
            blocks.option(f"{label} ({p.number})", choice(k, p.id)) for k, label in _MENU
        ]
        for p in pictures
    }
    return blocks.select(action_id(Knob.MORE), "More…", groups=groups)


def _dots(pictures: Sequence[Picture]) -> Block:
    """Only deletions live behind the dots: Slack asks the same question for every entry of an element."""
    return {
        "type": "overflow",
        "action_id": action_id(Knob.DOTS),
        "options": [
            blocks.option(f"Delete picture {p.number}", choice(Knob.DELETE, p.id)) for p in pictures
        ],
        "confirm": blocks.confirm(
            "Delete this picture?",
            "It goes away for everybody here and cannot come back. Pictures made from it stay.",
            "Delete",
            "Keep",
        ),
    }


def _thumb(sign: str, label: str, text: str) -> Block:
    return {"text": blocks.plain(sign), "accessibility_label": label, "value": text}
