"""Which picture a message is about, and the message without the words that say so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core import references
from core.llm.offline.reading import Reading, scene_of
from core.ports import PictureNote, Situation

_ORDINAL = (
    r"first|second|third|fourth|fifth|sixth|seventh|eighth|last|latest|previous|original"
    r"|\d{1,2}(?:st|nd|rd|th)"
)
_NUMBER = r"\d{1,3}|one|two|three|four|five|six|seven|eight"
_PICTURE = r"(?:picture|image|pic|photo|painting|drawing|version|option|one)"
_CORNER = r"(?:top|bottom|upper|lower)[ -]?(?:left|right)|(?:left|right)[ -]?(?:top|bottom)"
_PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?:the )?\b(?:picture|image|pic|photo|number|nr|no\.|option"
        rf"|version) ?#? ?(?:{_NUMBER})\b",
        r"#\s?\d{1,3}\b",
        r"^\d{1,3}\b(?=$| (?:is|looks|was|please|pls|but|in|at|on|as|with|again)\b)",
        r"(?<=\btake )\d{1,3}$",
        r"(?:(?<=\bof )|(?<=\bto )|(?<=\bon )|(?<=\blike )|(?<=\bpick )|(?<=\bkeep )"
        r"|(?<=\bwith )|(?<=\bfrom )|(?<=\bvary )|(?<=\brefine )"
        r"|(?<=\bselect )|(?<=\bchoose )|(?<=\bprefer )|(?<=\bpolish )|(?<=\bfinish )"
        r"|(?<=\bupscale )|(?<=\bdescribe )|(?<=\buse )|(?<=\bfor )"
        r"|(?<=\bimprove )|(?<=\bsharpen )|(?<=\benhance ))\d{1,3}(?=$| again$)",
        rf"\bthe (?:{_ORDINAL})(?! (?:change|edit|step|time|thing))(?: {_PICTURE})?"
        r"(?: (?:you|we|i) (?:made|painted|did|had))?\b",
        rf"\b(?:{_ORDINAL}) {_PICTURE}\b",
        rf"(?:the |in the |at the )?\b(?:{_CORNER})(?: {_PICTURE})?\b",
        rf"\bthe (?:left|right|middle|top|bottom|leftmost|rightmost)(?:most)? {_PICTURE}\b",
        r"\bthe one (?:with|in|on|at|near|by|under) (?:(?:the|a|an) )?\w+(?: \w+)?",
        r"\bthe \w+(?: \w+)?(?= (?:the )?(?:best|most)$)",
        rf"\bthe (?!other|same|new|next|whole)\w+(?: \w+)? {_PICTURE}\b",
    )
)
_THIS = re.compile(
    r"\b(?:this|that|the (?:current|same))(?: (?:one|picture|image|pic|drawing|painting|photo))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Words that name a picture, and the text in which "it" stands for them."""

    words: str
    rest: str


def pointer_in(text: str, situation: Situation) -> Pointer | None:
    """The first words in the text that name one of the conversation's pictures; None when there are none."""
    if not situation.pictures:
        return None
    for name in sorted(known_names(situation), key=len, reverse=True):
        match = re.search(rf"\b{re.escape(name)}\b(?:'s)?", text, re.I)
        if match:
            return Pointer(name, _without(text, match, "it's" if match[0].endswith("'s") else "it"))
    if match := _painted_phrase(text, situation):
        return Pointer(match[0], _without(text, match, f"the {match[1]}"))
    for pattern in (*_PATTERNS, _THIS):
        match = pattern.search(text)
        if match and not _is_new(match[0], situation):
            return Pointer(match[0], _without(text, match, "it"))
    return None


def _painted_phrase(text: str, situation: Situation) -> re.Match[str] | None:
    """ "The blue car" where another picture's car is not blue: colors and sizes tell pictures apart."""
    scenes = [scene for note in situation.pictures if (scene := scene_of(note.description))]
    for thing in dict.fromkeys(thing for scene in scenes for thing in scene.things):
        marks = [mark for mark in (thing.color, thing.size) if mark]
        others = [other for scene in scenes for other in scene.things if other.name == thing.name]
        if marks and any(other != thing for other in others):
            match = re.search(rf"\bthe (?:{'|'.join(marks)}) ({thing.name})\b", text, re.I)
            if match:
                return match
    return None


def number_of(pointer: Pointer, situation: Situation) -> int:
    """Raises `UnknownPicture` or `AmbiguousPicture`."""
    return references.resolve(pointer.words, situation)


def target_of(situation: Situation) -> int | None:
    """The picture that "it" means: the one answered on, the one just sent, or the current one."""
    known = {note.number for note in situation.pictures}
    candidates = (situation.reply_to, *situation.uploads[-1:], situation.current)
    return next((n for n in candidates if n in known), None)


def note_of(number: int, situation: Situation) -> PictureNote:
    return next(note for note in situation.pictures if note.number == number)


def showing(reading: Reading, situation: Situation) -> int | None:
    """The picture with one of the named things: the one at hand if it has it, else the latest."""
    target = target_of(situation)
    order = [note for note in situation.pictures if note.number == target]
    for note in order + list(situation.pictures[::-1]):
        scene = scene_of(note.description)
        if scene and any(thing.name in reading.names for thing in scene.things):
            return note.number
    return None


def known_names(situation: Situation) -> dict[str, int]:
    """Names people gave, with the pictures they stand for."""
    named = {note.name: note.number for note in situation.pictures if note.name}
    known = {note.number for note in situation.pictures}
    return {
        name: n for name, n in {**named, **situation.names}.items() if n in known and name.strip()
    }


def called(number: int, situation: Situation) -> str | None:
    """The name given to a picture or, as Bob stays Bob through edits, to one it was made from."""
    names = {at: name for name, at in known_names(situation).items()}
    parents = {note.number: note.parent for note in situation.pictures}
    seen: set[int] = set()
    at: int | None = number
    while at is not None and at not in seen:
        if at in names:
            return names[at]
        seen.add(at)
        at = parents.get(at)
    return None


def _without(text: str, match: re.Match[str], stand_in: str) -> str:
    return " ".join(f"{text[: match.start()]} {stand_in} {text[match.end() :]}".split())


def _is_new(words: str, situation: Situation) -> bool:
    """ "The simple version" is a wish when no picture's words hold "simple"."""
    described = re.fullmatch(rf"the (\w+)(?: \w+)? {_PICTURE}", words.strip(), re.I)
    if not described or re.fullmatch(
        rf"(?:{_ORDINAL})|left|right|middle|top|bottom", described[1], re.I
    ):
        return False
    seen = " ".join(note.description.lower() for note in situation.pictures)
    return described[1].lower() not in seen.split()
