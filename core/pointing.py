"""How people point at pictures, as words: numbers, ordinals, sides, descriptions.

Everything but a number must really *point* ("the second one", not "a second cat"; "the one on the left", not "a house
on the left"), so that whole sentences can be read. Which picture is meant is for `core.references` to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _words(text: str) -> list[str]:
    return text.split()


_CARDINALS = {
    word: number
    for number, word in enumerate(
        _words("one two three four five six seven eight nine ten eleven twelve"), 1
    )
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        _words("first second third fourth fifth sixth seventh eighth ninth tenth"), 1
    )
}
_NOUNS = frozenset(_words("image picture pic photo img number no nr version option variation"))
_THINGS = _NOUNS | {"one", "ones"}
_ENDS = frozenset(
    _words(
        "is was are looks please but and in with instead again more as to of for on , . ! ? : ; )"
    )
)
_POINTING = frozenset(
    _words("like take refine select pick use vary choose edit show undo redo to upscale describe")
)
_DETERMINERS = frozenset(_words("the that this your my"))
_CLAUSES = frozenset(_words("with of in on where at"))
_SIDES = {
    "left": "left", "leftmost": "left", "right": "right", "rightmost": "right", "top": "top", "upper": "top",
    "bottom": "bottom", "lower": "bottom", "middle": "middle", "center": "middle", "centre": "middle",
}  # fmt: skip
_STOP = _THINGS | frozenset(
    _words(
        "a an the this that these those it its of in on at to with and or is are was for from by near next my your me "
        "i we you he she they please can could would make let like love want take use show edit change refine vary "
        "select choose pick more again bit little new same other another some all whole entire current there here now "
        "be as into not no do does did have has had good great nice better best so very just only also think prefer "
        "where which shows"
    )
)
_TOKEN = re.compile(r"#\d+|\d+(?:st|nd|rd|th)\b|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]")


def tokens_of(text: str) -> list[str]:
    """Lower-case words, numbers and signs; without the 's of "Bob's"."""
    return [t.removesuffix("'s").removesuffix("’s") for t in _TOKEN.findall(text.lower())]


def content_words(text: str) -> frozenset[str]:
    """The words that say what is shown, without endings of the plural."""
    return _content(tokens_of(text))


def explicit_number(tokens: Sequence[str]) -> int | None:
    """ "image 4", "#4", "picture four", "number 3", "more like 2", "2 is good", or the number alone."""
    for at, token in enumerate(tokens):
        value = _value(token)
        if value is None:
            continue
        before = tokens[at - 1] if at else ""
        ends = at + 1 == len(tokens) or tokens[at + 1] in _ENDS
        if (
            token.startswith("#")
            or before == "#"
            or (before in _NOUNS and (ends or token not in _CARDINALS))
        ):
            return value
        if token.isdecimal() and ends and (at == 0 or before in _POINTING):
            return value
    rest = [token for token in tokens if token not in _STOP and token.isalnum()]
    return _value(rest[0]) if len(rest) == 1 and rest[0].isdecimal() else None


def _value(token: str) -> int | None:
    digits = token.removeprefix("#")
    if digits.isdecimal():
        return int(digits) if len(digits) <= 6 else None
    return _CARDINALS.get(token)


def ordinal_of(tokens: Sequence[str]) -> int | None:
    """2 for "the second one", "2nd picture", "I like the second."; -1 for "the last one"."""
    for at, token in enumerate(tokens):
        number = _rank(token)
        if number is None:
            continue
        after = tokens[at + 1] if at + 1 < len(tokens) else "."
        points = at == 0 or tokens[at - 1] in _DETERMINERS
        if after in _THINGS or (points and after in _ENDS):
            return number
    return None


def _rank(token: str) -> int | None:
    if token in ("last", "latest", "newest"):
        return -1
    is_short = token[-2:] in ("st", "nd", "rd", "th") and token[:-2].isdecimal()
    return _value(token[:-2]) if is_short else _ORDINALS.get(token)


def sides_of(tokens: Sequence[str]) -> frozenset[str]:
    """The sides of "the left one", "bottom right picture", "the one on the left", or of such words alone."""
    words = [token for token in tokens if token not in ("-", "hand", "side", "corner")]
    if all(word in _SIDES or word in _STOP or not word.isalnum() for word in words):
        return frozenset(_SIDES[word] for word in words if word in _SIDES)
    for at, word in enumerate(words):
        if word not in _SIDES or (at and words[at - 1] in _SIDES):
            continue
        end = at
        while end < len(words) and words[end] in _SIDES:
            end += 1
        lead = [w for w in words[max(0, at - 3) : at] if w not in ("the", "on", "at", "in", "to")]
        follows = words[end] if end < len(words) else ""
        if follows in _THINGS or (lead and lead[-1] in _THINGS and follows in _ENDS | {""}):
            return frozenset(_SIDES[w] for w in words[at:end])
    return frozenset()


def relation_of(tokens: Sequence[str]) -> str:
    """ "previous" or "original" for "the previous one", "the original"; else ""."""
    for at, token in enumerate(tokens):
        if token in ("previous", "original") and at and tokens[at - 1] == "the":
            after = tokens[at + 1] if at + 1 < len(tokens) else "."
            if after in _THINGS or after in _ENDS:
                return token
    return ""


def described_by(tokens: Sequence[str]) -> list[frozenset[str]]:
    """[{"red"}] of "the red one", [{"cat"}] of "the cat" alone; the likeliest reading first.

    Where a clause ends is not known: "the one with the hat bigger" is {"hat", "bigger"}, or {"hat"}.
    """
    if len(tokens) <= 4 and tokens and tokens[0] in ("the", "that"):
        return [words] if (words := _content(tokens)) else []
    for at, token in enumerate(tokens):
        if token in _THINGS:
            before = _since_determiner(tokens[max(0, at - 4) : at])
            described = [_content(before)] if _content(before) else []
            described = described or (_clauses(tokens[at + 1 : at + 8]) if before else [])
            if described:
                return described
    return []


def _since_determiner(tokens: Sequence[str]) -> Sequence[str]:
    start = max(
        (at for at, token in enumerate(tokens) if token in ("the", "that")), default=len(tokens)
    )
    return tokens[start:]


def _clauses(tokens: Sequence[str]) -> list[frozenset[str]]:
    """The words of "with a red hat" up to a sign, the longest reading first."""
    if not tokens or tokens[0] not in _CLAUSES:
        return []
    end = next((at for at, token in enumerate(tokens) if not token.isalnum()), len(tokens))
    readings = [_content(tokens[:length]) for length in range(end, 0, -1)]
    return [words for words in readings if words]


def _content(tokens: Sequence[str]) -> frozenset[str]:
    return frozenset(_stem(word) for word in tokens if word.isalpha() and word not in _STOP)


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
