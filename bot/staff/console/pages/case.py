"""One case: what was said, what was done, and everything that its officer does next."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.actions.cases import is_covert
from bot.clock import from_milliseconds, seoul
from bot.staff.canned import ready_for
from bot.staff.casework import OUTCOME_BUTTONS, codes
from bot.staff.console.obeying import WrongUse, about
from bot.staff.console.pages.queue import names_of
from bot.staff.console.shape import CASEWORK, Answer, File, Go, Missing, Nav, Page, Route, Visit
from bot.staff.console.told import told
from bot.staff.talk import MAP, line_of
from data.store import CaseEventView, CaseView, StaffMember, Tx
from data.store.photos import refs_in

NAV: Nav | None = None
PATH = "/staff/cases/{number}"
PLACE = "[location "


def routes() -> list[Route]:
    return [
        Route("GET", PATH, show, CASEWORK, "case_viewed"),
        Route("POST", f"{PATH}/take", doing("/take"), CASEWORK, "case_taken"),
        Route("POST", f"{PATH}/say", doing("/say", "text"), CASEWORK, "case_said"),
        Route("POST", f"{PATH}/note", doing("/note", "text"), CASEWORK, "case_noted"),
        Route("POST", f"{PATH}/assign", doing("/assign", "to", "why"), CASEWORK, "case_assigned"),
        Route("POST", f"{PATH}/wait", doing("/wait", "until", "why"), CASEWORK, "case_waits"),
        Route(
            "POST", f"{PATH}/outcome", doing("/outcome", "code", "text"), CASEWORK, "case_outcome"
        ),
        Route("POST", f"{PATH}/reopen", doing("/reopen"), CASEWORK, "case_reopened"),
        Route("POST", f"{PATH}/answer", doing("/answer", "name"), CASEWORK, "case_said"),
        Route("POST", f"{PATH}/talk", doing("/talk"), CASEWORK, "talk_began"),
        Route("POST", f"{PATH}/return", doing("/return"), CASEWORK, "talk_ended"),
        Route("POST", f"{PATH}/card", showing("/card", "reason"), CASEWORK, "card_opened"),
        Route("POST", f"{PATH}/call", showing("/call"), CASEWORK, "phone_seen"),
        Route("POST", f"{PATH}/resident", showing("/resident", "why"), CASEWORK, "resident_seen"),
        Route("GET", f"{PATH}/photos/{{ref}}", photo, CASEWORK, "photo_seen"),
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of the thread. `look` is resident, officer, note or happened."""

    look: str
    at: int
    who: str
    text: str
    kind: str = ""
    photo: str = ""
    map: str = ""


def show(visit: Visit) -> Page:
    return _page(visit)


def doing(name: str, *fields: str) -> Callable[[Visit], Answer]:
    """The handler of a form whose fields are the words behind the command and the case's number."""

    def handler(visit: Visit) -> Answer:
        words = [_spoken(field, visit.form.get(field, "").strip()) for field in fields]
        try:
            said = about(visit, name, *words)
        except WrongUse as error:
            return _page(visit, wrong=error.of(visit.lang), at=name)
        return Go(f"/staff/cases/{visit.number()}", said)

    return handler


def _spoken(field: str, text: str) -> str:
    """As the parser wants it: a moment of a form has a T between day and hour."""
    return text.replace("T", " ") if field == "until" else text


def showing(name: str, *fields: str) -> Callable[[Visit], Answer]:
    """As `doing`; what the command tells is shown on this very answer, and kept nowhere."""

    def handler(visit: Visit) -> Answer:
        words = [visit.form.get(field, "").strip() for field in fields]
        try:
            return _page(visit, shown=about(visit, name, *words), at=name)
        except WrongUse as error:
            return _page(visit, wrong=error.of(visit.lang), at=name)

    return handler


def photo(visit: Visit) -> File:
    with visit.store.read() as tx:
        found = tx.photo(visit.viewer.id, visit.path.get("ref", ""))
    if found is None or found.case_number != visit.number():
        raise Missing
    return File(found.body, "image/jpeg")


