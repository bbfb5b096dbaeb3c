"""The audit log: who did or looked at what, and whether the log is whole."""

from bot.staff.console.paging import link
from bot.staff.console.shape import READS_AUDIT, Nav, Page, Route, Visit
from bot.staff.console.words import ACTS

PATH = "/staff/audit"
NAV: Nav | None = Nav(PATH, "감사 기록", "Audit log", READS_AUDIT, "a")
SHOWN = 100
MOST_DIGITS = 12


def routes() -> list[Route]:
    return [Route("GET", PATH, lines, READS_AUDIT, "audit_viewed")]


def lines(visit: Visit) -> Page:
    who, act = visit.query.get("who", ""), visit.query.get("act", "")
    case, before = (_number(visit.query.get(name, "")) for name in ("case", "before"))
    with visit.store.read() as tx:
        names = {member.id: member.name for member in tx.staff(with_ended=True)}
        found = tx.audit_lines(
            visit.viewer.id,
            before=before,
            staff_id=who,
            act=act if act in ACTS else "",
            case_number=case,
            limit=SHOWN + 1,
        )
        whole = visit.query.get("check") == "1"
        fault = tx.audit_fault() if whole else None
    kept = {"who": who, "act": act, "case": str(case or "")}
    more = link(PATH, **kept, before=str(found[SHOWN - 1].id)) if len(found) > SHOWN else ""
    values = {
        "lines": found[:SHOWN],
        "names": names,
        "acts": ACTS,
        "kept": kept,
        "older": more,
        "newest": link(PATH, **kept) if before else "",
        "checked": whole,
        "fault": fault,
    }
    return Page("audit.html", values)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
