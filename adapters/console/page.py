"""The transcript as one HTML page that needs nothing but the pictures beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote

from adapters.console.plaintext import plain, plain_line

Document = Mapping[str, Any]


def transcript_page(document: Document) -> str:
    """The page of a `transcript.json`: whatever was said or captioned is text there, never markup."""
    template = Template(files("adapters.console").joinpath("page.html").read_text("utf-8"))
    turns = document["turns"]
    return template.substitute(
        title=escape(plain_line(document["script"])),
        conversation=escape(document["conversation"] or "not begun"),
        count=f"{len(turns)} turn{'' if len(turns) == 1 else 's'}",
        turns="\n".join(_turn(index, turn) for index, turn in enumerate(turns, 1)),
    )


def _turn(index: int, turn: Document) -> str:
    state = escape(turn["state"])
    pieces = "\n".join(_pieces(turn))
    return (
        f'<article class="{state}" id="turn-{index}">\n<div class="user">{_text(turn["user"])}'
        f"{''.join(_attachment(attachment) for attachment in turn['attachments'])}</div>\n"
        f'<div class="easel">\n{pieces}\n<p class="note">{state}, {turn["seconds"]:.1f} s</p></div>\n'
        "</article>"
    )


def _pieces(turn: Document) -> Iterator[str]:
    by_number = {picture["number"]: picture for picture in turn["pictures"]}
    for part in turn["parts"]:
        if "text" in part:
            yield _text(part["text"])
        else:
            figures = "".join(_figure(by_number[number]) for number in part["pictures"])
            yield f'<div class="pictures">{figures}</div>'
    if turn["error"]:
        yield f'<p class="error">{escape(plain(turn["error"]))}</p>'


def _text(text: str) -> str:
    return f"<p>{escape(plain(text))}</p>"


def _attachment(attachment: Document) -> str:
    if attachment["picture"]:
        return _figure(attachment["picture"])
    return f'<p class="note">{escape(plain_line(attachment["name"]))}</p>'


def _figure(picture: Document) -> str:
    caption = escape(plain_line(picture["caption"]))
    made = picture["verb"] or "upload"
    parent = f" of {picture['parent']}" if picture["parent"] else ""
    label = f"<b>{picture['number']}</b> {escape(made)}{parent}: {caption}"
    return f"<figure>{_image(picture)}<figcaption>{label}</figcaption>{_recipe(picture)}</figure>"


def _image(picture: Document) -> str:
    if not picture["file"]:
        return f'<p class="error">{escape(picture["state"])}</p>'
    source = escape(quote(picture["file"]))
    alt = escape(plain_line(picture["caption"]))
    size = f'width="{int(picture["width"])}" height="{int(picture["height"])}"'
    return f'<a href="{source}"><img src="{source}" alt="{alt}" {size} loading="lazy"></a>'


def _recipe(picture: Document) -> str:
    if not picture["recipe"]:
        return ""
    rows = "".join(
        f"<dt>{escape(key.replace('_', ' '))}</dt><dd>{escape(plain_line(str(value)))}</dd>"
        for key, value in picture["recipe"].items()
        if value not in (None, "")
    )
    return f"<details><summary>Recipe</summary><dl>{rows}</dl></details>"
