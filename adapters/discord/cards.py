"""What people see: the cards of Easel in Components V2. Pure: a turn, progress or an answer in, a layout out.

Limits (https://docs.discord.com/developers/components/reference): 40 components and 4,000 characters of text a
message, 10 pictures a gallery, 1,024 characters of alt text, 80 of a button's label.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discord import MediaGalleryItem, ui

from adapters.discord.controls import cancel_row, picture_rows, row_components, talk_row
from adapters.discord.progress_words import ON_IT, progress_lines, wish_line
from adapters.discord.texts import clip, split_text
from core.types import (
    Answer,
    Picture,
    PicturesPart,
    PictureState,
    Press,
    Progress,
    Stage,
    TextPart,
    Turn,
    TurnState,
    Verb,
)

COMPONENTS = 40
CHARACTERS = 4000
PICTURES = 10
ALT_CHARACTERS = 1024
PIECE_CHARACTERS = (
    3400  # of an answer's text in one message: room is left for the lines about pictures
)

GREY, BLUE, GREEN, RED = 0x99AAB5, 0x3498DB, 0x2ECC71, 0xE74C3C

PAST_THE_BOT = "-# Just write here to go on. Begin with `//` to talk without me."
_HOW = {
    Verb.EDIT: "edited from",
    Verb.VARY: "varied from",
    Verb.REFINE: "refined from",
    Verb.AGAIN: "painted again, from",
    Verb.BLEND: "blended from",
}
_LOST = {
    PictureState.PLANNED: ("was not painted", "were not painted"),
    PictureState.FAILED: ("could not be painted", "could not be painted"),
    PictureState.CANCELLED: ("was stopped", "were stopped"),
    PictureState.DELETED: ("was deleted", "were deleted"),
    PictureState.READY: ("cannot be sent here", "cannot be sent here"),
}


@dataclass(frozen=True, slots=True)
class CardOptions:
    spoiler: bool = False  # every picture hidden until clicked
    note: str = ""  # a sentence shown first
    tell_me: bool = False  # messages cannot be read there: a button to talk
    first: bool = False  # the first answer of a thread: how to talk past the bot


@dataclass(frozen=True, slots=True)
class Card:
    """One message. `picture_ids`: whose files it carries, in the gallery's order."""

    view: ui.LayoutView
    picture_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Gallery:
    pictures: tuple[Picture, ...]
    origin: str = ""  # ", edited from picture 4"


_Block = str | _Gallery  # a piece of text, or pictures side by side


def alt_text(picture: Picture) -> str:
    return clip(f"Picture {picture.number}: {picture.caption}", ALT_CHARACTERS)


def accepted_card(words: str = "", press: Press | None = None) -> Card:
    """The first sign, before anything is known."""
    return Card(_view([ON_IT, *wish_line(words, press)], GREY))


