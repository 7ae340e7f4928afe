"""The dialogs: what they look like. Pure; what is done with what people fill in is in `adapters.slack.forms`.

A dialog remembers only ids (`Memory`), so it can be sent after a restart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from adapters.slack import blocks, mrkdwn
from adapters.slack.blocks import Block
from core import regions
from core.flags import ASPECTS
from core.records import details
from core.types import Picture

TEXT_LIMIT = 2000  # characters of an instruction
COUNTS = ("1", "2", "3", "4")
STRENGTHS = {"": "As much as it needs", "35": "Only a little", "60": "Clearly", "85": "A lot"}
LIKENESS = {"40": "Stay close to it", "65": "Take its idea", "85": "Only a hint of it"}
MASK_TYPES = ("png", "jpg", "jpeg")
USUAL = "usual"  # an option's value may not be empty
_ACTION = "easel_input"


class Dialog(StrEnum):
    """The callback id of each dialog that is sent back."""

    EDIT = "easel:edit"
    REGION = "easel:region"
    PROMPT = "easel:prompt"
    REFERENCE = "easel:reference"
    VARY = "easel:vary"
    DESCRIBE = "easel:describe"
    CREATE = "easel:create"


class Entry(StrEnum):
    """The block id of each input."""

    PICTURE = "picture"
    TEXT = "text"
    STRENGTH = "strength"
    REGION = "region"
    MASK = "mask"
    NEGATIVE = "negative"
    SEED = "seed"
    AMOUNT = "amount"
    COUNT = "count"
    ASPECT = "aspect"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Subject:
    """One picture that a dialog can be about: Easel's own (`picture_id`) or any file on Slack (`file_id`)."""

    label: str
    picture_id: str = ""
    file_id: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a dialog must know when it comes back: where it was opened and about what."""

    channel: str = ""
    thread: str = ""
    subjects: tuple[Subject, ...] = ()

    def dump(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Memory:
        fields: dict[str, Any] = json.loads(text or "{}")
        subjects = tuple(Subject(**s) for s in fields.pop("subjects", ()))
        return cls(**fields, subjects=subjects)


def of_picture(picture: Picture) -> Subject:
    return Subject(f"Picture {picture.number}", picture_id=picture.id)


def edit(memory: Memory) -> Block:
    return _modal(
        Dialog.EDIT,
        "Edit a picture",
        "Edit",
        memory,
        _text("What shall change?", "make it night", "What you do not mention stays as it is."),
        blocks.entry(
            Entry.STRENGTH,
            "How much may change?",
            blocks.radio(_ACTION, _options(STRENGTHS), USUAL),
        ),
    )


def region(memory: Memory) -> Block:
    names = {n: regions.phrase(n).capitalize() for n in regions.NAMES}
    file_input: Block = {
        "type": "file_input",
        "action_id": _ACTION,
        "filetypes": list(MASK_TYPES),
        "max_files": 1,
    }
    return _modal(
        Dialog.REGION,
        "Change a part",
        "Change",
        memory,
        blocks.entry(Entry.REGION, "Which part?", blocks.radio(_ACTION, _options(names), "top")),
        _text("What shall be there?", "a full moon", "Only that part of the picture changes."),
        blocks.entry(
            Entry.MASK,
            "Mask",
            file_input,
            "A black picture of the same shape, white where it may change. Only for “the mask”.",
            optional=True,
        ),
    )


def prompt(picture: Picture, memory: Memory) -> Block:
    """The very words the painter got, to be changed word by word."""
    recipe = picture.recipe
    words = recipe.prompt if recipe else picture.caption
    negative = blocks.text_input(_ACTION, 500, recipe.negative if recipe else "")
    seed: Block = {"type": "plain_text_input", "action_id": _ACTION, "max_length": 10}
    return _modal(
        Dialog.PROMPT,
        "Exact prompt",
        "Paint",
        memory,
        _text("Prompt", "", "The painter gets exactly these words.", words[:TEXT_LIMIT]),
        blocks.entry(Entry.NEGATIVE, "What must not be in it", negative, optional=True),
        blocks.entry(
            Entry.SEED,
            "Seed",
            seed,
            f"Leave it empty for a new one; it was {recipe.seed}." if recipe else "",
            optional=True,
        ),
    )


def reference(memory: Memory) -> Block:
    return _modal(
        Dialog.REFERENCE,
        "Use as reference",
        "Paint",
        memory,
        _text("What shall I paint?", "a castle in these colours"),
        blocks.entry(
            Entry.STRENGTH, "How close to it?", blocks.radio(_ACTION, _options(LIKENESS), "65")
        ),
    )


def vary(memory: Memory) -> Block:
    amounts = {"subtle": "Much like it", "strong": "Quite different"}
    return _modal(
        Dialog.VARY,
        "Make variations",
        "Paint",
        memory,
        blocks.entry(
            Entry.AMOUNT, "How different?", blocks.radio(_ACTION, _options(amounts), "subtle")
        ),
        blocks.entry(Entry.COUNT, "How many?", _counts("4")),
    )


def describe(memory: Memory) -> Block:
    """Only opened when a message has several pictures."""
    return _modal(Dialog.DESCRIBE, "Describe an image", "Describe", memory)


def create(memory: Memory) -> Block:
    channel: Block = {
        "type": "conversations_select",
        "action_id": _ACTION,
        "default_to_current_conversation": True,
        "filter": {"include": ["public", "private"]},  # no talk of others, where the bot is not
    }
    shapes = {USUAL: "The usual shape"} | {a: a for a in ASPECTS}
    counts = {USUAL: "The usual number"} | {n: n for n in COUNTS}
    return _modal(
        Dialog.CREATE,
        "Create an image",
        "Paint",
        memory,
        _text("What shall I paint?", "a castle in the snow"),
        blocks.entry(Entry.ASPECT, "Shape", _menu(shapes)),
        blocks.entry(Entry.COUNT, "How many?", _menu(counts)),
        blocks.entry(
            Entry.CHANNEL,
            "Where?",
            channel,
            "I must be in the channel. Without a choice it comes to you alone.",
            optional=True,
        ),
    )


def about(pictures: Sequence[Picture], known: Mapping[str, Picture]) -> Block:
    """The recipes of pictures, to read; `known` holds their parents as well."""
    told: list[Block] = []
    for picture in pictures[:10]:
        text = mrkdwn.from_markdown(details(picture, known))
        told += [blocks.section(piece) for piece in mrkdwn.pieces(text, blocks.SECTION)]
        told.append(blocks.context(f"id `{picture.id}`"))
    return _about(told)


def about_files(files: Sequence[Mapping[str, Any]]) -> Block:
    """What is known of pictures that Easel did not make."""
    lines = [mrkdwn.escape(_file_line(file)) for file in files[:10]]
    hint = "Easel did not make this, so there is no recipe. “Use as reference” or “Edit” works."
    return _about([*(blocks.section(line) for line in lines), blocks.context(hint)])


# -- parts ------------------------------------------------------------------------------------------------------------


def _modal(dialog: Dialog, title: str, submit: str, memory: Memory, *entries: Block) -> Block:
    chooser = [_chooser(memory.subjects)] if len(memory.subjects) > 1 else []
    return blocks.modal(dialog, title, [*chooser, *entries], submit, memory.dump())


def _about(told: Sequence[Block]) -> Block:
    return blocks.modal("easel:about", "Image details", told[: blocks.VIEW_BLOCKS])


def _chooser(subjects: Sequence[Subject]) -> Block:
    labels = {str(n): s.label for n, s in enumerate(subjects)}
    return blocks.entry(Entry.PICTURE, "Which picture?", _menu(labels))


def _menu(labels: Mapping[str, str]) -> Block:
    return blocks.select(_ACTION, "Choose", _options(labels), chosen=next(iter(labels)))


def _counts(chosen: str) -> Block:
    return blocks.select(_ACTION, "Choose", _options({n: n for n in COUNTS}), chosen=chosen)


def _options(labels: Mapping[str, str]) -> list[Block]:
    return [blocks.option(label, key or USUAL) for key, label in labels.items()]


def _text(label: str, example: str, hint: str = "", initial: str = "") -> Block:
    return blocks.entry(
        Entry.TEXT, label, blocks.text_input(_ACTION, TEXT_LIMIT, initial, example), hint
    )


def _file_line(file: Mapping[str, Any]) -> str:
    name = str(file.get("title") or file.get("name") or "A picture")
    size = f"{file['original_w']} x {file['original_h']}" if "original_w" in file else ""
    kind = str(file.get("pretty_type") or file.get("mimetype") or "")
    weight = f"{int(file['size']) / 2**20:.1f} MB" if file.get("size") else ""
    return mrkdwn.clip(" · ".join(s for s in (name, kind, size, weight) if s), 500)
