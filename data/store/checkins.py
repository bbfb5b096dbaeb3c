"""Check-ins: who is asked when, and who is due.

On PostgreSQL rows are locked in the order person, alert, case: whoever takes several keeps to it.
"""

from collections.abc import Sequence
from functools import lru_cache

import orjson
from sqlalchemy import bindparam, func, select, update

from data.store.base import NEW_PERSON, Base
from data.store.records import Checkin, DueCheckin
from data.store.sql import Query, Row, upsert
from data.store.tables import metadata

T = metadata.tables
checkin, person, alert = T["checkin"], T["person"], T["alert"]

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
    checkin.c.minute,
    checkin.c.stage,
    checkin.c.asked_at,
    checkin.c.nudges,
    checkin.c.tight_days,
    checkin.c.tight_until,
    checkin.c.override_days,
    checkin.c.override_reason,
    checkin.c.rhythm,
    checkin.c.region,
    checkin.c.covert,
    checkin.c.easy,
    checkin.c.undelivered_at,
    checkin.c.resumed_word_at,
    checkin.c.stamps,
)
"""In the order of the record."""
_names_of = [column.name for column in CHECKIN]
REASONS, CHANNELS, EASY = map(_names_of.index, ("reasons", "channels", "easy"))
SEALED = [(_names_of.index(name), f"checkin.{name}") for name in ("override_reason", "covert")]
"""Where they stand in the record, and what they are sealed for."""
SWEPT = (
    "state",
    "next_due_at",
    "paused_until",
    "ended_at",
    "stage",
    "asked_at",
    "nudges",
    "tight_days",
    "tight_until",
    "rhythm",
    "undelivered_at",
    "resumed_word_at",
    "stamps",
)
"""What a sweep may change."""
SAVE = upsert("checkin", ["person_id"], *(column.name for column in list(checkin.c)[1:]))
KEEP = Query(update(checkin).where(checkin.c.person_id == bindparam("of")), SWEPT, (*SWEPT, "of"))
RESCHEDULE = Query(
    update(checkin).where(checkin.c.person_id == bindparam("of")),
    ["next_due_at"],
    ["next_due_at", "of"],
)
AWAITED = Query(
    select(checkin.c.covert, checkin.c.asked_at, checkin.c.easy).where(
        checkin.c.person_id == bindparam("of"), checkin.c.state != "ended"
    )
)
GET = Query(select(*CHECKIN).where(checkin.c.person_id == bindparam("of")))
_watched = select(*CHECKIN, person.c.last_seen_at, person.c.lang).select_from(
    checkin.join(person, person.c.id == checkin.c.person_id)
)
DUE = Query(
    _watched.where(checkin.c.next_due_at <= bindparam("now"))
    .order_by(checkin.c.next_due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
WATCHED = Query(
    _watched.where(checkin.c.person_id > bindparam("after"), checkin.c.state != "ended")
    .order_by(checkin.c.person_id)
    .limit(bindparam("most"))
)
NEXT_DUE = Query(
    select(
        select(func.min(checkin.c.next_due_at)).scalar_subquery(),
        select(func.min(alert.c.next_due_at)).scalar_subquery(),
    )
)
ACTIVE = Query(select(func.count()).where(checkin.c.state == "active"))


class CheckinTx(Base):
    def keep_checkin(self, entry: Checkin) -> None:
        """All of it, as a turn or an officer changes it."""
        if entry.person_id not in self._forgotten:
            if self._rows[NEW_PERSON]:
                self.flush()
            self._many(SAVE, [self._saved(entry)])

    def checkin(self, person_id: str) -> Checkin | None:
        """Asked by every answer to the daily question: nothing that waits is written for it."""
        row = self._one(GET, of=person_id)
        return None if row is None else self._checkin(row)

    def awaited(self, person_id: str) -> tuple[str, int | None, bool] | None:
        """Covert phrase, time of the last question, easy words. Asked with every text: nothing is flushed for it."""
        row = self._one(AWAITED, of=person_id)
        if row is None:
            return None
        return self._open_text(row[0], f"checkin.covert:{person_id}"), row[1], bool(row[2])

    def due_checkins(self, now: int, limit: int) -> list[DueCheckin]:
        """Those due, the earliest first; nobody else gets them until this transaction ends.

        Give each its next time by `keep_checkins` in the same transaction, with what is sent and
        opened for it: then a crash neither loses nor doubles anything. On PostgreSQL whoever is in
        the middle of a turn is left out until it ends.
        """
        self.flush()
        return [self._due(row) for row in self._all(DUE, now=now, most=limit)]

    def keep_checkins(self, entries: Sequence[Checkin]) -> None:
        """What a sweep changed (`SWEPT`); the rest of each is left as it is."""
        self._many(KEEP, [_swept(entry) for entry in entries])

    def watched(self, after: str, limit: int) -> list[DueCheckin]:
        """All that have not ended, in the order of `person_id`, from the one after `after`."""
        self.flush()
        return [self._due(row) for row in self._all(WATCHED, after=after, most=limit)]

    def next_due(self) -> int | None:
        """When a check-in or an alert is due next: two looks into an index, for an idle sweep."""
        self.flush()
        row = self._one(NEXT_DUE)
        return min((at for at in row or () if at is not None), default=None)

    def count_active(self) -> int:
        """Reads every check-in: for when very many are due, not for every sweep."""
        row = self._one(ACTIVE)
        return row[0] if row else 0

    def reschedule(self, person_id: str, next_due_at: int | None) -> bool:
        """Look at the person then; False where there is no check-in."""
        self.flush()
        return self._run(RESCHEDULE, of=person_id, next_due_at=next_due_at) == 1

    def _saved(self, entry: Checkin) -> Row:
        who = entry.person_id
        return (
            who,
            entry.state,
            entry.hour,
            entry.threshold_days,
            orjson.dumps(list(entry.reasons)).decode(),
            orjson.dumps(list(entry.channels)).decode(),
            _next_due(entry),
            entry.paused_until,
            entry.created_at,
            entry.ended_at,
            entry.minute,
            entry.stage,
            entry.asked_at,
            entry.nudges,
            entry.tight_days,
            entry.tight_until,
            entry.override_days,
            self._seal_text(entry.override_reason, f"checkin.override_reason:{who}"),
            entry.rhythm,
            entry.region,
            self._seal_text(entry.covert, f"checkin.covert:{who}"),
            int(entry.easy),
            entry.undelivered_at,
            entry.resumed_word_at,
            entry.stamps,
        )

    def _due(self, row: Row) -> DueCheckin:
        return DueCheckin(self._checkin(row[:-2]), *row[-2:])

    def _checkin(self, row: Row) -> Checkin:
        fields = list(row)
        fields[REASONS], fields[CHANNELS] = _names(row[REASONS]), _names(row[CHANNELS])
        for sealed, name in SEALED:
            fields[sealed] = self._open_text(row[sealed], f"{name}:{row[0]}") if row[sealed] else ""
        fields[EASY] = row[EASY] == 1
        return Checkin(*fields)


def _swept(entry: Checkin) -> Row:
    return (
        entry.state,
        _next_due(entry),
        entry.paused_until,
        entry.ended_at,
        entry.stage,
        entry.asked_at,
        entry.nudges,
        entry.tight_days,
        entry.tight_until,
        entry.rhythm,
        entry.undelivered_at,
        entry.resumed_word_at,
        entry.stamps,
        entry.person_id,
    )


def _next_due(entry: Checkin) -> int | None:
    return entry.next_due_at if entry.state != "ended" else None


@lru_cache(1024)
def _names(text: str) -> tuple[str, ...]:
    """Few lists of reasons and channels are ever met."""
    return tuple(orjson.loads(text))
