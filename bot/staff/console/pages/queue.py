"""What waits: every open case of the viewer, the soonest due first, with its clock."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.staff.console.shape import CASEWORK, EVERYBODY, Go, Nav, Page, Route, Visit
from data.masking import masked_name
from data.store import Tx
from data.store.queue import QueueView

NAV: Nav | None = Nav("/staff/", "대기", "Queue", CASEWORK, "q")
SHOWN = 50
"""Cases on one page."""
VIEWS: Mapping[QueueView, tuple[str, str]] = {
    "all": ("모두", "All"),
    "mine": ("내 담당", "Mine"),
    "new": ("담당 없음", "Nobody's"),
    "late": ("늦음", "Late"),
    "waiting": ("기다림", "Waiting"),
}


def routes() -> list[Route]:
    return [Route("GET", "/staff/", queue, EVERYBODY)]


def queue(visit: Visit) -> Page | Go:
    if visit.viewer.role == "auditor":
        return Go("/staff/audit")
    view: QueueView = next((name for name in VIEWS if name == visit.query.get("view")), "all")
    with visit.store.read() as tx:
        counts = tx.queue_counts(visit.viewer.id, visit.now)
        page, pages = _page(visit, counts[view])
        first = page * SHOWN
        waits = tx.queue_page(visit.viewer.id, visit.now, view, first=first, limit=SHOWN)
        names = {member.id: member.name for member in tx.staff(with_ended=True)}
        people = names_of(tx, [wait.case.person_id for wait in waits])
    values = {
        "waits": waits,
        "people": people,
        "counts": counts,
        "views": VIEWS,
        "view": view,
        "page": page,
        "pages": pages,
        "names": names,
    }
    return Page("queue.html", values)


def _page(visit: Visit, count: int) -> tuple[int, int]:
    """The page that is wanted, from 0, or the nearest that there is; and how many there are."""
    wanted, pages = visit.query.get("page", "0"), max(1, -(-count // SHOWN))
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 0
    return min(number, pages - 1), pages


def names_of(tx: Tx, ids: Iterable[str | None]) -> Mapping[str, str]:
    """Masked names, of those who gave one."""
    known = tx.profiles(sorted({each for each in ids if each is not None}))
    return {who: masked_name(name_in(facts)) for who, facts in known.items() if name_in(facts)}


def name_in(facts: Mapping[str, Any]) -> str:
    return str(facts.get("checkin_name") or facts.get("name") or "")
