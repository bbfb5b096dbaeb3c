"""What moves a case. Each move wakes the alert that drives its ladder, before it holds the case.

False where the case was not in a state for it; `NotFound` where there is no such case.
"""

from collections.abc import Sequence

import orjson

from data.store.case_statements import (
    ACKNOWLEDGE,
    ASSIGN,
    CLOSE,
    DUE,
    END_RINGS,
    ERASE_BODY,
    ERASE_TEXTS,
    GIVE_BACK,
    HURRY,
    LOOK,
    LOOK_AGAIN,
    LOOK_AGAIN_AT_CASE,
    MERGE,
    MERGE_ALSO,
    MOVE,
    MOVED,
    OF_HOUSEHOLD,
    OPEN_COUNTS,
    OTHER_ALERT,
    RATE,
    REOPEN,
    TAKE,
    TOLD,
)
from data.store.cases import NEUTRAL, CaseTx, cut
from data.store.records import DAY_MS, CaseClock, CaseView, NotFound, Stop
from data.store.sql import Query

REOPEN_DAYS = 30
WAIT_DAYS = 30
"""So long a case may wait at the most."""
MERGED = "merged"
"""The outcome of a case that goes on in another one."""
OWN_WAY = frozenset({"checkin_alert", "crisis", "handoff"})
"""Cases that are never merged away: somebody was lost, is in danger, or is being talked with."""
STARS = range(1, 6)


