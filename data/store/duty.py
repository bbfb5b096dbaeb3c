"""Who of the staff is on duty, who is away, and how each is reached."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from data.store.base import Base
from data.store.records import Absence, Duty, StaffContact
from data.store.sql import Query, among, insert_into, upsert
from data.store.tables import metadata

T = metadata.tables
contact, duty, absence, staff = (T[name] for name in ("staff_contact", "duty", "absence", "staff"))

SAVE_CONTACT = upsert("staff_contact", ["staff_id", "channel"], "key_hash", "key_enc")
DROP_CONTACT = Query(
    delete(contact).where(
        contact.c.staff_id == bindparam("of"), contact.c.channel == bindparam("channel")
    )
)
CONTACTS = among(
    select(contact.c.staff_id, contact.c.channel, contact.c.key_enc), contact.c.staff_id
)
CHANNELS = Query(select(contact.c.staff_id, contact.c.channel))
STAFF_AT = Query(
    select(contact.c.staff_id)
    .join(staff, staff.c.id == contact.c.staff_id)
    .where(
        contact.c.channel == bindparam("channel"),
        contact.c.key_hash == bindparam("key_hash"),
        staff.c.ended_at.is_(None),
    )
)
SAVE_DUTY = upsert(
    "duty",
    ["id"],
    "staff_id",
    "region",
    "weekdays",
    "from_minute",
    "to_minute",
    "rank",
    "holidays",
)
DROP_DUTY = Query(delete(duty).where(duty.c.id == bindparam("of")))
DUTIES = Query(
    select(
        duty.c.id,
        duty.c.staff_id,
        duty.c.region,
        duty.c.weekdays,
        duty.c.from_minute,
        duty.c.to_minute,
        duty.c.rank,
        duty.c.holidays,
    )
    .join(staff, staff.c.id == duty.c.staff_id)
    .where(staff.c.ended_at.is_(None))
    .order_by(duty.c.region, duty.c.rank, duty.c.id)
)
ADD_ABSENCE = insert_into("absence", "id", "staff_id", "from_at", "until_at", "deputy")
DROP_ABSENCE = Query(delete(absence).where(absence.c.id == bindparam("of")))
ABSENCES = Query(
    select(
        absence.c.id, absence.c.staff_id, absence.c.from_at, absence.c.until_at, absence.c.deputy
    )
    .where(absence.c.until_at > bindparam("since"), absence.c.from_at <= bindparam("until"))
    .order_by(absence.c.from_at, absence.c.id)
)


class DutyTx(Base):
    def set_staff_contact(self, staff_id: str, channel: str, key: str) -> None:
        """Where to tell somebody of the staff; an empty `key` takes it back."""
        if not key:
            self._run(DROP_CONTACT, of=staff_id, channel=channel)
            return
        self._run(
            SAVE_CONTACT,
            staff_id=staff_id,
            channel=channel,
            key_hash=self._staff_key(channel, key),
            key_enc=self._keyring.seal(key.encode(), _key_context(staff_id, channel)),
        )

    def staff_contacts(self, ids: Sequence[str]) -> list[StaffContact]:
        """All channels of these members of staff."""
        return sorted(
            (
                StaffContact(who, channel, self._open_text(sealed, _key_context(who, channel)))
                for who, channel, sealed in set(self._among(CONTACTS, ids))
            ),
            key=lambda each: (each.staff_id, each.channel),
        )

    def staff_channels(self) -> list[tuple[str, str]]:
        """Staff and channel, for every way that is known; also of those who left."""
        return [(who, channel) for who, channel in self._all(CHANNELS)]

    def staff_at(self, channel: str, key: str) -> str | None:
        """Whose address it is; `None` also where several share it, as a desk's telephone."""
        rows = self._all(STAFF_AT, channel=channel, key_hash=self._staff_key(channel, key))
        return rows[0][0] if len(rows) == 1 else None

    def set_duty(self, entry: Duty) -> None:
        self._run(
            SAVE_DUTY,
            id=entry.id,
            staff_id=entry.staff_id,
            region=entry.region,
            weekdays=entry.weekdays,
            from_minute=entry.from_minute,
            to_minute=entry.to_minute,
            rank=entry.rank,
            holidays=int(entry.holidays),
        )

    def drop_duty(self, duty_id: str) -> bool:
        return self._run(DROP_DUTY, of=duty_id) == 1

    def duties(self) -> list[Duty]:
        """Of all who have not left."""
        return [Duty(*(*row[:-1], bool(row[-1]))) for row in self._all(DUTIES)]

    def add_absence(self, entry: Absence) -> None:
        if entry.until_at <= entry.from_at:
            raise ValueError("An absence ends after it begins.")
        self._run(
            ADD_ABSENCE,
            id=entry.id,
            staff_id=entry.staff_id,
            from_at=entry.from_at,
            until_at=entry.until_at,
            deputy=entry.deputy,
        )

    def drop_absence(self, absence_id: str) -> bool:
        return self._run(DROP_ABSENCE, of=absence_id) == 1

    def absences(self, now: int, until: int | None = None) -> list[Absence]:
        """Who is away now, or at any time from now until then."""
        rows = self._all(ABSENCES, since=now, until=now if until is None else until)
        return [Absence(*row) for row in rows]

    def _staff_key(self, channel: str, key: str) -> str:
        return self._keyring.lookup("staff_contact", f"{channel}\0{key}")


def _key_context(staff_id: str, channel: str) -> str:
    return f"staff_contact.key_enc:{staff_id}:{channel}"
