"""Rules for wishes that need a description: a new picture, or a changed one."""

from __future__ import annotations

import re
from dataclasses import replace

from core.llm.offline import cues, replies
from core.llm.offline.changes import changed, resets
from core.llm.offline.clauses import Clause, Reply
from core.llm.offline.numbers import MAX_PICTURES, count_of, pictures_wanted, spelled
from core.llm.offline.phrasing import edited_words, own_words
from core.llm.offline.reading import Reading, read, scene_of, undressed, worded
from core.llm.offline.replies import capital, example, left_out, overlong, pick
from core.llm.offline.sources import note_of, number_of, showing
from core.llm.offline.tokens import tokens_of
from core.painting.pocket.vocabulary import Scene, Thing, caption
from core.types import Action, Verb

_DEFAULT_THINGS = {
    "river": "duck",
    "beach": "sailboat",
    "snow": "fox",
    "forest": "owl",
    "desert": "turtle",
    "city": "car",
    "night": "owl",
    "space": "rocket",
    "sky": "balloon",
    "sea": "whale",
    "room": "cat",
    "meadow": "rabbit",
    "plain": "dog",
}


def accept(clause: Clause) -> Reply | None:
    """ "Yes, please" after an offer of ours, "draw it" after a description of ours."""
    last = clause.situation.last_question
    said = clause.text.strip().lower().strip(" .!,")
    offer = cues.OFFER.search(last)
    if offer and cues.ACCEPTING.search(said):
        return _as_offered(clause, offer[1])
    if cues.FROM_TEXT.search(said) and not clause.reading.says_something:
        offered = _offered(last)
        if offered and (offer or cues.DESCRIPTION.search(said)):
            return _as_offered(clause, offered)
    return None


def _as_offered(clause: Clause, offered: str) -> Reply | None:
    reading = read(offered)
    if reading.things:
        return _painted(clause, reading, offered)
    return None if clause.knows_words or not offered.strip() else _painted_words(clause, offered)


def _offered(last: str) -> str | None:
    """What our last answer spoke of: the offer, else the sentence with the most that can be painted."""
    if match := cues.OFFER.search(last) or cues.TOLD.search(last):
        return match[1]
    sentences = [s for s in re.split(r"(?<=[.!?:])\s+", last) if read(s).things]
    return max(sentences, key=lambda s: len(read(s).things), default=None)


def stickers(clause: Clause) -> Reply | None:
    """ "Could you make some stickers?" of what is at hand."""
    if not cues.STICKERS.search(clause.low) or clause.target is None or clause.reading.things:
        return None
    if clause.reading.without:
        return None
    number = number_of(clause.pointer, clause.situation) if clause.pointer else clause.target
    scene = scene_of(note_of(number, clause.situation).description)
    many = cues.SOME_STICKERS.search(clause.low)
    if scene is None or not many or cues.ONE_STICKER.search(clause.low):
        return None
    count = max(2, count_of(clause.low))
    return _sticker_sheet(clause, replace(scene, style="sticker", background=None), number, count)


def _sticker_sheet(clause: Clause, scene: Scene, number: int, count: int) -> Reply:
    texts = [caption(scene), caption(replace(scene, background="plain"))]
    first = clause.next_number
    pieces: list[str | Action] = [f"Stickers from picture {number}:"]
    for i in range(min(count, 4)):
        pieces.append(Action(Verb.EDIT, text=texts[i % 2], picture=number, number=first + i))
    return Reply(tuple(pieces))


def missing(clause: Clause) -> Reply | None:
    """ "Where is the dog?" adds the dog when the picture has none."""
    match = cues.WHERE.match(clause.low)
    if match is None or clause.target is None or cues.HOME.search(clause.low):
        return None
    asked = read(clause.low[match.end() :])
    scene = scene_of(note_of(clause.target, clause.situation).description)
    if not asked.things or scene is None:
        return None
    if all(name in {t.name for t in scene.things} for name in asked.names):
        where = next(t for t in scene.things if t.name == asked.names[0])
        place = f" {where.position}" if where.position else ""
        return Reply(
            (
                f"The {where.name} should be in picture {clause.target}{place and ', on the' + place}."
                " If it is hard to see, say “refine it” or “another one”.",
            )
        )
    change = changed(scene, f"add {clause.low[match.end() :]}")
    action = Action(
        Verb.EDIT, text=caption(change.scene), picture=clause.target, number=clause.next_number
    )
    name = asked.names[0]
    return Reply((f"Sorry, I forgot the {name}! Here it is:", action, *_tail(change.notes)))


