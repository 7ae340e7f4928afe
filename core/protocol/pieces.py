"""What the parser takes and gives: limits, pieces of an answer, and notes on what was left out."""

from __future__ import annotations

from dataclasses import dataclass

from core.types import Action, Verb


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an answer counts. OWASP LLM10: what a model may cause in one turn is bounded."""

    actions: int = 4
    pictures: int = 8  # of all actions together
    description_chars: int = 2_000
    name_chars: int = 60
    answer_chars: int = 40_000


@dataclass(frozen=True, slots=True)
class TextPiece:
    text: str


@dataclass(frozen=True, slots=True)
class ActionPiece:
    action: Action


Piece = TextPiece | ActionPiece


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something the model wrote that will not happen; `reason` is a sentence for people."""

    reason: str
    action: Action | None = None


TAGS: dict[str, Verb | None] = {
    "image": Verb.GENERATE,
    "img": Verb.GENERATE,
    "generate": Verb.GENERATE,
    "edit": Verb.EDIT,
    "variation": Verb.VARY,
    "vary": Verb.VARY,
    "select": Verb.SELECT,
    "refine": Verb.REFINE,
    "describe": Verb.DESCRIBE,
    "recipe": Verb.DETAILS,
    "undo": Verb.UNDO,
    "name": Verb.NAME,
    "tool_call": None,
    "function_call": None,
}
"""Every tag of the wire form; None: a wrapper around a tool call written as JSON."""

PAINTING_VERBS = frozenset({Verb.GENERATE, Verb.EDIT, Verb.VARY, Verb.REFINE})
