"""The clock of working hours: pure. Times are milliseconds since 1970, days count from 1970 in Seoul.

A clock runs in blocks of a day, rests on holidays, and stands still in stops: (from, until), where
no `until` means that it has not been set going again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.store.records import DAY_MS, HOUR_MS, Stop

MINUTE_MS = 60_000
SEOUL_MS = 9 * HOUR_MS
"""Seoul is nine hours ahead of UTC the whole year."""
FARTHEST = 400
"""Days ahead in which working time is looked for; a team works within a year, or its clock stands."""
Block = tuple[int, int]
"""From one minute of Seoul's day to another; the second does not belong to it."""
Span = tuple[int, int]


def nobodys_holiday(day: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Hours:
    """A team's week. `weekdays` maps 0 (Monday) to 6 to blocks that follow one another.

    `closed` are days of its own on which nobody works.
    """

    weekdays: Mapping[int, Sequence[Block]]
    is_holiday: Callable[[int], bool] = nobodys_holiday
    closed: frozenset[int] = frozenset()

    def blocks(self, day: int) -> Sequence[Block]:
        """The day's blocks; none on a day off."""
        off = day in self.closed or self.is_holiday(day)
        return () if off else self.weekdays.get((day + 3) % 7, ())

    def is_open(self, at: int) -> bool:
        local = at + SEOUL_MS
        minute = local % DAY_MS / MINUTE_MS
        return any(begin <= minute < end for begin, end in self.blocks(local // DAY_MS))

    def next_open(self, at: int) -> int | None:
        """The first moment from `at` on at which somebody works; none within `FARTHEST` days."""
        return next((begin for begin, _ in self._spans(at)), None)

    def elapsed(self, start: int, until: int, stops: Sequence[Stop] = ()) -> int:
        """Working milliseconds between the two, without the stops."""
        still = _united(stops)
        total = 0
        for begin, end in self._spans(start):
            if begin >= until:
                break
            total += sum(b - a for a, b in _without((begin, min(end, until)), still))
        return total

    def due(self, start: int, minutes: float, stops: Sequence[Stop] = ()) -> int | None:
        """The first moment at which so many working minutes have passed; none if the clock stands.

        Of no minutes at all: the first moment at which the clock runs.
        """
        left, still = round(minutes * MINUTE_MS), _united(stops)
        for span in self._spans(start):
            for begin, end in _without(span, still):
                if begin + left <= end:
                    return begin + left
                left -= end - begin
        return None

    def _spans(self, start: int) -> Iterator[Span]:
        """What is left of each block from `start` on."""
        first = (start + SEOUL_MS) // DAY_MS
        for day in range(first, first + FARTHEST):
            midnight = day * DAY_MS - SEOUL_MS
            for begin, end in self.blocks(day):
                span = max(start, midnight + begin * MINUTE_MS), midnight + end * MINUTE_MS
                if span[0] < span[1]:
                    yield span


ALWAYS = Hours(dict.fromkeys(range(7), ((0, 24 * 60),)))
"""Real minutes: what cannot wait for anybody's office."""


def _united(stops: Sequence[Stop]) -> list[tuple[int, float]]:
    """The stops in order, without overlaps."""
    united: list[tuple[int, float]] = []
    for begin, until in sorted(stops, key=lambda stop: stop[0]):
        end = float("inf") if until is None else until
        if united and begin <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((begin, end))
    return united


def _without(span: Span, still: Sequence[tuple[int, float]]) -> Iterator[Span]:
    """The parts of a span in which the clock runs."""
    begin, end = span
    for stop, go in still:
        if go <= begin or stop >= end:
            continue
        if stop > begin:
            yield begin, stop
        if go >= end:
            return
        begin = int(go)
    if begin < end:
        yield begin, end
