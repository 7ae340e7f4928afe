"""What a verb on a picture asks of Easel, as values: the press or the words, wherever the verb came from.

A button, the "More" menu, a form and a message's context menu all end here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import discord

from adapters.discord import forms
from core import regions
from core.errors import BadInput
from core.types import Press, Turn, Verb

_PRESSES: Mapping[str, tuple[Verb, str]] = {
    "select": (Verb.SELECT, ""),
    "vary": (Verb.VARY, "subtle"),
    "vary-strong": (Verb.VARY, "strong"),
    "refine": (Verb.REFINE, ""),
    "again": (Verb.AGAIN, ""),
    "describe": (Verb.DESCRIBE, ""),
}
FORMS = ("edit", "region", "reference")  # verbs that ask for words first
PAINTING = (*_PRESSES, *FORMS)

_REFERENCE_STRENGTH = 65  # percent: the picture's layout stays, what it shows may change


@dataclass(frozen=True, slots=True)
class Meant:
    """The picture a verb is about: one of ours, or a file that is still to be fetched."""

    picture_id: str = ""
    uploads: tuple[discord.Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote and chose in a form."""

    texts: Mapping[str, str]
    files: Mapping[str, tuple[discord.Attachment, ...]]

    @property
    def words(self) -> str:
        return self.texts.get(forms.SAID, "").strip()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is handed to the desk."""

    text: str = ""
    press: Press | None = None
    uploads: tuple[discord.Attachment, ...] = ()
    reply_to: str | None = None
    files: tuple[str, ...] = ()  # ids of pictures of ours whose files go along


def press_wish(verb: str, argument: str, meant: Meant) -> Wish:
    """A verb that needs no words. `argument` of "vary": "subtle" or "strong"."""
    known, text = _PRESSES[verb]
    if known is Verb.VARY and argument in ("subtle", "strong"):
        text = argument
    if known is Verb.DESCRIBE and not meant.picture_id:
        return Wish("Describe this picture.", uploads=meant.uploads)
    return Wish(press=Press(known, meant.picture_id, text), uploads=meant.uploads)


def form_wish(verb: str, meant: Meant, said: Said) -> Wish:
    """What a filled-in form asks. Raises `BadInput` where a part is missing."""
    if verb == "reference":
        # With a strength it is painted over; one of the person's own comes later and wins.
        words = f"--strength {_REFERENCE_STRENGTH} {said.words}"
        return Wish(words, uploads=meant.uploads, reply_to=meant.picture_id or None)
    press = Press(Verb.EDIT, meant.picture_id, said.words)
    if verb == "edit":
        strength = said.texts.get(forms.STRENGTH, "")
        flag = f" --strength {strength}" if strength.isdigit() else ""
        return Wish(press=replace(press, text=press.text + flag), uploads=meant.uploads)
    return _region_wish(press, meant, said)


def _region_wish(press: Press, meant: Meant, said: Said) -> Wish:
    """A mask that came along counts, whatever was chosen beside it."""
    masks = said.files.get(forms.MASK, ())
    region = regions.MASK if masks else regions.check(said.texts.get(forms.REGION, ""))
    if region == regions.MASK and not masks:
        raise BadInput(
            "mask region without a mask",
            "Please add the mask: a picture that is white where something may change.",
        )
    return Wish(press=replace(press, region=region), uploads=(*meant.uploads, *masks))


def retry_wish(turn: Turn) -> Wish:
    """The same request once more; pictures that came with it are ours by now, a mask goes along again."""
    uploads, press = turn.upload_ids, turn.press
    if press is None:
        alone = uploads[0] if len(uploads) == 1 and not turn.reply_to else None
        return Wish(turn.text, reply_to=turn.reply_to or alone, files=() if alone else uploads)
    masks = uploads[-1:] if press.region == regions.MASK else ()
    ours = uploads[: len(uploads) - len(masks)]
    if not press.picture_id:
        press = replace(press, picture_id=ours[0] if ours else "")
        ours = ours[1:]
    return Wish(press=replace(press, others=(*press.others, *ours)), files=masks)
