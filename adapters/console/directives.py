"""What scripts (`@press`) and typed commands (`/press`) have in common: files, numbers and presses."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from core.errors import BadInput, PictureTooLarge, UnknownPicture
from core.types import Attachment, ConversationView, Picture, Verb

ATTACHMENT_LIMIT_BYTES = 64 * 2**20  # a guard for memory; the bot has its own, lower limit

# A name and the other pictures of a blend are said in words.
PRESSABLE = tuple(v for v in Verb if v not in (Verb.GENERATE, Verb.NAME, Verb.BLEND))


@dataclass(frozen=True, slots=True)
class NumberedPress:
    """A press as a person writes it: the picture by its number."""

    verb: Verb
    number: int
    text: str = ""


def parse_press(words: str) -> NumberedPress:
    """`VERB NUMBER [words]`. Raises `BadInput` that says what is wrong with it."""
    verb, _, rest = words.strip().partition(" ")
    number, _, text = rest.strip().partition(" ")
    return NumberedPress(_parse_verb(verb), parse_number(number), text.strip())


def parse_number(word: str) -> int:
    """A picture's number, 1 or more, also written `#3`."""
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits[:9]) > 0:
        return int(digits[:9])
    raise BadInput(
        f"'{word}' is not the number of a picture." if word else "Which picture's number?"
    )


def read_attachment(path: Path) -> Attachment:
    """The file's bytes under its own name. Raises `BadInput` where there is no such readable file."""
    path = path.expanduser()
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        if path.stat().st_size > ATTACHMENT_LIMIT_BYTES:
            raise PictureTooLarge(f"{path} is larger than {ATTACHMENT_LIMIT_BYTES // 2**20} MiB.")
        return Attachment(path.name, path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def find_picture(view: ConversationView | None, number: int) -> Picture:
    """The conversation's picture of that number. Raises `UnknownPicture`, naming the latest ones."""
    pictures = view.pictures if view else ()
    for picture in pictures:
        if picture.number == number:
            return picture
    latest = ", ".join(str(picture.number) for picture in pictures[-4:])
    there = f"The latest are {latest}." if latest else "There is none yet."
    raise UnknownPicture(f"There is no picture {number} here. {there}")


def _parse_verb(word: str) -> Verb:
    names = [verb.value for verb in PRESSABLE]
    if word.lower() in names:
        return Verb(word.lower())
    close = get_close_matches(word.lower(), names, 1)
    hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(names)}."
    raise BadInput(f"'{word}' is nothing to press; {hint}")
