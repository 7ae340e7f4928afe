"""Actions written as the tags that every model of Easel uses (`core/protocol`)."""

from __future__ import annotations

from core.types import Action, Verb

_MARKUP = str.maketrans({**dict.fromkeys("<>＜＞{}`", " "), "&": " and "})
_TAGS = {
    Verb.GENERATE: "image",
    Verb.EDIT: "edit",
    Verb.VARY: "variation",
    Verb.REFINE: "refine",
    Verb.SELECT: "select",
    Verb.DESCRIBE: "describe",
    Verb.DETAILS: "recipe",
    Verb.UNDO: "undo",
    Verb.NAME: "name",
}


def tag(action: Action) -> str:
    """The action as a tag; `number` becomes the id of a new picture, `picture` the one it comes from."""
    name = _TAGS[action.verb]
    attributes = _attributes(action)
    text = plain(action.text)
    return f"<{name}{attributes}> {text} </{name}>" if text else f"<{name}{attributes}/>"


def safe(text: str) -> str:
    """Text for people; whatever it quotes, nothing in it can be read as a tag or a tool call."""
    return text.translate(_MARKUP)


def plain(text: str) -> str:
    """Text that can never be read as a tag."""
    return " ".join(text.translate(_MARKUP).split())


def _attributes(action: Action) -> str:
    if action.verb is Verb.UNDO:
        found: dict[str, int | None] = {"to": action.picture}
    elif action.verb in (Verb.SELECT, Verb.DESCRIBE, Verb.DETAILS, Verb.NAME):
        found = {"id": action.picture}
    else:
        found = {"id": action.number, "prev_id": action.picture}
    if action.count > 1:
        found["n"] = action.count
    return "".join(f' {key}="{value}"' for key, value in found.items() if value is not None)
