"""The printed list of a dong, for days when every messenger is down: in the clear, and kept as opened."""

from bot.staff.console.pages.board import STATUSES
from bot.staff.console.paging import chosen_region, regions_of
from bot.staff.console.shape import CASEWORK, Go, Nav, Page, Route, Visit

PATH = "/staff/daily"
NAV: Nav | None = None
MOST_REASON = 200
LIST = "하루 명단"
"""How the resident reads that they stood on a printed list."""


def routes() -> list[Route]:
    return [
        Route("GET", PATH, ask, CASEWORK),
        Route("POST", PATH, printed, CASEWORK, "daily_printed"),
    ]


def ask(visit: Visit) -> Page:
    with visit.store.read() as tx:
        tallies = tx.tally(visit.viewer.id, visit.now)
    regions = [region for region in regions_of(tallies) if region]
    counts = {
        region: sum(each.count for each in tallies if each.region == region) for region in regions
    }
    own = visit.viewer.region if visit.viewer.region in regions else ""
    chosen = chosen_region(visit, regions) or own
    return Page("daily_ask.html", {"counts": counts, "region": chosen})


def printed(visit: Visit) -> Page | Go:
    region, reason = (visit.form.get(name, "").strip() for name in ("dong", "reason"))
    if not region or not reason:
        words = visit.t("동과 까닭을 정해 주세요.", "Choose a dong and give a reason.")
        return Go(PATH, words, wrong=True)
    chance, reason = visit.console.house.chance, reason[:MOST_REASON]
    with visit.store.write() as tx:
        rows = tx.daily_list(visit.viewer.id, region, visit.now, chance.id, f"{LIST}: {reason}")
    if not rows:
        words = visit.t("그 동에는 명단에 오를 분이 없어요.", "Nobody is enrolled in that dong.")
        return Go(PATH, words, wrong=True)
    values = {"rows": rows, "region": region, "reason": reason, "statuses": STATUSES}
    return Page("daily.html", values, detail=f"{region} · {len(rows)} · {reason}")
