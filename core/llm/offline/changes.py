"""What an instruction makes of a scene: "make it night", "a cat instead of the dog", "bigger"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.llm.offline.reading import (
    ATTRIBUTES,
    MAX_THINGS,
    Reading,
    merged,
    outfit_refused,
    read,
    undressed,
    with_attribute,
)
from core.llm.offline.removals import as_denials
from core.llm.offline.tokens import words_of
from core.painting.pocket.vocabulary import WEARERS, Scene, Thing

_SWAPS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?P<new>.+?)\b(?:instead|in place|rather than)(?: of)?"
        r" (?P<old>(?:the|a|an|it|that|him|her|this)\b.*)",
        r"instead of (?P<old>.+?)(?:,| make| draw| paint| use| put| i want)(?P<new>.+)",
        r"\b(?:replace|swap|exchange|switch|trade)\b(?P<old>.+?)\b(?:with|by|for|to)\b(?P<new>.+)",
        r"\b(?:change|turn|transform|convert|make|morph)\b(?P<old>.+?)\b(?:to|into|in to)\b(?P<new>.+)",
        r"\bmake (?P<old>the [\w ]+?) (?P<new>an? .+)",
        r"(?P<old>\b(?:the|that|this) [\w ]+?|\bit) (?:should|could|can|must|shall|to|will)"
        r" (?:be|become|turn into) (?P<new>an? .+)",
        r"\b(?:swap|replace|switch) (?P<old>(?:the|that) \w+)\b.*?"
        r"\b(?:use|put|draw|paint|add|take)\b(?P<new>.+)",
        r"(?P<new>.+?)\b(?:instead of|in place of|rather than) (?P<old>\S.*)",
    )
)
_ADDS = re.compile(
    r"\b(?:add|with|and|plus|include|give|too|as well|next to|beside|near|by|friend"
    r"|join\w*|put|place|behind"
    r"|to the|towards?|in front of|also|meet\w*|together)\b",
    re.I,
)
_INSTEAD = re.compile(
    r"\b(?:instead|into|rather|replace\w*|swap|switch|change|turn|prefer)\b", re.I
)
_GIVES = re.compile(r"\b(?:gives?|hands? (?:it|him|her|them|the))\b(?! me\b| us\b)", re.I)
_DONE_TO_IT = re.compile(r"\s*(?:it|him|her|them)\b", re.I)
_ROLES = {"worn": "outfit", "held": "outfit"}  # a flag may take the place of a hat
_ALL = frozenset({"them", "both", "all", "everything", "they"})
_STEP = re.compile(
    r"\b(bigger|larger|closer|enlarge|grow|zoom in|too (?:small|tiny|little)"
    r"|smaller|tinier|shrink|zoom out|further away|too (?:big|large|huge))\b",
    re.I,
)
_UP = (
    "bigger",
    "larger",
    "closer",
    "enlarge",
    "grow",
    "zoom in",
    "too small",
    "too tiny",
    "too little",
)
_SIZES = ("small", None, "big")
_PLAIN_AGAIN = {
    "size": re.compile(r"\b(?:normal|usual|original|regular)(?: \w+)? size", re.I),
    "color": re.compile(r"\b(?:normal|usual|original|natural|real|no) colou?rs?\b", re.I),
    "style": re.compile(
        r"\b(?:normal|usual|original|no|without(?: any)?) style\b|\bnormal (?:picture|again)", re.I
    ),
    "pose": re.compile(r"\b(?:normal|usual|original|no) pose\b|\b(?:wake|wakes|woken)\b", re.I),
    "background": re.compile(r"\b(?:no|without(?: the| a)?) background\b", re.I),
}


@dataclass(frozen=True, slots=True)
class Change:
    """The scene after an instruction, what had to be said about it, and how the instruction was read."""

    scene: Scene
    notes: tuple[str, ...] = ()
    reading: Reading = Reading()


def changed(scene: Scene, instruction: str) -> Change:
    """`scene` with the instruction carried out as far as the painter's words reach."""
    text = as_denials(instruction, _only(scene, "worn"), _only(scene, "held"))
    notes: list[str] = []
    in_hand = _in_hand(scene, text)
    scene = _as_usual(scene, text)
    scene, text = _swapped(scene, text, in_hand, notes)
    scene, text = _sized(scene, text, in_hand, notes)
    reading = read(text, in_hand)
    scene = _removed(scene, reading, notes)
    scene = _described(scene, reading, text, notes)
    return Change(scene, tuple(notes), reading if reading.says_something else read(instruction))


