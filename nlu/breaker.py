"""A circuit breaker: whoever fails time after time is left in peace for a while."""

from collections.abc import Callable
from typing import Literal

FAILURES = 5
"""So many failures in a row open it."""
REST_SECONDS = 10.0
"""So long nobody is asked; then one is let through to see."""

Clock = Callable[[], float]
"""Seconds that only go forward."""
State = Literal["closed", "open", "half_open"]


class Breaker:
    """Closed: all ask. Open: nobody does. Half open: one asks, and what comes of it decides."""

    def __init__(
        self, clock: Clock, failures: int = FAILURES, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._clock, self._limit, self._rest = clock, failures, rest_seconds
        self._failed = 0
        self._opened: float | None = None
        self._probing = False

    @property
    def state(self) -> State:
        if self._opened is None:
            return "closed"
        return "open" if self._clock() - self._opened < self._rest else "half_open"

    def admits(self) -> bool:
        """Whether to ask now. Who is admitted tells by `good`, `bad` or `left` how it ended."""
        if self.state == "half_open" and not self._probing:
            self._probing = True
            return True
        return self.state == "closed"

    def good(self) -> None:
        self._failed, self._opened, self._probing = 0, None, False

    def bad(self) -> None:
        """A failure of somebody admitted earlier does not make a rest under way longer."""
        was, self._probing = self.state, False
        self._failed += 1
        if was == "half_open" or (was == "closed" and self._failed >= self._limit):
            self._opened = self._clock()

    def left(self) -> None:
        """The one who asked went away before the answer: nothing is known."""
        self._probing = False
