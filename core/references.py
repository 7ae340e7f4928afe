"""The words a person points with -> the number of a picture.

The order of the rules is that of how sure they are: a number, the message answered to, a place in a batch, a
name, words of a description, and at last the current picture. Pure: it sees a `Situation`, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import AmbiguousPicture, UnknownPicture
from core.pointing import (
    content_words,
    described_by,
    explicit_number,
    ordinal_of,
    relation_of,
    sides_of,
    tokens_of,
)
from core.ports import PictureNote, Situation
from core.types import Action, Verb

_BACKWARDS = frozenset({"back", "undo", "original", "select", "show"})


def grid(count: int) -> tuple[int, int]:
    """(columns, rows) in which a batch is shown: four as 2 x 2, up to three in a row, others in rows of four."""
    if count == 4:
        return 2, 2
    columns = max(1, min(count, 4))
    return columns, max(1, -(-count // columns))


def resolve(words: str, situation: Situation) -> int:
    """The number of the picture that `words` point at; "it" or nothing means the current picture, else the latest.

    Raises `UnknownPicture` for a number that does not exist (or where there are no pictures at all) and
    `AmbiguousPicture` where several fit.
    """
    pointed = _pointed_at(words, situation)
    return pointed if pointed is not None else _default(situation)


def pointed_at(situation: Situation) -> int | None:
    """The picture answered to, or else the latest that came along with the message."""
    return situation.reply_to or (situation.uploads[-1] if situation.uploads else None)


def action_source(
    action: Action, situation: Situation, new_numbers: Mapping[int, int] | None = None
) -> int:
    """The picture an action works on, found from the person's own words where the model named none.

    `new_numbers` maps the numbers that the model gave to pictures of this same answer to real ones. Raises as
    `resolve` does.
    """
    known = _numbers(situation)
    if action.picture is not None:
        number = (new_numbers or {}).get(action.picture, action.picture)
        if number not in known and number not in (new_numbers or {}).values():
            raise _unknown(number, situation)
        return number
    if action.number in known:  # `<edit id="2">`: a new picture cannot have this number
        return action.number
    if action.verb is Verb.SELECT and action.text:
        return resolve(action.text, situation)
    if action.verb is Verb.UNDO:  # the step back from here; where it leads is the planner's
        return _default(situation)
    return resolve(situation.user_text, situation)


# -- the rules, surest first ------------------------------------------------------------------------------------------


def _pointed_at(words: str, situation: Situation) -> int | None:
    tokens = tokens_of(words)
    number = explicit_number(tokens)
    if number is not None:
        if number not in _numbers(situation):
            raise _unknown(number, situation)
        return number
    place = _by_place(tokens, situation)
    if situation.reply_to in _numbers(situation):
        return place or situation.reply_to  # "the second one" within the batch answered to
    return (
        place
        or _by_relation(tokens, situation)
        or _by_name(tokens, situation)
        or _by_description(tokens, situation)
    )


def _default(situation: Situation) -> int:
    known = _numbers(situation)
    if not known:
        raise UnknownPicture("There are no pictures here yet.")
    uploads = [number for number in situation.uploads if number in known]
    if uploads:
        return uploads[-1]
    return situation.current if situation.current in known else max(known)


def _by_place(tokens: Sequence[str], situation: Situation) -> int | None:
    ordinal = ordinal_of(tokens)
    if ordinal is not None:
        return _nth(ordinal, situation)
    sides = sides_of(tokens)
    return _at_sides(sides, situation) if sides else None


def _nth(ordinal: int, situation: Situation) -> int:
    batch = _batch(situation, max(2, ordinal)) or sorted(_numbers(situation))
    if not batch:
        raise UnknownPicture("There are no pictures here yet.")
    if ordinal == -1:
        return max(_numbers(situation)) if situation.reply_to is None else batch[-1]
    if not 1 <= ordinal <= len(batch):
        raise UnknownPicture(
            f"There are only {len(batch)} pictures to choose from: {_listed(batch)}."
        )
    return batch[ordinal - 1]


def _at_sides(sides: frozenset[str], situation: Situation) -> int | None:
    batch = _batch(situation, 2)
    if not batch:
        return None
    columns, rows = grid(len(batch))
    fitting = []
    for index, number in enumerate(batch):
        row, column = divmod(index, columns)
        in_row = min(columns, len(batch) - row * columns)  # the last row may be short
        if sides <= _sides_of(column, in_row) | _sides_of(row, rows, "top", "bottom"):
            fitting.append(number)
    if len(fitting) > 1:
        raise _ambiguous(fitting)
    return fitting[0] if fitting else None


def _sides_of(index: int, count: int, low: str = "left", high: str = "right") -> frozenset[str]:
    sides = {low} if index == 0 else set()
    if index == count - 1:
        sides.add(high)
    if count % 2 and index == count // 2 and count > 1:
        sides.add("middle")
    return frozenset(sides)


def _by_relation(tokens: Sequence[str], situation: Situation) -> int | None:
    match relation_of(tokens):
        case "previous":
            return _previous(situation)
        case "original":
            return _ancestors(_default(situation), situation)[-1]
        case _:
            return None


def _by_name(tokens: Sequence[str], situation: Situation) -> int | None:
    """The picture named first; or the current one where it was made from that ("make Bob fly" after an edit)."""
    known = _numbers(situation)
    said = f" {' '.join(tokens)} "
    found = {}
    for name, number in situation.names.items():
        at = said.find(f" {' '.join(tokens_of(name))} ")
        if at >= 0 and name.strip() and number in known:
            found[at] = number
    if not found:
        return None
    number = found[min(found)]
    current = situation.current
    if (
        current in known
        and not _BACKWARDS & set(tokens)
        and number in _ancestors(current, situation)
    ):
        return current
    return number


def _by_description(tokens: Sequence[str], situation: Situation) -> int | None:
    for wanted in described_by(tokens):
        fitting = [n.number for n in situation.pictures if wanted <= content_words(n.description)]
        older = {a for number in fitting for a in _ancestors(number, situation)[1:]}
        fitting = [
            number for number in fitting if number not in older
        ]  # an edit stands for its source
        latest = [number for number in fitting if number in _batch(situation, 1)]
        if len(latest) == 1 or len(fitting) == 1:
            return (latest if len(latest) == 1 else fitting)[0]
        if situation.current in fitting:
            return situation.current
        if fitting:
            raise _ambiguous(fitting)
    return None


# -- the pictures -----------------------------------------------------------------------------------------------------


def _numbers(situation: Situation) -> frozenset[int]:
    return frozenset(note.number for note in situation.pictures)


def _batch(situation: Situation, at_least: int) -> tuple[int, ...]:
    """The batch answered to, else the latest, that has so many pictures; empty where there is none."""
    notes = sorted(situation.pictures, key=lambda note: note.number, reverse=True)
    notes.sort(key=lambda note: note.number != situation.reply_to)
    for note in notes:
        batch = note.batch or (note.number,)
        if len(batch) >= at_least:
            return batch
    return ()


def _ancestors(number: int, situation: Situation) -> list[int]:
    """The picture, its parent, and so on, as far as known."""
    parents: dict[int, PictureNote] = {note.number: note for note in situation.pictures}
    line = [number]
    while (parent := parents[line[-1]].parent if line[-1] in parents else None) in parents:
        if parent is None or parent in line:
            break
        line.append(parent)
    return line


def _previous(situation: Situation) -> int:
    """Where "undo" leads: the parent of the current picture, else the picture before it."""
    current = _default(situation)
    line = _ancestors(current, situation)
    if len(line) > 1:
        return line[1]
    earlier = [number for number in _numbers(situation) if number < current]
    if not earlier:
        raise UnknownPicture(f"There is nothing before picture {current} to go back to.")
    return max(earlier)


# -- what people read -------------------------------------------------------------------------------------------------


def _unknown(number: int, situation: Situation) -> UnknownPicture:
    known = sorted(_numbers(situation))
    if not known:
        return UnknownPicture(f"There is no picture {number}; there are no pictures here yet.")
    last = known[-4:]
    says = f"The last are {_listed(last)}" if len(last) > 1 else f"The only one is {last[0]}"
    return UnknownPicture(f"There is no picture {number} here. {says}.")


def _ambiguous(numbers: Sequence[int]) -> AmbiguousPicture:
    return AmbiguousPicture(f"Which one do you mean: {_listed(numbers, 'or')}?", tuple(numbers))


def _listed(numbers: Sequence[int], word: str = "and") -> str:
    """ "9 to 12" or "2, 5 and 7"."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1 and word == "and":
        return f"{numbers[0]} to {numbers[-1]}"
    head = ", ".join(str(number) for number in numbers[:-1])
    return f"{head} {word} {numbers[-1]}" if head else str(numbers[-1])
