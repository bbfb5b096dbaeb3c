"""The small books: replies to the check-in, screenings, quiz entries, timers that came due."""

from typing import Any

from sqlalchemy import bindparam, delete, select

from data.store.base import Base
from data.store.records import (
    ANONYMOUS_MS,
    CheckinReply,
    QuizEntry,
    Screening,
    TimerDue,
)
from data.store.sql import Query, insert_into, insert_new
from data.store.tables import metadata

timer, reply = metadata.tables["timer"], metadata.tables["checkin_reply"]
ADD_REPLY = insert_into("checkin_reply", "person_id", "at", "grade")
REPLIES = Query(
    select(reply.c.person_id, reply.c.at, reply.c.grade)
    .where(reply.c.person_id == bindparam("of"))
    .order_by(reply.c.id.desc())
    .limit(bindparam("most"))
)
TIMES = Query(
    select(reply.c.at)
    .where(reply.c.person_id == bindparam("of"))
    .order_by(reply.c.at.desc())
    .limit(bindparam("most"))
)
"""Of the index alone: every answer asks."""
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
    def keep_checkin_reply(self, entry: CheckinReply) -> None:
        if entry.person_id not in self._forgotten:
            self._run(ADD_REPLY, person_id=entry.person_id, at=entry.at, grade=entry.grade)

    def checkin_replies(self, person_id: str, limit: int) -> list[CheckinReply]:
        """The newest first."""
        return [CheckinReply(*row) for row in self._all(REPLIES, of=person_id, most=limit)]

    def reply_times(self, person_id: str, limit: int) -> list[int]:
        """The newest first."""
        return [row[0] for row in self._all(TIMES, of=person_id, most=limit)]

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
