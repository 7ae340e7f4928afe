"""Rules for wishes about pictures that exist: choose, name, go back, describe, refine, vary, tell of."""

from __future__ import annotations

import re

from core.llm.offline import cues, replies, stories
from core.llm.offline.clauses import Clause, Reply
from core.llm.offline.lexicon import NUMBERS
from core.llm.offline.numbers import MAX_PICTURES
from core.llm.offline.reading import Reading, read, scene_of
from core.llm.offline.replies import pick
from core.llm.offline.sources import called, note_of, number_of, showing
from core.painting.pocket.vocabulary import Scene, Thing, caption
from core.types import Action, Verb

_NO_NAMES = frozenset(
    [
        "a",
        "an",
        "the",
        "what",
        "it",
        "one",
        "is",
        "in",
        "on",
        "at",
        "not",
        "so",
        "as",
        "by",
        "for",
        "to",
        "of",
        "my",
        "your",
        "and",
        "me",
    ]
)


def naming(clause: Clause) -> Reply | None:
    """ "Its name is Bob", "call the second one Mira"."""
    match = next((m for p in cues.NAMINGS if (m := p.search(clause.text))), None)
    if match is None or match["name"].lower() in _NO_NAMES or clause.target is None:
        return None
    name = _proper(match["name"].strip("'\""))
    number = _number(clause) if clause.pointer else clause.target
    said = pick(clause.seed, replies.NAMED).format(Name=name)
    return Reply((said, Action(Verb.NAME, text=name, picture=number)))


def _proper(name: str) -> str:
    """'Fluffy' for "fluffy", and 'Rex' for "dog Rex"."""
    words = name.split()
    capitals = [word for word in words if not word[0].islower()]
    return " ".join(capitals) or replies.capital(name)


def select(clause: Clause) -> Reply | None:
    """ "Take the second one", "4", "the left one is good"."""
    if clause.pointer is None or cues.VARYING.search(clause.low) or cues.UNDO.search(clause.low):
        return None
    left = [
        w
        for w in clause.words
        if w not in ("it", "please", "one", "the", "then", "is", "pls", "with")
    ]
    asked = bool(cues.CHOOSING.search(clause.low)) or bool(cues.BEST.search(clause.low)) or not left
    this = re.fullmatch(r"(?:this|that)(?: one)?", clause.pointer.words.strip())
    if not asked or (this and not cues.FIRMLY_CHOOSING.match(clause.low)):
        return None
    number = _number(clause)
    if _says_more(clause.reading, number, clause):
        return None
    return Reply(
        (pick(clause.seed, replies.SELECTED).format(source=number), _act(Verb.SELECT, number))
    )


def _says_more(reading: Reading, number: int, clause: Clause) -> bool:
    """True when words beside the pointing ones ask for something that picture does not show."""
    if reading.background or reading.style or reading.without or reading.loose != Thing(""):
        return True
    scene = scene_of(note_of(number, clause.situation).description)
    shown = {thing.name for thing in scene.things} if scene else set()
    return any(thing != Thing(thing.name) or thing.name not in shown for thing in reading.things)


def undo(clause: Clause) -> Reply | None:
    if not cues.UNDO.search(clause.low) or clause.target is None or clause.reading.things:
        return None
    pointed = clause.pointer and not re.search(r"previous|earlier|this|that", clause.pointer.words)
    number = _number(clause) if pointed else note_of(clause.target, clause.situation).parent
    if number not in {note.number for note in clause.situation.pictures}:
        text = f"Picture {clause.target} is where this began, there is nothing before it."
        return Reply((text,))
    back = _act(Verb.UNDO, number or clause.target)
    return Reply((pick(clause.seed, replies.UNDONE).format(source=number), back))


def describe(clause: Clause) -> Reply | None:
    if not cues.DESCRIBING.search(clause.rest) and not cues.DESCRIBING.search(clause.low):
        return None
    if (
        clause.target is None
        or cues.HOME.search(clause.low)
        or re.search(r"\b(?:look|looks) like\b", clause.low)
    ):
        return None
    number = _source(clause)
    return Reply(("My notes say:", _act(Verb.DESCRIBE, number)))


def details(clause: Clause) -> Reply | None:
    """ "What prompt?": the record of a picture; "why?": the words it was painted from."""
    if not cues.DETAILS.search(clause.low) or clause.target is None:
        return None
    number = _source(clause)
    if not cues.WHY.search(clause.low):
        return Reply(("This is how it was made:", _act(Verb.DETAILS, number)))
    note = note_of(number, clause.situation)
    if note.is_upload:
        return Reply((f"Picture {note.number} came from you. {replies.BLIND}.",))
    known = {other.number for other in clause.situation.pictures}
    came = f" It came from picture {note.parent}." if note.parent in known else ""
    return Reply(
        (
            f"Picture {note.number} was painted from these words: “{note.description}”.{came}"
            " I keep the words the painter knows and leave out the rest; seed and settings are under Details.",
        )
    )


def story(clause: Clause) -> Reply | None:
    """A short story, openly from a small set of lines; nothing is painted."""
    if not cues.STORY.search(clause.rest) and not cues.STORY.search(clause.low):
        return None
    scene, name = _hero(clause)
    if scene is None:
        return Reply(
            (
                "I tell stories only about things I can paint, for example “tell me a story about a dragon”.",
            )
        )
    return Reply((stories.story(scene, name, str(len(clause.situation.pictures)) + str(name)),))


