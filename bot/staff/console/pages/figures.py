"""The dashboard: from alert to somebody to outcome, what is open, who has how much, what had no answer."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.clock import day_number, from_milliseconds
from bot.staff.charts import bar, columns
from bot.staff.console.pages.board import counted
from bot.staff.console.pages.roster import DAYS, DAYS_EN
from bot.staff.console.paging import chosen_region, link, regions_of
from bot.staff.console.render import raw
from bot.staff.console.shape import CASEWORK, Nav, Page, Route, Visit
from bot.staff.figures import Day, Figures, figures
from data.store import DAY_MS, Tally
from flows.types import Lang

PATH = "/staff/figures"
NAV: Nav | None = Nav(PATH, "통계", "Figures", CASEWORK, "f")
SPANS = (7, 30, 90)
USUAL = 30
WAITING = 50_000
GAPS_SHOWN = 20


def routes() -> list[Route]:
    return [Route("GET", PATH, show, CASEWORK)]


def show(visit: Visit) -> Page:
    viewer, now, days = visit.viewer.id, visit.now, _days(visit)
    since = now - days * DAY_MS
    with visit.store.read() as tx:
        tallies = tx.tally(viewer, now)
        cases = tx.case_times(viewer, since)
        regions = sorted({*regions_of(tallies), *(case.region for case in cases)})
        region = chosen_region(visit, regions)
        cases = tx.case_times(viewer, since, region) if region else cases
        late = {wait.case.number for wait in tx.waits(viewer, now, limit=WAITING) if wait.late}
        gaps = tx.gaps(day_number(from_milliseconds(since)))
        names = {member.id: member.name for member in tx.staff(with_ended=True)}
    found = figures(cases, since, now, late)
    values = {
        "found": found,
        "days": days,
        "spans": [(span, link(PATH, days=str(span), dong=region)) for span in SPANS],
        "region": region,
        "regions": regions,
        "names": names,
        "places": _places(found, tallies, region),
        "gaps": list(gaps.items())[:GAPS_SHOWN],
        "bars": _bars(found, list(gaps.values())[:GAPS_SHOWN]),
        "by_day": raw(_by_day(visit, found.days)),
        "dates": [day_words(day.day, visit.lang) for day in found.days],
    }
    return Page("figures.html", values)


def day_words(day: int, lang: Lang) -> str:
    """11.23 (월), of days since 1970."""
    on = date(1970, 1, 1) + timedelta(days=day)
    return f"{on.month}.{on.day} ({(DAYS_EN if lang == 'en' else DAYS)[on.weekday()]})"


def _days(visit: Visit) -> int:
    text = visit.query.get("days", "")
    return int(text) if text in map(str, SPANS) else USUAL


def _places(found: Figures, tallies: Sequence[Tally], region: str) -> list[dict[str, object]]:
    """Enrolled, late and cases of each dong; whoever is late first."""
    cases = {place.region: place for place in found.places}
    seen = {each.region for each in tallies} | set(cases)
    rows: list[dict[str, object]] = []
    for name in sorted(seen):
        if region and name != region:
            continue
        counts = counted([each for each in tallies if each.region == name], "")
        place = cases.get(name)
        rows.append(
            {
                "region": name,
                "enrolled": counts.total(),
                "late": counts["late"] + counts["alerted"],
                "opened": place.opened if place else 0,
                "open": place.open if place else 0,
                "new": place.new if place else 0,
            }
        )
    return rows


def _bars(found: Figures, gaps: Sequence[int]) -> dict[str, list[object]]:
    """One bar a row of each table."""
    whole = [(kind.taken.middle or 0, kind.settled.middle or 0) for kind in found.kinds]
    return {
        "kinds": _row_bars(whole),
        "loads": _row_bars([(load.open - load.waiting, load.waiting) for load in found.loads]),
        "gaps": _row_bars([(count,) for count in gaps]),
        "outcomes": _row_bars([(count,) for count in found.outcomes.values()]),
    }


def _row_bars(rows: Sequence[tuple[int, ...]]) -> list[object]:
    most = max((sum(row) for row in rows), default=0)
    return [raw(bar(*row, most=most)) for row in rows]


def _by_day(visit: Visit, days: Sequence[Day]) -> str:
    title = visit.t("날마다 열린 사례와 종료한 사례", "Cases opened and closed, by day")
    opened, closed = sum(day.opened for day in days), sum(day.closed for day in days)
    words = visit.t(f"열림 {opened}건, 종료 {closed}건", f"{opened} opened, {closed} closed")
    return columns([(day.opened, day.closed) for day in days], title, words)
