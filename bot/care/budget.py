"""How many alerts tomorrow brings each officer, and whether the roster copes: pure.

Somebody is alerted when nothing comes from them until the threshold. How likely that is, is told by
how many of their days they have answered; and whoever has missed a question is likelier to miss the
next one, for they may be away or ill.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt

from bot.care.plan import Watch, question_after, silent_since, threshold
from bot.care.roster import Roster, within
from bot.care.rules import SEOUL_MS, Rules
from data.care import Who
from data.store import DAY_MS, HOUR_MS, DueCheckin, Tx

BEARABLE = 8
"""Alerts that one officer can see to on a day: half an hour each to call, more to visit."""
PRIOR_MISSED, PRIOR_DAYS = 1.0, 20.0
"""Whoever has just enrolled is taken for somebody who misses one day of twenty."""
MISSED_AGAIN = 0.5
"""The least chance that a question is missed by who missed the one before it."""
TOLD_FIRST: tuple[Who, ...] = ("duty", "next", "lead", "desk")
WORTH_SAYING = 0.5
PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one day: expected alerts in all, by region, and by the member of staff told first.

    `overloaded` have more than they can bear on a day that is somewhat worse than the mean;
    `uncovered` are expected where nobody is there to be told.
    """

    total: float
    regions: Mapping[str, float]
    staff: Mapping[str, float]
    overloaded: Sequence[str]
    uncovered: float


def tomorrow(now: int) -> tuple[int, int]:
    """Seoul's next day, from and until."""
    begin = now - (now + SEOUL_MS) % DAY_MS + DAY_MS
    return begin, begin + DAY_MS


def foretell(
    people: Iterable[DueCheckin],
    rules: Rules,
    roster: Roster,
    now: int,
    span: tuple[int, int] | None = None,
) -> Forecast:
    """For `span` (tomorrow, where none is given)."""
    begin, end = span or tomorrow(now)
    regions: Counter[str] = Counter()
    loads: Counter[str] = Counter()

    @cache
    def first_told(region: str, hour: int) -> list[str]:
        found = (roster.people(who, region, None, hour * HOUR_MS) for who in TOLD_FIRST)
        return next((staff for staff in found if staff), [])

    for due in people:
        chance, at = likely(due, rules, now, begin, end)
        if not chance:
            continue
        region = due.checkin.region
        regions[region] += chance  # type: ignore[assignment]
        staff = first_told(region, at // HOUR_MS)
        for one in staff or [""]:
            loads[one] += chance / max(1, len(staff))  # type: ignore[assignment]
    uncovered = loads.pop("", 0)
    overloaded = [one for one, load in loads.items() if load + sqrt(load) > BEARABLE]
    return Forecast(sum(regions.values()), regions, loads, sorted(overloaded), uncovered)


def likely(due: DueCheckin, rules: Rules, now: int, begin: int, end: int) -> tuple[float, int]:
    """The chance that an alert about this person comes between `begin` and `end`, and when it would."""
    entry = due.checkin
    if entry.state != "active":
        return 0.0, 0
    since, days = silent_since(Watch(entry, due.last_seen_at)), threshold(entry, now)
    if days > 1 and since + days * DAY_MS >= end:
        return 0.0, 0
    misses = _miss(due, now)
    questions = _questions(due, rules, since, max(since + days * DAY_MS, now) + DAY_MS)
    alert = _alert(questions, since + days * DAY_MS, rules)
    open_from = now - rules.answer
    missed = any(at <= open_from for at in questions)
    stay = 1.0
    for at in questions:
        if open_from < at <= alert - rules.answer:
            stay *= max(misses, MISSED_AGAIN) if missed else misses
            missed = True
    if begin <= alert < end:
        return stay, alert
    if days > 1 or alert < begin:
        return 0.0, 0
    again = _questions(due, rules, begin, begin + DAY_MS)
    return (1 - stay) * misses, again[0] + rules.answer if again else begin


def _miss(due: DueCheckin, now: int) -> float:
    """The share of days without an answer."""
    entry = due.checkin
    enrolled = max(0.0, (now - entry.created_at) / DAY_MS)
    missed = max(0.0, enrolled - entry.stamps)
    return min(1.0, (missed + PRIOR_MISSED) / (enrolled + PRIOR_DAYS))


def _questions(due: DueCheckin, rules: Rules, since: int, until: int) -> list[int]:
    found = []
    at = question_after(since + rules.fresh - 1, due.checkin, rules)
    while at < until:
        found.append(at)
        at = question_after(at, due.checkin, rules)
    return found


def _alert(questions: Sequence[int], deadline: int, rules: Rules) -> int:
    """When it would come: after the last question before it there is time to answer."""
    before = [at for at in questions if at < deadline] or list(questions[:1])
    return max(deadline, before[-1] + rules.answer) if before else deadline


def everybody(tx: Tx) -> Iterable[DueCheckin]:
    """All who are enrolled, a page at a time."""
    after = ""
    while page := tx.watched(after, PAGE):
        yield from page
        after = page[-1].checkin.person_id


def told(forecast: Forecast, names: Mapping[str, str], region: str) -> list[str]:
    """For `/roster`: tomorrow within a region, and a warning where the roster will not cope."""
    here = sum(load for dong, load in forecast.regions.items() if within(region, dong))
    lines = [f"내일 예상: 알림 {here:.1f}건 (전체 {forecast.total:.1f}건)"]
    lines += [
        f"⚠ 내일 {names.get(one, one)}: {forecast.staff[one]:.0f}건쯤, 하루 {BEARABLE}건을 넘을 수 있어요"
        for one in forecast.overloaded
    ]
    if forecast.uncovered >= WORTH_SAYING:
        lines.append(f"⚠ 내일 알릴 사람이 없는 알림: {forecast.uncovered:.0f}건쯤")
    return lines
