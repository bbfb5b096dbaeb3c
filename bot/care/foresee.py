"""What happens when somebody stays silent from now on: pure, with the sweep's own planner and ladder."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from bot.care.ladder import Tell, next_move
from bot.care.plan import ALERTED, ASKED, OTHER, Kind, Step, Watch, next_step
from bot.care.roster import Roster
from bot.care.rules import Rules
from data.store import DAY_MS, AlertView, Checkin

MOST_STEPS = 500
MOST_DAYS = 60


class Ahead(NamedTuple):
    """One thing to come; `staff` are those told."""

    at: int
    kind: Kind | str
    staff: tuple[str, ...] = ()


def foresee(
    entry: Checkin, last_seen_at: int, rules: Rules, roster: Roster, other: bool, now: int
) -> list[Ahead]:
    """Until somebody of the last rung is told. Empty where the check-in has ended."""
    found: list[Ahead] = []
    for ahead in _until_alert(entry, last_seen_at, rules, other, now):
        found.append(ahead)
        if ahead.kind == "alert":
            found += _ladder(entry, rules, roster, ahead.at)
    return found


def _until_alert(entry: Checkin, seen: int, rules: Rules, other: bool, now: int) -> Iterator[Ahead]:
    at = now
    for _ in range(MOST_STEPS):
        if entry.state == "ended" or at > now + MOST_DAYS * DAY_MS:
            return
        step = next_step(Watch(entry, seen, 0, other), rules, at)
        if step.kind == "wait":
            at = step.at
            continue
        yield Ahead(at, step.kind)
        if step.kind == "alert":
            return
        entry = _after(entry, step, at)


def _after(entry: Checkin, step: Step, at: int) -> Checkin:
    """The check-in as the sweep leaves it."""
    match step.kind:
        case "ask":
            return replace(entry, stage=ASKED, asked_at=at, nudges=0, undelivered_at=None)
        case "nudge":
            return replace(entry, nudges=step.nudges)
        case "other":
            return replace(entry, stage=OTHER)
        case "resume_word":
            return replace(entry, resumed_word_at=at)
        case "resume":
            return replace(entry, state="active", stage="", nudges=0)
        case _:
            return replace(entry, stage=ALERTED)


def _ladder(entry: Checkin, rules: Rules, roster: Roster, at: int) -> Iterator[Ahead]:
    ladder = rules.ladder(roster.team_of(entry.region))
    alert = AlertView(
        id="",
        kind="silence",
        state="open",
        person_id=entry.person_id,
        case_number=None,
        rung=0,
        tellings=0,
        told=(),
        sign_at=None,
        opened_at=at,
        deadline_at=at,
        next_due_at=at,
        case_state="new",
        region=entry.region,
    )
    for _ in range(MOST_STEPS):
        assert alert.next_due_at is not None
        move = next_move(alert, ladder, roster, alert.next_due_at)
        if isinstance(move, Tell):
            yield Ahead(alert.next_due_at, "tell", tuple(move.staff))
        alert = move.view
        if alert.rung == len(ladder.rungs) - 1:
            return
