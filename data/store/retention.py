"""What is forgotten by itself, and how much there is."""

from sqlalchemy import BindParameter, bindparam, delete, func, or_, select, update

from data.store.base import Base
from data.store.photos import ERASE_OLD, PHOTO_DAYS
from data.store.records import DAY_MS, REMINDER, REPLY
from data.store.sql import Query, one_of
from data.store.tables import metadata

INBOUND_DAYS = 7
BATCH_DAYS = 2
MESSAGE_DAYS = 180
ANSWERED_DAYS = 2
"""For an answer that was sent: the message that it answers is known for longer, and is not answered twice."""
ASKED_DAYS = 8
"""For a question that was sent: longer than any silence before an alert."""
OUTBOX_DAYS = 30
JOURNAL_DAYS = 400
CASE_TEXT_DAYS = 5 * 365
ALERT_DAYS = 400
ABSENCE_DAYS = 400
APPLICATION_DAYS = 400
PARTED_DAYS = 400
"""For who was with whom; longer than any cool-off."""
MENTION_DAYS = 400
LINE_DAYS = 30
AUDIT_DAYS = 5 * 365
UNANSWERED_DAYS = 30
"""For somebody who was named as trusted and never agreed: their name and number are not ours to keep."""

T = metadata.tables
inbound, throttle, message, outbox, journal, case, event = (
    T[name]
    for name in ("inbound", "throttle", "message", "outbox", "journal", "case_file", "case_event")
)
alert, absence, trusted, opening = (
    T[name] for name in ("alert", "absence", "trusted", "card_opening")
)
BEFORE: BindParameter[int] = bindparam("before")


def _sent(priority: int) -> Query:
    return Query(
        delete(outbox).where(
            outbox.c.state == "sent", outbox.c.priority == priority, outbox.c.due_at < BEFORE
        )
    )


_old_cases = (case.c.state == "closed", case.c.closed_at < BEFORE)
OLD = {
    "inbound": Query(delete(inbound).where(inbound.c.seen_on < BEFORE)),
    "signal_batch": Query(delete(T["signal_batch"]).where(T["signal_batch"].c.seen_on < BEFORE)),
    "throttle": Query(delete(throttle).where(throttle.c.day < BEFORE)),
    "message": Query(delete(message).where(message.c.at < BEFORE)),
    "outbox": Query(
        delete(outbox).where(
            or_(outbox.c.state == "sent", outbox.c.state == "dead"), outbox.c.due_at < BEFORE
        )
    ),
    "answered": _sent(REPLY),
    "asked": _sent(REMINDER),
    "journal": Query(delete(journal).where(journal.c.at < BEFORE)),
    "case_event": Query(
        update(event)
        .where(event.c.text.is_not(None), event.c.case_id.in_(select(case.c.id).where(*_old_cases)))
        .values(text=None)
    ),
    "case_file": Query(update(case).where(*_old_cases, case.c.body.is_not(None)).values(body=None)),
    "alert": Query(delete(alert).where(alert.c.state == "ended", alert.c.ended_at < BEFORE)),
    "absence": Query(delete(absence).where(absence.c.until_at < BEFORE)),
    "trusted": Query(
        delete(trusted).where(trusted.c.state != "agreed", trusted.c.asked_at < BEFORE)
    ),
    "photo": ERASE_OLD,
    "card_opening": Query(delete(opening).where(opening.c.at < BEFORE)),
    "application": Query(
        delete(T["application"]).where(
            one_of(T["application"].c.state, "lapsed", "withdrawn", "refused", "ended"),
            T["application"].c.decided_at < BEFORE,
        )
    ),
    "visit": Query(
        delete(T["visit"]).where(
            T["visit"].c.pairing_id.in_(
                select(T["pairing"].c.id).where(
                    T["pairing"].c.state == "ended", T["pairing"].c.ended_at < BEFORE
                )
            )
        )
    ),
    "pairing": Query(
        delete(T["pairing"]).where(
            T["pairing"].c.state == "ended", T["pairing"].c.ended_at < BEFORE
        )
    ),
    "link_code": Query(delete(T["link_code"]).where(T["link_code"].c.until_at < BEFORE)),
    "mention": Query(delete(T["mention"]).where(T["mention"].c.at < BEFORE)),
    "case_line": Query(
        delete(T["case_line"]).where(
            T["case_line"].c.case_id.in_(select(case.c.id).where(*_old_cases))
        )
    ),
    "door_code": Query(delete(T["door_code"]).where(T["door_code"].c.until_at < BEFORE)),
    "staff_session": Query(delete(T["staff_session"]).where(T["staff_session"].c.ends_at < BEFORE)),
    "signin_failure": Query(
        delete(T["signin_failure"]).where(T["signin_failure"].c.until_at < BEFORE)
    ),
    "audit": Query(delete(T["audit"]).where(T["audit"].c.at < BEFORE)),
}
COUNTS = {name: Query(select(func.count()).select_from(table)) for name, table in T.items()}
STATES = {
    name: Query(select(T[name].c.state, func.count()).group_by(T[name].c.state))
    for name in ("outbox", "case_file", "checkin", "alert", "application", "volunteer")
}


class RetentionTx(Base):
    def purge(self, now: int) -> dict[str, int]:
        """Delete what is past its time; how many rows of each table. Cases only lose their text."""
        self.flush()
        today = now // DAY_MS
        before = {
            "inbound": today - INBOUND_DAYS,
            "signal_batch": today - BATCH_DAYS,
            "throttle": today,
            "message": now - MESSAGE_DAYS * DAY_MS,
            "answered": now - ANSWERED_DAYS * DAY_MS,
            "asked": now - ASKED_DAYS * DAY_MS,
            "outbox": now - OUTBOX_DAYS * DAY_MS,
            "journal": now - JOURNAL_DAYS * DAY_MS,
            "case_event": now - CASE_TEXT_DAYS * DAY_MS,
            "case_file": now - CASE_TEXT_DAYS * DAY_MS,
            "alert": now - ALERT_DAYS * DAY_MS,
            "absence": now - ABSENCE_DAYS * DAY_MS,
            "trusted": now - UNANSWERED_DAYS * DAY_MS,
            "photo": now - PHOTO_DAYS * DAY_MS,
            "card_opening": now - CASE_TEXT_DAYS * DAY_MS,
            "application": now - APPLICATION_DAYS * DAY_MS,
            "visit": now - PARTED_DAYS * DAY_MS,
            "pairing": now - PARTED_DAYS * DAY_MS,
            "link_code": now,
            "mention": now - MENTION_DAYS * DAY_MS,
            "case_line": now - LINE_DAYS * DAY_MS,
            "door_code": now,
            "staff_session": now,
            "signin_failure": now,
            "audit": now - AUDIT_DAYS * DAY_MS,
        }
        return {name: self._run(query, before=before[name]) for name, query in OLD.items()}

    def counts(self) -> dict[str, int]:
        """Rows a table, and rows a state as `outbox.queued`."""
        self.flush()
        counted: dict[str, int] = {}
        for name, query in COUNTS.items():
            row = self._one(query)
            counted[name] = row[0] if row else 0
        for name, query in STATES.items():
            counted |= {f"{name}.{state}": count for state, count in self._all(query)}
        return counted
