"""A conversation with a chat model, kept as the engine keeps it: numbers, names and the current picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.ports import ChatModel, ChatRequest, PictureNote, Situation, Task, TextDelta
from core.protocol import ActionPiece, Parser, TextPiece
from core.types import Action, Verb

PAINTING = (Verb.GENERATE, Verb.EDIT, Verb.VARY, Verb.REFINE)


@dataclass(frozen=True)
class Said:
    """One answer: its text without tags, its actions, and the whole of it as written."""

    text: str
    actions: tuple[Action, ...]
    written: str

    @property
    def verbs(self) -> list[Verb]:
        return [action.verb for action in self.actions]

    @property
    def descriptions(self) -> list[str]:
        return [action.text for action in self.actions]


async def ask(model: ChatModel, situation: Situation) -> Said:
    """The model's answer, read by Easel's own parser."""
    chunks = [c async for c in model.stream(ChatRequest(Task.CHAT, (), situation))]
    parser = Parser()
    pieces = [piece for chunk in chunks for piece in parser.feed(chunk)] + list(parser.close())
    return Said(
        "".join(p.text for p in pieces if isinstance(p, TextPiece)),
        tuple(p.action for p in pieces if isinstance(p, ActionPiece)),
        "".join(c.text for c in chunks if isinstance(c, TextDelta)),
    )


class Dialogue:
    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.situation = Situation("")

    async def say(self, text: str, reply_to: int | None = None) -> Said:
        situation = replace(self.situation, user_text=text, reply_to=reply_to)
        said = await ask(self._model, situation)
        for action in said.actions:
            self._apply(action)
        self.situation = replace(self.situation, last_question=said.text)
        return said

    @property
    def pictures(self) -> dict[int, str]:
        return {note.number: note.description for note in self.situation.pictures}

    def _apply(self, action: Action) -> None:
        now = self.situation
        if action.verb in PAINTING:
            first = len(now.pictures) + 1
            batch = tuple(range(first, first + action.count))
            text = action.text or self.pictures[action.picture or 0]
            notes = tuple(PictureNote(n, text, action.picture, batch=batch) for n in batch)
            self.situation = replace(now, pictures=(*now.pictures, *notes), current=first)
        elif action.verb in (Verb.SELECT, Verb.UNDO):
            self.situation = replace(now, current=action.picture)
        elif action.verb is Verb.NAME and action.picture:
            self.situation = replace(now, names={**now.names, action.text: action.picture})
