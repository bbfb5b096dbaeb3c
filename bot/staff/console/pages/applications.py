"""Applications: papers, conditions that were looked at, the line before limited places, the decision."""

from collections.abc import Callable

from bot.staff.applications import (
    STATES,
    ApplicationView,
    list_applications,
    view_application,
    view_lines,
)
from bot.staff.console.obeying import WrongUse, do
from bot.staff.console.shape import CASEWORK, LEADING, Go, Nav, Page, Route, Visit
from bot.staff.console.words import Words
from data.store import ApplicationState

PATH = "/staff/applications"
ONE = f"{PATH}/{{number}}"
NAV: Nav | None = Nav(PATH, "신청", "Applications", CASEWORK, "i")
DECISIONS: Words = {
    "yes": ("받아들이기", "Accept"),
    "no": ("어렵다고 하기", "Decline"),
    "end": ("이용 끝내기", "End the service"),
}
DECIDED: dict[ApplicationState, tuple[str, ...]] = {
    "held": ("yes", "no"),
    "waiting": ("no",),
    "offered": ("no",),
    "incomplete": ("no",),
    "granted": ("end",),
}
"""What an officer may decide in a state."""


def routes() -> list[Route]:
    return [
        Route("GET", PATH, listed, CASEWORK),
        Route("POST", f"{PATH}/seats", seats, LEADING, "seats_set"),
        Route("GET", ONE, one, CASEWORK, "application_viewed"),
        Route("POST", f"{ONE}/paper", doing(_paper), CASEWORK, "paper_seen"),
        Route("POST", f"{ONE}/decide", doing(_decision), CASEWORK, "application_decided"),
    ]


def listed(visit: Visit) -> Page:
    with visit.store.read() as tx:
        found = list_applications(tx, visit.viewer.id, lang=visit.lang)
        lines = view_lines(tx, visit.viewer.id, visit.now)
    values = {
        "found": found,
        "lines": lines,
        "tones": {"held": "late", "incomplete": "soon", "offered": "soon"},
        "may_set": visit.viewer.role in LEADING,
    }
    return Page("applications.html", values)


def one(visit: Visit) -> Page:
    number = visit.number()
    with visit.store.read() as tx:
        view = view_application(tx, visit.viewer.id, number, visit.lang)
    return _page(view)


def _page(view: ApplicationView) -> Page:
    decisions = {name: DECISIONS[name] for name in DECIDED.get(view.state, ())}
    return Page("application.html", {"view": view, "decisions": decisions, "states": STATES})


def doing(command: Callable[[Visit], str]) -> Callable[[Visit], Go]:
    """The handler of a form about the application of the address."""

    def handler(visit: Visit) -> Go:
        number = visit.number()
        with visit.store.read() as tx:
            tx.application_for(visit.viewer.id, number)
        try:
            return Go(f"{PATH}/{number}", do(visit, command(visit)))
        except WrongUse as error:
            return Go(f"{PATH}/{number}", error.of(visit.lang), wrong=True)

    return handler


def _paper(visit: Visit) -> str:
    again = " again" if visit.form.get("again") else ""
    why = visit.form.get("why", "").strip() if again else ""
    return f"/paper {visit.number()} {_word(visit, 'paper')}{again} {why}".strip()


def _decision(visit: Visit) -> str:
    why = visit.form.get("why", "").strip()
    return f"/decide {visit.number()} {_word(visit, 'decision')} {why}".strip()


def _word(visit: Visit, name: str) -> str:
    """One word of a form, so that it cannot become several of the command."""
    return "".join(visit.form.get(name, "").split()) or "-"


def seats(visit: Visit) -> Go:
    area = " ".join(visit.form.get("area", "").split())
    count = _word(visit, "count") if visit.form.get("count", "").strip() else "none"
    try:
        said = do(visit, f"/seats {_word(visit, 'service')} {count} {area}".strip())
    except WrongUse as error:
        return Go(PATH, error.of(visit.lang), wrong=True)
    return Go(PATH, said)