def edit(clause: Clause) -> Reply | None:
    """A picture exists and the words change it."""
    number = _edited(clause)
    if number is None:
        return None
    note = note_of(number, clause.situation)
    if not clause.knows_words:
        text = edited_words("" if note.is_upload else note.description, clause.rest)
        return _edit(clause, number, text, ()) if text else _unchanged(clause, number, ())
    scene = scene_of(note.description)
    if scene is None:
        return _unseen(clause, number)
    change = changed(scene, clause.rest)
    if change.scene == scene:
        return _unchanged(clause, number, change.notes)
    notes = (*change.notes, *left_out(replace(change.reading, crowded=())))
    charm = change.reading.charm or read(note.description).charm
    return _edit(clause, number, worded(change.scene, charm), notes)


def _edit(clause: Clause, number: int, text: str, notes: tuple[str, ...]) -> Reply:
    said = pick(clause.seed, replies.CHANGED).format(source=number, what=text)
    action = Action(Verb.EDIT, text=text, picture=number, number=clause.next_number)
    unread = overlong(text) if clause.knows_words else []
    return Reply((said, action, *_tail((*notes, *unread))))


def _edited(clause: Clause) -> int | None:
    """The number of the picture to change; None when the words ask for a new picture or for nothing."""
    if clause.target is None or cues.AFRESH.search(clause.low):
        return None
    reading = clause.reading
    if clause.pointer and (
        reading.says_something
        or reading.without
        or cues.CHANGING.search(clause.rest)
        or (reading.unknown and not clause.knows_words)
    ):
        return number_of(clause.pointer, clause.situation)
    says = reading.says_something or reading.without or resets(clause.low)
    if not (says or cues.CHANGING.match(clause.low)):
        return None
    if clause.situation.uploads and clause.target in clause.situation.uploads:
        return clause.target
    if not reading.things:
        return _bare_change(clause)
    return _change_of_things(clause)


def _bare_change(clause: Clause) -> int | None:
    """Only a place, a color, a style: said of the picture at hand unless a whole new one is asked for."""
    reading, low = clause.reading, clause.rest
    pronoun = cues.PRONOUN.search(low) or "one" in clause.words
    if cues.CHANGING.match(low) and not cues.NEW_VERB.match(low):
        return clause.target
    if reading.unknown and cues.INDEFINITE.match(low) and not pronoun:
        return None  # "an astronaut in the desert" is no wish to move the dog there
    if reading.says_something or reading.without or resets(low) or pronoun:
        return clause.target
    if not clause.knows_words and cues.CHANGING.match(low):
        return clause.target
    return clause.target if cues.CHANGING_IT.match(clause.low) else None


def _change_of_things(clause: Clause) -> int | None:
    low, reading = clause.rest, clause.reading
    shown = showing(reading, clause.situation)
    definite = any(
        re.search(rf"\b(?:the|this|that|my|his|her) (?:\w+ ){{0,2}}{word}", low)
        for word in _said(low)
    )
    if re.search(r"\binstead\b|\brather than\b", low):
        return shown or clause.target
    if (
        cues.NEW_VERB.match(low)
        and cues.INDEFINITE.search(low)
        and not re.search(r"\b(?:it|him|her|them|this)\b", low)
    ):
        return None
    if shown and definite:
        return shown
    if cues.CHANGING.search(low) or cues.PRONOUN.search(low):
        return (
            shown or clause.target
            if cues.CHANGING.search(low) or not cues.DRAWING.match(low)
            else clause.target
        )
    return None


def _said(low: str) -> list[str]:
    return [re.escape(token.text) for token in tokens_of(low) if token.kind == "thing"]


def _unseen(clause: Clause, number: int) -> Reply:
    """An upload, or a picture whose words say nothing to the painter: the message must say what it shows."""
    shown, _, wish = clause.rest.partition(",")
    scene = scene_of(shown)
    if scene is not None:
        change = changed(scene, wish)
        notes = (*change.notes, *left_out(change.reading if wish else clause.reading))
        return _edit(clause, number, caption(change.scene), notes)
    if clause.reading.things:
        text, notes = caption(clause.reading.scene()), tuple(left_out(clause.reading))
        return _edit(clause, number, text, notes)
    return Reply(
        (
            f"{replies.BLIND}, so tell me what picture {number} shows, for example “it is a dog on the"
            " beach”. Then I paint from it.",
        )
    )


def _unchanged(clause: Clause, number: int, notes: tuple[str, ...]) -> Reply:
    """Nothing the painter knows would change: say why, and what would."""
    reading = clause.reading
    if notes:
        return Reply((" ".join(notes),))
    if reading.unknown or reading.unshown:
        words = replies.quoted(reading.unknown + reading.unshown)
        near = replies.nearest(reading.unknown)
        return Reply(
            (
                f"I can't do {words}.{near} I can change things, colors, sizes, poses, places, sides and styles, for"
                f" example “make it night” or “as a watercolor”.",
            )
        )
    if reading.says_something:
        return Reply(
            (f"Picture {number} should show that already. Say “another one” for a new try.",),
            weak=True,
        )
    return Reply(
        (
            f"What should I change in picture {number}? For example “make it night” or “add a tree”.",
        ),
        weak=True,
    )


