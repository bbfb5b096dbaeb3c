"""The dashboard's figures, made of cases by their times alone: pure.

Times are milliseconds since 1970 (UTC); days are Seoul's.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from data.store import DAY_MS, HOUR_MS, CaseTime

SEOUL_MS = 9 * HOUR_MS
SLOWEST_TENTH = 9
"""Of ten parts, the border of the last."""
REPORT = "neighbor_report"


@dataclass(frozen=True, slots=True)
class Spread:
    """Of so many durations the middle one and that which one in ten is beyond; none of nothing."""

    count: int
    middle: int | None = None
    slow: int | None = None

    @classmethod
    def of(cls, spans: Iterable[int]) -> "Spread":
        found = sorted(spans)
        if not found:
            return cls(0)
        slow = (
            quantiles(found, n=10, method="inclusive")[SLOWEST_TENTH - 1] if found[1:] else found[0]
        )
        return cls(len(found), round(median(found)), round(slow))


@dataclass(frozen=True, slots=True)
class KindTimes:
    """A kind's cases of the period: until somebody took them, from there until the outcome, in all."""

    kind: str
    count: int
    taken: Spread
    settled: Spread
    whole: Spread


@dataclass(frozen=True, slots=True)
class Load:
    """What one officer has open, how many of it are waiting, and what they closed in the period."""

    staff_id: str
    open: int
    waiting: int
    closed: int


@dataclass(frozen=True, slots=True)
class Place:
    """A region's cases: opened in the period, open now, taken by nobody yet."""

    region: str
    opened: int
    open: int
    new: int


@dataclass(frozen=True, slots=True)
class Day:
    """`day` counts from 1970, in Seoul."""

    day: int
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`unclosed` are all that are open, whenever they were opened; `late` are new and beyond their clock.

    `reports` are reports of neighbours that nobody has acted on, `reports_late` those beyond their
    clock, `oldest_report` when the oldest of them was made.
    """

    opened: int
    closed: int
    unclosed: int
    new: int
    late: int
    reports: int
    reports_late: int
    oldest_report: int | None
    taken: Spread
    settled: Spread
    kinds: Sequence[KindTimes]
    loads: Sequence[Load]
    places: Sequence[Place]
    days: Sequence[Day]
    outcomes: Mapping[str, int]


def figures(cases: Sequence[CaseTime], since: int, now: int, overdue: Collection[int]) -> Figures:
    """`cases` are those opened since then, and older ones that are open; `overdue` their numbers."""
    fresh = [case for case in cases if case.opened_at >= since]
    unclosed = [case for case in cases if case.state != "closed"]
    new = [case for case in unclosed if case.state == "new"]
    late = [case for case in new if case.number in overdue]
    reports = [case for case in new if _untouched(case)]
    return Figures(
        opened=len(fresh),
        closed=sum(case.closed_at is not None for case in fresh),
        unclosed=len(unclosed),
        new=len(new),
        late=len(late),
        reports=len(reports),
        reports_late=sum(_untouched(case) for case in late),
        oldest_report=min((case.opened_at for case in reports), default=None),
        taken=Spread.of(_taken(fresh)),
        settled=Spread.of(_settled(fresh)),
        kinds=_kinds(fresh),
        loads=_loads(cases),
        places=_places(cases, since),
        days=_days(fresh, since, now),
        outcomes=dict(Counter(case.outcome for case in fresh if case.outcome).most_common()),
    )


def _untouched(case: CaseTime) -> bool:
    return case.kind == REPORT and case.acknowledged_at is None


def _taken(cases: Iterable[CaseTime]) -> list[int]:
    return [
        max(0, case.acknowledged_at - case.opened_at)
        for case in cases
        if case.acknowledged_at is not None
    ]


def _settled(cases: Iterable[CaseTime]) -> list[int]:
    """From whoever took it to the outcome."""
    return [
        max(0, case.closed_at - case.acknowledged_at)
        for case in cases
        if case.closed_at is not None and case.acknowledged_at is not None
    ]


def _kinds(cases: Sequence[CaseTime]) -> list[KindTimes]:
    """Most often first."""
    by_kind: dict[str, list[CaseTime]] = {}
    for case in cases:
        by_kind.setdefault(case.kind, []).append(case)
    found = [
        KindTimes(
            kind,
            len(those),
            Spread.of(_taken(those)),
            Spread.of(_settled(those)),
            Spread.of(case.closed_at - case.opened_at for case in those if case.closed_at),
        )
        for kind, those in by_kind.items()
    ]
    return sorted(found, key=lambda one: (-one.count, one.kind))


def _loads(cases: Iterable[CaseTime]) -> list[Load]:
    """Whoever has most open first."""
    held: dict[str, Counter[str]] = {}
    for case in cases:
        if case.assignee:
            held.setdefault(case.assignee, Counter())[case.state] += 1
    found = [
        Load(who, states.total() - states["closed"], states["waiting"], states["closed"])
        for who, states in held.items()
    ]
    return sorted(found, key=lambda one: (-one.open, -one.closed, one.staff_id))


def _places(cases: Iterable[CaseTime], since: int) -> list[Place]:
    opened, unclosed, new = Counter[str](), Counter[str](), Counter[str]()
    for case in cases:
        opened[case.region] += case.opened_at >= since
        unclosed[case.region] += case.state != "closed"
        new[case.region] += case.state == "new"
    return [Place(name, opened[name], unclosed[name], new[name]) for name in sorted(opened)]


def _days(cases: Iterable[CaseTime], since: int, now: int) -> list[Day]:
    opened, closed = Counter[int](), Counter[int]()
    for case in cases:
        opened[seoul_day(case.opened_at)] += 1
        if case.closed_at is not None:
            closed[seoul_day(case.closed_at)] += 1
    span = range(seoul_day(since), seoul_day(now) + 1)
    return [Day(day, opened[day], closed[day]) for day in span]


def seoul_day(at: int) -> int:
    """Days since 1970, in Seoul."""
    return (at + SEOUL_MS) // DAY_MS