def progress_card(
    turn: Turn,
    progress: Progress | None,
    preview: str = "",
    options: CardOptions = CardOptions(),
    words: str = "",
    now: float | None = None,
) -> Card:
    """Where a turn stands. `preview`: an attachment's file name; `words`: the answer so far."""
    lines = progress_lines(turn, progress, time.time() if now is None else now)
    said = split_text(words, CHARACTERS // 2)
    blocks: list[Any] = [options.note, said[-1] if said else "", "\n".join(lines)]
    if preview:
        item = MediaGalleryItem(
            f"attachment://{preview}", description="Preview", spoiler=options.spoiler
        )
        blocks.append(ui.MediaGallery(item))
    colour = BLUE if progress and progress.stage is Stage.PAINTING else GREY
    return Card(_view([*(b for b in blocks if b), cancel_row(turn.id)], colour))


def show_card(pictures: Sequence[Picture], files: Mapping[str, str], options: CardOptions) -> Card:
    """Pictures shown again, with everything that can be done with them; ten at most."""
    blocks: list[_Block] = [options.note] if options.note else []
    return _card([*blocks, _Gallery(tuple(pictures[:PICTURES]))], files, options, GREEN)


def answer_cards(answer: Answer, files: Mapping[str, str], options: CardOptions) -> list[Card]:
    """The messages of an answer, at least one. `files`: picture id -> file name, where it can be shown."""
    turn = answer.turn
    messages = _packed(_blocks(answer, options), options.tell_me)
    if options.first:
        messages[-1].append(PAST_THE_BOT)
    colour = {TurnState.FAILED: RED, TurnState.CANCELLED: GREY}.get(turn.state, GREEN)
    cards = [_card(blocks, files, options, colour) for blocks in messages[:-1]]
    return [*cards, _card(messages[-1], files, options, colour, turn)]


def _blocks(answer: Answer, options: CardOptions) -> list[_Block]:
    by_id = {p.id: p for p in answer.pictures}
    blocks: list[_Block] = list(split_text(options.note, PIECE_CHARACTERS))
    for part in answer.turn.parts:
        if isinstance(part, TextPart):
            blocks.extend(split_text(part.text, PIECE_CHARACTERS))
        elif isinstance(part, PicturesPart):
            shown = tuple(by_id[i] for i in part.picture_ids if i in by_id)
            origin = _origin(shown, by_id | {p.id: p for p in answer.parents})
            for start in range(0, len(shown), PICTURES):
                blocks.append(_Gallery(shown[start : start + PICTURES], origin))
    blocks.extend(split_text(_ending(answer.turn), PIECE_CHARACTERS))
    return blocks or ["I have nothing to add to that."]


def _origin(shown: Sequence[Picture], by_id: Mapping[str, Picture]) -> str:
    parent = by_id.get(shown[0].parent_id or "") if shown else None
    how = _HOW.get(shown[0].verb) if parent and shown[0].verb else None
    return f", {how} picture {parent.number}" if parent and how else ""


def _ending(turn: Turn) -> str:
    if turn.state is TurnState.FAILED:
        return f"⚠️ {turn.error or 'That did not work.'}"
    if turn.state is TurnState.CANCELLED:
        return f"⏹️ {turn.error or 'Stopped.'}"
    return f"-# {turn.error}" if turn.error else ""


def _packed(blocks: Sequence[_Block], tell_me: bool) -> list[list[_Block]]:
    """The blocks in as few messages as the limits allow, in order."""
    messages: list[list[_Block]] = [[]]
    for block in blocks:
        if messages[-1] and not _fits([*messages[-1], block], tell_me):
            messages.append([])
        messages[-1].append(block)
    return messages


def _fits(blocks: Sequence[_Block], tell_me: bool) -> bool:
    pictures = [p for b in blocks if isinstance(b, _Gallery) for p in b.pictures]
    texts = [b if isinstance(b, str) else _line(b, None) for b in blocks]
    size = sum(map(len, texts)) + len(PAST_THE_BOT) + 60 * len(pictures)
    controls = row_components(pictures[:PICTURES], tell_me)
    components = 5 + sum(1 if isinstance(b, str) else 2 for b in blocks) + controls
    return len(pictures) <= PICTURES and size <= CHARACTERS and components <= COMPONENTS


def _card(
    blocks: Sequence[_Block],
    files: Mapping[str, str],
    options: CardOptions,
    colour: int,
    last_of: Turn | None = None,
) -> Card:
    """`last_of`: the turn that this message ends."""
    pictures = [p for b in blocks if isinstance(b, _Gallery) for p in b.pictures]
    shown = [p for p in pictures if p.state is PictureState.READY and p.id in files]
    items: list[Any] = []
    for block in blocks:
        if isinstance(block, str):
            items.append(block)
            continue
        here = [p for p in block.pictures if p in shown]
        if here:
            items.append(ui.MediaGallery(*(_item(p, files[p.id], options.spoiler) for p in here)))
        items.append(_line(block, files))
    usable = list(dict.fromkeys(p for p in pictures if p.state is PictureState.READY))
    tell = usable[0].turn_id if usable and options.tell_me else ""
    rows = picture_rows(usable, tell)
    if last_of:
        retry = last_of.state is TurnState.FAILED
        rows += talk_row(last_of.id, retry=retry, tell_me=options.tell_me and not tell)
    return Card(_view([*items, *rows], colour), tuple(dict.fromkeys(p.id for p in shown)))


def _item(picture: Picture, file: str, spoiler: bool) -> MediaGalleryItem:
    return MediaGalleryItem(f"attachment://{file}", description=alt_text(picture), spoiler=spoiler)


def _line(gallery: _Gallery, files: Mapping[str, str] | None) -> str:
    """ "Pictures 5 · 6 · 7, edited from ...", and what became of those that are not there. `files` None: all are."""
    ready = [p for p in gallery.pictures if p.state is PictureState.READY]
    there = [p for p in ready if files is None or p.id in files]
    lines = []
    if there:
        seconds = max(p.seconds for p in there)
        took = f" · {seconds:.0f} s" if seconds >= 1 else ""
        lines.append(f"-# **{_named(there)}**{gallery.origin}{took}")
    for state, fate in _LOST.items():
        gone = [p for p in gallery.pictures if p.state is state and p not in there]
        if gone:
            lines.append(f"-# {_named(gone)} {fate[len(gone) > 1]}.")
    return "\n".join(lines)


def _named(pictures: Sequence[Picture]) -> str:
    numbers = " · ".join(str(p.number) for p in pictures)
    return f"Picture {numbers}" if len(pictures) == 1 else f"Pictures {numbers}"


def _view(items: Sequence[Any], colour: int) -> ui.LayoutView:
    """One container; neighbouring texts become one."""
    container: ui.Container[Any] = ui.Container(accent_colour=colour)
    text: list[str] = []
    for item in [*items, None]:
        if isinstance(item, str):
            text.append(item)
            continue
        if text:
            container.add_item(ui.TextDisplay("\n".join(text)))
            text = []
        if item is not None:
            container.add_item(item)
    view = ui.LayoutView(timeout=None)
    view.add_item(container)
    return view
