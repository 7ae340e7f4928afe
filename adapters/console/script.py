"""A conversation kept in a file, to be played without a person.

# a comment                          lines that are empty or start with # are skipped
draw a dog by a river                one message a line
@attach cat.png                      a file for the next message; from the script's folder, else the working one
and this one?
@press VERB NUMBER [words]           a button of a picture: `@press vary 2 strong`
@restart                             the whole bot is closed and opened again; the conversation goes on
\\@home, a sign on a door             a backslash lets a message start with @, # or a backslash
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from adapters.console.directives import NumberedPress, parse_press, read_attachment
from core.errors import BadInput
from core.types import Attachment

DIRECTIVES = ("attach", "press", "restart")


class ScriptError(BadInput):
    """The script cannot be played; the text names every wrong line."""


@dataclass(frozen=True, slots=True)
class Message:
    line: int
    text: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Pressed:
    line: int
    press: NumberedPress


@dataclass(frozen=True, slots=True)
class Restart:
    line: int


Step = Message | Pressed | Restart


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    steps: tuple[Step, ...]


def load_script(path: Path) -> Script:
    """The script in a UTF-8 file. Raises `ScriptError` before anything is played."""
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise ScriptError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"{path} is not UTF-8 text.") from error
    return parse_script(text, path.name, path.parent)


def parse_script(text: str, name: str, folder: Path) -> Script:
    """The script's steps; attachments are read now, so that playing cannot miss them. Raises `ScriptError`."""
    parser = _Parser(folder)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            parser.feed(number, line.strip())
        except BadInput as error:
            parser.errors.append((number, str(error)))
    parser.end()
    if parser.errors:
        raise ScriptError("\n".join(f"{name}, line {line}: {why}" for line, why in parser.errors))
    if not parser.steps:
        raise ScriptError(f"{name}: there is no message in it.")
    return Script(name, tuple(parser.steps))


class _Parser:
    def __init__(self, folder: Path) -> None:
        self.steps: list[Step] = []
        self.errors: list[tuple[int, str]] = []
        self._folder = folder
        self._attachments: list[tuple[int, Attachment]] = []

    def feed(self, number: int, line: str) -> None:
        if not line or line.startswith("#"):
            return
        if line.startswith("@"):
            self._directive(number, line)
            return
        text = line[1:] if line[:2] in ("\\@", "\\#", "\\\\") else line
        files = tuple(attachment for _, attachment in self._attachments)
        self.steps.append(Message(number, text, files))
        self._attachments.clear()

    def end(self) -> None:
        for number, attachment in self._attachments:
            self.errors.append((number, f"no message follows to attach {attachment.name} to."))

    def _directive(self, number: int, line: str) -> None:
        name, _, words = line[1:].partition(" ")
        words = words.strip()
        if name == "attach":
            self._attachments.append((number, read_attachment(self._path(words))))
        elif name == "press":
            self.steps.append(Pressed(number, parse_press(words)))
        elif name == "restart" and not words:
            self.steps.append(Restart(number))
        elif name == "restart":
            raise BadInput("@restart takes no words.")
        else:
            close = get_close_matches(name, DIRECTIVES, 1)
            hint = f"did you mean @{close[0]}?" if close else "there are @attach, @press, @restart."
            raise BadInput(f"@{name} is unknown; {hint}")

    def _path(self, words: str) -> Path:
        if len(words) > 1 and words[0] == words[-1] and words[0] in "'\"":
            words = words[1:-1]
        if not words:
            raise BadInput("@attach needs the path of a file.")
        path = Path(words).expanduser()
        beside = self._folder / path
        return beside if beside.exists() else path
