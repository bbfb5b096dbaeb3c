"""Alerts: raised once a cause, taken up when they are due, ended with a word to all who were told."""

from collections.abc import Sequence
from dataclasses import replace

import orjson
from sqlalchemy import bindparam, func, select, update

from data.store.cases import CaseTx
from data.store.records import AlertDraft, AlertView, CaseDraft
from data.store.sql import Query, Row, insert_new, one_of
from data.store.tables import metadata

T = metadata.tables
alert, case, person = T["alert"], T["case_file"], T["person"]

VIEW = (
    alert.c.id,
    alert.c.kind,
    alert.c.state,
    alert.c.person_id,
    alert.c.case_number,
    alert.c.rung,
    alert.c.tellings,
    alert.c.told,
    alert.c.sign_at,
    alert.c.opened_at,
    alert.c.deadline_at,
    alert.c.next_due_at,
    alert.c.ended_at,
    alert.c.ended_by,
    case.c.state,
    case.c.urgency,
    func.coalesce(case.c.region, ""),
    case.c.assignee,
    case.c.acknowledged_at,
    case.c.closed_at,
    case.c.outcome,
    person.c.last_seen_at,
)
"""In the order of the record."""
ALERTS = select(*VIEW).select_from(
    alert.outerjoin(case, case.c.number == alert.c.case_number).outerjoin(
        person, person.c.id == alert.c.person_id
    )
)
RAISE = insert_new(
    "alert",
    "id",
    "cause_hash",
    "person_id",
    "kind",
    "state",
    "rung",
    "tellings",
    "told",
    "sign_at",
    "opened_at",
    "deadline_at",
    "next_due_at",
)
KEPT = (
    "case_number",
    "state",
    "rung",
    "tellings",
    "told",
    "sign_at",
    "deadline_at",
    "next_due_at",
    "ended_at",
    "ended_by",
)
KEEP = Query(update(alert).where(alert.c.id == bindparam("of")), KEPT, (*KEPT, "of"))
PUT_CASE = Query(update(alert).where(alert.c.id == bindparam("of")), ["case_number"])
GET = Query(ALERTS.where(alert.c.id == bindparam("of")))
_due = (
    ALERTS.where(alert.c.next_due_at <= bindparam("now"))
    .order_by(alert.c.next_due_at, alert.c.id)
    .limit(bindparam("most"))
)
DUE = Query(_due.with_for_update(of=alert, skip_locked=True))
SIGNS = Query(
    ALERTS.where(
        alert.c.kind == "silence",
        one_of(alert.c.state, "held", "open", "acknowledged"),
        person.c.last_seen_at > alert.c.sign_at,
    )
    .order_by(alert.c.opened_at, alert.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=alert, skip_locked=True)
)
_open_of = (
    ALERTS.where(
        alert.c.person_id == bindparam("of"), alert.c.kind == "silence", alert.c.state != "ended"
    )
    .order_by(alert.c.opened_at.desc())
    .limit(1)
)
OPEN_OF = Query(_open_of)
TAKE_OPEN_OF = Query(_open_of.with_for_update(of=alert))
_of_case = (
    ALERTS.where(alert.c.case_number == bindparam("of"))
    .order_by(alert.c.opened_at.desc(), alert.c.id.desc())
    .limit(1)
)
OF_CASE = Query(_of_case)
TAKE_OF_CASE = Query(_of_case.with_for_update(of=alert))


class AlertTx(CaseTx):
    def raise_alert(self, draft: AlertDraft, case: CaseDraft | None = None) -> AlertView | None:
        """The new alert with its new case; `None` where the cause had its alert before."""
        self.flush()
        raised = self._run(
            RAISE,
            id=draft.id,
            cause_hash=self._keyring.lookup("alert", draft.cause),
            person_id=draft.person_id,
            kind=draft.kind,
            state=draft.state,
            rung=0,
            tellings=0,
            told="[]",
            sign_at=draft.sign_at,
            opened_at=draft.opened_at,
            deadline_at=draft.deadline_at,
            next_due_at=draft.next_due_at,
        )
        if raised != 1:
            return None
        if case is not None:
            number = self.open_case(replace(case, rings=False))
            self._run(PUT_CASE, of=draft.id, case_number=number)
        return self.alert(draft.id)

    def alert(self, alert_id: str) -> AlertView | None:
        row = self._one_flushed(GET, alert_id)
        return None if row is None else as_alert(row)

    def due_alerts(self, now: int, limit: int) -> list[AlertView]:
        """Those due, the earliest first; nobody else gets them until this transaction ends.

        Give each its next time by `keep_alert` in the same transaction.
        """
        self.flush()
        return [as_alert(row) for row in self._all(DUE, now=now, most=limit)]

    def signs_for_alerts(self, limit: int) -> list[AlertView]:
        """Silences that are over: the person was seen after the last sign that the alert knows.

        Compared with `sign_at` and not with `opened_at`, because a message may be stamped a moment
        before the alert and be taken in after it. End each, or keep it with the newer `sign_at`.
        """
        self.flush()
        return [as_alert(row) for row in self._all(SIGNS, most=limit)]

    def keep_alert(self, view: AlertView) -> None:
        """What the ladder changed (`KEPT`). An ended alert is never due, any other must be."""
        self.keep_alerts([view])

    def keep_alerts(self, views: Sequence[AlertView]) -> None:
        self.flush()
        self._many(KEEP, [_kept(view) for view in views])

    def open_alert_of(self, person_id: str) -> AlertView | None:
        """The silence of the person that has not ended. A transaction that writes holds it."""
        row = self._one_flushed(TAKE_OPEN_OF if self._locking else OPEN_OF, person_id)
        return None if row is None else as_alert(row)

    def alert_of_case(self, number: int) -> AlertView | None:
        """The newest alert that the case is about. A transaction that writes holds it: ask before it moves the case."""
        row = self._one_flushed(TAKE_OF_CASE if self._locking else OF_CASE, number)
        return None if row is None else as_alert(row)


def _kept(view: AlertView) -> Row:
    if (view.state == "ended") != (view.next_due_at is None):
        raise ValueError("An alert is due again at some time, unless it has ended.")
    return (
        view.case_number,
        view.state,
        view.rung,
        view.tellings,
        orjson.dumps(list(view.told)).decode(),
        view.sign_at,
        view.deadline_at,
        view.next_due_at,
        view.ended_at,
        view.ended_by,
        view.id,
    )


def as_alert(row: Row) -> AlertView:
    return AlertView(*(*row[:7], tuple(orjson.loads(row[7])), *row[8:]))
