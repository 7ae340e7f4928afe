"""A circuit breaker: a server that keeps failing is left alone for a while, so that people wait for nothing.

Pure state and an injected clock; it never sleeps and knows no network.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from core.errors import LlmBusy, LlmError, LlmRefused, LlmUnavailable


class Circuit:
    """Closed until `failures` failures fall within `window_s`; then one probe passes every `probe_s`.

    What counts: not reachable, 5xx, broken off, nonsense, too slow. What does not: `LlmRefused` (wrong key, unknown
    model) and `LlmBusy` (429), because the server is there and answers quickly; opening would only hide the sentence
    that says what to do. Such an answer to a probe therefore closes the circuit.

    A probe that never reports back (its person cancelled) needs no clearing up: the next one passes `probe_s` later.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        failures: int = 5,
        window_s: float = 30.0,
        probe_s: float = 15.0,
    ) -> None:
        self._clock = clock
        self._failures = failures
        self._window_s = window_s
        self._probe_s = probe_s
        self._failed_at: deque[float] = deque(maxlen=failures)
        self._next_probe_at: float | None = None  # None: closed

    @property
    def is_open(self) -> bool:
        return self._next_probe_at is not None

    def admit(self) -> None:
        """Lets the caller try. Raises `LlmUnavailable` while open, except for the probe that is due."""
        if self._next_probe_at is None:
            return
        now = self._clock()
        if now < self._next_probe_at:
            wait_s = self._next_probe_at - now
            raise LlmUnavailable(
                f"circuit open, next probe in {wait_s:.1f} s",
                "The language model has failed several times in a row, so I am giving it a short rest; "
                "please try again in half a minute.",
            )
        self._next_probe_at = now + self._probe_s

    def succeeded(self) -> None:
        self._failed_at.clear()
        self._next_probe_at = None

    def failed(self, error: LlmError) -> None:
        """Notes the error of one attempt."""
        if isinstance(error, LlmRefused | LlmBusy):
            self._next_probe_at = None
            return
        now = self._clock()
        self._failed_at.append(now)
        is_full = len(self._failed_at) == self._failures
        if self.is_open or (is_full and now - self._failed_at[0] <= self._window_s):
            self._next_probe_at = now + self._probe_s
