"""What a person's words mean in the painter's vocabulary: things, background, style, and what was not understood."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from core.llm.offline.denials import OUTFIT, Denials
from core.llm.offline.lexicon import CHARMING, GRIPS, IN_HAND
from core.llm.offline.tokens import Token, tokens_of
from core.painting.pocket.vocabulary import (
    WEARERS,
    Scene,
    Thing,
    caption,
)

MAX_THINGS = 2  # the painter was trained on one or two things in a picture
_BESIDE = frozenset({"next", "beside", "near", "to", "towards"})
_BREAKS = _BESIDE | {"a", "an", "the", "with", "but"}
# A weak hint: "a duck swimming in the river" stays at the river.
_AROUND = frozenset(["swimming", "swim", "swims", "diving"])
_OWNERS = frozenset({"my", "our", "his", "her", "your"})
_SAME = frozenset({"butterflies", "mice", "cacti", "octopi", "strawberries"})  # hold no singular
ATTRIBUTES = tuple(each.name for each in fields(Thing) if each.name != "name")
"""What can be said about a thing, by the names of its fields."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What words say about a picture. `loose` holds what was said of no thing in particular."""

    things: tuple[Thing, ...] = ()
    background: str | None = None
    style: str | None = None
    loose: Thing = field(default_factory=lambda: Thing(""))
    charm: str | None = None
    without: tuple[str, ...] = ()  # "no trees": names of any kind
    unknown: tuple[str, ...] = ()  # words that might be seen, but not by this painter
    unshown: tuple[str, ...] = ()  # actions and moods that the painter has no picture for
    swapped: tuple[tuple[str, str], ...] = ()  # ("wolfhound", "dog"): painted in its place
    crowded: tuple[str, ...] = ()  # further backgrounds, things and styles that find no room

    @property
    def says_something(self) -> bool:
        """True when anything the painter knows was named."""
        return bool(self.things or self.background or self.style or self.loose != Thing(""))

    @property
    def only_acted(self) -> bool:
        """True when all that was named is a pose or an outfit, of nobody in particular."""
        rest = replace(self.loose, pose=None, worn=None, held=None)
        bare = rest == Thing("") and not (self.things or self.background or self.style)
        return bare and self.loose != rest

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(thing.name for thing in self.things)

    def scene(self) -> Scene:
        """The first two things, dressed where they can be, with background and style; what is loose is the first's."""
        things = self.things[:MAX_THINGS]
        if things:
            loose = replace(self.loose, name=things[0].name)
            things = (merged(loose, things[0]), *things[1:])
        return Scene(tuple(map(undressed, things)), self.background, self.style)


def read(text: str, in_hand: frozenset[str] = frozenset()) -> Reading:
    """What the text says about a picture; of `in_hand`, a balloon or a flower is one that is held."""
    reader = _Reader(in_hand)
    for token in tokens_of(text):
        reader.take(token)
    return reader.result()


def worded(scene: Scene, charm: str | None = None) -> str:
    """The scene's caption, its first thing with an adjective that people like to see again."""
    text = caption(scene)
    if charm is None or not scene.things:
        return text
    first = caption(Scene(scene.things[:1]))
    return text.replace(first, f"a {charm} {first.split(' ', 1)[1]}", 1)


def scene_of(description: str) -> Scene | None:
    """The scene of a caption; None when it names no thing that the painter knows."""
    reading = read(description)
    return reading.scene() if reading.things else None


