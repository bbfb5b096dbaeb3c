"""Check-ins and the small books: replies, screenings, quiz entries, timers that came due."""

from typing import Any

import orjson
from sqlalchemy import bindparam, delete, select, update

from data.store.base import Base
from data.store.records import (
    ANONYMOUS_MS,
    Checkin,
    CheckinReply,
    DueCheckin,
    QuizEntry,
    Screening,
    TimerDue,
)
from data.store.sql import Query, Row, insert_into, insert_new, upsert
from data.store.tables import metadata

checkin, person, timer, reply = (
    metadata.tables[name] for name in ("checkin", "person", "timer", "checkin_reply")
)
CHECKIN = (
    checkin.c.person_id,
    checkin.c.state,
    checkin.c.hour,
    checkin.c.threshold_days,
    checkin.c.created_at,
    checkin.c.reasons,
    checkin.c.channels,
    checkin.c.next_due_at,
    checkin.c.paused_until,
    checkin.c.ended_at,
)
SAVE_CHECKIN = upsert(
    "checkin",
    ["person_id"],
    "state",
    "hour",
    "threshold_days",
    "reasons",
    "channels",
    "next_due_at",
    "paused_until",
    "created_at",
    "ended_at",
)
GET_CHECKIN = Query(select(*CHECKIN).where(checkin.c.person_id == bindparam("of")))
DUE_CHECKINS = Query(
    select(*CHECKIN, person.c.last_seen_at, person.c.lang)
    .select_from(checkin.join(person, person.c.id == checkin.c.person_id))
    .where(checkin.c.next_due_at <= bindparam("now"))
    .order_by(checkin.c.next_due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
RESCHEDULE = Query(
    update(checkin).where(checkin.c.person_id == bindparam("of")),
    ["next_due_at"],
    ["next_due_at", "of"],
)
ADD_REPLY = insert_into("checkin_reply", "person_id", "at", "grade")
REPLIES = Query(
    select(reply.c.person_id, reply.c.at, reply.c.grade)
    .where(reply.c.person_id == bindparam("of"))
    .order_by(reply.c.id.desc())
    .limit(bindparam("most"))
)
ADD_SCREENING = insert_into(
    "screening",
    "id",
    "person_id",
    "instrument",
    "version",
    "score_low",
    "score_high",
    "band",
    "at",
    "answers",
)
ADD_QUIZ_ENTRY = insert_new("quiz_entry", "id", "person_id", "quiz_id", "correct", "at")
_entry = metadata.tables["quiz_entry"]
PLAYED = Query(
    select(_entry.c.id).where(
        _entry.c.person_id == bindparam("of"), _entry.c.quiz_id == bindparam("quiz")
    )
)
_due = (
    select(timer.c.person_id, timer.c.kind, timer.c.token, timer.c.due_at)
    .where(timer.c.due_at <= bindparam("now"))
    .order_by(timer.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
DUE_TIMERS = Query(_due)
TAKE_TIMER = Query(
    delete(timer).where(
        timer.c.person_id == bindparam("person_id"),
        timer.c.kind == bindparam("kind"),
        timer.c.token == bindparam("token"),
        timer.c.due_at == bindparam("due_at"),
    )
)


class CareTx(Base):
    def keep_checkin(self, entry: Checkin) -> None:
        if entry.person_id in self._forgotten:
            return
        self.flush()
        self._run(
            SAVE_CHECKIN,
            person_id=entry.person_id,
            state=entry.state,
            hour=entry.hour,
            threshold_days=entry.threshold_days,
            reasons=_json_list(entry.reasons),
            channels=_json_list(entry.channels),
            next_due_at=entry.next_due_at if entry.state != "ended" else None,
            paused_until=entry.paused_until,
            created_at=entry.created_at,
            ended_at=entry.ended_at,
        )

    def checkin(self, person_id: str) -> Checkin | None:
        row = self._one(GET_CHECKIN, of=person_id)
        return None if row is None else _checkin(row)

    def due_checkins(self, now: int, limit: int) -> list[DueCheckin]:
        """Those due, the earliest first; nobody else gets them until this transaction ends.

        Give each its next time by `reschedule` or `keep_checkin` in the same transaction, with what
        is sent and opened for it: then a crash neither loses nor doubles anything.
        """
        self.flush()
        rows = self._all(DUE_CHECKINS, now=now, most=limit)
        return [DueCheckin(_checkin(row[:-2]), row[-2], row[-1]) for row in rows]

    def reschedule(self, person_id: str, next_due_at: int | None) -> bool:
        return self._run(RESCHEDULE, of=person_id, next_due_at=next_due_at) == 1

    def reschedule_many(self, dues: list[tuple[str, int | None]]) -> None:
        """Person and next time, for a sweep or a feed of signs of life."""
        self._many(RESCHEDULE, [(due, who) for who, due in dues])

    def keep_checkin_reply(self, entry: CheckinReply) -> None:
        if entry.person_id not in self._forgotten:
            self._run(ADD_REPLY, person_id=entry.person_id, at=entry.at, grade=entry.grade)

    def checkin_replies(self, person_id: str, limit: int) -> list[CheckinReply]:
        """The newest first."""
        return [CheckinReply(*row) for row in self._all(REPLIES, of=person_id, most=limit)]

    def keep_screening(self, entry: Screening) -> None:
        """Answers are only kept with a person; without one the time is cut to ten minutes."""
        if entry.person_id in self._forgotten:
            return
        anonymous = entry.person_id is None
        answers = None if anonymous or entry.answers is None else dict(entry.answers)
        self._run(
            ADD_SCREENING,
            id=entry.id,
            person_id=entry.person_id,
            instrument=entry.instrument,
            version=entry.version,
            score_low=entry.score_low,
            score_high=entry.score_high,
            band=entry.band,
            at=entry.at - entry.at % ANONYMOUS_MS if anonymous else entry.at,
            answers=answers and self._seal_json(answers, f"screening.answers:{entry.id}"),
        )

    def keep_quiz_entry(self, entry: QuizEntry) -> bool:
        """False where the person has answered this quiz before."""
        if entry.person_id in self._forgotten:
            return False
        values: dict[str, Any] = {
            "id": entry.id,
            "person_id": entry.person_id,
            "quiz_id": entry.quiz_id,
            "correct": int(entry.correct),
            "at": entry.at,
        }
        return self._run(ADD_QUIZ_ENTRY, **values) == 1

    def quiz_played(self, person_id: str, quiz_id: str) -> bool:
        return self._one(PLAYED, of=person_id, quiz=quiz_id) is not None

    def claim_timers(self, now: int, limit: int) -> list[TimerDue]:
        """Take out the timers that are due. Each is given out once; a rollback puts it back."""
        self.flush()
        due = [TimerDue(*row) for row in self._all(DUE_TIMERS, now=now, most=limit)]
        return [each for each in due if self._take_timer(each) == 1]

    def _take_timer(self, due: TimerDue) -> int:
        return self._run(
            TAKE_TIMER,
            person_id=due.person_id,
            kind=due.kind,
            token=due.token,
            due_at=due.due_at,
        )


def _json_list(values: Any) -> str:
    return orjson.dumps(list(values)).decode()


def _checkin(row: Row) -> Checkin:
    who, state, hour, days, created_at, reasons, channels, *times = row
    return Checkin(
        who,
        state,
        hour,
        days,
        created_at,
        tuple(orjson.loads(reasons)),
        tuple(orjson.loads(channels)),
        *times,
    )
