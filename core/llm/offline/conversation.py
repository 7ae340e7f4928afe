"""From a situation to an answer: the message in wishes, each wish through the rules in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from core.errors import AmbiguousPicture, BadInput, UnknownPicture
from core.llm.offline import brushwork, cues, gestures, replies, smalltalk
from core.llm.offline.clauses import Clause, Reply, clause_of, impolite, wishes
from core.llm.offline.replies import example, listed
from core.painting.pocket.vocabulary import THINGS
from core.ports import PictureNote, Situation
from core.types import Action, Verb

Rule = Callable[[Clause], Reply | None]

RULES: tuple[Rule, ...] = (
    smalltalk.not_english,
    smalltalk.greeting,
    brushwork.accept,
    smalltalk.connecting,
    smalltalk.who,
    smalltalk.listing,
    smalltalk.help_wanted,
    smalltalk.declined,
    smalltalk.goodbye,
    gestures.naming,
    brushwork.missing,
    gestures.details,
    gestures.describe,
    gestures.refine,
    gestures.story,
    gestures.home,
    gestures.undo,
    gestures.select,
    gestures.vary,
    brushwork.stickers,
    gestures.nothing_yet,
    smalltalk.thanks,
    smalltalk.agreed,
    smalltalk.complaint,
    smalltalk.chatter,
    brushwork.edit,
    brushwork.generate,
    smalltalk.praise,
    smalltalk.question,
)
"""The first that answers counts. What speaks of existing pictures comes before what asks for new ones."""

_MAX_ACTIONS = 4
_MAX_PICTURES = 8
_PAINTS = (Verb.GENERATE, Verb.EDIT, Verb.VARY, Verb.REFINE)
_SEQUENCE = re.compile(r"^(?:and )?(?:then|also|next|after|now|second|finally|another)\b", re.I)


def answer(situation: Situation, knows_words: bool) -> list[str | Action]:
    """Text and actions in order; never empty."""
    texts = wishes(_without_emoji(situation.user_text))
    if not texts:
        return [_wordless(situation)]
    given = _replies(texts, situation, knows_words)
    strong = [reply for reply in given if not reply.weak]
    pieces = [piece for reply in (strong or given[:1]) for piece in reply.pieces]
    return _within_limits(list(dict.fromkeys(pieces)))


def _without_emoji(text: str) -> str:
    """The emoji of things as their words: a bare 🐕 is a wish too."""
    for word, glyph in THINGS.items():
        text = text.replace(glyph, f" {word} ")
    return text


def _wordless(situation: Situation) -> str:
    known = {note.number for note in situation.pictures}
    got = [str(number) for number in situation.uploads if number in known]
    if not got:
        return replies.EMPTY.format(example=example(str(len(known))))
    what = f"picture{'s' if len(got) > 1 else ''} {listed(got)}"
    it = "them" if len(got) > 1 else "it"
    return (
        f"I keep {it} as {what} and can paint from {it}. {replies.BLIND}, so tell me what {it} shows"
        " and what to change, for example “it is a dog, make it night”."
    ).replace("them shows", "they show")


def _replies(texts: list[str], situation: Situation, knows_words: bool) -> list[Reply]:
    given: list[Reply] = []
    i = 0
    while i < len(texts):
        text, i = texts[i], i + 1
        reply = decide(text, situation, knows_words)
        while i < len(texts) and _goes_on(reply, texts[i], situation, knows_words):
            text, i = f"{text} {texts[i]}", i + 1
            reply = decide(text, situation, knows_words)
        given.append(reply)
        situation = advanced(situation, reply)
    return given


def decide(text: str, situation: Situation, knows_words: bool) -> Reply:
    """The reply of the first rule that answers to one wish."""
    try:
        clause = clause_of(text, situation, knows_words)
        for rule in RULES:
            if reply := rule(clause):
                return reply
        return smalltalk.unclear(clause)
    except AmbiguousPicture as error:
        return Reply((_which(error, situation),))
    except (UnknownPicture, BadInput):
        return Reply((_not_here(situation),))


def _which(error: AmbiguousPicture, situation: Situation) -> str:
    known = {note.number for note in situation.pictures}
    numbers = [str(number) for number in error.numbers if number in known]
    return (
        f"Which one do you mean, picture {listed(numbers, 'or')}?"
        if numbers
        else _not_here(situation)
    )


def _not_here(situation: Situation) -> str:
    numbers = [str(note.number) for note in situation.pictures[-4:]]
    if not numbers:
        return "There is no picture yet. " + replies.EMPTY.format(
            example=example(situation.user_text)
        )
    there = f"are {listed(numbers)}" if len(numbers) > 1 else f"is {numbers[0]}"
    return f"I can't find that picture here. The latest {there}; which one do you mean?"


def _goes_on(reply: Reply, text: str, situation: Situation, knows_words: bool) -> bool:
    """True when the next sentence adds to the picture just asked for: "A dog. It should be night."."""
    verbs = [action.verb for action in reply.actions if action.verb is not Verb.NAME]
    if verbs not in ([Verb.GENERATE], [Verb.EDIT]) or _SEQUENCE.match(text):
        return False
    following = decide(text, advanced(situation, reply), knows_words)
    if _only_more_words(following, text, knows_words):
        return not cues.THANKS.search(text) and not cues.PRAISE.search(text)
    new = advanced(situation, reply).current
    return [(a.verb, a.picture) for a in following.actions] == [(Verb.EDIT, new)]


def _only_more_words(following: Reply, text: str, knows_words: bool) -> bool:
    """ "A knight. Highly detailed." is one description for a painter that takes any words."""
    verbs = {action.verb for action in following.actions}
    plain = verbs <= {Verb.GENERATE, Verb.REFINE}
    return not knows_words and plain and not cues.DRAWING.match(impolite(text))


def advanced(situation: Situation, reply: Reply) -> Situation:
    """The situation once the reply's actions are done, so that a later wish can speak of their pictures."""
    for action in reply.actions:
        if action.verb in _PAINTS and action.number is not None:
            numbers = tuple(range(action.number, action.number + action.count))
            notes = tuple(_new_note(action, n, numbers, situation) for n in numbers)
            situation = replace(
                situation,
                pictures=(*situation.pictures, *notes),
                current=numbers[0],
                reply_to=None,
                uploads=(),
            )
        elif action.verb is Verb.NAME and action.picture is not None:
            situation = replace(situation, names={**situation.names, action.text: action.picture})
        elif action.verb in (Verb.SELECT, Verb.UNDO):
            situation = replace(situation, current=action.picture, reply_to=None)
    return situation


def _new_note(
    action: Action, number: int, batch: tuple[int, ...], situation: Situation
) -> PictureNote:
    source = next((note for note in situation.pictures if note.number == action.picture), None)
    description = action.text or (source.description if source else "")
    return PictureNote(number, description, parent=action.picture, batch=batch)


def _within_limits(pieces: list[str | Action]) -> list[str | Action]:
    """At most four actions and eight pictures; what is too much is said, not done."""
    kept: list[str | Action] = []
    actions = pictures = 0
    for piece in pieces:
        if isinstance(piece, Action):
            painted = piece.count if piece.verb in _PAINTS else 0
            if actions == _MAX_ACTIONS or pictures + painted > _MAX_PICTURES:
                kept.append("That is as much as I do at once; ask me again for the rest.")
                return kept[:-2] + kept[-1:] if isinstance(kept[-2], str) else kept
            actions, pictures = actions + 1, pictures + painted
        kept.append(piece)
    return kept
