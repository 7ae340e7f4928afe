"""One press of one person: what was pressed, where, and whether it is the same as a moment ago."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.knobs import Asked
from adapters.slack.place import PLATFORM, Place
from core.types import UserRef

DOUBLE_CLICK_S = 3.0
REMEMBERED_CLICKS = 1000


@dataclass(frozen=True, slots=True)
class Click:
    """One press of one person."""

    place: Place
    asked: Asked
    event_id: str
    trigger_id: str

    @property
    def user(self) -> UserRef:
        """Without the name, which would have to be asked for: a dialog must open within three seconds."""
        return UserRef(PLATFORM, f"{self.place.team}:{self.place.user}", "")


class Clicks:
    """Gives a second click on the same thing within three seconds the event id of the first: it is one job."""

    def __init__(self) -> None:
        self._latest: OrderedDict[tuple[str, ...], tuple[float, str]] = OrderedDict()

    def event_id(self, place: Place, action: Mapping[str, Any], asked: Asked) -> str:
        stamp = str(action.get("action_ts") or "0")
        at = _seconds(stamp)
        key = (place.team, place.user, place.channel, place.thread, *_words(asked))
        before, event_id = self._latest.get(key, (float("-inf"), ""))
        if not 0 <= at - before <= DOUBLE_CLICK_S:
            event_id = f"{stamp}:{place.user}"
            self._latest[key] = (at, event_id)
            self._latest.move_to_end(key)
        while len(self._latest) > REMEMBERED_CLICKS:
            self._latest.popitem(last=False)
        return event_id


def _words(asked: Asked) -> tuple[str, ...]:
    return (str(asked.knob), asked.subject, asked.argument)


def _seconds(stamp: str) -> float:
    try:
        return float(stamp)
    except ValueError:
        return 0.0
