"""A conversation -> what the language model reads: instructions, the numbered pictures, the last turns, the message.

What people wrote is data: it is neutralised, so that no tag in it can be taken for the model's. Assistant turns are
written back in the wire form, so that the model sees how it is done. When the budget is short, old turns go first, each
leaving a line; the instructions, the list of pictures and the newest message stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from core.ports import ChatMessage, ChatRequest, ModelInfo, PictureNote, Situation, Task
from core.prompts import PromptLibrary
from core.turn_text import answer_text, index_text, message_text, speakers, summary_line
from core.types import ConversationView, Picture, PictureState, PromptUse, TextPart, Turn

PictureBytes = Callable[[Picture], bytes]
"""Reads the file of a READY picture; raises OSError where it is gone."""

CHARS_A_TOKEN = 3  # English has about 4; other scripts and code have fewer
MAX_PICTURES = 50  # of the list, the latest; those pointed at come on top
MAX_ANSWER_TOKENS = 1024
MAX_VISIBLE = 3  # pictures sent to a model that sees
_MAX_EARLIER_LINES = 8
_MAX_QUESTION_CHARS = 2_000
_MIN_MESSAGE_CHARS = 400
_NUMBERS = re.compile(r"\b\d{1,6}\b")


def situation_of(view: ConversationView, turn: Turn) -> Situation:
    """What is true at this turn: the pictures that can be spoken of, and what is pointed at besides words."""
    offered = [p for p in view.pictures if p.state in (PictureState.READY, PictureState.PLANNED)]
    numbers = {picture.id: picture.number for picture in offered}
    names = {
        name: numbers[picture_id]
        for name, picture_id in view.conversation.names.items()
        if picture_id in numbers
    }
    current = numbers.get(view.conversation.current_id or "")
    reply_to = numbers.get(turn.reply_to or "")
    pressed = numbers.get(turn.press.picture_id) if turn.press else None
    uploads = tuple(numbers[upload] for upload in turn.upload_ids if upload in numbers)
    mentioned = {int(number) for number in _NUMBERS.findall(turn.text)}
    shown = {p.number for p in offered[-MAX_PICTURES:]} | mentioned | {*names.values(), *uploads}
    notes = _notes(offered, {number: name for name, number in names.items()})
    return Situation(
        user_text=turn.text,
        pictures=tuple(
            n for n in notes if n.number in shown or n.number in (current, reply_to, pressed)
        ),
        current=current,
        names=names,
        reply_to=reply_to,
        uploads=uploads,
        last_question=_last_answer(view, turn),
    )


def _notes(offered: Sequence[Picture], names: Mapping[int, str]) -> list[PictureNote]:
    numbers = {picture.id: picture.number for picture in offered}
    batches: dict[str, tuple[int, ...]] = {}
    for picture in offered:
        if picture.verb is not None:
            batches[picture.turn_id] = (*batches.get(picture.turn_id, ()), picture.number)
    return [
        PictureNote(
            number=picture.number,
            description=picture.caption,
            parent=numbers.get(picture.parent_id or ""),
            name=names.get(picture.number),
            batch=batches[picture.turn_id] if picture.verb is not None else (),
            is_upload=picture.verb is None,
        )
        for picture in offered
    ]


def _last_answer(view: ConversationView, turn: Turn) -> str:
    earlier = [t for t in view.turns if t.id != turn.id]
    if not earlier:
        return ""
    parts = [part.text for part in earlier[-1].parts if isinstance(part, TextPart)]
    return "\n".join(parts)[-_MAX_QUESTION_CHARS:]


def chat_request(
    view: ConversationView,
    turn: Turn,
    info: ModelInfo,
    library: PromptLibrary,
    picture_bytes: PictureBytes | None = None,
    painter: str = "",
) -> tuple[ChatRequest, PromptUse]:
    """The request for the answer to `turn`, and which prompt it was made from.

    `picture_bytes` is called for models that see, for at most `MAX_VISIBLE` pictures. `painter` is what the painter
    knows, where it does not know everything; a model that can read little is not told.
    """
    situation = situation_of(view, turn)
    max_tokens = min(MAX_ANSWER_TOKENS, info.context_tokens // 4)
    room = (info.context_tokens - max_tokens) * CHARS_A_TOKEN
    seen = _seen(view, situation, picture_bytes) if info.vision and picture_bytes else []
    variables: dict[str, str | int] = {
        "painter": painter if len(painter) < room // 6 else "",
        "pictures": index_text(situation, room // 4),
        "next_number": max((picture.number for picture in view.pictures), default=0) + 1,
    }
    name = "chat_tools" if info.tools else "chat_tags"
    filled = library.fill(name, earlier="", **variables)
    turns = [t for t in view.turns if t.id != turn.id]
    message = message_text(turn, view, speakers([*turns, turn]), [number for number, _ in seen])
    message = _clipped(message, max(_MIN_MESSAGE_CHARS, room - len(filled.text)))
    history = _history(view, [*turns, turn], info.tools)
    reserve = room // 10
    kept = _fitting(history, room - len(filled.text) - len(message), reserve)
    left_out = turns[: len(turns) - kept]
    filled = library.fill(name, earlier=_earlier(left_out, view, reserve), **variables)
    messages = [ChatMessage("system", filled.text)]
    for said, answered in history[len(left_out) :]:
        messages += [ChatMessage("user", said), ChatMessage("assistant", answered)]
    messages.append(ChatMessage("user", message, tuple(data for _, data in seen)))
    request = ChatRequest(Task.CHAT, tuple(messages), situation, max_tokens=max_tokens)
    return request, filled.use(info.name)


def _seen(
    view: ConversationView, situation: Situation, picture_bytes: PictureBytes
) -> list[tuple[int, bytes]]:
    """The pictures this message is most likely about: those that came with it, else the one at hand."""
    at_hand = situation.reply_to or situation.current
    wanted = situation.uploads or ((at_hand,) if at_hand else ())
    found = []
    for picture in view.pictures:
        if picture.number in wanted[:MAX_VISIBLE] and picture.state is PictureState.READY:
            try:
                found.append((picture.number, picture_bytes(picture)))
            except OSError:  # the file is gone; its description is still there
                continue
    return found


def _history(view: ConversationView, turns: Sequence[Turn], tools: bool) -> list[tuple[str, str]]:
    """Every turn but the last as (what was said, what was answered)."""
    labels = speakers(turns)
    return [(message_text(t, view, labels), answer_text(t, view, tools)) for t in turns[:-1]]


def _fitting(history: Sequence[tuple[str, str]], room: int, reserve: int) -> int:
    """How many of the latest turns fit; `reserve` is for the lines of the others, where there are others."""
    sizes = [len(said) + len(answered) for said, answered in history]
    if sum(sizes) <= room:
        return len(history)
    room -= reserve
    kept = 0
    for size in reversed(sizes):
        if size > room:
            break
        room -= size
        kept += 1
    return kept


def _earlier(turns: Sequence[Turn], view: ConversationView, room: int) -> str:
    """One line for each of the last turns left out, and how many came before those."""
    room -= 60  # for the heading and the note
    lines: list[str] = []
    for turn in reversed(turns[-_MAX_EARLIER_LINES:]):
        line = summary_line(turn, view)
        room -= len(line) + 1
        if room < 0:
            break
        lines.insert(0, line)
    left = len(turns) - len(lines)
    note = [f"({left} older turns left out)"] if left else []
    return "\n".join(["Earlier:", *note, *lines]) if turns else ""


def _clipped(text: str, limit: int) -> str:
    """The beginning and the end of a text that is too long; people put the wish at either."""
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]}…{text[-half:]}"
