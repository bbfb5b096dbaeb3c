"""What is next for the alert of a case: pure. Told, told again, up a rung, until it has an outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from bot.care.clocks import ALWAYS, Hours
from bot.care.ladder import OVERDUE, climbed
from bot.care.roster import Roster
from bot.office import EPOCH, URGENCY_HOURS, is_holiday
from data.care import CareRules, CaseClock, CaseKind, CaseLadder, Rung, TeamHours, Weekday
from data.store import ANONYMOUS_MS, DAY_MS, AlertView
from data.store import CaseClock as Clock

WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEVER = 365 * DAY_MS
"""What is due so far ahead is looked at again then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is promised for one case: its kind, its urgency and its team say so."""

    rings: Hours
    runs: Hours
    acknowledge: int
    outcome: int
    idle: int | None
    rungs: tuple[Rung, ...]
    overdue: tuple[Rung, ...]
    quiet: bool
    """It waits for somebody's working hours, and one of those on duty is told first."""
    team: str = ""


class Casework:
    """The rules of cases, by kind and team."""

    def __init__(self, care: CareRules) -> None:
        cases = care.cases
        self._kinds: Mapping[str, CaseKind] = {each.kind: each for each in cases.kinds}
        self._ladders: Mapping[tuple[str, CaseClock], CaseLadder] = {
            (each.team, each.clock): each for each in cases.ladders
        }
        self._hours: Mapping[str, Hours] = {each.team: hours_of(each) for each in cases.hours}

    def kind(self, kind: str) -> CaseKind:
        return self._kinds[kind]

    def hours(self, team: str = "") -> Hours:
        return self._hours.get(team) or self._hours[""]

    def plan(self, kind: str, urgency: str, team: str) -> Plan:
        """What is urgent rings at once, whatever its kind."""
        rules = self._kinds[kind]
        rings: CaseClock = "now" if urgency == "now" else rules.rings
        ladder, late = self._ladder(rules.team or team, rings), self._ladder(team, rules.runs)
        minutes = min(rules.acknowledge, round(URGENCY_HOURS[urgency] * 60))
        first = Rung(
            who=("duty",),
            minutes=max(1, minutes // ladder.duty_tellings),
            tellings=ladder.duty_tellings,
        )
        hours = self.hours(rules.team or team)
        return Plan(
            rings=ALWAYS if rings == "now" else hours,
            runs=ALWAYS if rules.runs == "now" else hours,
            acknowledge=first.minutes * first.tellings,
            outcome=rules.outcome,
            idle=rules.idle,
            rungs=(first, *ladder.rungs),
            overdue=late.overdue,
            quiet=rings == "hours",
            team=rules.team,
        )

    def _ladder(self, team: str, clock: CaseClock) -> CaseLadder:
        return self._ladders.get((team, clock)) or self._ladders["", clock]


def hours_of(team: TeamHours) -> Hours:
    blocks = tuple(_minutes(block) for block in team.blocks)
    closed = frozenset(day.toordinal() - EPOCH for day in team.closed)
    return Hours({WEEK.index(day): blocks for day in team.days}, is_holiday, closed)


def office_hours(care: CareRules) -> Hours:
    """Those of all teams that have none of their own."""
    return next(hours_of(each) for each in care.cases.hours if each.team == "")


def _minutes(block: str) -> tuple[int, int]:
    begin, end = (int(each[:2]) * 60 + int(each[3:]) for each in block.split("-"))
    return begin, end


# --- the next move ------------------------------------------------------------------------

Kind = Literal["rest", "tell", "end", "taken", "given", "wake", "back"]


class Move(NamedTuple):
    """`view` is the alert afterwards, `due_at` when the staff's next move is due.

    "tell": `staff` hear of it. "taken": others hear who took it. "given": who was given it hears so.
    "wake": it has waited long enough. "back": whoever had it did nothing. After these four, look
    once more.
    """

    kind: Kind
    view: AlertView
    due_at: int | None = None
    staff: Sequence[str] = ()
    nobody: bool = False


class Desk(NamedTuple):
    """Who is there, and how many open cases each has."""

    roster: Roster
    loads: Mapping[str, int]


def next_move(alert: AlertView, case: Clock, plan: Plan, desk: Desk, now: int) -> Move:
    """For an alert of the kind case that has not ended; it may be asked at any time."""
    if case.state == "closed":
        by = case.assignee or "bot"
        view = replace(alert, state="ended", next_due_at=None, ended_at=now, ended_by=by)
        return Move("end", view)
    move = (
        _new(alert, case, plan, desk, now)
        if case.state == "new"
        else _taken(alert, case, plan, desk, now)
    )
    return _coarse(move) if case.person_id is None else move


def _new(alert: AlertView, case: Clock, plan: Plan, desk: Desk, now: int) -> Move:
    due = plan.rings.due(case.began_at, plan.acknowledge)
    if alert.state != "open":
        alert = replace(alert, state="open", rung=0, tellings=0, deadline_at=None)
    if case.given_at is not None:
        return _given(alert, case, due)
    if alert.tellings == 0 and alert.rung == 0:
        tell_at = plan.rings.next_open(max(case.began_at, alert.opened_at))
    else:
        tell_at = _capped(alert, plan.rungs[min(alert.rung, len(plan.rungs) - 1)], plan.rings, now)
    if tell_at is None or now < tell_at:
        return _rest(alert, tell_at, due, now)
    return _climb(alert, case, plan, plan.rungs, 0, plan.rings, desk, due, now)


def _taken(alert: AlertView, case: Clock, plan: Plan, desk: Desk, now: int) -> Move:
    taken_at = case.acknowledged_at if case.acknowledged_at is not None else case.opened_at
    due = plan.runs.due(taken_at, plan.outcome, case.stops)
    first = plan.overdue[0]
    if alert.state != "acknowledged":
        floor = _after(plan.runs, now, first.minutes)
        view = replace(
            alert,
            state="acknowledged",
            rung=OVERDUE,
            tellings=0,
            deadline_at=floor,
            next_due_at=now,
        )
        others = [one for one in alert.told if one != case.assignee]
        return Move("taken", view, due, others)
    if case.given_at is not None:
        return _given(alert, case, due)
    if case.wait_until is not None:
        if now < case.wait_until:
            return _rest(alert, case.wait_until, case.wait_until, now)
        return Move("wake", replace(alert, next_due_at=now), due, _one(case.assignee))
    idle = _idle_at(case, plan, taken_at)
    if idle is not None and idle <= now:
        return Move("back", replace(alert, next_due_at=now), due, _one(case.assignee))
    if alert.tellings == 0 and alert.rung == OVERDUE:
        floor = min(alert.deadline_at or 0, _after(plan.runs, now, first.minutes))
        opens = None if due is None else plan.runs.next_open(due)
        tell_at = None if opens is None else max(opens, floor)
    else:
        rung = plan.overdue[min(alert.rung - OVERDUE, len(plan.overdue) - 1)]
        tell_at = _capped(alert, rung, plan.runs, now)
    if tell_at is None or now < tell_at:
        look = min((each for each in (tell_at, idle) if each is not None), default=None)
        return _rest(alert, look, due, now)
    return _climb(alert, case, plan, plan.overdue, OVERDUE, plan.runs, desk, due, now)


def _idle_at(case: Clock, plan: Plan, taken_at: int) -> int | None:
    """When the case goes back to all, unless somebody moves it before."""
    if plan.idle is None:
        return None
    moved = case.moved_at if case.moved_at is not None else taken_at
    return plan.runs.due(moved, plan.idle, case.stops)


def _given(alert: AlertView, case: Clock, due: int | None) -> Move:
    told = tuple(dict.fromkeys((*alert.told, *_one(case.assignee))))
    view = replace(alert, told=told, next_due_at=case.given_at)
    return Move("given", view, due, _one(case.assignee))


def _capped(alert: AlertView, rung: Rung, hours: Hours, now: int) -> int:
    """When the next telling is due; never farther than a rung lasts, should the clock have gone back."""
    return min(alert.deadline_at or 0, _after(hours, now, rung.minutes))


def _after(hours: Hours, now: int, minutes: int) -> int:
    """When so many minutes have passed and somebody works again: nobody is told at the day's end."""
    due = hours.due(now, minutes)
    at = None if due is None else hours.next_open(due)
    return now + NEVER if at is None else at


def _rest(alert: AlertView, look: int | None, due: int | None, now: int) -> Move:
    at = now + NEVER if look is None else max(look, now + 1)
    return Move("rest", replace(alert, next_due_at=at), due)


def _climb(
    alert: AlertView,
    case: Clock,
    plan: Plan,
    rungs: Sequence[Rung],
    base: int,
    hours: Hours,
    desk: Desk,
    due: int | None,
    now: int,
) -> Move:
    def who(rung: Rung) -> list[str]:
        return people(rung, alert, case, plan, desk, now)

    def after(minutes: int) -> int:
        return _after(hours, now, minutes)

    view, staff = climbed(alert, rungs, base, who, after)
    view = replace(view, deadline_at=view.next_due_at)
    return Move("tell" if staff else "rest", view, due, staff, nobody=not staff)


def people(
    rung: Rung, alert: AlertView, case: Clock, plan: Plan, desk: Desk, now: int
) -> list[str]:
    """Whom a rung means: those of the kind's own team where they are there, else everybody's."""
    for roster in (desk.roster.of_team(plan.team), desk.roster):
        found = _present(roster, rung, alert, case, plan, desk, now)
        if found:
            return found
    return []


def _present(
    roster: Roster,
    rung: Rung,
    alert: AlertView,
    case: Clock,
    plan: Plan,
    desk: Desk,
    now: int,
) -> list[str]:
    def are(who: Literal["duty", "next", "lead", "desk", "assignee"]) -> list[str]:
        return roster.people(who, case.region, case.assignee, now)

    found: list[str] = []
    for who in rung.who:
        if who == "duty":
            found += (case.state == "new" and are("assignee")) or _first(
                are("duty"), alert, plan, desk
            )
        elif who == "next" and plan.quiet:
            found += are("next") or [one for one in are("duty") if one not in alert.told]
        else:
            found += are(who)
    return list(dict.fromkeys(found))


def _first(duty: list[str], alert: AlertView, plan: Plan, desk: Desk) -> list[str]:
    """All of them where it is urgent; else whoever has the fewest open cases, and was not asked before."""
    if not plan.quiet or not duty:
        return duty
    return [min(duty, key=lambda one: (one in alert.told, desk.loads.get(one, 0)))]


def _one(staff_id: str | None) -> list[str]:
    return [staff_id] if staff_id else []


def _coarse(move: Move) -> Move:
    """Of an anonymous case no time is kept more finely than ten minutes."""
    view = move.view
    view = replace(view, next_due_at=_up(view.next_due_at), deadline_at=_up(view.deadline_at))
    return move._replace(view=view, due_at=_up(move.due_at))


def _up(at: int | None) -> int | None:
    return None if at is None else -(-at // ANONYMOUS_MS) * ANONYMOUS_MS
