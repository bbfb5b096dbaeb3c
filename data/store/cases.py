"""Cases: opened by a turn, moved by staff, read by those who may."""

from dataclasses import replace
from typing import Any

from data.store.base import Base
from data.store.case_statements import (
    ACKNOWLEDGE,
    ADD_EVENT,
    ASSIGN,
    BY_NUMBER,
    BY_RECEIPT,
    CLOSE,
    ERASE_BODY,
    ERASE_TEXTS,
    EVENTS,
    HURRY,
    JOIN,
    LAST_NUMBER,
    MOVE,
    NEIGHBOURS,
    NUMBERING,
    OF_PERSON,
    OPEN,
    REOPEN,
)
from data.store.records import (
    ANONYMOUS_MS,
    DAY_MS,
    CaseDraft,
    CaseEventView,
    CaseView,
    NotFound,
)
from data.store.sql import POSTGRESQL, Query, Row

NEUTRAL = frozenset({"reporter", "resident", "bot"})
"""Actors that are no member of staff: in an anonymous case their times are cut to ten minutes."""
INNER = frozenset({"note", "viewed", "assigned"})
"""Kinds of events that a reporter or resident never sees."""
REOPEN_DAYS = 30


class CaseTx(Base):
    def open_case(self, draft: CaseDraft) -> int:
        """The number of the new case."""
        self.flush()
        if self._dialect == POSTGRESQL:
            self._one(NUMBERING)
        last = self._one(LAST_NUMBER)
        number: int = (last[0] if last else 0) + 1
        self._run(
            OPEN,
            id=draft.id,
            number=number,
            kind=draft.kind,
            state="new",
            urgency=draft.urgency,
            region=draft.region,
            person_id=draft.person_id,
            receipt_hash=self._receipt_hash(draft.receipt) if draft.receipt else None,
            household_key=self._household_key(draft.household) if draft.household else None,
            opened_at=_cut(draft.opened_at) if draft.person_id is None else draft.opened_at,
            body=self._seal_json(dict(draft.body), f"case_file.body:{draft.id}"),
            erase_on_close=0,
        )
        return number

    def case_event(self, number: int, at: int, actor: str, kind: str, text: str = "") -> None:
        """`actor` is reporter, resident, bot or the id of a member of staff."""
        found = self._case(number)
        self._add_event(found, at, actor, kind, text)

    def case(self, number: int) -> CaseView | None:
        row = self._one_flushed(BY_NUMBER, number)
        if row is None:
            return None
        body = self._open_json(row[-1], f"case_file.body:{row[0]}")
        return replace(CaseView(*row[:-1]), body=body, events=self._events(row[0]))

    def case_by_receipt(self, code: str) -> CaseView | None:
        """What the reporter may see: neither the body nor inner notes."""
        row = self._one_flushed(BY_RECEIPT, self._receipt_hash(code))
        if row is None:
            return None
        events = [line for line in self._events(row[0]) if line.kind not in INNER]
        return replace(CaseView(*row), events=events)

    def cases_of(self, person_id: str) -> list[int]:
        self.flush()
        return [row[0] for row in self._all(OF_PERSON, of=person_id)]

    def join_household(self, case_id: str, household: str, since: int) -> int:
        """Put the case to `household`; how many cases opened since then are about it, with this one."""
        self.flush()
        key = self._household_key(household)
        self._run(JOIN, of=case_id, household_key=key)
        row = self._one(NEIGHBOURS, household=key, since=_cut(since))
        return row[0] if row else 0

    # --- moved by staff: False where the case was not in a state for it ---

    def acknowledge(self, number: int, actor: str, now: int) -> bool:
        """Take a new case. Of two who try, one gets True."""
        found = self._case(number)
        if self._run(ACKNOWLEDGE, of=number, now=now, who=actor) != 1:
            return False
        self._add_event(found, now, actor, "acknowledged")
        return True

    def assign(self, number: int, actor: str, now: int, to: str) -> bool:
        found = self._case(number)
        if self._run(ASSIGN, of=number, assignee=to) != 1:
            return False
        self._add_event(found, now, actor, "assigned", to)
        return True

    def move(self, number: int, actor: str, now: int, state: str) -> bool:
        """`state` is in_progress or waiting."""
        if state not in ("in_progress", "waiting"):
            raise ValueError(f"A case is moved to in_progress or waiting, not to {state}.")
        found = self._case(number)
        if self._run(MOVE, of=number, state=state) != 1:
            return False
        self._add_event(found, now, actor, state)
        return True

    def hurry(self, number: int, urgency: str) -> bool:
        self.flush()
        return self._run(HURRY, of=number, urgency=urgency) == 1

    def note(self, number: int, actor: str, now: int, text: str) -> None:
        self.case_event(number, now, actor, "note", text)

    def say(self, number: int, actor: str, now: int, text: str) -> None:
        self.case_event(number, now, actor, "say", text)

    def close(self, number: int, actor: str, now: int, outcome: str, text: str = "") -> bool:
        if not outcome:
            raise ValueError("A case is closed with an outcome.")
        found = self._case(number)
        if self._run(CLOSE, of=number, closed_at=now, outcome=outcome) != 1:
            return False
        self._add_event(found, now, actor, "closed", text)
        self._run(ERASE_BODY, of=number)
        self._run(ERASE_TEXTS, of=found.id)
        return True

    def reopen(self, number: int, actor: str, now: int, days: int = REOPEN_DAYS) -> bool:
        """Back to new, for whoever takes it; only within `days` of its closing."""
        found = self._case(number)
        if self._run(REOPEN, of=number, since=now - days * DAY_MS) != 1:
            return False
        self._add_event(found, now, actor, "reopened")
        return True

    # --- parts ---

    def _case(self, number: int) -> CaseView:
        row = self._one_flushed(BY_NUMBER, number)
        if row is None:
            raise NotFound(f"There is no case {number}.")
        return CaseView(*row[:-1])

    def _one_flushed(self, query: Query, of: Any) -> Row | None:
        self.flush()
        return self._one(query, of=of)

    def _events(self, case_id: str) -> list[CaseEventView]:
        context = f"case_event.text:{case_id}"
        return [
            CaseEventView(
                line_id, at, actor, kind, self._keyring.open(text, context).decode() if text else ""
            )
            for line_id, at, actor, kind, text in self._all(EVENTS, of=case_id)
        ]

    def _add_event(self, found: CaseView, at: int, actor: str, kind: str, text: str = "") -> None:
        coarse = found.person_id is None and actor in NEUTRAL
        sealed = self._keyring.seal(text.encode(), f"case_event.text:{found.id}") if text else None
        at = _cut(at) if coarse else at
        self._run(ADD_EVENT, case_id=found.id, at=at, actor=actor, kind=kind, text=sealed)

    def _receipt_hash(self, code: str) -> str:
        return self._keyring.lookup("receipt", "".join(filter(str.isalnum, code)).upper())

    def _household_key(self, household: str) -> str:
        return self._keyring.lookup("household", " ".join(household.split()))


def _cut(at: int) -> int:
    return at - at % ANONYMOUS_MS