class _Reader:
    """Walks over tokens and gives colors, sizes and places to the things they belong to."""

    def __init__(self, in_hand: frozenset[str]) -> None:
        self._in_hand = in_hand
        self._things: list[Thing] = []
        self._last = -1  # which of them was named last
        self._pending = Thing("")  # said before its thing
        self._loose = Thing("")  # said of no thing in particular
        self._scene: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {key: [] for key in ("unknown", "unshown", "crowded")}
        self._denials = Denials()
        self._swapped: list[tuple[str, str]] = []
        self._charm: str | None = None
        self._before = Token("")
        self._opened = True  # an article was said, its thing is still to come
        self._grip = ""  # "holding", until it is known what
        self._on_outfit = False  # a hat was just named, and what follows is said of it

    def take(self, token: Token) -> None:
        if IN_HAND.get(token.text) in self._in_hand:
            token = Token(token.text, "held", IN_HAND[token.text])
        if not self._denials.hear(token):
            self._sort(token)
        self._before = token

    def _sort(self, token: Token) -> None:
        if token.kind in OUTFIT or (self._grip and token.text in IN_HAND):
            self._dress(token)
        elif token.kind == "thing":
            self._take_thing(token)
        elif token.kind in ("color", "size", "position", "pose"):
            self._take_attribute(token)
        elif token.kind in ("background", "style"):
            self._take_surroundings(token)
        elif token.kind in ("unknown", "unshown"):
            self._take_stranger(token)
        else:
            self._take_small_word(token.text)

    def _take_thing(self, token: Token) -> None:
        thing = replace(self._pending, name=token.name)
        self._pending, self._opened, self._on_outfit = Thing(""), False, False
        self._let_go()
        if token.name not in token.text and token.text not in _SAME:
            self._swapped.append((token.text, token.name))
        for i, known in enumerate(self._things):
            if known.name == thing.name:  # "a dog, a small dog": said twice, painted once
                self._things[i] = merged(known, thing)
                self._last = i
                return
        self._last = len(self._things)
        self._things.append(thing)

    def _take_small_word(self, word: str) -> None:
        if word in GRIPS:
            self._grip = word
        elif word in CHARMING:
            self._charm = self._charm or CHARMING[word]
        elif word in _BREAKS:
            self._flush()
            if word in _BESIDE:  # "sleeping next to a house": it is not the house that sleeps
                self._loose, self._pending = merged(self._loose, self._pending), Thing("")
            self._opened, self._on_outfit = True, False

    def _take_stranger(self, token: Token) -> None:
        if token.kind == "unknown" and self._before.text in _OWNERS:
            return  # "my boy loves...": who asks, not what is to be seen
        self._lists[token.kind].append(token.text)
        self._grip = ""

    def _take_attribute(self, token: Token) -> None:
        if self._on_outfit and token.kind in ("color", "size"):
            self._lists["unshown"].append(token.text)  # "make the hat red": hats are of one kind
            return
        follows = token.kind == "position" or (token.kind == "pose" and not self._opened)
        if follows and self._things and self._pending == Thing(""):
            self._tell_last(token.kind, token.name)
        else:
            self._pending = with_attribute(self._pending, token.kind, token.name)

    def _dress(self, token: Token) -> None:
        """Gives the last thing, or else the next one, something to wear or hold."""
        if self._before.kind in ("color", "size"):  # a red hat: the painter has hats of one kind
            self._pending = with_attribute(self._pending, self._before.kind, None)
            self._lists["unshown"].append(self._before.text)
        kind, name = token.kind, token.name
        if kind == "thing":
            kind, name = "held", IN_HAND[token.text]
        if self._things:
            self._tell_last(kind, name)
        else:
            self._pending = with_attribute(self._pending, kind, name)
        self._grip, self._on_outfit = "", True

    def _tell_last(self, kind: str, name: str) -> None:
        self._things[self._last] = with_attribute(self._things[self._last], kind, name)

    def _let_go(self) -> None:
        """ "Holding" a cake: there is a cake, but nobody holds it."""
        if self._grip:
            self._lists["unshown"].append(self._grip)
        self._grip = ""

    def _take_surroundings(self, token: Token) -> None:
        held = self._scene.get(token.kind)
        weak = token.text in _AROUND
        if held is None or self._scene.get("weak") and not weak and token.kind == "background":
            self._scene[token.kind] = token.name
            if token.kind == "background":
                self._scene["weak"] = "yes" if weak else ""
        elif held != token.name and not weak:
            self._lists["crowded"].append(token.name)

    def _flush(self) -> None:
        """ "A dog that is blue, and a cat": what stands before an article belongs to the thing before it."""
        if self._things and self._pending != Thing(""):
            self._things[self._last] = merged(self._things[self._last], self._pending)
            self._pending = Thing("")

    def result(self) -> Reading:
        self._denials.close()
        self._flush()
        self._let_go()
        lists = {key: tuple(dict.fromkeys(found)) for key, found in self._lists.items()}
        crowded = (*lists.pop("crowded"), *(thing.name for thing in self._things[MAX_THINGS:]))
        return Reading(
            things=tuple(self._things),
            background=self._scene.get("background"),
            style=self._scene.get("style"),
            loose=merged(self._loose, self._pending),
            charm=self._charm,
            swapped=tuple(dict.fromkeys(self._swapped)),
            crowded=crowded,
            without=tuple(dict.fromkeys(self._denials.names)),
            **lists,
        )


def merged(thing: Thing, more: Thing) -> Thing:
    """`thing` with what `more` says about it: color, size, pose and so on."""
    for kind in ATTRIBUTES:
        if said := getattr(more, kind):
            thing = with_attribute(thing, kind, said)
    return thing


def undressed(thing: Thing) -> Thing:
    """The thing without what it cannot wear or hold: a house has no head and no hands."""
    return thing if thing.name in WEARERS else replace(thing, worn=None, held=None)


def outfit_refused(thing: Thing) -> str:
    """What to say where `undressed` took something away; empty where it did not."""
    if undressed(thing) == thing:
        return ""
    return f"I can't paint {caption(Scene((Thing(thing.name),)))} that wears or holds something."


def with_attribute(thing: Thing, kind: str, name: str | None) -> Thing:
    """The thing with one of `ATTRIBUTES` set, or cleared."""
    change: dict[str, Any] = {kind: name}
    return replace(thing, **change)
