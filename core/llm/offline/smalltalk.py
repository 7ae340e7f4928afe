"""Rules for messages that ask for no picture: greetings, help, questions that only a language model could answer."""

from __future__ import annotations

import re

from core.llm.offline import cues, replies
from core.llm.offline.clauses import Clause, Reply
from core.llm.offline.replies import example, pick
from core.painting.pocket.vocabulary import BACKGROUNDS, STYLES, THINGS

_FOREIGN_WORDS = """
un una unos por favor perro gato dibuja dibujame quiero hola gracias casa el los las en del mit
hund katze ein eine einen zeichne bitte mir ich und der das den auf im möchte malen male hallo
danke chien chat dessine moi une s'il vous plaît dans le les sur avec bonjour merci je veux cane
gatto disegna per favore uno il nel con ciao grazie cachorro desenhe um uma olá obrigado piesek
narysuj kot proszę kedi köpek çiz bana lütfen bir
"""
_FOREIGN = frozenset(_FOREIGN_WORDS.split())
_ENGLISH_WORDS = """
the a an of in with and make draw paint it me please can you for on at no
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())


def not_english(clause: Clause) -> Reply | None:
    letters = [c for c in clause.text if c.isalpha()]
    far = sum(1 for c in letters if ord(c) > 0x24F)
    words = clause.text.lower().replace(",", " ").split()
    words = [word.strip(".!?¿¡:;") for word in words]
    foreign = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH for word in words)
    own = foreign >= 2 and foreign > english or foreign and foreign * 2 >= len(words)
    own = own and (foreign >= 2 or not clause.reading.things)
    return Reply((replies.ENGLISH,)) if letters and (far * 3 > len(letters) or own) else None


def greeting(clause: Clause) -> Reply | None:
    if not cues.GREETING.fullmatch(clause.text.strip(" .!?,")):
        return None
    return _weak(pick(clause.seed, replies.GREETINGS), clause)


def thanks(clause: Clause) -> Reply | None:
    if not cues.THANKS.search(clause.text.strip()) or clause.reading.says_something:
        return None
    return _weak(pick(clause.seed, replies.THANKS), clause)


def goodbye(clause: Clause) -> Reply | None:
    said = cues.GOODBYE.search(clause.text.strip()) or cues.GOODBYE.search(clause.low)
    if not said or clause.reading.things:
        return None
    return _weak(pick(clause.seed, replies.GOODBYE), clause)


def who(clause: Clause) -> Reply | None:
    if not cues.WHO.search(clause.text):
        return None
    text = replies.WHO.format(things=len(THINGS), places=len(BACKGROUNDS), styles=len(STYLES))
    return Reply((text,))


def listing(clause: Clause) -> Reply | None:
    return Reply((replies.vocabulary(),)) if cues.VOCABULARY.search(clause.text) else None


def help_wanted(clause: Clause) -> Reply | None:
    return Reply((replies.HELP,)) if cues.HELP.search(clause.text.strip(" .!")) else None


def connecting(clause: Clause) -> Reply | None:
    asks = cues.LANGUAGE_MODEL.search(clause.text) and cues.SETTING_UP.search(clause.text)
    return Reply((replies.CONNECT,)) if asks else None


def declined(clause: Clause) -> Reply | None:
    if not cues.NO.match(clause.text.strip(" .!,")):
        return None
    return _weak(pick(clause.seed, replies.NO_THANKS), clause)


def agreed(clause: Clause) -> Reply | None:
    """A "yes" to nothing in particular."""
    if not cues.YES.fullmatch(clause.text):
        return None
    return _weak(pick(clause.seed, replies.AGREED), clause)


def praise(clause: Clause) -> Reply | None:
    if clause.text.rstrip().endswith("?") or not cues.PRAISE.search(clause.text):
        return None
    if cues.RUDE.search(clause.text) or re.search(r"\b(?:not|n't|isn't|less)\b", clause.text):
        return None
    return _weak(pick(clause.seed, replies.PRAISE), clause)


def complaint(clause: Clause) -> Reply | None:
    if not cues.RUDE.search(clause.text) or clause.reading.says_something:
        return None
    return _weak(pick(clause.seed, replies.RUDE), clause)


def chatter(clause: Clause) -> Reply | None:
    """ "I must run", "does it run on a GPU?", "hats off to you": poses and hats of talk, not of a picture."""
    if not (clause.reading.only_acted and clause.knows_words) or cues.CHANGING.search(clause.low):
        return None
    praised = cues.PRAISE.search(clause.low) and not cues.INDEFINITE.match(clause.low)
    ours = cues.OURSELVES.search(clause.low) and not cues.PRONOUN.search(clause.low)
    told = (praised or ours) and not cues.NEW_VERB.match(clause.low)
    if not (told or cues.ASKING.match(clause.low)):
        return None
    return praise(clause) or question(clause) or unclear(clause)


def question(clause: Clause) -> Reply | None:
    if not cues.QUESTION.search(clause.text.strip()) and not cues.QUESTION.search(clause.low):
        return None
    return _weak(pick(clause.seed, replies.CANNOT), clause)


def unclear(clause: Clause) -> Reply:
    if clause.knows_words and clause.reading.unknown and len(clause.words) <= 4:
        return Reply((replies.never_heard(clause.reading),), weak=True)
    return _weak(pick(clause.seed, replies.UNCLEAR), clause)


def _weak(text: str, clause: Clause) -> Reply:
    return Reply((text.format(example=example(clause.seed)),), weak=True)
