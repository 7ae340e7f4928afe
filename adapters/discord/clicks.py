"""Double clicks: the same person, the same button, a moment later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DOUBLE_CLICK = timedelta(seconds=3)
MOST = 1000  # presses remembered


@dataclass(slots=True)
class Clicks:
    """Who pressed what a moment ago."""

    _latest: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._latest)

    def is_double(self, person: int, custom_id: str, at: datetime) -> bool:
        """True: the same person pressed the same within three seconds."""
        key = (person, custom_id)
        before = self._latest.pop(key, None)
        self._latest[key] = at
        if len(self._latest) > MOST:
            del self._latest[next(iter(self._latest))]
        return before is not None and at - before < DOUBLE_CLICK
