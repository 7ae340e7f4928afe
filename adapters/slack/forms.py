"""What people filled in in a dialog -> what they want, or what is wrong with it, input by input. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.modals import USUAL, Dialog, Entry, Memory, Subject
from core.errors import BadInput
from core.flags import parse_flags
from core.regions import MASK
from core.types import Press, Verb

File = Mapping[str, Any]


class Incomplete(Exception):
    """`errors` maps inputs to sentences, which the dialog shows below them."""

    def __init__(self, entry: Entry, sentence: str) -> None:
        super().__init__(sentence)
        self.errors = {str(entry): sentence}


@dataclass(frozen=True, slots=True)
class Wish:
    """A filled-in dialog, understood."""

    text: str = ""
    press: Press | None = None
    reply_to: str | None = None
    file_id: str = ""  # a picture that Easel did not make, to be fetched
    mask: File | None = None  # a Slack file, to be fetched after it
    channel: str = ""  # where it was asked to go; "" as opened


class Form:
    """The values of a submitted dialog, by input."""

    def __init__(self, state: Mapping[str, Any], memory: Memory) -> None:
        values = state.get("values") or {}
        self._values: dict[str, Mapping[str, Any]] = {
            block: next(iter(inputs.values()), {}) or {} for block, inputs in values.items()
        }
        self._memory = memory

    def text(self, entry: Entry) -> str:
        return str(self._values.get(entry, {}).get("value") or "").strip()

    def words(self, what: str) -> str:
        """The main text. Raises `Incomplete` when there is none or its flags make no sense."""
        text = self.text(Entry.TEXT)
        if not text:
            raise Incomplete(Entry.TEXT, f"Please write {what}.")
        try:
            words, _ = parse_flags(text)
        except BadInput as error:
            raise Incomplete(Entry.TEXT, error.reply) from error
        if not words:
            raise Incomplete(Entry.TEXT, f"There are only flags; please write {what}.")
        return text

    def chosen(self, entry: Entry) -> str:
        """The value of a menu or of radio buttons; "" where the usual is meant."""
        option = self._values.get(entry, {}).get("selected_option") or {}
        value = str(option.get("value") or "")
        return "" if value == USUAL else value

    def conversation(self) -> str:
        return str(self._values.get(Entry.CHANNEL, {}).get("selected_conversation") or "")

    def file(self) -> File | None:
        files = self._values.get(Entry.MASK, {}).get("files") or ()
        return next((f for f in files if isinstance(f, Mapping)), None)

    def subject(self) -> Subject:
        """The picture that is meant: the only one, or the chosen one."""
        number = self.chosen(Entry.PICTURE) or "0"
        subjects = self._memory.subjects
        if not (number.isdecimal() and int(number) < len(subjects)):
            raise Incomplete(Entry.PICTURE, "Please choose a picture.")
        return subjects[int(number)]


def understand(callback_id: str, state: Mapping[str, Any], memory: Memory) -> Wish | None:
    """What a submitted dialog asks for; None: a dialog of another version. Raises `Incomplete`."""
    reader = _READERS.get(callback_id)
    return reader(Form(state, memory)) if reader else None


def _edit(form: Form) -> Wish:
    words = form.words("what shall change")
    text = _flagged(words, ("strength", form.chosen(Entry.STRENGTH)))
    return _press(Verb.EDIT, form.subject(), text)


def _region(form: Form) -> Wish:
    words = form.words("what shall be there")
    mask, region = form.file(), form.chosen(Entry.REGION)
    if region == MASK and mask is None:
        raise Incomplete(Entry.MASK, "Please add the mask, or choose another part above.")
    region = MASK if mask else region
    return _press(Verb.EDIT, form.subject(), words, region, mask)


def _prompt(form: Form) -> Wish:
    seed, negative = form.text(Entry.SEED), " ".join(form.text(Entry.NEGATIVE).split())
    words = form.text(Entry.TEXT)
    if not words:
        raise Incomplete(Entry.TEXT, "Please write the prompt.")
    text = _flagged(f"exactly: {words}", ("seed", seed), ("no", negative))
    try:
        parse_flags(text)
    except BadInput as error:
        raise Incomplete(Entry.SEED if seed else Entry.TEXT, error.reply) from error
    return Wish(text=text)


def _reference(form: Form) -> Wish:
    words = form.words("what I shall paint")
    text = _flagged(words, ("strength", form.chosen(Entry.STRENGTH)))
    subject = form.subject()
    return Wish(text=text, reply_to=subject.picture_id or None, file_id=subject.file_id)


def _vary(form: Form) -> Wish:
    text = _flagged(form.chosen(Entry.AMOUNT), ("n", form.chosen(Entry.COUNT)))
    return _press(Verb.VARY, form.subject(), text)


def _describe(form: Form) -> Wish:
    return described(form.subject())


def described(subject: Subject) -> Wish:
    if subject.picture_id:
        return _press(Verb.DESCRIBE, subject, "")
    return Wish(text="Describe this picture.", file_id=subject.file_id)


def _create(form: Form) -> Wish:
    words = form.words("what I shall paint")
    flags = (("ar", form.chosen(Entry.ASPECT)), ("n", form.chosen(Entry.COUNT)))
    return Wish(text=_flagged(words, *flags), channel=form.conversation())


def _press(
    verb: Verb, subject: Subject, text: str, region: str = "", mask: File | None = None
) -> Wish:
    press = Press(verb, subject.picture_id, text, region=region)
    return Wish(press=press, file_id=subject.file_id, mask=mask)


def _flagged(words: str, *flags: tuple[str, str]) -> str:
    """The words and the chosen flags; a flag ends where the next begins, so only `no` must come last."""
    return " ".join([words, *(f"--{name} {value}" for name, value in flags if value)])


_READERS: dict[str, Callable[[Form], Wish]] = {
    Dialog.EDIT: _edit,
    Dialog.REGION: _region,
    Dialog.PROMPT: _prompt,
    Dialog.REFERENCE: _reference,
    Dialog.VARY: _vary,
    Dialog.DESCRIBE: _describe,
    Dialog.CREATE: _create,
}
