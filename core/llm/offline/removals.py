""" "Remove the tree", "hat off", "put down the flag": the many ways to say what shall go, said with "without"."""

from __future__ import annotations

import re

from core.painting.pocket.vocabulary import HELD, WORN

_ITEM = f"(?:{'|'.join([*WORN, *HELD])})s?"
_ITEMS = rf"{_ITEM}(?:(?:, and|,| and| or) (?:(?:the|its|his|her) )?{_ITEM})*"
_THE = r"(?:the|that|his|her|its)"
# "Off with the hat!", but not "he runs off with the hat" and not "off with the rocket into space".
_OFF_WITH = r"(?:(?<![a-z] )|(?<=and )|(?<=please )|(?<=now )|(?<=then ))off with(?! [\w' ]+? (?:to|into)\b)"
_REMOVAL = re.compile(
    r"\b(?:remove|delete|erase|lose|drop|hide|get rid of|take (?:away|out|off)"
    r"|cut(?: out)?|kick out"
    r"|leave out|don'?t (?:be|make it|paint it as|have)|isn'?t|not be|no longer|stop being"
    r"|(?<!bus )stop(?= the | \w+ing\b)"
    rf"|no more|less|{_OFF_WITH}|puts? (?:down|away)(?= {_THE} {_ITEM}\b))\b",
    re.I,
)
_FOR_NOTHING = re.compile(
    r"\b(?:replace|swap|exchange|switch|trade|change|turn)\b (.+?) (?:with|by|for|to|into) nothing\b",
    re.I,
)
_TAKEN = re.compile(r"\btake (.+?) (?:away|out|off)\b", re.I)
_SHED = re.compile(
    rf"\bputs? {_THE} (?P<put>{_ITEM}) (?:down|away)\b"
    rf"|\b(?P<items>{_ITEMS}) (?:off\b(?!-| (?:to|the|a|an|cent\w+|white)\b)"
    r"|(?:is|are)(?: not|n['’]?t| no longer) needed\b)",
    re.I,
)


_STAYS = re.compile(
    rf"\b{_THE} {_ITEM} (?:(?:can|should|may|must) )?(?:stays?|remains?)\b|\bkeep {_THE} {_ITEM}\b",
    re.I,
)
_THIS = re.compile(r"\b(?:take|put) (?:it|that|this|them) (?P<where>off|down|away)\b", re.I)


def as_denials(instruction: str, worn: str | None = None, held: str | None = None) -> str:
    """The instruction, with "without" before what shall go; "it" is what is worn or held, where one thing is."""
    this = {"off": worn, "down": held, "away": held or worn}
    instruction = _THIS.sub(
        lambda m: f"without the {it}" if (it := this[m["where"].lower()]) else m[0], instruction
    )
    instruction = _STAYS.sub("but", instruction)
    instruction = _FOR_NOTHING.sub(r"without \1 but", instruction)
    # "But" ends the list: of "hat off, crown on" only the hat goes.
    text = _SHED.sub(lambda m: f"without {m['put'] or m['items']} but", instruction)
    return _REMOVAL.sub("without", _TAKEN.sub(r"without \1", text))
