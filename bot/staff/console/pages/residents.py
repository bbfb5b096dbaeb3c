"""The residents of the dong: masked in the list, opened for a reason that they are told."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.actions.person import NAMES, value_words
from bot.actions.trusted import STATES as TRUSTED_STATES
from bot.care.plan import threshold
from bot.staff.console.paging import chosen_region, paging, regions_of
from bot.staff.console.shape import CASEWORK, Go, Nav, Page, Route, Visit
from bot.staff.console.words import Words
from data.store import ResidentCard, ResidentRecord, ResidentRow

PATH = "/staff/residents"
ONE = f"{PATH}/{{handle}}"
NAV: Nav | None = Nav(PATH, "주민", "Residents", CASEWORK, "p")
SIZE = 50
MOST_REASON = 300
RECORD = "기록"
"""How the resident reads that it was the record that was opened, not the visit card."""
CHECKINS: Words = {
    "active": ("안부 받음", "Check-in"),
    "paused": ("안부 쉼", "Check-in paused"),
    "ended": ("안부 끝남", "Check-in ended"),
    "": ("안부 없음", "No check-in"),
}
GRADES: Words = {
    "fine": ("잘 지냄", "Fine"),
    "unwell": ("몸이 안 좋음", "Not well"),
    "help": ("도움 필요", "Needs help"),
}
REACHED_BY = ("checkin_name", "checkin_phone", "checkin_address")


def routes() -> list[Route]:
    return [
        Route("GET", PATH, listed, CASEWORK),
        Route("POST", PATH, found, CASEWORK, "residents_searched"),
        Route("GET", ONE, one, CASEWORK, "resident_viewed"),
        Route("POST", ONE, opened, CASEWORK, "record_opened"),
    ]


def listed(visit: Visit) -> Page:
    viewer = visit.viewer.id
    with visit.store.read() as tx:
        regions = regions_of(tx.tally(viewer, visit.now))
        region = chosen_region(visit, regions)
        pages = paging(visit, PATH, tx.count_residents(viewer, region), SIZE, dong=region)
        rows = tx.residents(viewer, region=region, page=pages.page, size=SIZE)
    return _list(rows, regions, region, {"paging": pages, "words": None})


def found(visit: Visit) -> Page:
    """A search is posted, so that no name stands in an address."""
    words = visit.form.get("words", "").strip()
    with visit.store.read() as tx:
        regions = regions_of(tx.tally(visit.viewer.id, visit.now))
        rows = tx.find_residents(visit.viewer.id, words)
    return _list(rows, regions, "", {"paging": None, "words": words})


def _list(
    rows: Sequence[ResidentRow], regions: list[str], region: str, more: Mapping[str, Any]
) -> Page:
    values = {"rows": rows, "regions": regions, "region": region, "checkins": CHECKINS, **more}
    return Page("residents.html", values)


def one(visit: Visit) -> Page:
    with visit.store.read() as tx:
        card = tx.resident(visit.viewer.id, visit.path["handle"])
    return Page("resident.html", _values(visit, card) | {"record": None}, detail=card.mark)


def opened(visit: Visit) -> Page | Go:
    """The record in the clear, in this answer alone: it has no address of its own."""
    reason = visit.form.get("reason", "").strip()[:MOST_REASON]
    handle = visit.path["handle"]
    if not reason:
        words = visit.t(
            "까닭을 적어 주세요. 본인이 볼 수 있어요.", "Give a reason; the resident can read it."
        )
        with visit.store.read() as tx:
            tx.resident(visit.viewer.id, handle)
        return Go(f"{PATH}/{handle}", words, wrong=True)
    opening = visit.console.house.chance.id()
    with visit.store.write() as tx:
        record = tx.open_record(opening, visit.viewer.id, handle, visit.now, f"{RECORD}: {reason}")
    values = _values(visit, record.card) | {
        "record": record,
        "reached": {name: str(record.facts.get(name) or "") for name in REACHED_BY},
        "facts": _facts(visit, record),
    }
    return Page("resident.html", values, detail=f"{record.card.mark} · {reason}")


def _values(visit: Visit, card: ResidentCard) -> dict[str, Any]:
    entry = card.checkin
    return {
        "card": card,
        "days": threshold(entry, visit.now) if entry else None,
        "checkins": CHECKINS,
        "grades": GRADES,
        "trusted_states": TRUSTED_STATES,
    }


def _facts(visit: Visit, record: ResidentRecord) -> list[tuple[str, str]]:
    """What the resident told, in words; how they are reached is shown above it."""
    return [
        (NAMES[name][visit.lang], value_words(name, value, visit.lang))
        for name, value in record.facts.items()
        if name in NAMES and name not in REACHED_BY and value is not None
    ]
