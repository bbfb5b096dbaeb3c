"""The reads and changes of cases."""

from sqlalchemy import and_, bindparam, func, select, update

from data.store.sql import Query, insert_into
from data.store.tables import metadata

NUMBERING_LOCK = 7_301_946_118

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
)
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
)
ADD_EVENT = insert_into("case_event", "case_id", "at", "actor", "kind", "text")
BY_NUMBER = Query(select(*VIEW, case.c.body).where(case.c.number == bindparam("of")))
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
ACKNOWLEDGE = Query(
    update(case)
    .where(_known, case.c.state == "new")
    .values(
        state="acknowledged",
        acknowledged_at=func.coalesce(case.c.acknowledged_at, bindparam("now")),
        assignee=bindparam("who"),
    )
)
ASSIGN = Query(update(case).where(_known, case.c.state != "closed"), ["assignee"])
MOVE = Query(update(case).where(_known, case.c.state != "new", case.c.state != "closed"), ["state"])
HURRY = Query(update(case).where(_known, case.c.state != "closed"), ["urgency"])
CLOSE = Query(
    update(case).where(_known, case.c.state != "closed").values(state="closed"),
    ["closed_at", "outcome"],
)
REOPEN = Query(
    update(case)
    .where(_known, case.c.state == "closed", case.c.closed_at >= bindparam("since"))
    .values(state="new", closed_at=None, outcome=None, assignee=None)
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
