"""The command line: the same words as in Telegram, and what can be written next."""

from bot.staff.commands import complete
from bot.staff.console.gate import inside
from bot.staff.console.obeying import WrongUse, do
from bot.staff.console.shape import CASEWORK, Nav, Page, Route, Visit

NAV: Nav | None = None
HERE = "/staff/command"
NAME_CHARACTERS = 20


def routes() -> list[Route]:
    return [
        Route("GET", HERE, hints, CASEWORK),
        Route("POST", HERE, command, CASEWORK, "command"),
    ]


def hints(visit: Visit) -> Page:
    """Commands that begin like `said`, or what may stand behind it."""
    said = visit.query.get("said", "/")
    with visit.store.read() as tx:
        found = complete(tx, visit.viewer, said, visit.lang)
    return Page("hints.html", {"hints": found})


def command(visit: Visit) -> Page:
    said, wrong = visit.form.get("said", "").strip(), False
    try:
        answer = do(visit, said)
    except WrongUse as error:
        answer, wrong = error.of(visit.lang), True
    back = inside(visit.form.get("back", ""))
    values = {"command": said, "answer": answer, "wrong": wrong, "back": back}
    name = said.partition(" ")[0][:NAME_CHARACTERS]
    return Page("command.html", values, 422 if wrong else 200, detail=name)