def generate(clause: Clause) -> Reply | None:
    """A new picture from what the words describe."""
    reading = clause.reading
    asked = bool(cues.NEW_VERB.match(clause.low) or cues.DRAWING.search(clause.low))
    if not clause.knows_words:
        words = own_words(clause.text)
        return _painted_words(clause, words) if words and (asked or _shows(clause)) else None
    if reading.things:
        return _painted(clause, reading, clause.low)
    open_to_all = cues.ANYTHING.search(clause.low) and not clause.text.rstrip().endswith("?")
    if (
        open_to_all
        and not reading.says_something
        and not read(cues.ANYTHING.sub(" ", clause.low)).unknown
    ):
        return _surprise(clause)
    return _nothing_to_paint(clause, asked)


def _shows(clause: Clause) -> bool:
    """True when the words read as a description, though nobody said "draw"."""
    if clause.reading.things or cues.INDEFINITE.match(clause.low):
        return True
    chat = cues.QUESTION.search(clause.text) or cues.PRAISE.search(clause.text)
    return bool(clause.reading.unknown and len(clause.words) > 1 and not chat)


def _nothing_to_paint(clause: Clause, asked: bool) -> Reply | None:
    """No thing was named that the painter knows: say so, and offer what comes near."""
    reading, words = clause.reading, clause.words
    if (
        cues.QUESTION.search(clause.low)
        and not cues.DRAWING.search(clause.low)
        and not reading.says_something
    ):
        return None
    if reading.unknown and (asked or len(words) <= 3 or words[0] in ("a", "an")):
        return Reply((replies.never_heard(reading) + _instead(reading),), weak=not asked)
    if reading.background or reading.style or reading.loose != Thing(""):
        return Reply((_needs_thing(reading),))
    if asked and not clause.low.endswith("?") and len(words) <= 6:
        return Reply((replies.EMPTY.format(example=example(clause.seed)),), weak=True)
    return None


def _painted(clause: Clause, reading: Reading, text: str) -> Reply:
    scene, count = reading.scene(), count_of(text)
    what = worded(scene, reading.charm)
    options = replies.NEW if count == 1 else replies.SEVERAL
    said = pick(clause.seed, options).format(
        what=what, What=capital(what), n=spelled(count), N=capital(spelled(count))
    )
    named = [action.text.lower() for action in _christened(clause)]
    notes = left_out(replace(reading, unknown=tuple(w for w in reading.unknown if w not in named)))
    if pictures_wanted(text) > MAX_PICTURES:
        notes.append(f"{capital(spelled(MAX_PICTURES))} pictures is the most I paint at once.")
    action = Action(Verb.GENERATE, text=what, number=clause.next_number, count=count)
    notes += overlong(what)
    return Reply((said, action, *_christened(clause), *_tail(tuple(notes))))


def _christened(clause: Clause) -> tuple[Action, ...]:
    """ "A dog named Rex" is painted and named."""
    match = cues.CALLED.search(clause.text)
    if match is None:
        return ()
    return (Action(Verb.NAME, text=capital(match[1]), picture=clause.next_number),)


def _painted_words(clause: Clause, words: str) -> Reply:
    count = count_of(clause.low)
    action = Action(Verb.GENERATE, text=words, number=clause.next_number, count=count)
    return Reply((pick(clause.seed, ("Here it is:", "Coming up:", "With pleasure:")), action))


def _surprise(clause: Clause) -> Reply:
    what = example(f"{clause.seed}|surprise")
    return _painted(clause, read(what), what)


def _needs_thing(reading: Reading) -> str:
    """A place or a style alone is no picture for this painter: offer one with a thing in it."""
    thing = replace(reading.loose, name=_DEFAULT_THINGS[reading.background or "plain"])
    if undressed(thing) != thing:  # "a flag on the moon": somebody must hold it
        thing = replace(thing, name="astronaut" if reading.background == "space" else "dog")
    scene = Scene((thing,), reading.background, reading.style)
    return f"I need a thing to paint, a place or a style alone is not enough. Shall I paint {caption(scene)}?"


def _instead(reading: Reading) -> str:
    """An offer with the nearest thing, and the place and style that were asked for."""
    from core.llm.offline.lexicon import KINDS

    kind = next((KINDS[word] for word in reading.unknown if word in KINDS), None)
    if kind is None or kind[0] in ("style", "color", "place"):
        return ""
    near = [replace(reading.loose, name=name) for name in kind[1].split(", ")]
    fitting = next((thing for thing in near if undressed(thing) == thing), undressed(near[0]))
    scene = Scene((fitting,), reading.background, reading.style)
    return f" Shall I paint {caption(scene)}?"


def _tail(notes: tuple[str, ...]) -> tuple[str, ...]:
    return (" ".join(dict.fromkeys(notes)),) if notes else ()
