"""The rows that show and change things: settings, the queue, one's data. Pure; for whispers and for the App Home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.slack import blocks, mrkdwn
from adapters.slack.blocks import Block
from adapters.slack.cards import REALLY_STOP, duration
from adapters.slack.knobs import Knob, action_id
from adapters.slack.modals import COUNTS
from core.flags import ASPECTS
from core.preferences import ASPECT, COUNT, EVERYONE, OFF, ON, OWNER, PRESS, REWRITE
from core.types import QueueEntry

_QUEUE_SHOWN = 10
OWN = (COUNT, ASPECT, REWRITE)  # of a person, or of a place for all who did not choose
NEVER = ""  # the value that takes a choice back

_LABELS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    COUNT: ("How many pictures", {n: f"{n} at a time" for n in COUNTS}),
    ASPECT: ("Shape", {a: f"Shape {a}" for a in ASPECTS}),
    REWRITE: ("Whose words", {ON: "Improve my words", OFF: "Exactly my words"}),
    PRESS: ("Who may press", {EVERYONE: "Everyone may press", OWNER: "Only who asked may press"}),
}

KEYS = frozenset(_LABELS)


def settings(block_id: str, keys: Sequence[str], chosen: Mapping[str, str]) -> Block:
    """A row of menus; `chosen` holds the values that are set."""
    menus = [_menu(key, chosen.get(key, NEVER)) for key in keys]
    return blocks.actions(block_id, menus)


def said(key: str, value: str) -> str:
    """A sentence that confirms a change; plain text."""
    title, labels = _LABELS[key]
    return f"{title}: {labels.get(value, 'as usual')}."


def queue(entries: Sequence[QueueEntry], mine: Sequence[str]) -> list[Block]:
    """What waits or runs; those turns that are `mine` can be stopped here."""
    if not entries:
        return [blocks.section("Nothing is waiting and nothing is being painted.")]
    shown: list[Block] = []
    for entry in entries[:_QUEUE_SHOWN]:
        shown.append(blocks.section(_line(entry), _stop(entry) if entry.turn_id in mine else None))
    left = len(entries) - _QUEUE_SHOWN
    return [*shown, blocks.context(f"and {left} more")] if left > 0 else shown


def report(health: Mapping[str, object]) -> str:
    """How it goes, a line for each fact; mrkdwn."""
    lines = [f"*{key}*: {_fact(value)}" for key, value in health.items()]
    return mrkdwn.pieces(mrkdwn.escape("\n".join(lines)), blocks.SECTION)[0]


def privacy() -> Block:
    """What I keep of you, to take along or to have deleted."""
    forget = blocks.confirm(
        "Delete everything?",
        "Everything you said to me here and every picture I painted for you is deleted. It cannot be brought back.",
        "Delete all",
        "Keep it",
    )
    return blocks.actions(
        "easel:privacy",
        [
            blocks.button("Send me my data", action_id(Knob.EXPORT), "me"),
            blocks.button("Delete my data", action_id(Knob.FORGET), "me", "danger", forget),
        ],
    )


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_fact(fact)}" for key, fact in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _menu(key: str, chosen: str) -> Block:
    title, labels = _LABELS[key]
    number = list(_LABELS).index(key)
    options = [blocks.option(f"{title}: as usual", f"{key}:{NEVER}")]
    options += [blocks.option(label, f"{key}:{value}") for value, label in labels.items()]
    return blocks.select(action_id(Knob.SET, number), title, options, chosen=f"{key}:{chosen}")


def _line(entry: QueueEntry) -> str:
    caption = mrkdwn.escaped_clip(entry.caption, 150) or "a picture"
    if entry.running:
        left = f", {duration(entry.wait_s)} left" if entry.wait_s else ""
        return f"*Painting*{left}: “{caption}”"
    wait = f", starts in {duration(entry.wait_s)}" if entry.wait_s else ""
    return f"*Number {entry.position + 1} in line*{wait}: “{caption}”"


def _stop(entry: QueueEntry) -> Block:
    return blocks.button("Cancel", action_id(Knob.CANCEL), entry.turn_id, "danger", REALLY_STOP)
