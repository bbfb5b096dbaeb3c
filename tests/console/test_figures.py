"""What the dashboard counts, and how it is drawn."""

from dataclasses import replace
from xml.etree import ElementTree

from bot.staff.charts import bar, columns
from bot.staff.figures import Spread, figures
from data.store import DAY_MS, CaseTime

MINUTE, HOUR = 60_000, 3_600_000
NOW = 1_800_000_000_000
SINCE = NOW - 7 * DAY_MS
DONG = "대구광역시 남구 봉덕1동"
CASE = CaseTime(1, "help", "new", "today", DONG, NOW - HOUR, None, None, None, None)


def taken(number: int, minutes: int, **changes: object) -> CaseTime:
    opened = NOW - DAY_MS
    case = replace(CASE, number=number, opened_at=opened, acknowledged_at=opened + minutes * MINUTE)
    changes = {"state": "acknowledged", "assignee": "lee", **changes}
    return replace(case, **changes)  # type: ignore[arg-type]


def closed(number: int, minutes: int, **changes: object) -> CaseTime:
    case = taken(number, minutes)
    assert case.acknowledged_at is not None
    ended = case.acknowledged_at + HOUR
    return replace(case, state="closed", closed_at=ended, outcome="helped", **changes)  # type: ignore[arg-type]


def test_the_middle_and_the_slow_end_of_durations() -> None:
    assert Spread.of([]) == Spread(0)
    assert Spread.of([5]) == Spread(1, 5, 5)
    assert Spread.of(range(101)) == Spread(101, 50, 90)


def test_from_alert_to_somebody_to_outcome() -> None:
    found = figures([closed(1, 10), closed(2, 30), taken(3, 20), CASE], SINCE, NOW, ())
    assert found.taken.middle == 20 * MINUTE
    assert (found.settled.count, found.settled.middle) == (2, HOUR)
    (kind,) = found.kinds
    assert (kind.count, kind.taken.count, kind.whole.middle) == (4, 3, 80 * MINUTE)
    assert (found.opened, found.closed, found.unclosed, found.new) == (4, 2, 2, 1)
    assert found.outcomes == {"helped": 2}


def test_what_was_opened_before_counts_only_while_it_is_open() -> None:
    old = replace(taken(1, 500), opened_at=SINCE - 1, acknowledged_at=SINCE)
    found = figures([old], SINCE, NOW, ())
    assert (found.opened, found.unclosed, found.taken.count) == (0, 1, 0)


def test_reports_that_nobody_acted_on_are_counted() -> None:
    report = replace(CASE, kind="neighbor_report", opened_at=NOW - 3 * DAY_MS)
    again = replace(report, number=2, acknowledged_at=NOW - 2 * DAY_MS)
    """Taken once and back in the queue: somebody did act."""
    young = replace(report, number=3, opened_at=NOW - HOUR)
    found = figures([report, again, young, replace(CASE, number=4)], SINCE, NOW, {1, 2})
    assert (found.reports, found.reports_late, found.oldest_report) == (2, 1, report.opened_at)
    assert found.late == 2


def test_who_has_how_many() -> None:
    cases = [taken(1, 5), taken(2, 5, state="waiting"), closed(3, 5), taken(4, 5)]
    cases[3] = replace(cases[3], assignee="park")
    found = figures(cases, SINCE, NOW, ())
    shown = [(one.staff_id, one.open, one.waiting, one.closed) for one in found.loads]
    assert shown == [("lee", 2, 1, 1), ("park", 1, 0, 0)]


def test_by_dong_and_by_day() -> None:
    other = replace(closed(2, 5), region="대구광역시 남구 대명1동")
    found = figures([CASE, other], SINCE, NOW, ())
    assert [(p.region, p.opened, p.open, p.new) for p in found.places] == [
        ("대구광역시 남구 대명1동", 1, 0, 0),
        (DONG, 1, 1, 1),
    ]
    assert len(found.days) == 8
    assert sum(day.opened for day in found.days) == 2
    assert sum(day.closed for day in found.days) == 1


def test_a_day_of_seoul_begins_at_its_own_midnight() -> None:
    midnight = (NOW + 9 * HOUR) // DAY_MS * DAY_MS - 9 * HOUR
    cases = [replace(CASE, opened_at=midnight), replace(CASE, opened_at=midnight - 1)]
    found = figures(cases, SINCE, NOW, ())
    assert [day.opened for day in found.days[-2:]] == [1, 1]


# --- pictures -----------------------------------------------------------------------------


def test_a_bar_is_as_wide_as_its_share() -> None:
    svg = ElementTree.fromstring(bar(1, 2, most=4))
    assert [(one.get("x"), one.get("width")) for one in svg] == [
        ("0.00", "25.00"),
        ("25.00", "50.00"),
    ]
    assert svg.get("aria-hidden") == "true"
    assert "style" not in bar(1, most=0)


def test_columns_stand_on_the_axis_and_are_read_aloud() -> None:
    text = columns([(2, 1), (0, 4)], '여는 "수"', "a & b")
    svg = ElementTree.fromstring(text)
    assert svg.get("aria-label") == '여는 "수". a & b'
    rects = [one for one in svg if one.tag == "rect"]
    assert [float(one.get("y", 0)) + float(one.get("height", 0)) for one in rects] == [140.0] * 4
    assert [float(one.get("height", 0)) for one in rects] == [70.0, 35.0, 0.0, 140.0]
    assert "style=" not in text
    assert columns([], "빈", "없음").count("<rect") == 0
