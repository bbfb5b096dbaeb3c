"""Cases: opened by a turn, and read. What moves them stands in `case_moves`."""

from dataclasses import replace
from typing import Any

from data.store.base import Base
from data.store.case_statements import (
    ADD_EVENT,
    BODY,
    BY_NUMBER,
    BY_RECEIPT,
    EVENTS,
    JOIN,
    LAST_NUMBER,
    MERGED,
    NEIGHBOURS,
    NUMBERING,
    OF_PERSON,
    OPEN,
    RING,
)
from data.store.records import (
    ANONYMOUS_MS,
    CaseDraft,
    CaseEventView,
    CaseView,
    NotFound,
)
from data.store.sql import POSTGRESQL, Query, Row

NEUTRAL = frozenset({"reporter", "resident", "bot"})
"""Actors that are no member of staff: in an anonymous case their times are cut to ten minutes."""
INNER = frozenset({"note", "viewed", "assigned", "returned", "merged", "mention"})
"""Kinds of events that a reporter or resident never sees."""


class CaseTx(Base):
    def open_case(self, draft: CaseDraft) -> int:
        """The number of the new case. It has an alert from its first moment on, which the sweep sees to."""
        self.flush()
        if self._dialect == POSTGRESQL:
            self._one(NUMBERING)
        last = self._one(LAST_NUMBER)
        number: int = (last[0] if last else 0) + 1
        opened_at = cut(draft.opened_at) if draft.person_id is None else draft.opened_at
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
            opened_at=opened_at,
            body=self._seal_json(dict(draft.body), f"case_file.body:{draft.id}"),
            erase_on_close=0,
            reopened=0,
            stops="",
        )
        if draft.rings:
            self._ring(draft.id, number, 0, opened_at)
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

    def case_body(self, number: int) -> dict[str, Any]:
        """Empty where it was erased."""
        row = self._one_flushed(BODY, number)
        return self._open_json(row[1], f"case_file.body:{row[0]}") if row else {}

    def case_by_receipt(self, code: str) -> CaseView | None:
        """What the reporter may see: neither the body nor inner notes."""
        row = self._one_flushed(BY_RECEIPT, self._receipt_hash(code))
        if row is None:
            return None
        events = [line for line in self._events(row[0]) if line.kind not in INNER]
        return replace(self._joined(CaseView(*row)), events=events)

    def merged(self, number: int) -> list[int]:
        """Cases that were merged into this one."""
        self.flush()
        return [row[0] for row in self._all(MERGED, of=number)]

    def cases_of(self, person_id: str) -> list[int]:
        self.flush()
        return [row[0] for row in self._all(OF_PERSON, of=person_id)]

    def join_household(self, case_id: str, household: str, since: int) -> int:
        """Put the case to `household`; how many cases opened since then are about it, with this one."""
        self.flush()
        key = self._household_key(household)
        self._run(JOIN, of=case_id, household_key=key)
        row = self._one(NEIGHBOURS, household=key, since=cut(since))
        return row[0] if row else 0

    # --- parts ---

    def _joined(self, view: CaseView) -> CaseView:
        """A case that was merged into another one stands where that one does."""
        if view.merged_into is None:
            return view
        into = self._case(view.merged_into)
        return replace(view, state=into.state, outcome=into.outcome, closed_at=into.closed_at)

    def _ring(self, case_id: str, number: int, times: int, at: int) -> None:
        """An alert about the case that nobody has been told of; it has no person of its own."""
        self._run(
            RING,
            id=self._keyring.lookup("ring", f"{case_id}:{times}"),
            cause_hash=self._keyring.lookup("alert", f"case:{number}:{times}"),
            kind="case",
            case_number=number,
            state="open",
            rung=0,
            tellings=0,
            told="[]",
            opened_at=at,
            deadline_at=None,
            next_due_at=at,
        )

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
        at = cut(at) if coarse else at
        self._run(ADD_EVENT, case_id=found.id, at=at, actor=actor, kind=kind, text=sealed)

    def _receipt_hash(self, code: str) -> str:
        return self._keyring.lookup("receipt", "".join(filter(str.isalnum, code)).upper())

    def _household_key(self, household: str) -> str:
        return self._keyring.lookup("household", " ".join(household.split()))


def cut(at: int) -> int:
    return at - at % ANONYMOUS_MS
