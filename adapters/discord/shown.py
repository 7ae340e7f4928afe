"""Which pictures a message shows: read off its own buttons where it is ours, off its attachments where it is not.

No database is asked: a form must be opened within three seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import discord

from adapters.discord import identifiers
from adapters.discord.downloads import check
from core.errors import NotAPicture, PictureTooLarge

MOST = 10  # choices of a radio group, pictures of a gallery
_ALT = re.compile(r"Picture (\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of ours on a message."""

    id: str
    number: str  # "" when the message does not say
    caption: str = ""


def pictures_on(message: discord.Message | None) -> tuple[Shown, ...]:
    """Our pictures on one of our messages that have buttons, in the order shown."""
    if message is None:
        return ()
    ids: dict[str, str] = {}
    captions: list[tuple[str, str]] = []
    for component in _walk(message.components):
        carried = identifiers.read(getattr(component, "custom_id", None) or "")
        if isinstance(component, discord.Button) and carried:
            if carried.verb == "select":
                ids[carried.id] = component.label or ""
            elif carried.verb == "edit" and not carried.argument:
                ids.setdefault(carried.id, "")
        for item in getattr(component, "items", ()):
            if match := _ALT.fullmatch(item.description or ""):
                captions.append((match[1], match[2]))
    if len(ids) == 1 and captions:
        return tuple(Shown(id, captions[0][0], captions[0][1]) for id in ids)
    said = dict(captions)
    return tuple(Shown(id, number, said.get(number, "")) for id, number in ids.items())


def picture_files(attachments: Sequence[discord.Attachment]) -> tuple[discord.Attachment, ...]:
    """Those that are pictures by their type or, where Discord names none, by their ending."""
    return tuple(a for a in attachments if _is_picture(a))[:MOST]


def _is_picture(attachment: discord.Attachment) -> bool:
    try:
        check(attachment)
    except NotAPicture:
        return False
    except PictureTooLarge:
        return True  # said to the person when it is fetched
    return True


def _walk(components: Sequence[object]) -> Iterator[object]:
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))
