"""The forms that open over Discord (modals). Pure: their answers are read by `submissions`.

discord.py keeps a modal in memory until it is answered, so one opened before a restart would be dead, and one that was
closed would stay for ever. A form says all it needs in its custom_id instead and is never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import RadioGroupOption, TextStyle, ui

from adapters.discord.shown import MOST, Shown
from adapters.discord.texts import clip
from core import regions

TITLE, LABEL, HINT, OPTION = 45, 45, 100, 100  # characters
WORDS = 2000
FILES = 4

# The custom_ids of the fields.
WHICH, SAID, STRENGTH, REGION, MASK, FILE = "which", "words", "strength", "region", "mask", "files"

_STRENGTHS = (
    ("auto", "As it needs", "Chosen for what you ask"),
    ("30", "Subtle", "Stays close to the picture"),
    ("55", "Medium", "Keeps its composition"),
    ("80", "Strong", "Free to change a lot"),
)


class Form(ui.Modal):
    """A modal that discord.py does not remember."""

    def is_finished(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    hint: str = ""


def options_of(shown: Sequence[Shown]) -> tuple[Option, ...]:
    return tuple(
        Option(p.id, f"Picture {p.number}" if p.number else f"The {i}. one", p.caption)
        for i, p in enumerate(shown, start=1)
    )


def edit_form(custom_id: str, which: Sequence[Option] = ()) -> Form:
    words = _words("What shall change?", "make it night, and keep the boat")
    return _form(custom_id, _titled("Edit", which), [*_which(which), words, _strength()])


def prompt_form(custom_id: str, prompt: str = "") -> Form:
    words = _words("Exact prompt", "Painted as it stands, word for word.", prompt)
    return _form(custom_id, "Exact prompt", [words])


def region_form(custom_id: str, which: Sequence[Option] = ()) -> Form:
    named = [Option(name, _region(name), "") for name in regions.NAMES]
    fields = [
        *_which(which),
        _label("Where?", _radio(REGION, named), "Everything else stays as it is."),
        _words("What shall be there?", "a red hat"),
        _label(
            "Mask", ui.FileUpload(custom_id=MASK, required=False), "A picture: white may change."
        ),
    ]
    return _form(custom_id, _titled("Change one region", which), fields)


def reference_form(custom_id: str, which: Sequence[Option] = ()) -> Form:
    words = _words("What shall I paint with it?", "the same character on a beach")
    return _form(custom_id, _titled("Use as reference", which), [*_which(which), words])


FORMS = {"edit": edit_form, "region": region_form, "reference": reference_form}


def tell_form(custom_id: str) -> Form:
    upload: ui.FileUpload[Any] = ui.FileUpload(custom_id=FILE, required=False, max_values=FILES)
    fields = [
        _words("What would you like?", "now make it winter"),
        _label("Pictures", upload, "To start from, or to look at."),
    ]
    return _form(custom_id, "Tell me", fields)


def which_form(custom_id: str, title: str, which: Sequence[Option]) -> Form:
    """Only the question which picture is meant."""
    return _form(custom_id, title, _which(which))


def _form(custom_id: str, title: str, fields: Sequence[ui.Label[Any]]) -> Form:
    form = Form(title=clip(title, TITLE), custom_id=custom_id)
    for field in fields:
        form.add_item(field)
    return form


def _titled(verb: str, which: Sequence[Option]) -> str:
    return f"{verb}: {which[0].label.lower()}" if len(which) == 1 else verb


def _which(which: Sequence[Option]) -> list[ui.Label[Any]]:
    """The question which picture is meant, where there is more than one."""
    return [_label("Which picture?", _radio(WHICH, which))] if len(which) > 1 else []


def _strength() -> ui.Label[Any]:
    return _label("How much?", _radio(STRENGTH, [Option(*entry) for entry in _STRENGTHS]))


def _radio(custom_id: str, options: Sequence[Option]) -> ui.RadioGroup[Any]:
    """The first option is chosen already."""
    return ui.RadioGroup(
        custom_id=custom_id,
        options=[
            RadioGroupOption(
                label=clip(option.label, OPTION),
                value=option.value,
                description=clip(option.hint, OPTION) or None,
                default=index == 0,
            )
            for index, option in enumerate(options[:MOST])
        ],
    )


def _words(question: str, example: str, prefilled: str = "") -> ui.Label[Any]:
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=SAID,
        style=TextStyle.paragraph,
        placeholder=clip(example, HINT),
        default=prefilled[:WORDS] or None,
        max_length=WORDS,
    )
    return _label(question, field)


def _label(text: str, component: ui.Item[Any], hint: str = "") -> ui.Label[Any]:
    return ui.Label(
        text=clip(text, LABEL), component=component, description=clip(hint, HINT) or None
    )


def _region(name: str) -> str:
    phrase = "where my mask is white" if name == regions.MASK else regions.phrase(name)
    return phrase[:1].upper() + phrase[1:]
