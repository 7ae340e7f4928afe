"""What arrives is made clean before it is stored: text that can be read, pictures that are pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from core.errors import BadInput, MessageTooLong
from core.types import Attachment, Inbound

ATTACHMENTS = 5  # as many as can be blended


def clean(inbound: Inbound, limit: int) -> Inbound:
    """The event with readable text. Raises `BadInput` when there is nothing to answer, `MessageTooLong`."""
    if len(inbound.text) > limit:
        raise MessageTooLong(
            f"message of {len(inbound.text)} characters",
            f"That is {len(inbound.text):,} characters; I read at most {limit:,}. Nothing was sent.",
        )
    if len(inbound.attachments) > ATTACHMENTS:
        raise BadInput(
            "too many files", f"At most {ATTACHMENTS} pictures with one message, please."
        )
    text = readable(inbound.text)
    if not (text or inbound.attachments or inbound.press):
        raise BadInput("empty message", "Tell me what you would like to see.")
    if inbound.press and not (inbound.press.picture_id or inbound.attachments):
        raise BadInput("press without a picture", "There is no picture I could work on.")
    press = inbound.press and replace(inbound.press, text=readable(inbound.press.text)[:limit])
    return replace(inbound, text=text, press=press)


def readable(text: str) -> str:
    """Without control characters, bidi overrides and broken surrogates; line breaks and tabs stay."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    return "".join(
        c for c in kept if c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ).strip()


def file_names(attachments: Sequence[Attachment]) -> tuple[str, ...]:
    """Names fit to be shown: readable, short, without folders."""
    names = (readable(a.name).replace("\\", "/").rsplit("/", 1)[-1][:80] for a in attachments)
    return tuple(name or "a picture" for name in names)
