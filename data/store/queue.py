"""One page of a queue and its counts, at a cost that grows with what is open and not with what ever was."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select, true

from data.store.case_statements import OPEN_STATES, VIEW, event
from data.store.case_statements import case as file
from data.store.records import CaseView, CaseWait
from data.store.sql import among, one_of
from data.store.tables import metadata
from data.store.waits import CaseNews, WaitTx, first_of

QueueView = Literal["all", "mine", "new", "late", "waiting"]
"""What of the queue is looked at: everything, the viewer's, nobody's, what is late, what waits for a time."""
VIEWS: tuple[QueueView, ...] = get_args(QueueView)

alert = metadata.tables["alert"]
_alerts = (
    select(alert.c.case_number, func.min(alert.c.next_due_at).label("due"))
    .where(alert.c.kind != "case", alert.c.state != "ended")
    .group_by(alert.c.case_number)
    .subquery()
)
_due = func.coalesce(file.c.wait_until, file.c.due_at, _alerts.c.due)
_of = file.outerjoin(_alerts, _alerts.c.case_number == file.c.number)
LAST_OF = among(
    select(func.max(event.c.id), event.c.case_id).group_by(event.c.case_id), event.c.case_id
)
EVENTS = among(
    select(event.c.case_id, event.c.id, event.c.at, event.c.actor, event.c.kind), event.c.id
)


class QueueTx(WaitTx):
    def queue_page(
        self, viewer: str, now: int, view: QueueView = "all", *, first: int = 0, limit: int = 50
    ) -> list[CaseWait]:
        """Open cases of the viewer from `first` on: what is urgent and nobody's, then the soonest due.

        Those that are not planned yet count as due.
        """
        self.flush()
        query = self._scoped(f"page {view}", viewer, lambda scope: _page(scope, view))
        values = {"now": now} if view == "late" else {"me": viewer} if view == "mine" else {}
        rows = self._all(query, first=first, most=limit, **values)
        last = self._last_events([row[0] for row in rows])
        return [
            CaseWait(
                CaseView(*row[:-1]),
                row[-1],
                row[-1] is not None and row[-1] <= now,
                *last.get(row[0], (0, row[8], "bot", "opened")),
            )
            for row in rows
        ]

    def queue_counts(self, viewer: str, now: int) -> Mapping[QueueView, int]:
        """How many open cases each view of the queue holds."""
        self.flush()
        row = self._one(self._scoped("counts", viewer, _counts), now=now, me=viewer)
        return dict(zip(VIEWS, row or (0,) * len(VIEWS), strict=True))

    def news_after(self, viewer: str | None, event_id: int, most: int) -> list[CaseNews]:
        """As `case_events_after`, made to be asked several times a second for everybody."""
        self.flush()
        rows = self._all(self._scoped("news", viewer, _news), after=event_id, most=most)
        return [CaseNews(*row) for row in rows]

    def opened_after(self, viewer: str | None, number: int, most: int) -> list[int]:
        """The numbers of the viewer's cases above `number`: opening one is no event of it."""
        self.flush()
        rows = self._all(self._scoped("opened", viewer, _opened), after=number, most=most)
        return [row[0] for row in rows]

    def _last_events(self, ids: list[str]) -> dict[str, tuple[int, int, str, str]]:
        """Id, time, actor and kind of the last event of each case that has one."""
        newest = {row[0] for row in self._among(LAST_OF, ids)}
        rows = set(self._among(EVENTS, sorted(newest)))
        return {case_id: (event_id, at, actor, kind) for case_id, event_id, at, actor, kind in rows}


def _page(scope: ColumnElement[bool], view: QueueView) -> Any:
    listed = (
        select(*VIEW, _due)
        .select_from(_of)
        .where(one_of(file.c.state, *OPEN_STATES), scope, _fits(view))
    )
    soonest = listed.order_by(*first_of(file, _due))
    return soonest.limit(bindparam("most")).offset(bindparam("first"))


def _counts(scope: ColumnElement[bool]) -> Any:
    counts = [func.coalesce(func.sum(case((_fits(view), 1), else_=0)), 0) for view in VIEWS]
    return select(*counts).select_from(_of).where(one_of(file.c.state, *OPEN_STATES), scope)


def _news(scope: ColumnElement[bool]) -> Any:
    return (
        select(event.c.id, file.c.number, event.c.kind, event.c.actor)
        .join(file, file.c.id == event.c.case_id)
        .where(event.c.id > bindparam("after"), scope)
        .order_by(event.c.id)
        .limit(bindparam("most"))
    )


def _opened(scope: ColumnElement[bool]) -> Any:
    opened = select(file.c.number).where(file.c.number > bindparam("after"), scope)
    return opened.order_by(file.c.number).limit(bindparam("most"))


def _fits(view: QueueView) -> ColumnElement[bool]:
    if view == "mine":
        return file.c.assignee == bindparam("me")
    if view == "new":
        return file.c.assignee.is_(None)
    if view == "late":
        return and_(_due.is_not(None), _due <= bindparam("now"))
    return file.c.state == "waiting" if view == "waiting" else true()
