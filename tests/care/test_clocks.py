"""The clock of working hours, against one that counts every minute of a random calendar."""

from collections.abc import Sequence
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.care.cases import office_hours
from bot.care.clocks import ALWAYS, MINUTE_MS, SEOUL_MS, Hours
from bot.office import EPOCH
from data.store import DAY_MS
from data.store.records import Stop
from tests.care.district import HOUR, MINUTE, at
from tests.talk import content

OFFICE = office_hours(content().care)
FIRST = date(2026, 11, 23).toordinal() - EPOCH
DAYS = 9
"""So many days are counted minute by minute."""
BEGIN = FIRST * DAY_MS - SEOUL_MS
Stops = Sequence[Stop]


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """Any week: up to three blocks a day, days off, holidays, days of the team's own."""
    week = {}
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
        week[weekday] = tuple(zip(edges[::2], edges[1::2], strict=False))
    days = st.frozensets(st.integers(FIRST, FIRST + DAYS), max_size=4)
    holidays, closed = draw(days), draw(days)
    return Hours(week, lambda day: day in holidays, closed)


MINUTES = st.integers(0, DAYS * 1440 - 1).map(lambda minute: BEGIN + minute * MINUTE)


@st.composite
def stops(draw: st.DrawFn) -> list[Stop]:
    """In no order, some over each other, the clock of one not set going again."""
    found: list[Stop] = []
    for _ in range(draw(st.integers(0, 4))):
        begin, end = draw(MINUTES), draw(MINUTES)
        found.append((min(begin, end), max(begin, end)))
    if draw(st.booleans()) and draw(st.booleans()):
        found.append((draw(MINUTES), None))
    return found


def runs(week: Hours, still: Stops, minute: int) -> bool:
    """Whether the clock runs in the minute that begins then; written down once more, from the rule."""
    local = minute + SEOUL_MS
    day, of_day = divmod(local, DAY_MS)
    if day in week.closed or week.is_holiday(day):
        return False
    weekday = date.fromordinal(day + EPOCH).weekday()
    open_ = any(b <= of_day // MINUTE_MS < e for b, e in week.weekdays.get(weekday, ()))
    return open_ and not any(b <= minute and (e is None or minute < e) for b, e in still)


def counted(week: Hours, still: Stops, start: int, until: int) -> int:
    return sum(runs(week, still, minute) for minute in range(start, until, MINUTE))


@settings(deadline=None, max_examples=150)
@given(hours(), stops(), MINUTES, MINUTES)
def test_as_many_minutes_pass_as_the_calendar_has(
    week: Hours, still: list[Stop], one: int, other: int
) -> None:
    start, until = min(one, other), max(one, other)
    assert week.elapsed(start, until, still) == counted(week, still, start, until) * MINUTE


@settings(deadline=None, max_examples=150)
@given(hours(), stops(), MINUTES, st.integers(1, 900))
def test_due_is_the_first_minute_at_which_so_many_have_passed(
    week: Hours, still: list[Stop], start: int, minutes: int
) -> None:
    passed, found = 0, None
    for minute in range(start, BEGIN + DAYS * DAY_MS, MINUTE):
        passed += runs(week, still, minute)
        if passed == minutes:
            found = minute + MINUTE
            break
    due = week.due(start, minutes, still)
    if found is not None:
        assert due == found
    else:
        assert due is None or due > BEGIN + DAYS * DAY_MS


@settings(deadline=None, max_examples=100)
@given(hours(), MINUTES)
def test_the_next_opening_is_the_first_minute_in_which_somebody_works(
    week: Hours, start: int
) -> None:
    first = next(
        (m for m in range(start, BEGIN + DAYS * DAY_MS, MINUTE) if runs(week, (), m)), None
    )
    found = week.next_open(start)
    if first is not None:
        assert found == first
        assert week.is_open(first)
    else:
        assert found is None or found >= BEGIN + DAYS * DAY_MS
    assert week.is_open(start) == runs(week, (), start)


@settings(deadline=None, max_examples=100)
@given(hours(), stops(), MINUTES, st.integers(1, 600))
def test_what_is_due_has_elapsed_and_a_moment_before_had_not(
    week: Hours, still: list[Stop], start: int, minutes: int
) -> None:
    due = week.due(start, minutes, still)
    if due is not None:
        assert week.elapsed(start, due, still) == minutes * MINUTE
        assert week.elapsed(start, due - 1, still) < minutes * MINUTE


def test_lunch_evening_weekend_and_a_holiday_do_not_count() -> None:
    assert OFFICE.due(at("11-23 11:30"), 60) == at("11-23 13:30")
    assert OFFICE.due(at("11-23 17:30"), 60) == at("11-24 09:30")
    assert OFFICE.due(at("11-27 17:30"), 60) == at("11-30 09:30")
    assert OFFICE.due(at("12-24 17:30"), 60) == at("12-28 09:30")
    assert OFFICE.due(at("11-23 09:00"), 480) == at("11-23 18:00")


def test_the_clock_stands_while_a_case_is_closed_and_goes_on_when_it_is_open_again() -> None:
    closed = at("11-23 10:00")
    assert OFFICE.due(at("11-23 09:00"), 120, [(closed, None)]) is None
    assert OFFICE.due(at("11-23 09:00"), 120, [(closed, at("11-24 14:00"))]) == at("11-24 15:00")
    assert OFFICE.elapsed(at("11-23 09:00"), at("11-25 09:00"), [(closed, None)]) == HOUR


def test_real_minutes_are_those_of_every_clock() -> None:
    assert ALWAYS.due(at("11-28 23:50"), 20) == at("11-29 00:10")
    assert ALWAYS.elapsed(at("11-23 00:00"), at("11-25 00:00")) == 48 * HOUR


def test_a_team_that_never_works_is_not_waited_for() -> None:
    assert Hours({}).due(at("11-23 09:00"), 1) is None
    assert Hours({}).next_open(at("11-23 09:00")) is None