def _only(scene: Scene, kind: str) -> str | None:
    """The one hat of the scene, or the one thing that is held; None where there are more or none."""
    items = {item for thing in scene.things if (item := getattr(thing, kind))}
    return items.pop() if len(items) == 1 else None


def resets(text: str) -> bool:
    """True for "no background", "its usual size": words that take something away without naming it."""
    return any(pattern.search(text) for pattern in _PLAIN_AGAIN.values())


def _in_hand(scene: Scene, text: str) -> frozenset[str]:
    """Whether "the balloon" is the one in somebody's hand, and "give it a balloon" puts one there."""
    held = {thing.held for thing in scene.things if thing.held}
    if _GIVES.search(text) and any(thing.name in WEARERS for thing in scene.things):
        held |= {"balloon", "flower"}
    names = {thing.name for thing in scene.things}
    standing = {"balloon"} & names | ({"flower"} if "sunflower" in names else set())
    return frozenset(held - standing)


def _as_usual(scene: Scene, text: str) -> Scene:
    for what, pattern in _PLAIN_AGAIN.items():
        if pattern.search(text):
            if what == "style":
                scene = replace(scene, style=None)
            elif what == "background":
                scene = replace(scene, background=None)
            else:
                things = tuple(with_attribute(thing, what, None) for thing in scene.things)
                scene = replace(scene, things=things)
    return scene


def _swapped(
    scene: Scene, text: str, in_hand: frozenset[str], notes: list[str]
) -> tuple[Scene, str]:
    """The scene with one thing exchanged, and the words that are left to read."""
    for pattern in _SWAPS:
        match = pattern.search(text)
        if match is None:
            continue
        old, new = read(match["old"], in_hand), read(match["new"], in_hand)
        if traded := _traded(old, new, is_done=bool(_DONE_TO_IT.match(match["old"]))):
            exchanged = _exchanged(scene, traded, new)
            verb = "add" if new.things else ""
            left = "" if exchanged != scene and not new.things else match["new"]
            return exchanged, f"{text[: match.start()]} {verb} {left}"
        place = _place_of(scene, old)
        if not new.things or place is None or new.things[0].name == scene.things[place].name:
            continue
        thing = merged(replace(scene.things[place], name=new.things[0].name), new.things[0])
        if any(i != place and t.name == thing.name for i, t in enumerate(scene.things)):
            notes.append(f"There was a {thing.name} already.")
        things = list(scene.things)
        things[place] = thing
        return replace(scene, things=_distinct(things)), f"{text[: match.start()]} {match['new']}"
    return scene, text


def _traded(old: Reading, new: Reading, is_done: bool) -> dict[str, str]:
    """The hat, colour or pose that the new words stand in for.

    Of what is done to "it" only like is traded for like: "make it run to the river" leaves it running.
    """
    if old.things or not new.says_something:
        return {}
    said = {_ROLES.get(kind, kind) for kind in ATTRIBUTES if getattr(new.loose, kind)}
    said |= {"outfit"} if new.things else set()
    gone = {kind: name for kind in ATTRIBUTES if (name := getattr(old.loose, kind))}
    like = {kind: name for kind, name in gone.items() if _ROLES.get(kind, kind) in said}
    return like if is_done else gone


def _exchanged(scene: Scene, traded: dict[str, str], new: Reading) -> Scene:
    """The scene in which who had what is traded has the new one; as it was where nobody had it."""
    things = list(scene.things)
    for i, thing in enumerate(scene.things):
        if bare := _without(thing, traded):
            # "A tree instead of the hat" keeps who wore it.
            things[i] = bare if new.things else merged(bare, new.loose)
    if tuple(things) == scene.things:
        return scene
    return Scene(tuple(things), new.background or scene.background, new.style or scene.style)


def _without(thing: Thing, traded: dict[str, str]) -> Thing | None:
    """The thing without what is traded; None where it had nothing of that."""
    bare = thing
    for name in traded.values():
        bare = _bare(bare, name)
    return None if bare == thing else bare


def _place_of(scene: Scene, old: Reading) -> int | None:
    """Which thing of the scene `old` speaks of: a named one, or for "it" the first."""
    names = [thing.name for thing in scene.things]
    for name in old.names:
        if name in names:
            return names.index(name)
    return 0 if names and not old.says_something and not old.unknown else None


