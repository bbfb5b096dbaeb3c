"""What is next for an open alert: pure. Told, told again, up a rung, until somebody acts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.care.roster import Roster
from bot.care.rules import MINUTE_MS
from data.care import Ladder, Rung
from data.store import AlertView

OVERDUE = 100
"""Rungs of an alert that somebody took and never gave an outcome for are counted from here."""


class Tell(NamedTuple):
    """Tell these members of staff; look again at `next_due_at`. `view` is the alert afterwards."""

    view: AlertView
    staff: list[str]


class Rest(NamedTuple):
    """Nothing now. `nobody`: somebody was to be told, and nobody can be."""

    view: AlertView
    nobody: bool = False


class End(NamedTuple):
    """Its case is closed."""

    view: AlertView


Move = Tell | Rest | End


def next_move(alert: AlertView, ladder: Ladder, roster: Roster, now: int) -> Move:
    """For an alert that is open or acknowledged and due. A case taken up rests until its outcome is due."""
    if alert.case_state == "closed":
        by = alert.assignee or "bot"
        return End(replace(alert, state="ended", next_due_at=None, ended_at=now, ended_by=by))
    if alert.case_state not in (None, "new"):
        return _taken(alert, ladder, roster, now)
    if alert.state == "acknowledged":
        alert = replace(alert, state="open", rung=0, tellings=0)
    return _climb(alert, ladder.rungs, roster, now, 0)


def _taken(alert: AlertView, ladder: Ladder, roster: Roster, now: int) -> Move:
    if alert.state != "acknowledged":
        alert = replace(alert, state="acknowledged", rung=OVERDUE, tellings=0)
    taken_at = alert.acknowledged_at if alert.acknowledged_at is not None else alert.opened_at
    due = taken_at + ladder.outcome_minutes * MINUTE_MS
    if now < due:
        return Rest(replace(alert, next_due_at=due))
    return _climb(alert, ladder.overdue, roster, now, OVERDUE)


def _climb(alert: AlertView, rungs: tuple[Rung, ...], roster: Roster, now: int, base: int) -> Move:
    def who(rung: Rung) -> list[str]:
        return people(rung, alert, roster, now)

    view, staff = climbed(alert, rungs, base, who, lambda minutes: now + minutes * MINUTE_MS)
    return Tell(view, staff) if staff else Rest(view, nobody=True)


def climbed(
    alert: AlertView,
    rungs: Sequence[Rung],
    base: int,
    who: Callable[[Rung], list[str]],
    after: Callable[[int], int],
) -> tuple[AlertView, list[str]]:
    """The next telling of this rung, or of the next one where somebody is there; the last repeats."""
    number, tellings = alert.rung - base, alert.tellings
    last = len(rungs) - 1
    if tellings >= rungs[min(number, last)].tellings and number < last:
        number, tellings = number + 1, 0
    number = min(number, last)
    while not (staff := who(rungs[number])) and number < last:
        number, tellings = number + 1, 0
    view = replace(
        alert,
        rung=base + number,
        tellings=tellings + 1,
        told=tuple(dict.fromkeys((*alert.told, *staff))),
        next_due_at=after(rungs[number].minutes),
    )
    return view, staff


def people(rung: Rung, alert: AlertView, roster: Roster, now: int) -> list[str]:
    found = (roster.people(who, alert.region, alert.assignee, now) for who in rung.who)
    return list(dict.fromkeys(one for group in found for one in group))
