"""What a person's words mean in the painter's vocabulary: things, background, style, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache

from core.llm.offline.lexicon import (
    CHARMING,
    IGNORED,
    KINDS,
    NUMBERS,
    PHRASES,
    POSES,
    kind_of,
)
from core.painting.pocket.vocabulary import (
    BACKGROUNDS,
    COLORS,
    POSITIONS,
    STYLES,
    SYNONYMS,
    THINGS,
    Scene,
    Thing,
    caption,
)

MAX_THINGS = 2  # the painter was trained on one or two things in a picture
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")
_ENDING = re.compile(r"'(?:s|ll|d|re|ve|m|t)$")
_BREAKS = frozenset({"a", "an", "the", "with", "but", "next", "beside", "near"})
_NEGATIONS = frozenset({"without", "no", "not"})
# A weak hint: "a duck swimming in the river" stays at the river.
_AROUND = frozenset(["flying", "fly", "flies", "soaring", "swimming", "swim", "swims", "diving"])
_OWNERS = frozenset({"my", "our", "his", "her", "your"})
_SAME = frozenset({"butterflies", "foxes"})  # plurals that do not hold the word
_LONGEST_PHRASE = 5
_FULL_WORD = 60  # characters of a word looked at; longer ones are noise


@dataclass(frozen=True, slots=True)
class Token:
    """A word or phrase; `kind` is empty when it shows nothing, "unknown" when it might but is not known."""

    text: str
    kind: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What words say about a picture. `loose` holds color, size and position said of no thing in particular."""

    things: tuple[Thing, ...] = ()
    background: str | None = None
    style: str | None = None
    loose: Thing = field(default_factory=lambda: Thing(""))
    charm: str | None = None
    without: tuple[str, ...] = ()  # "no trees": names of any kind
    unknown: tuple[str, ...] = ()  # words that might be seen, but not by this painter
    poses: tuple[str, ...] = ()
    swapped: tuple[tuple[str, str], ...] = ()  # ("wolfhound", "dog"): painted in its place
    crowded: tuple[str, ...] = ()  # further backgrounds, things and styles that find no room

    @property
    def says_something(self) -> bool:
        """True when anything the painter knows was named."""
        return bool(self.things or self.background or self.style or self.loose != Thing(""))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(thing.name for thing in self.things)

    def scene(self) -> Scene:
        """The first two things with background and style."""
        return Scene(self.things[:MAX_THINGS], self.background, self.style)


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation; typographic apostrophes count as plain ones."""
    plain = text.lower().replace("’", "'").replace("‘", "'")
    return [word[:_FULL_WORD] for word in _WORD.findall(plain)]


def tokens_of(text: str) -> list[Token]:
    """The words of a text, phrases joined, each with what it stands for."""
    words, tokens, i = words_of(text), [], 0
    while i < len(words):
        token, used = _phrase_at(words, i) or (_word(words[i]), 1)
        tokens.append(token)
        i += used
    return _without_owners(_without_noise(tokens))


def read(text: str) -> Reading:
    """What the text says about a picture."""
    reader = _Reader()
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

    def __init__(self) -> None:
        self._things: list[Thing] = []
        self._pending = Thing("")  # said before its thing
        self._scene: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {
            key: [] for key in ("without", "unknown", "poses", "crowded")
        }
        self._swapped: list[tuple[str, str]] = []
        self._charm: str | None = None
        self._negated = False
        self._before = ""

    def take(self, token: Token) -> None:
        self._sort(token)
        self._before = token.text

    def _sort(self, token: Token) -> None:
        if token.text in _NEGATIONS:
            self._negated = True
        elif self._negated and token.name:
            self._lists["without"].append(token.name)
            self._negated = False
        elif token.kind == "thing":
            self._take_thing(token)
        elif token.kind in ("color", "size", "position"):
            self._take_attribute(token)
        elif token.kind in ("background", "style"):
            self._take_surroundings(token)
        elif token.kind == "unknown" and self._before in _OWNERS:
            pass  # "my boy loves...": who asks, not what is to be seen
        elif token.kind in ("unknown", "pose"):
            self._lists["poses" if token.kind == "pose" else "unknown"].append(token.text)
        elif token.text in CHARMING:
            self._charm = self._charm or CHARMING[token.text]
        elif token.text in _BREAKS:
            self._flush()

    def _take_thing(self, token: Token) -> None:
        thing = replace(self._pending, name=token.name)
        self._pending = Thing("")
        if token.name not in token.text and token.text not in _SAME:
            self._swapped.append((token.text, token.name))
        for i, known in enumerate(self._things):
            if known.name == thing.name:  # "a dog, a small dog": said twice, painted once
                self._things[i] = merged(known, thing)
                return
        self._things.append(thing)

    def _take_attribute(self, token: Token) -> None:
        if token.kind == "position" and self._things and self._pending == Thing(""):
            self._things[-1] = replace(self._things[-1], position=token.name)
        else:
            self._pending = _with(self._pending, token.kind, token.name)

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
            self._things[-1] = merged(self._things[-1], self._pending)
            self._pending = Thing("")

    def result(self) -> Reading:
        self._flush()
        lists = {key: tuple(dict.fromkeys(found)) for key, found in self._lists.items()}
        crowded = (*lists.pop("crowded"), *(thing.name for thing in self._things[MAX_THINGS:]))
        return Reading(
            things=tuple(self._things),
            background=self._scene.get("background"),
            style=self._scene.get("style"),
            loose=self._pending,
            charm=self._charm,
            swapped=tuple(dict.fromkeys(self._swapped)),
            crowded=crowded,
            **lists,
        )


def merged(thing: Thing, more: Thing) -> Thing:
    """`thing` with what `more` says about color, size and position."""
    return Thing(
        thing.name,
        more.color or thing.color,
        more.size or thing.size,
        more.position or thing.position,
    )


def _with(thing: Thing, kind: str, name: str) -> Thing:
    if kind == "color":
        return replace(thing, color=name)
    return replace(thing, size=name) if kind == "size" else replace(thing, position=name)


# -- words ------------------------------------------------------------------------------------------------------------


def _phrase_at(words: Sequence[str], start: int) -> tuple[Token, int] | None:
    phrases = _phrases()
    for length in range(min(_LONGEST_PHRASE, len(words) - start), 1, -1):
        text = " ".join(words[start : start + length])
        if text in phrases:
            kind, name = phrases[text]
            return Token(text, kind, name), length
    return None


@cache
def _phrases() -> dict[str, tuple[str, str]]:
    own = {
        phrase: ("background", name) for name, phrases in BACKGROUNDS.items() for phrase in phrases
    }
    own |= {phrase: ("position", name) for name, phrases in POSITIONS.items() for phrase in phrases}
    own |= PHRASES
    return {phrase: known for phrase, known in own.items() if " " in phrase}


def _word(word: str) -> Token:
    bare = _ENDING.sub("", word)
    if word in CHARMING:
        return Token(word)
    if word in IGNORED and bare not in ("left", "right", "center"):
        return Token(word)
    for form in (word, bare, *_parts(word)):
        if known := kind_of(form):
            return Token(word, *known)
    if bare in CHARMING or word.isdigit() or bare in NUMBERS:
        return Token(word)
    if bare in POSES:
        return Token(word, "pose")
    if bare in IGNORED:
        return Token(word)
    if meant := _misspelt(bare):
        known = kind_of(meant)
        return Token(word, *known) if known else Token(word)
    return Token(bare, "unknown")


def _parts(word: str) -> list[str]:
    """The last part of "super-dog" comes first: it is what the thing is."""
    return word.split("-")[::-1] if "-" in word else []


@cache
def _spellings() -> tuple[str, ...]:
    ours = [*THINGS, *BACKGROUNDS, *COLORS, *(near for near in SYNONYMS if len(near) >= 6)]
    ours += [style for style in STYLES if " " not in style]
    return tuple(dict.fromkeys([*ours, *(f"{thing}s" for thing in THINGS)]))


@lru_cache(maxsize=4096)
def _misspelt(word: str) -> str | None:
    """The known word one slip of the finger away; None when the word is short or a word of its own."""
    if word in KINDS or word.rstrip("s") in KINDS or not word.isalpha():
        return None
    near = [known for known in _spellings() if known[0] == word[0] and _one_slip(word, known)]
    return min(near, key=lambda known: (abs(len(known) - len(word)), known)) if near else None


def _one_slip(word: str, known: str) -> bool:
    if len(word) == len(known):
        wrong = [i for i in range(len(word)) if word[i] != known[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            i, j = wrong
            return word[i] == known[j] and word[j] == known[i]
        return len(wrong) == 1 and len(word) >= 6
    short, long = sorted((word, known), key=len)
    if len(long) != len(short) + 1 or len(short) < 5:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


# -- order of words ---------------------------------------------------------------------------------------------------


def _without_noise(tokens: list[Token]) -> list[Token]:
    """ "Dark blue" is no night, and "birthday cake" no cake beside a cake."""
    kept: list[Token] = []
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else Token("")
        if token.text in ("dark", "light", "deep", "bright") and following.kind == "color":
            continue
        if token.kind == "thing" and (following.kind, following.name) == ("thing", token.name):
            continue
        if token.text == "sky" and following.kind == "color":
            continue
        kept.append(token)
    return kept


def _without_owners(tokens: list[Token]) -> list[Token]:
    """ "The dog's house" and "a house for the dog" show a house."""
    kept: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if (
            token.kind == "thing"
            and token.text.endswith(("'s", "s'"))
            and _thing_soon(tokens[i + 1 :])
        ):
            i += 1
            continue
        kept.append(token)
        if token.kind == "thing" and token.name in ("house", "castle"):
            i += _owner_length(tokens[i + 1 :])
        i += 1
    return kept


def _thing_soon(tokens: Sequence[Token]) -> bool:
    return any(token.kind == "thing" for token in tokens[:3])


def _owner_length(tokens: Sequence[Token]) -> int:
    """How many tokens after "house" only say whose it is."""
    if not tokens or tokens[0].text not in ("of", "for"):
        return 0
    for i, token in enumerate(tokens[1:4], start=2):
        if token.kind == "thing":
            return i
        if token.kind:
            return 0
    return 0