def _removed(scene: Scene, reading: Reading, notes: list[str]) -> Scene:
    for name in reading.without:
        kept = tuple(thing for thing in scene.things if thing.name != name)
        if name == scene.background:
            scene = replace(scene, background=None)
        elif name == scene.style:
            scene = replace(scene, style=None)
        elif kept == scene.things:
            told = set(reading.names) & {thing.name for thing in scene.things}
            things = [_bare(t, name) if not told or t.name in told else t for t in scene.things]
            scene = replace(scene, things=tuple(things))
        elif kept:
            scene = replace(scene, things=kept)
        elif reading.things:
            scene = replace(scene, things=())
        else:
            notes.append(f"The {name} is all there is, so I left it in.")
    return scene


def _bare(thing: Thing, name: str) -> Thing:
    """The thing without a color, a pose, a hat or whatever else has this name."""
    for kind in ATTRIBUTES:
        if getattr(thing, kind) == name:
            thing = with_attribute(thing, kind, None)
    return thing


def _described(scene: Scene, reading: Reading, text: str, notes: list[str]) -> Scene:
    """The scene with what was said about things, background and style."""
    things = list(scene.things)
    strangers = []
    for thing in reading.things:
        place = next((i for i, known in enumerate(things) if known.name == thing.name), None)
        if place is None:
            strangers.append(thing)
        else:
            things[place] = merged(things[place], thing)
    things = _loose(things, reading, text, notes)
    things = _dressed(_joined(things, strangers, text, notes), notes)
    background = reading.background or _place_behind(scene, reading, notes)
    return Scene(tuple(things), background, reading.style or scene.style)


def _place_behind(scene: Scene, reading: Reading, notes: list[str]) -> str | None:
    """The scene's background, which a new sticker is cut out of."""
    is_cut_out = reading.style == "sticker" and scene.style != "sticker"
    if not is_cut_out or scene.background in (None, "plain"):
        return scene.background
    notes.append("A sticker stands alone, so I left out the place behind it.")
    return None


def _dressed(things: list[Thing], notes: list[str]) -> list[Thing]:
    """The things as they can be: some cannot wear or hold anything, which is noted."""
    notes += filter(None, map(outfit_refused, things))
    return [undressed(thing) for thing in things]


def _loose(things: list[Thing], reading: Reading, text: str, notes: list[str]) -> list[Thing]:
    if reading.loose.color and "background" in text.lower():
        notes.append("I cannot color a background, only things.")
        return things
    everyone = bool(_ALL & set(words_of(text)))
    return [merged(t, reading.loose) if i == 0 or everyone else t for i, t in enumerate(things)]


def _joined(
    things: list[Thing], strangers: list[Thing], text: str, notes: list[str]
) -> list[Thing]:
    """New things take the place of the first one, or stand beside it when the words say so."""
    if not strangers:
        return things
    named = set(read(text).names) - {thing.name for thing in strangers}
    beside = (named or _ADDS.search(text)) and not _INSTEAD.search(text)
    if not things or not beside:
        rest = things[1:] if things else []
        first = merged(replace(things[0], name=""), strangers[0]) if things else strangers[0]
        first = replace(first, name=strangers[0].name)
        return _room([first, *strangers[1:], *rest], notes)
    if len(things) + len(strangers) > MAX_THINGS and len(things) > 1:
        notes.append(f"Only two things fit into one picture, so the {things[-1].name} had to go.")
        things = things[:1]
    return _room([*things, *strangers], notes)


def _room(things: list[Thing], notes: list[str]) -> list[Thing]:
    kept = list(_distinct(things))
    for thing in kept[MAX_THINGS:]:
        notes.append(f"Only two things fit into one picture, so I left out the {thing.name}.")
    return kept[:MAX_THINGS]


def _distinct(things: list[Thing]) -> tuple[Thing, ...]:
    return tuple({thing.name: thing for thing in things[::-1]}.values())[::-1]


def _sized(scene: Scene, text: str, in_hand: frozenset[str], notes: list[str]) -> tuple[Scene, str]:
    """ "Bigger" goes one size up from the size a thing had; the word is then taken out of the text."""
    match = _STEP.search(text)
    if match is None or not scene.things:
        return scene, text
    reading = read(text, in_hand)
    if not reading.things and (reading.loose.worn or reading.loose.held):
        notes.append("Hats and what is held have one size.")
        return scene, _STEP.sub(" ", text)
    names = reading.names
    place = next((i for i, thing in enumerate(scene.things) if thing.name in names), 0)
    things = list(scene.things)
    at = _SIZES.index(things[place].size) + (1 if match[1].lower() in _UP else -1)
    if 0 <= at < len(_SIZES):
        things[place] = replace(things[place], size=_SIZES[at])
    else:
        notes.append(f"The {things[place].name} is as {things[place].size} as I can paint it.")
    return replace(scene, things=tuple(things)), _STEP.sub(" ", text)
