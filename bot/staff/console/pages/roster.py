"""Who is on duty: now, in the coming days, and whether tomorrow's alerts can be borne."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from bot.care import budget
from bot.care.roster import Roster
from bot.clock import SEOUL, milliseconds
from bot.staff.care import ROSTER_DAYS, roster_of, rules
from bot.staff.charts import bar
from bot.staff.console.paging import chosen_region, regions_of
from bot.staff.console.render import raw
from bot.staff.console.shape import CASEWORK, LEADING, Go, Missing, Nav, Page, Route, Visit
from data.care import Who
from data.store import DAY_MS, HOUR_MS, Absence, Duty, NotAllowed, StaffMember, Tx

PATH = "/staff/roster"
NAV: Nav | None = Nav(PATH, "당번", "Roster", CASEWORK, "d")
AHEAD_DAYS = 28
"""Absences are listed so far ahead."""
MOST_DAYS_OFF = 366
MOST_RANK = 9
NOW_TOLD: tuple[tuple[Who, str, str], ...] = (
    ("duty", "당번", "On duty"),
    ("next", "다음", "Next"),
    ("lead", "팀장", "Lead"),
    ("desk", "당직", "Desk"),
)
DAYS = ("월", "화", "수", "목", "금", "토", "일")
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Wrong(ValueError):
    """What is wrong with a form, in both languages."""

    def __init__(self, ko: str, en: str) -> None:
        super().__init__(ko)
        self.ko, self.en = ko, en


def routes() -> list[Route]:
    return [
        Route("GET", PATH, show, CASEWORK),
        Route("POST", f"{PATH}/duty", changing(add_duty), LEADING, "duty_added"),
        Route("POST", f"{PATH}/duty/drop", changing(drop_duty), LEADING, "duty_dropped"),
        Route("POST", f"{PATH}/absence", changing(add_absence), CASEWORK, "absence_added"),
        Route("POST", f"{PATH}/absence/drop", changing(drop_absence), CASEWORK, "absence_dropped"),
    ]


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty as the page shows it; `mine` tells whether the viewer may take it back."""

    id: str
    name: str
    region: str
    days: str
    hours: str
    rank: int
    holidays: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class AbsenceLine:
    id: str
    name: str
    from_at: int
    until_at: int
    deputy: str
    now: bool
    mine: bool


# --- the page -----------------------------------------------------------------------------


def show(visit: Visit) -> Page:
    viewer, now = visit.viewer, visit.now
    with visit.store.read() as tx:
        people = tx.colleagues(viewer.id)
        roster = roster_of(tx, now, now + AHEAD_DAYS * DAY_MS)
        regions = _regions(viewer, regions_of(tx.tally(viewer.id, now)))
        forecast = budget.foretell(tx.enrolled(viewer.id), rules(), roster, now)
        duty_for = [one for one in people if _may(tx, viewer, one, "duty")]
        absent_for = [one for one in people if _may(tx, viewer, one, "absence")]
    region = chosen_region(visit, regions) or next(iter(regions), "")
    names = {one.id: one.name for one in people}
    values = {
        "region": region,
        "regions": regions,
        "told": _told(roster, region, now),
        "uncovered": uncovered(roster, region, now),
        "ahead": ROSTER_DAYS,
        "duties": _duties(visit, roster.duties, names, {one.id for one in duty_for}),
        "absences": _absences(visit, roster.absences, names, {one.id for one in absent_for}),
        "silent": [one.name for one in people if _unreached(one, roster)],
        "duty_for": duty_for,
        "absent_for": absent_for,
        "people": [one for one in people if one.role != "auditor"],
        "days": DAYS_EN if visit.lang == "en" else DAYS,
        "forecast": _forecast(forecast, names),
        "expected": forecast.total,
        "nobody": forecast.uncovered if forecast.uncovered >= budget.WORTH_SAYING else 0,
        "bearable": budget.BEARABLE,
    }
    return Page("roster.html", values)


def _regions(viewer: StaffMember, lived_in: Sequence[str]) -> list[str]:
    """Where the viewer's people live, the own dong first; the own region where nobody does yet."""
    found = [region for region in lived_in if region] or [viewer.region]
    return sorted(filter(None, found), key=lambda each: (each != viewer.region, each))


def _may(tx: Tx, viewer: StaffMember, one: StaffMember, what: Literal["duty", "absence"]) -> bool:
    try:
        tx.may_change(viewer.id, one.id, what)
    except NotAllowed:
        return False
    return one.role != "auditor"


def _told(roster: Roster, region: str, now: int) -> list[tuple[str, str, list[str]]]:
    """Who would be told now of an alert of the region."""
    names = roster.names()
    return [
        (ko, en, [names[one] for one in roster.people(who, region, None, now)])
        for who, ko, en in NOW_TOLD
    ]


def uncovered(roster: Roster, region: str, now: int) -> list[int]:
    """Hours of the coming days in which nobody at all can be told."""
    first = now - now % HOUR_MS
    return [
        at
        for at in range(first, first + ROSTER_DAYS * DAY_MS, HOUR_MS)
        if not any(roster.people(who, region, None, at) for who in ("duty", "lead", "desk"))
    ]


def _unreached(one: StaffMember, roster: Roster) -> bool:
    return one.role != "auditor" and one.id not in roster.reached


def _duties(
    visit: Visit, duties: Sequence[Duty], names: dict[str, str], may: set[str]
) -> list[DutyLine]:
    return [
        DutyLine(
            each.id,
            names[each.staff_id],
            each.region,
            weekdays_words(each.weekdays, DAYS_EN if visit.lang == "en" else DAYS),
            f"{_clock(each.from_minute)}–{_clock(each.to_minute)}",
            each.rank,
            each.holidays,
            each.staff_id in may,
        )
        for each in duties
        if each.staff_id in names
    ]


