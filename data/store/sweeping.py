"""What only the sweep of the check-in asks for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from data.store.base import Base
from data.store.records import REMINDER
from data.store.sql import Query, among, one_of
from data.store.tables import metadata

T = metadata.tables
alert, case_file, checkin, person, outbox = (
    T[name] for name in ("alert", "case_file", "checkin", "person", "outbox")
)

_now: BindParameter[int] = bindparam("now")
LOAD = Query(
    select(
        func.coalesce(func.sum(case((alert.c.state == "held", 1), else_=0)), 0),
        func.coalesce(
            func.sum(
                case(
                    (alert.c.state == "held", 0),
                    (alert.c.opened_at >= bindparam("since"), 1),
                    else_=0,
                )
            ),
            0,
        ),
    ).where(
        one_of(alert.c.state, "held", "open", "acknowledged"),
        one_of(alert.c.kind, "silence", "delivery"),
    )
)
ANY_SIGN = Query(
    select(alert.c.id)
    .join(person, person.c.id == alert.c.person_id)
    .where(
        alert.c.state.in_(("held", "open", "acknowledged")),
        alert.c.kind == "silence",
        person.c.last_seen_at > alert.c.sign_at,
    )
    .limit(1)
)
PROFILE = Query(select(person.c.profile).where(person.c.id == bindparam("of")))
SENT = among(
    select(outbox.c.idempotency_hash, outbox.c.state, outbox.c.sent_at), outbox.c.idempotency_hash
)
WITHDRAW = Query(
    delete(outbox).where(outbox.c.idempotency_hash == bindparam("key"), outbox.c.state == "queued"),
)
FEW_REMINDED = 1_000
"""Reminders that wait on a usual day; where as many do, nobody is asked whose they are."""
REMINDED = Query(
    select(outbox.c.person_id)
    .where(outbox.c.state == "queued", outbox.c.priority == literal_column(str(REMINDER)))
    .limit(bindparam("most"))
)
HEARD = Query(
    select(func.min(outbox.c.sent_at)).where(
        outbox.c.person_id == bindparam("of"),
        outbox.c.state + "" == "sent",
        outbox.c.priority == REMINDER,
        outbox.c.sent_at > bindparam("since"),
    )
)
"""Of `state` an expression: its index would lead SQLite through every reminder that was ever sent."""
SIGNS_BACK = Query(
    update(person).where(person.c.last_seen_at > _now).values(last_seen_at=_now),
)
ASKED_BACK = Query(update(checkin).where(checkin.c.asked_at > _now).values(asked_at=_now))
FAILED_BACK = Query(
    update(checkin).where(checkin.c.undelivered_at > _now).values(undelivered_at=_now)
)
WORDS_BACK = Query(
    update(checkin).where(checkin.c.resumed_word_at > _now).values(resumed_word_at=_now)
)
ASKED_AHEAD = Query(
    select(checkin.c.person_id, checkin.c.asked_at).where(checkin.c.asked_at > bindparam("now"))
)
_known = outbox.alias("known")
RENAME = Query(
    update(outbox)
    .where(
        outbox.c.idempotency_hash == bindparam("old"),
        ~select(_known.c.id).where(_known.c.idempotency_hash == bindparam("new")).exists(),
    )
    .values(idempotency_hash=bindparam("new"))
)
SENT_BACK = Query(update(outbox).where(outbox.c.sent_at > _now).values(sent_at=_now))
TRY_AGAIN = Query(
    update(outbox)
    .where(
        outbox.c.state == "queued",
        outbox.c.due_at > _now,
        or_(outbox.c.due_at <= bindparam("last"), outbox.c.attempts > 0),
    )
    .values(due_at=_now)
)
"""What was due by the clock that ran ahead, and what waited for another try; not what waits for a morning."""
LEASES_BACK = Query(
    update(outbox)
    .where(outbox.c.state == "claimed", outbox.c.claimed_until > bindparam("now"))
    .values(claimed_until=outbox.c.claimed_until - bindparam("ahead"))
)
"""As much is left of a lease as was: who holds it may be sending right now."""
LOOK_AGAIN = Query(update(checkin).where(checkin.c.next_due_at > _now).values(next_due_at=_now))
ALERTS_BACK = Query(update(alert).where(alert.c.opened_at > _now).values(opened_at=_now))
TAKEN_BACK = Query(
    update(case_file).where(case_file.c.acknowledged_at > _now).values(acknowledged_at=_now)
)
ALERTS_AGAIN = Query(update(alert).where(alert.c.next_due_at > _now).values(next_due_at=_now))


class SweepTx(Base):
    def alert_load(self, since: int) -> tuple[int, int]:
        """Alerts that are held, and others opened since then that have not ended."""
        self.flush()
        row = self._one(LOAD, since=since)
        assert row is not None
        return int(row[0]), int(row[1])

    def any_sign(self) -> bool:
        """Whether `signs_for_alerts` has something to give; also while reading."""
        return self._one(ANY_SIGN) is not None

    def profile_of(self, person_id: str) -> dict[str, Any]:
        """What is known of the person, without holding them as a turn does."""
        self.flush()
        row = self._one(PROFILE, of=person_id)
        return self._open_json(row[0], f"person.profile:{person_id}") if row else {}

    def sent(self, keys: Sequence[str]) -> dict[str, tuple[str, int | None]]:
        """Idempotency key → state and when it went out, of those that are in the outbox."""
        self.flush()
        by_hash = {self._keyring.lookup("outbox", key): key for key in keys}
        rows = self._among(SENT, list(by_hash))
        return {by_hash[hashed]: (state, sent_at) for hashed, state, sent_at in rows}

    def withdraw(self, keys: Mapping[str, Sequence[str]]) -> None:
        """Person → idempotency keys of reminders: what of them still waits to be sent is sent no more.

        Rows that this very transaction queues do not count: they did not wait before it.
        """
        if not keys:
            return
        found = [row[0] for row in self._all(REMINDED, most=FEW_REMINDED)]
        waiting = keys.keys() & found if len(found) < FEW_REMINDED else keys.keys()
        text = WITHDRAW.on(self._dialect)
        stale = [key for who in sorted(waiting) for key in keys[who]]
        rows = [text.row({"key": self._keyring.lookup("outbox", key)}) for key in stale]
        self._many(WITHDRAW, rows)

    def heard(self, person_id: str, since: int) -> int:
        """When the first question or reminder after `since` went out to the person; 0 for none."""
        self.flush()
        row = self._one(HEARD, of=person_id, since=since)
        return int(row[0] or 0) if row else 0

    def rewind(self, now: int, last: int, question: Callable[[str, int], str]) -> None:
        """The clock went back from `last`: what stands in the future happened just now, and all are looked at.

        `question` gives the idempotency key of a person's question of a time, which goes with its question.
        """
        self.flush()
        if self._memory is not None:
            self._memory.clear()
        for who, asked_at in self._all(ASKED_AHEAD, now=now):
            old, new = (self._keyring.lookup("outbox", question(who, at)) for at in (asked_at, now))
            self._run(RENAME, old=old, new=new)
        for query in (
            SIGNS_BACK,
            ASKED_BACK,
            FAILED_BACK,
            WORDS_BACK,
            SENT_BACK,
            LOOK_AGAIN,
            ALERTS_BACK,
            TAKEN_BACK,
            ALERTS_AGAIN,
        ):
            self._run(query, now=now)
        self._run(TRY_AGAIN, now=now, last=last)
        self._run(LEASES_BACK, now=now, ahead=last - now)
