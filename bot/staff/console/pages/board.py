"""The check-in board of the dong: who is late, how long there is left, the last sign of life."""

from collections import Counter
from collections.abc import Iterable, Mapping

from bot.care.roster import within
from bot.staff.console.paging import chosen_region, link, paging, regions_of
from bot.staff.console.shape import CASEWORK, Nav, Page, Route, Visit
from bot.staff.console.words import Words
from data.store import CheckinStatus, Tally

PATH = "/staff/board"
NAV: Nav | None = Nav(PATH, "안부판", "Check-ins", CASEWORK, "b")
SIZE = 50
STATUSES: Words = {
    "alerted": ("살피는 중", "Being looked after"),
    "late": ("기준 지남", "Beyond the threshold"),
    "undelivered": ("전달 안 됨", "Not delivered"),
    "waiting": ("답 기다림", "Not answered yet"),
    "paused": ("쉼", "Paused"),
    "fine": ("소식 있음", "Heard of"),
}
TONES: Mapping[CheckinStatus, str] = {
    "alerted": "late",
    "late": "late",
    "undelivered": "soon",
    "waiting": "soon",
    "paused": "",
    "fine": "calm",
}


def routes() -> list[Route]:
    return [Route("GET", PATH, board, CASEWORK)]


def board(visit: Visit) -> Page:
    shown = [name for name in TONES if name == visit.query.get("show")]
    with visit.store.read() as tx:
        tallies = tx.tally(visit.viewer.id, visit.now)
        regions = regions_of(tallies)
        region = chosen_region(visit, regions)
        counts = counted(tallies, region)
        count = counts[shown[0]] if shown else counts.total()
        pages = paging(visit, PATH, count, SIZE, show="".join(shown), dong=region)
        rows = tx.board(
            visit.viewer.id,
            visit.now,
            statuses=shown,
            region=region,
            page=pages.page,
            size=SIZE,
        )
    values = {
        "rows": rows,
        "counts": counts,
        "total": counts.total(),
        "show": "".join(shown),
        "views": _views(region),
        "region": region,
        "regions": regions,
        "paging": pages,
        "statuses": STATUSES,
        "tones": TONES,
    }
    return Page("board.html", values)


def counted(tallies: Iterable[Tally], region: str) -> Counter[str]:
    """How many have which state, in the region or everywhere."""
    counts: Counter[str] = Counter()
    for each in tallies:
        if within(region, each.region):
            counts[each.status] += each.count
    return counts


def _views(region: str) -> list[tuple[str, str]]:
    """State and address of each way to look at the board; "" are all."""
    return [(name, link(PATH, show=name, dong=region)) for name in ("", *TONES)]