def _absences(
    visit: Visit, absences: Sequence[Absence], names: dict[str, str], may: set[str]
) -> list[AbsenceLine]:
    return [
        AbsenceLine(
            each.id,
            names[each.staff_id],
            each.from_at,
            each.until_at,
            names.get(each.deputy or "", ""),
            each.from_at <= visit.now,
            each.staff_id in may,
        )
        for each in absences
        if each.staff_id in names
    ]


def weekdays_words(mask: int, names: Sequence[str]) -> str:
    """월–금, 토, 일: runs of three and more are drawn together."""
    days = [day for day in range(7) if mask >> day & 1]
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    words = []
    for run in runs:
        if len(run) > 2:
            words.append(f"{names[run[0]]}–{names[run[-1]]}")
        else:
            words += [names[day] for day in run]
    return ", ".join(words)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _forecast(forecast: budget.Forecast, names: dict[str, str]) -> list[dict[str, Any]]:
    """Tomorrow's expected alerts of each colleague, the most first."""
    loads = sorted(forecast.staff.items(), key=lambda each: (-each[1], each[0]))
    most = max([budget.BEARABLE, *forecast.staff.values()])
    return [
        {
            "name": names[who],
            "load": round(load, 1),
            "over": who in forecast.overloaded,
            "bar": raw(bar(load, most=most)),
        }
        for who, load in loads
        if who in names
    ]


# --- forms --------------------------------------------------------------------------------


def changing(change: Callable[[Visit, Tx], tuple[str, str]]) -> Callable[[Visit], Go]:
    """The handler of a form: what is wrong with it is told on the page."""

    def handler(visit: Visit) -> Go:
        try:
            with visit.store.write() as tx:
                ko, en = change(visit, tx)
        except Wrong as error:
            return Go(PATH, visit.t(error.ko, error.en), wrong=True)
        return Go(PATH, visit.t(ko, en))

    return handler


def add_duty(visit: Visit, tx: Tx) -> tuple[str, str]:
    form, who = visit.form, visit.form.get("who", "")
    tx.may_change(visit.viewer.id, who, "duty")
    region = " ".join(form.get("region", "").split())
    if not region or not tx.covers(visit.viewer.id, region):
        raise Wrong("맡으신 지역 안의 동을 골라 주세요.", "Choose a dong within your region.")
    mask = sum(1 << day for day in range(7) if form.get(f"day{day}"))
    start, end = (_minute(form.get(name, "")) for name in ("from", "to"))
    if not mask:
        raise Wrong("요일을 하나 이상 골라 주세요.", "Choose at least one day.")
    if start is None or end is None or start == end:
        raise Wrong(
            "시작과 끝 시각을 서로 다르게 적어 주세요.", "Give a beginning and another end."
        )
    rank = form.get("rank", "0")
    tx.set_duty(
        Duty(
            id=visit.console.house.chance.id(),
            staff_id=who,
            region=region,
            weekdays=mask,
            from_minute=start,
            to_minute=end,
            rank=min(int(rank), MOST_RANK) if rank.isascii() and rank.isdigit() else 0,
            holidays=bool(form.get("holidays")),
        )
    )
    return "당번을 적었어요.", "The duty is set."


def _minute(text: str) -> int | None:
    """ "09:30" as a form gives it."""
    try:
        at = time.fromisoformat(text)
    except ValueError:
        return None
    return at.hour * 60 + at.minute


def drop_duty(visit: Visit, tx: Tx) -> tuple[str, str]:
    found = next((each for each in tx.duties() if each.id == visit.form.get("id")), None)
    if found is None:
        raise Missing
    tx.may_change(visit.viewer.id, found.staff_id, "duty")
    tx.drop_duty(found.id)
    return "당번에서 뺐어요.", "The duty is taken back."


def add_absence(visit: Visit, tx: Tx) -> tuple[str, str]:
    form, who = visit.form, visit.form.get("who", "")
    tx.may_change(visit.viewer.id, who, "absence")
    first, last = (_day(form.get(name, "")) for name in ("from", "until"))
    begin, end = max(_midnight(first), visit.now), _midnight(last + timedelta(days=1))
    if end <= begin or (last - first).days > MOST_DAYS_OFF:
        raise Wrong(
            "끝나는 날이 시작하는 날보다 뒤여야 해요.", "The last day is before the first, or past."
        )
    deputy = form.get("deputy") or None
    if deputy is not None and deputy not in _deputies(visit, tx, who):
        raise Wrong("대신할 분을 다시 골라 주세요.", "Choose another deputy.")
    entry = Absence(visit.console.house.chance.id(), who, begin, end, deputy)
    tx.add_absence(entry)
    return "쉬는 날을 적었어요.", "The absence is set."


def _deputies(visit: Visit, tx: Tx, who: str) -> set[str]:
    return {
        one.id for one in tx.colleagues(visit.viewer.id) if one.role != "auditor" and one.id != who
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Wrong("날짜를 골라 주세요.", "Choose a day.") from error


def _midnight(day: date) -> int:
    return milliseconds(datetime.combine(day, time(0), SEOUL))


def drop_absence(visit: Visit, tx: Tx) -> tuple[str, str]:
    until = visit.now + MOST_DAYS_OFF * DAY_MS
    entries = tx.absences(visit.now, until)
    found = next((each for each in entries if each.id == visit.form.get("id")), None)
    if found is None:
        raise Missing
    tx.may_change(visit.viewer.id, found.staff_id, "absence")
    tx.drop_absence(found.id)
    return "쉬는 날을 지웠어요.", "The absence is taken back."
