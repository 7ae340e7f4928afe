"""What a person types at the prompt: a message, or a command that starts with /."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from core.errors import BadInput

COMMANDS = {
    "attach": ("PATH", "send a picture with the next message"),
    "press": ("VERB NUMBER [words]", "edit, vary, refine, select, describe, undo, again, details"),
    "show": ("NUMBER", "draw a picture again"),
    "save": ("NUMBER PATH", "write a picture to a PNG file"),
    "cancel": ("", "stop what is being painted; so does Ctrl-C"),
    "new": ("", "begin a new conversation"),
    "help": ("", "this list"),
    "quit": ("", "leave; so does Ctrl-D"),
}


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    name: str  # one of COMMANDS
    words: str = ""


def parse_line(line: str) -> Say | Command:
    """What the line asks for. Raises `BadInput` for an unknown command or one without its words."""
    line = line.strip()
    if not line.startswith("/"):
        return Say(line)
    name, _, words = line[1:].partition(" ")
    words = words.strip()
    if name not in COMMANDS:
        close = get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean /{close[0]}?" if close else "/help lists what there is."
        raise BadInput(f"/{name} is unknown; {hint}")
    usage = COMMANDS[name][0]
    if bool(usage) != bool(words):
        raise BadInput(f"It goes like this: /{name} {usage}".rstrip())
    return Command(name, words)


def help_text() -> str:
    """The list of commands, one a line."""
    usages = {f"/{name} {usage}".rstrip(): what for name, (usage, what) in COMMANDS.items()}
    width = max(map(len, usages))
    return "\n".join(f"  {usage:{width}}  {what}" for usage, what in usages.items())
