"""Sentences made from the record of a picture: what it shows, how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core import regions
from core.painting.recipe import Recipe, Technique
from core.ports import PictureNote
from core.types import Picture, Press, Verb

_PRESS = {
    Verb.SELECT: "Picture {n} it is.",
    Verb.REFINE: "I am going over picture {n} once more.",
    Verb.VARY: "More like picture {n}:",
    Verb.EDIT: "Picture {n}, changed{where}: {text}",
    Verb.AGAIN: "The same once more, from new noise:",
    Verb.UNDO: "Back to picture {n}.",
    Verb.BLEND: "Pictures {all} in one:",
}
_HOW = {
    Verb.EDIT: "edited from",
    Verb.VARY: "a variation of",
    Verb.REFINE: "refined from",
    Verb.AGAIN: "painted again, from",
    Verb.BLEND: "blended from",
}


def press_sentence(press: Press, numbers: Sequence[int]) -> str:
    """What the answer to a button starts with; empty where the picture speaks for itself.

    `numbers`: of the pressed picture and the others it is blended with.
    """
    where = f" in {regions.phrase(press.region)} only" if press.region else ""
    text = press.text.strip()
    return _PRESS.get(press.verb, "").format(
        n=numbers[0], text=text, where=where, all=_and(numbers)
    )


def silence(names: Mapping[str, str], pictures: Mapping[str, Picture]) -> str:
    """What is said when a model said nothing and painted nothing."""
    kept = [f"picture {pictures[i].number} as {name}" for name, i in names.items()]
    return f"I will remember {' and '.join(kept)}." if kept else "I have nothing to add to that."


def description(picture: Picture, pictures: Mapping[str, Picture]) -> str:
    """What it shows, from its words; Easel does not look at pixels here and says so for uploads."""
    if picture.recipe is None:
        return f"Picture {picture.number} is one you gave me; I only know that it is called “{picture.caption}”."
    return f"Picture {picture.number} shows {picture.caption}{_origin(picture, pictures)}."


def details(picture: Picture, pictures: Mapping[str, Picture]) -> str:
    """The recipe in plain lines: exact prompt, seed, steps, guidance scale, size, model, parent, time."""
    recipe = picture.recipe
    if recipe is None:
        return f"Picture {picture.number} was uploaded ({picture.width} x {picture.height})."
    lines = [
        f"Picture {picture.number}{_origin(picture, pictures)}",
        f"- prompt: {recipe.prompt}",
        *([f"- not: {recipe.negative}"] if recipe.negative else []),
        f"- seed {recipe.seed}, {recipe.steps} steps, guidance scale {recipe.guidance:g}, "
        f"{recipe.width} x {recipe.height}",
        f"- model {recipe.model}" + (f", {recipe.scheduler}" if recipe.scheduler else ""),
    ]
    if recipe.technique is Technique.PICTURE_TO_PICTURE:
        where = _where(recipe, pictures)
        lines.append(f"- picture to picture, strength {recipe.strength:g}{where}")
    if picture.seconds:
        lines.append(f"- painted in {picture.seconds:.1f} s")
    return "\n".join(lines)


def notes(batch: Sequence[Picture], pictures: Mapping[str, Picture]) -> list[PictureNote]:
    """The index lines of pictures that were painted together."""
    numbers = tuple(p.number for p in batch)
    return [
        PictureNote(
            number=p.number,
            description=p.caption,
            parent=parent.number if (parent := pictures.get(p.parent_id or "")) else None,
            batch=numbers,
            is_upload=p.recipe is None,
        )
        for p in batch
    ]


def _origin(picture: Picture, pictures: Mapping[str, Picture]) -> str:
    parent = pictures.get(picture.parent_id or "")
    if parent is None or picture.verb not in _HOW:
        return ""
    others = picture.recipe.others if picture.recipe else ()
    numbers = [parent.number, *(pictures[i].number for i in others if i in pictures)]
    word = "pictures" if len(numbers) > 1 else "picture"
    return f", {_HOW[picture.verb]} {word} {_and(numbers)}"


def _where(recipe: Recipe, pictures: Mapping[str, Picture]) -> str:
    """Which part was painted anew, where it was not all of it."""
    if not recipe.region:
        return ""
    mask = pictures.get(recipe.mask or "")
    if mask is not None:
        return f", only where picture {mask.number} is white"
    return f", only {regions.phrase(recipe.region)}"


def _and(numbers: Sequence[int]) -> str:
    """ "1, 3 and 4"."""
    *first, last = (str(number) for number in numbers)
    return f"{', '.join(first)} and {last}" if first else last