def _page(visit: Visit, *, wrong: str = "", at: str = "", shown: str = "") -> Page:
    """`at` is the command that was given; where it went `wrong`, what was typed is still there."""
    number = visit.number()
    with visit.store.read() as tx:
        tx.allowed(visit.viewer.id, number)
        case = tx.case(number)
        if case is None:
            raise Missing
        values = _values(visit, tx, case)
    if not visit.live:
        with visit.store.write() as tx:
            tx.see_case(number, visit.viewer.id, visit.now)
    typed = defaultdict(str, visit.form if wrong else {})
    values |= {"wrong": wrong, "at": at, "typed": typed, "shown": shown}
    return Page("case.html", values, 422 if wrong else 200)


def _values(visit: Visit, tx: Tx, case: CaseView) -> dict[str, Any]:
    names = {member.id: member.name for member in tx.staff(with_ended=True)}
    return {
        "case": case,
        "wait": _wait(tx, case, visit.now),
        "owner": names.get(case.assignee or "", ""),
        "mine": case.assignee == visit.viewer.id,
        "person": names_of(tx, [case.person_id]).get(case.person_id or "", ""),
        "told": told(case.body, visit.console.house.library, visit.lang),
        "covert": is_covert(case),
        "thread": [line(each, names, visit) for each in case.events],
        "outcomes": outcomes(case),
        "colleagues": [one for one in tx.colleagues(visit.viewer.id) if _may_have(one, visit)],
        "card_may_open": _card_may_open(tx, case),
        "ready": ready_for(tx, visit.viewer),
        "talking": bool(case.person_id) and line_of(tx, case.person_id or "") == str(case.number),
        "photos": [ref for value in case.body.values() for ref in refs_in(str(value))],
    }


@dataclass(frozen=True, slots=True)
class Wait:
    """When the staff's next move is due, as in the queue."""

    due_at: int | None
    late: bool


def _wait(tx: Tx, case: CaseView, now: int) -> Wait | None:
    if case.state == "closed":
        return None
    clock = tx.case_clock(case.number)
    alert = tx.alert_of_case(case.number)
    due_at = clock.wait_until or clock.due_at or (alert.next_due_at if alert else None)
    return Wait(due_at, due_at is not None and due_at <= now)


def _may_have(member: StaffMember, visit: Visit) -> bool:
    return member.role != "auditor" and member.id != visit.viewer.id


def _card_may_open(tx: Tx, case: CaseView) -> bool:
    alert = tx.open_alert_of(case.person_id) if case.person_id else None
    return alert is not None and alert.state != "held" and alert.case_number == case.number


def outcomes(case: CaseView) -> Mapping[str, str]:
    """Codes and words that this kind of case may be closed with."""
    return {code: OUTCOME_BUTTONS.get(code, code) for code in codes(case)}


def line(event: CaseEventView, names: Mapping[str, str], visit: Visit) -> Line:
    staff = event.actor in names
    who = names.get(event.actor, event.actor)
    if event.kind == "say":
        look = "officer" if staff or event.actor == "bot" else "resident"
    else:
        look = "note" if event.kind == "note" and staff else "happened"
    text = names.get(event.text, event.text) if event.kind == "assigned" else event.text
    if event.kind == "waiting" and text.isdigit():
        text = f"{seoul(from_milliseconds(int(text))):%Y-%m-%d %H:%M}"
    if event.kind == "rated":
        text = "★" * int(text) if text.isdigit() else text
    if event.kind == "say" and (refs := list(refs_in(text))):
        return Line(look, event.at, who, "", event.kind, photo=refs[0])
    if event.kind == "say" and text.startswith(PLACE):
        place = text[len(PLACE) : -1]
        return Line(look, event.at, who, place, event.kind, map=MAP.format(place=place))
    return Line(look, event.at, who, text, event.kind)
