"""The reads and changes of cases."""

from sqlalchemy import and_, bindparam, func, select, update

from data.store.sql import Query, insert_into, insert_new, one_of
from data.store.tables import metadata

NUMBERING_LOCK = 7_301_946_118

OPEN_STATES = ("new", "acknowledged", "in_progress", "waiting")
"""Named one by one where an index is to lead to what is open."""
case, event = metadata.tables["case_file"], metadata.tables["case_event"]
VIEW = (
    case.c.id,
    case.c.number,
    case.c.kind,
    case.c.state,
    case.c.urgency,
    case.c.region,
    case.c.person_id,
    case.c.household_key,
    case.c.opened_at,
    case.c.acknowledged_at,
    case.c.closed_at,
    case.c.outcome,
    case.c.assignee,
    case.c.due_at,
    case.c.wait_until,
    case.c.rating,
    case.c.merged_into,
    case.c.reopened,
)
"""In the order of the record."""
NUMBERING = Query(select(func.pg_advisory_xact_lock(NUMBERING_LOCK)))
LAST_NUMBER = Query(select(func.coalesce(func.max(case.c.number), 0)))
OPEN = insert_into(
    "case_file",
    "id",
    "number",
    "kind",
    "state",
    "urgency",
    "region",
    "person_id",
    "receipt_hash",
    "household_key",
    "opened_at",
    "body",
    "erase_on_close",
    "reopened",
    "stops",
)
ADD_EVENT = insert_into("case_event", "case_id", "at", "actor", "kind", "text")
BY_NUMBER = Query(select(*VIEW, case.c.body).where(case.c.number == bindparam("of")))
BODY = Query(select(case.c.id, case.c.body).where(case.c.number == bindparam("of")))
BY_RECEIPT = Query(select(*VIEW).where(case.c.receipt_hash == bindparam("of")))
EVENTS = Query(
    select(event.c.id, event.c.at, event.c.actor, event.c.kind, event.c.text)
    .where(event.c.case_id == bindparam("of"))
    .order_by(event.c.id)
)
OF_PERSON = Query(
    select(case.c.number).where(case.c.person_id == bindparam("of")).order_by(case.c.number)
)
NEIGHBOURS = Query(
    select(func.count()).where(
        case.c.household_key == bindparam("household"), case.c.opened_at >= bindparam("since")
    )
)
JOIN = Query(update(case).where(case.c.id == bindparam("of")), ["household_key"])
_known = case.c.number == bindparam("of")
_open = case.c.state != "closed"
CLOCK = (
    case.c.id,
    case.c.number,
    case.c.kind,
    case.c.state,
    case.c.urgency,
    case.c.region,
    case.c.person_id,
    case.c.assignee,
    case.c.opened_at,
    func.coalesce(case.c.began_at, case.c.opened_at),
    case.c.acknowledged_at,
    case.c.moved_at,
    case.c.given_at,
    case.c.wait_until,
    case.c.due_at,
    case.c.closed_at,
    case.c.outcome,
    case.c.reopened,
    case.c.stops,
)
"""In the order of the record."""
LOOK = Query(select(*CLOCK).where(_known))
TAKE = Query(select(*CLOCK).where(_known).with_for_update(of=case))
OF_HOUSEHOLD = Query(select(case.c.household_key).where(_known))
ACKNOWLEDGE = Query(
    update(case)
    .where(_known, case.c.state == "new")
    .values(
        state="acknowledged",
        acknowledged_at=func.coalesce(case.c.acknowledged_at, bindparam("now")),
        assignee=bindparam("who"),
        moved_at=bindparam("moved"),
        given_at=None,
    )
)
ASSIGN = Query(update(case).where(_known, _open), ["assignee", "moved_at", "given_at"])
MOVE = Query(
    update(case).where(_known, case.c.state != "new", _open),
    ["state", "moved_at", "wait_until", "stops"],
)
MOVED = Query(update(case).where(_known, _open), ["moved_at"])
GIVE_BACK = Query(
    update(case)
    .where(_known, case.c.state != "new", _open)
    .values(state="new", assignee=None, wait_until=None, given_at=None),
    ["began_at", "stops"],
)
HURRY = Query(update(case).where(_known, _open), ["urgency"])
DUE = Query(update(case).where(_known), ["due_at"])
TOLD = Query(update(case).where(_known).values(given_at=None))
CLOSE = Query(
    update(case)
    .where(_known, _open)
    .values(state="closed", wait_until=None, due_at=None, given_at=None),
    ["closed_at", "outcome", "stops"],
)
REOPEN = Query(
    update(case)
    .where(
        _known,
        case.c.state == "closed",
        case.c.closed_at >= bindparam("since"),
        case.c.merged_into.is_(None),
    )
    .values(
        state="new",
        closed_at=None,
        outcome=None,
        assignee=None,
        rating=None,
        reopened=case.c.reopened + 1,
    ),
    ["began_at", "stops"],
)
MERGE = Query(update(case).where(_known), ["merged_into"])
MERGE_ALSO = Query(update(case).where(case.c.merged_into == bindparam("of")), ["merged_into"])
MERGED = Query(
    select(case.c.number).where(case.c.merged_into == bindparam("of")).order_by(case.c.number)
)
RATE = Query(update(case).where(_known, case.c.state == "closed"), ["rating"])
OPEN_COUNTS = Query(
    select(case.c.assignee, func.count())
    .where(one_of(case.c.state, *OPEN_STATES), case.c.assignee.is_not(None))
    .group_by(case.c.assignee)
)
alert = metadata.tables["alert"]
RING = insert_new(
    "alert",
    "id",
    "cause_hash",
    "kind",
    "case_number",
    "state",
    "rung",
    "tellings",
    "told",
    "opened_at",
    "deadline_at",
    "next_due_at",
)
_rings = (alert.c.case_number == bindparam("of"), alert.c.state != "ended")
LOOK_AGAIN = Query(update(alert).where(*_rings), ["next_due_at"])
LOOK_AGAIN_AT_CASE = Query(update(alert).where(*_rings, alert.c.kind == "case"), ["next_due_at"])
END_RINGS = Query(
    update(alert)
    .where(*_rings, alert.c.kind == "case")
    .values(state="ended", next_due_at=None, ended_by="bot"),
    ["ended_at"],
)
OTHER_ALERT = Query(
    select(alert.c.id).where(alert.c.case_number == bindparam("of"), alert.c.kind != "case")
)
ERASE_BODY = Query(update(case).where(_known, case.c.erase_on_close == 1).values(body=None))
ERASE_TEXTS = Query(
    update(event)
    .where(event.c.case_id == bindparam("of"))
    .where(
        select(case.c.id)
        .where(and_(case.c.id == event.c.case_id, case.c.erase_on_close == 1))
        .exists()
    )
    .values(text=None)
)