class MoveTx(CaseTx):
    def case_clock(self, number: int) -> CaseClock:
        """A transaction that writes holds the case."""
        row = self._one_flushed(TAKE if self._locking else LOOK, number)
        if row is None:
            raise NotFound(f"There is no case {number}.")
        stops = [(begin, end) for begin, end in orjson.loads(row[-1] or "[]")]
        return CaseClock(*(*row[:-1], tuple(stops)))

    def open_counts(self) -> dict[str, int]:
        """Open cases of each member of staff."""
        self.flush()
        return dict(self._all(OPEN_COUNTS))

    # --- taken, given, put aside ---

    def acknowledge(self, number: int, actor: str, now: int) -> bool:
        """Take a new case. Of two who try, one gets True; who comes too late wakes nobody."""
        found = self._case(number)
        if found.state == "new":
            self._woken(number, now, LOOK_AGAIN)
        if self._run(ACKNOWLEDGE, of=number, now=now, moved=now, who=actor) != 1:
            return False
        self._add_event(found, now, actor, "acknowledged")
        return True

    def assign(self, number: int, actor: str, now: int, to: str) -> bool:
        """Give it to `to`, who is told by the ladder unless they took it themselves."""
        found = self._woken(number, now)
        given_at = None if actor in (to, "bot") else now
        if self._run(ASSIGN, of=number, assignee=to, moved_at=now, given_at=given_at) != 1:
            return False
        self._add_event(found, now, actor, "assigned", to)
        return True

    def move(self, number: int, actor: str, now: int, state: str) -> bool:
        """`state` is in_progress or waiting. Its clock runs; see `wait_until`."""
        if state not in ("in_progress", "waiting"):
            raise ValueError(f"A case is moved to in_progress or waiting, not to {state}.")
        return self._move(number, actor, now, state, None)

    def wait_until(self, number: int, actor: str, now: int, until: int) -> bool:
        """Its clock stands until then; then whoever has it is told again."""
        if not now < until <= now + WAIT_DAYS * DAY_MS:
            raise ValueError(
                f"A case waits for {WAIT_DAYS} days at the most, and not for the past."
            )
        return self._move(number, actor, now, "waiting", until)

    def _move(self, number: int, actor: str, now: int, state: str, until: int | None) -> bool:
        found = self._woken(number, now)
        stops = _cut_off(self.case_clock(number).stops, now)
        if until is not None:
            stops.append((now, until))
        values = {"moved_at": now, "wait_until": until, "stops": _kept(stops)}
        if self._run(MOVE, of=number, state=state, **values) != 1:
            return False
        self._add_event(found, now, actor, state, "" if until is None else str(until))
        return True

    def give_back(self, number: int, actor: str, now: int, why: str) -> bool:
        """New again, for whoever takes it; the reason stands in the case."""
        found = self._woken(number, now)
        stops = _kept(_cut_off(self.case_clock(number).stops, now))
        if self._run(GIVE_BACK, of=number, began_at=now, stops=stops) != 1:
            return False
        self._add_event(found, now, actor, "returned", why)
        return True

    def hurry(self, number: int, urgency: str) -> bool:
        """The ladder looks again at once."""
        self.flush()
        self._run(LOOK_AGAIN_AT_CASE, of=number, next_due_at=0)
        return self._run(HURRY, of=number, urgency=urgency) == 1

    def note(self, number: int, actor: str, now: int, text: str) -> None:
        self._did(number, actor, now, "note", text)

    def say(self, number: int, actor: str, now: int, text: str) -> None:
        self._did(number, actor, now, "say", text)

    def _did(self, number: int, actor: str, now: int, kind: str, text: str) -> None:
        self.case_event(number, now, actor, kind, text)
        if actor not in NEUTRAL:
            self._run(MOVED, of=number, moved_at=now)

    # --- the end, and after it ---

    def close(self, number: int, actor: str, now: int, outcome: str, text: str = "") -> bool:
        if not outcome:
            raise ValueError("A case is closed with an outcome.")
        found = self._woken(number, now)
        stops = [*_cut_off(self.case_clock(number).stops, now), (now, None)]
        if self._run(CLOSE, of=number, closed_at=now, outcome=outcome, stops=_kept(stops)) != 1:
            return False
        self._add_event(found, now, actor, "closed", text)
        self._run(ERASE_BODY, of=number)
        self._run(ERASE_TEXTS, of=found.id)
        return True

    def reopen(self, number: int, actor: str, now: int, days: int = REOPEN_DAYS) -> bool:
        """Back to new, for whoever takes it; only within `days` of its closing, and rings again."""
        found = self._woken(number, now)
        at = cut(now) if found.person_id is None and actor in NEUTRAL else now
        clock = self.case_clock(number)
        since, stops = now - days * DAY_MS, _kept(_cut_off(clock.stops, at))
        if self._run(REOPEN, of=number, since=since, began_at=at, stops=stops) != 1:
            return False
        self._add_event(found, now, actor, "reopened")
        self._run(END_RINGS, of=number, ended_at=at)
        if self._one(OTHER_ALERT, of=number) is None:
            self._ring(found.id, number, clock.reopened + 1, at)
        return True

    def merge(self, number: int, actor: str, now: int, into: int) -> bool:
        """Close `number`; it goes on in `into`, which lies in the same place. Both must be open.

        Its receipt leads on to `into`. `ValueError` for a case that has to go its own way.
        """
        if number == into:
            raise ValueError("A case is merged into another one.")
        first, second = (self._woken(each, now) for each in sorted((number, into)))
        found, target = (first, second) if first.number == number else (second, first)
        if found.kind in OWN_WAY:
            raise ValueError(f"A case of the kind {found.kind} goes its own way.")
        together = found.region == target.region or self._one_home(number, into)
        if "closed" in (found.state, target.state) or not together:
            return False
        self._add_event(found, now, actor, MERGED, str(into))
        self._add_event(target, now, actor, MERGED, str(number))
        self._run(MERGE_ALSO, of=number, merged_into=into)
        self._run(MERGE, of=number, merged_into=into)
        return self.close(number, "bot", now, MERGED)

    def reporter_of_merged(self, number: int, into: int, now: int, text: str) -> None:
        """What the reporter of a merged case adds, for the officer of the one where it goes on.

        A note there, so that no other reporter reads it; no finer in time than an anonymous case.
        """
        said = f"{number}번을 알린 분: {text}"
        self.case_event(into, cut(now), "reporter", "note", said)

    def _one_home(self, one: int, other: int) -> bool:
        clocks = self.case_clock(one), self.case_clock(other)
        if clocks[0].person_id is not None and clocks[0].person_id == clocks[1].person_id:
            return True
        homes = [self._one(OF_HOUSEHOLD, of=each) for each in (one, other)]
        return homes[0] == homes[1] and homes[0] != (None,)

    def rate(self, number: int, now: int, stars: int) -> bool:
        """How it helped, from 1 to 5, in the words of whom it was for; only once it is closed."""
        if stars not in STARS:
            raise ValueError("A case is rated from 1 to 5.")
        found = self._case(number)
        if self._run(RATE, of=number, rating=stars) != 1:
            return False
        who = "reporter" if found.person_id is None else "resident"
        self._add_event(found, now, who, "rated", str(stars))
        return True

    # --- for the ladder ---

    def set_due(self, number: int, due_at: int | None) -> None:
        self._run(DUE, of=number, due_at=due_at)

    def told_given(self, number: int) -> None:
        self._run(TOLD, of=number)

    # --- parts ---

    def _woken(self, number: int, now: int, look: Query = LOOK_AGAIN_AT_CASE) -> CaseView:
        found = self._case(number)
        at = cut(now) if found.person_id is None else now
        self._run(look, of=number, next_due_at=at)
        return found


def _cut_off(stops: Sequence[Stop], now: int) -> list[Stop]:
    """The stops with nothing of them after now."""
    past = [(begin, now if end is None else min(end, now)) for begin, end in stops]
    return [(begin, end) for begin, end in past if begin < end]


def _kept(stops: list[Stop]) -> str:
    return orjson.dumps(stops).decode()