def home(clause: Clause) -> Reply | None:
    """ "What would this dog's house look like?" is told and painted."""
    if not cues.HOME.search(clause.rest) and not cues.HOME.search(clause.low):
        return None
    if clause.target is None and not clause.reading.things:
        return None
    whose, what = _owner(clause), caption(stories.home(clause.seed))
    said = pick(clause.seed, replies.HOMES).format(
        whose=whose, Whose=replies.capital(whose), what=what
    )
    return Reply((said, Action(Verb.GENERATE, text=what, number=clause.next_number)))


def _owner(clause: Clause) -> str:
    """'Bob's', 'the dog's': whose house is asked for."""
    match = cues.OWNER.search(clause.low)
    if match and (owner := read(match[1] or match[2])).things and not clause.pointer:
        return f"the {owner.names[0]}'s"
    number = _number(clause) if clause.pointer else clause.target
    if number is None:
        return "its"
    if name := called(number, clause.situation):
        return f"{name}'s"
    scene = scene_of(note_of(number, clause.situation).description)
    return f"the {scene.things[0].name}'s" if scene else "its"


def refine(clause: Clause) -> Reply | None:
    if not cues.REFINING.search(clause.low) or clause.target is None or _is_new(clause):
        return None
    if clause.reading.things and showing(clause.reading, clause.situation) is None:
        return None
    if (
        clause.reading.background
        or clause.reading.style
        or re.match(r"(?:draw|paint|generate|create)\b", clause.low)
    ):
        return None
    number = _source(clause)
    note = note_of(number, clause.situation)
    action = Action(Verb.REFINE, text=note.description, picture=number, number=clause.next_number)
    return Reply((pick(clause.seed, replies.REFINED).format(source=number), action))


def _is_new(clause: Clause) -> bool:
    """ "A knight in 4k" describes; "a sharper version" speaks of what is there."""
    described = re.match(r"an? ", clause.low)
    return bool(described and not re.search(r"\b(?:version|picture|image|one)\b", clause.low))


def vary(clause: Clause) -> Reply | None:
    """ "More like this", "another one", "some variations of 2"."""
    if clause.target is None or not cues.MORE.search(clause.low):
        return None
    if (
        not cues.VARYING.search(clause.low)
        and not cues.VARYING.search(clause.rest)
        and not _same_again(clause)
    ):
        return None
    if clause.reading.says_something and not _only_mentions(clause):
        return None
    number = _source(clause)
    action = Action(Verb.VARY, picture=number, number=clause.next_number, count=_how_many(clause))
    return Reply((pick(clause.seed, replies.VARIED).format(source=number), action))


def _same_again(clause: Clause) -> bool:
    """ "Another dog" with a dog in front of us."""
    return bool(re.search(r"\b(?:another|more|other|different)\b", clause.low)) and _only_mentions(
        clause
    )


def _only_mentions(clause: Clause) -> bool:
    """True when the words name nothing but what the picture shows already."""
    reading = clause.reading
    if not reading.things or clause.target is None:
        return False
    scene = scene_of(note_of(_source(clause), clause.situation).description)
    if scene is None or reading.without:
        return False
    ours = {
        (part, getattr(t, part))
        for t in scene.things
        for part in ("name", "color", "size", "position")
    }
    theirs = {
        (part, getattr(t, part))
        for t in reading.things
        for part in ("name", "color", "size", "position")
    }
    theirs = {said for said in theirs if said[1] is not None}
    same_place = reading.background in (None, scene.background) and reading.style in (
        None,
        scene.style,
    )
    return same_place and theirs <= ours


def _how_many(clause: Clause) -> int:
    for word in clause.words:
        count = (
            int(word)
            if word.isdigit()
            else NUMBERS.get(word, 0)
            if word not in ("one", "single", "some", "both")
            else 0
        )
        if count > 1:
            return min(count, MAX_PICTURES)
    if cues.ONCE.search(clause.low):
        return 1
    return 4 if cues.SEVERAL.search(clause.low) else 1


def nothing_yet(clause: Clause) -> Reply | None:
    """ "Undo" or "the second one" before anything was painted."""
    if clause.situation.pictures or clause.reading.says_something or _is_new(clause):
        return None
    about = (cues.UNDO, cues.REFINING, cues.VARYING, cues.POINTING, cues.DETAILS, cues.DESCRIBING)
    if not any(pattern.search(clause.low) for pattern in about):
        return None
    text = replies.NOTHING_YET.format(example=replies.example(clause.seed))
    return Reply((text,), weak=True)


def _hero(clause: Clause) -> tuple[Scene | None, str | None]:
    """The scene a story is about, and the hero's name if it has one."""
    if clause.pointer:
        number: int | None = _number(clause)
    elif clause.reading.things:
        number = showing(clause.reading, clause.situation)
        if number is None:
            return clause.reading.scene(), None
    else:
        number = clause.target
    if number is None:
        return None, None
    scene = scene_of(note_of(number, clause.situation).description)
    return scene, called(number, clause.situation)


def _number(clause: Clause) -> int:
    assert clause.pointer is not None
    return number_of(clause.pointer, clause.situation)


def _source(clause: Clause) -> int:
    """The picture meant: named, else the one with the things spoken of, else the one at hand."""
    if clause.pointer:
        return _number(clause)
    shown = showing(clause.reading, clause.situation) if clause.reading.things else None
    target = shown or clause.target
    assert target is not None
    return target


def _act(verb: Verb, number: int) -> Action:
    return Action(verb, picture=number)
