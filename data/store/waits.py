"""What a queue shows, and what it hears of new: as far as it is the viewer's."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, func, select
from sqlalchemy import case as choice

from data.store.case_statements import VIEW, case, event
from data.store.records import CaseView, CaseWait
from data.store.sql import Query
from data.store.staff import LISTED_CASES, StaffTx, inside
from data.store.tables import metadata

EVENTS_AT_ONCE = 500

alert = metadata.tables["alert"]
other = event.alias("other")
_last = (
    select(func.max(other.c.id))
    .where(other.c.case_id == case.c.id)
    .correlate(case)
    .scalar_subquery()
)
_own = select(alert.c.case_number, func.min(alert.c.next_due_at).label("due")).where(
    alert.c.kind != "case", alert.c.state != "ended"
)
_alerts = _own.group_by(alert.c.case_number).subquery()
DUE = func.coalesce(case.c.wait_until, case.c.due_at, _alerts.c.due)
PAGE = select(case.c.id, DUE.label("due")).select_from(
    case.outerjoin(_alerts, _alerts.c.case_number == case.c.number)
)
"""Which cases are shown: found first, so that the last event is only looked up for these."""


def first_of(cases: FromClause, due: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """The order of a queue: somebody in danger whom nobody sees to waits behind nothing."""
    danger = and_(cases.c.state == "new", cases.c.urgency == "now")
    return choice((danger, 0), else_=1), func.coalesce(due, 0), cases.c.number


class CaseNews(NamedTuple):
    """Something happened in a case."""

    event_id: int
    number: int
    kind: str
    actor: str


class WaitTx(StaffTx):
    def waits(
        self,
        viewer: str | None,
        now: int,
        *,
        states: Sequence[str] = (),
        kinds: Sequence[str] = (),
        region: str = "",
        assignee: str = "",
        limit: int = LISTED_CASES,
    ) -> list[CaseWait]:
        """Cases that are not closed: what is urgent and nobody's, then the soonest due.

        Those that are not planned yet count as due.
        """
        wanted = [case.c.state != "closed", self._scope(viewer)]
        if states:
            wanted.append(case.c.state.in_(states))
        if kinds:
            wanted.append(case.c.kind.in_(kinds))
        if region:
            wanted.append(inside(region))
        if assignee:
            wanted.append(case.c.assignee == assignee)
        self.flush()
        page = PAGE.where(*wanted).order_by(*first_of(case, DUE)).limit(limit).subquery()
        listed = (
            select(
                *VIEW,
                page.c.due,
                func.coalesce(event.c.id, 0),
                func.coalesce(event.c.at, case.c.opened_at),
                func.coalesce(event.c.actor, "bot"),
                func.coalesce(event.c.kind, "opened"),
            )
            .select_from(
                page.join(case, case.c.id == page.c.id).outerjoin(event, event.c.id == _last)
            )
            .order_by(*first_of(case, page.c.due))
        )
        size = len(VIEW)
        return [
            CaseWait(CaseView(*row[:size]), row[size], _late(row[size], now), *row[size + 1 :])
            for row in self._all(Query(listed))
        ]

    def case_events_after(
        self, viewer: str | None, event_id: int, limit: int = EVENTS_AT_ONCE
    ) -> list[CaseNews]:
        """What happened in the viewer's cases after an event, the oldest first.

        PostgreSQL may show a smaller id after a greater one, by as long as a transaction takes: who
        follows asks again from some ids before, and leaves out what they have seen.
        """
        self.flush()
        listed = (
            select(event.c.id, case.c.number, event.c.kind, event.c.actor)
            .join(case, case.c.id == event.c.case_id)
            .where(event.c.id > event_id, self._scope(viewer))
            .order_by(event.c.id)
            .limit(limit)
        )
        return [CaseNews(*row) for row in self._all(Query(listed))]


def _late(due_at: int | None, now: int) -> bool:
    return due_at is not None and due_at <= now
