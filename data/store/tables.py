"""What is remembered, table by table.

Times are whole milliseconds since 1970 (UTC), days are whole days since 1970. A column of bytes is
sealed by the `Keyring`; a column named `*_hash` is a keyed hash. Ids are random text unless the
table counts by itself.
"""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, MetaData, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

COUNTER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column that is called exactly INTEGER."""

BY_KEY = {"sqlite_with_rowid": False}
"""Rows lie in the order of their key: one search instead of two, and no trace of who came after whom."""


ZERO: Mapping[str, str] = {"server_default": "0"}
EMPTY: Mapping[str, str] = {"server_default": ""}


class Table(SQLModel, registry=registry(metadata=metadata)):
    metadata = metadata


class Person(Table, table=True):
    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    lang: str
    profile: bytes | None = Field(default=None, sa_type=LargeBinary)
    consent_version: str | None = None
    consent_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    last_seen_at: int = Field(sa_type=BigInteger)


class Address(Table, table=True):
    """Keyed by what every turn asks for; `id` is the name that other rows know."""

    __table_args__ = BY_KEY
    channel: str = Field(primary_key=True)
    key_hash: str = Field(primary_key=True)
    id: str = Field(unique=True)
    person_id: str = Field(index=True, foreign_key="person.id")
    key_enc: bytes = Field(sa_type=LargeBinary)
    blocked_at: int | None = Field(default=None, sa_type=BigInteger)


class Session(Table, table=True):
    """`updated_at` is cut to the hour, so that it cannot be matched with an anonymous report."""

    __table_args__ = BY_KEY
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    state: bytes = Field(sa_type=LargeBinary)
    updated_at: int = Field(sa_type=BigInteger)


class Inbound(Table, table=True):
    """Messages that were already taken in, so that a repeated delivery is not a second turn.

    The hash covers channel and message, and is a number, because every turn writes one.
    """

    message_hash: int = Field(
        primary_key=True, sa_type=COUNTER, sa_column_kwargs={"autoincrement": False}
    )
    seen_on: int


class Message(Table, table=True):
    """The history that the web chat shows again. `direction` is in, out or officer."""

    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    person_id: str = Field(index=True)
    at: int = Field(sa_type=BigInteger)
    direction: str
    body: bytes = Field(sa_type=LargeBinary)


class Outbox(Table, table=True):
    """What is to be sent. `state` is queued, claimed, sent or dead; `body` is erased once sent."""

    __table_args__ = (Index(None, "state", "priority", "due_at"), BY_KEY)
    id: str = Field(primary_key=True)
    person_id: str | None = Field(default=None, index=True)
    address_id: str
    channel: str
    priority: int
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str
    attempts: int
    due_at: int = Field(sa_type=BigInteger)
    claimed_until: int | None = Field(default=None, sa_type=BigInteger)
    idempotency_hash: str = Field(unique=True)
    sent_at: int | None = Field(default=None, sa_type=BigInteger)
    error: str | None = None


class Timer(Table, table=True):
    __table_args__ = BY_KEY
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    kind: str = Field(primary_key=True)
    token: str
    due_at: int = Field(index=True, sa_type=BigInteger)


class CaseFile(Table, table=True):
    """Something that people must see to. Without `person_id` nothing here leads to anybody.

    `erase_on_close` is 1 where the person was forgotten while the case was open.
    """

    __tablename__ = "case_file"
    __table_args__ = (Index(None, "state", "region"), BY_KEY)
    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    kind: str
    state: str
    urgency: str
    region: str
    person_id: str | None = Field(default=None, index=True)
    receipt_hash: str | None = Field(default=None, unique=True)
    household_key: str | None = Field(default=None, index=True)
    opened_at: int = Field(sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    outcome: str | None = None
    assignee: str | None = None
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    erase_on_close: int = 0


class CaseEvent(Table, table=True):
    """`actor` is reporter, resident, bot or the id of a staff member."""

    __tablename__ = "case_event"
    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    case_id: str = Field(index=True, foreign_key="case_file.id")
    at: int = Field(sa_type=BigInteger)
    actor: str
    kind: str
    text: bytes | None = Field(default=None, sa_type=LargeBinary)


class Throttle(Table, table=True):
    __table_args__ = BY_KEY
    key_hash: str = Field(primary_key=True)
    day: int = Field(primary_key=True)
    count: int


class Checkin(Table, table=True):
    """`reasons` and `channels` are JSON lists; `state` is active, paused or ended.

    `next_due_at` is the next moment at which something may have to be done; none where nothing
    will. Defaults of the server are for the rows of stores that are older than the column.
    """

    __table_args__ = BY_KEY
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    state: str
    hour: int
    threshold_days: int
    reasons: str
    channels: str
    next_due_at: int | None = Field(default=None, index=True, sa_type=BigInteger)
    paused_until: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    minute: int = Field(default=0, sa_column_kwargs=ZERO)
    stage: str = Field(default="", sa_column_kwargs=EMPTY)
    asked_at: int | None = Field(default=None, sa_type=BigInteger)
    nudges: int = Field(default=0, sa_column_kwargs=ZERO)
    tight_days: int | None = None
    tight_until: int | None = Field(default=None, sa_type=BigInteger)
    override_days: int | None = None
    override_reason: bytes | None = Field(default=None, sa_type=LargeBinary)
    rhythm: int | None = None
    region: str = Field(default="", sa_column_kwargs=EMPTY)
    covert: bytes | None = Field(default=None, sa_type=LargeBinary)
    easy: int = Field(default=0, sa_column_kwargs=ZERO)
    undelivered_at: int | None = Field(default=None, sa_type=BigInteger)
    resumed_word_at: int | None = Field(default=None, sa_type=BigInteger)
    stamps: int = Field(default=0, sa_column_kwargs=ZERO)


class CheckinReply(Table, table=True):
    """`grade` is fine, unwell or help."""

    __tablename__ = "checkin_reply"
    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    person_id: str = Field(index=True)
    at: int = Field(sa_type=BigInteger)
    grade: str


class Screening(Table, table=True):
    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    person_id: str | None = Field(default=None, index=True)
    instrument: str
    version: str
    score_low: int
    score_high: int
    band: str
    at: int = Field(sa_type=BigInteger)
    answers: bytes | None = Field(default=None, sa_type=LargeBinary)


class QuizEntry(Table, table=True):
    __tablename__ = "quiz_entry"
    __table_args__ = (UniqueConstraint("person_id", "quiz_id"), BY_KEY)
    id: str = Field(primary_key=True)
    person_id: str
    quiz_id: str
    correct: int
    at: int = Field(sa_type=BigInteger)


class Journal(Table, table=True):
    """Lines for the books, without personal data; `at` is cut to ten minutes, `data` is JSON."""

    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    at: int = Field(index=True, sa_type=BigInteger)
    kind: str
    data: str


class Unanswered(Table, table=True):
    __table_args__ = BY_KEY
    day: int = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    count: int


class Staff(Table, table=True):
    """`role` is officer, lead, desk, admin or auditor."""

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    role: str
    region: str
    team: str
    created_at: int = Field(sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)


class Alert(Table, table=True):
    """A silence, a failed delivery or an outage that somebody is told of until it ends.

    `cause_hash` is why there is one alert a cause. `state` is held, open, acknowledged or ended, and
    only an ended one has no `next_due_at`. `told` is a JSON list of ids of staff.
    """

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    cause_hash: str = Field(unique=True)
    person_id: str | None = Field(default=None, index=True)
    kind: str
    case_number: int | None = Field(default=None, index=True)
    state: str = Field(index=True)
    rung: int
    tellings: int
    told: str
    sign_at: int | None = Field(default=None, sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    deadline_at: int | None = Field(default=None, sa_type=BigInteger)
    next_due_at: int | None = Field(default=None, index=True, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_by: str | None = None


class StaffContact(Table, table=True):
    """`key_hash` finds who wrote; one telephone may be that of several."""

    __tablename__ = "staff_contact"
    __table_args__ = (Index(None, "channel", "key_hash"), BY_KEY)
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    channel: str = Field(primary_key=True)
    key_hash: str
    key_enc: bytes = Field(sa_type=LargeBinary)


class Duty(Table, table=True):
    """`weekdays` has bit 0 for Monday; minutes of the day in Seoul, the second may lie before the first."""

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    staff_id: str = Field(index=True, foreign_key="staff.id")
    region: str
    weekdays: int
    from_minute: int
    to_minute: int
    rank: int
    holidays: int


class Absence(Table, table=True):
    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    staff_id: str = Field(foreign_key="staff.id")
    from_at: int = Field(sa_type=BigInteger)
    until_at: int = Field(index=True, sa_type=BigInteger)
    deputy: str | None = None


class Trusted(Table, table=True):
    """Somebody whom a resident trusts. `state` is asked, agreed or refused; `body` holds name and phone."""

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    person_id: str = Field(index=True, foreign_key="person.id")
    rank: int
    body: bytes = Field(sa_type=LargeBinary)
    contact_person_id: str | None = Field(default=None, index=True, foreign_key="person.id")
    state: str
    code_hash: str | None = Field(default=None, unique=True)
    asked_at: int = Field(index=True, sa_type=BigInteger)
    agreed_at: int | None = Field(default=None, sa_type=BigInteger)
    held_until: int | None = Field(default=None, sa_type=BigInteger)


class VisitCard(Table, table=True):
    __tablename__ = "visit_card"
    __table_args__ = BY_KEY
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    body: bytes = Field(sa_type=LargeBinary)
    updated_at: int = Field(sa_type=BigInteger)


class CardOpening(Table, table=True):
    """Who of the staff read a visit card, and why: for the resident to see."""

    __tablename__ = "card_opening"
    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    person_id: str = Field(index=True, foreign_key="person.id")
    staff_id: str
    at: int = Field(sa_type=BigInteger)
    reason: bytes = Field(sa_type=LargeBinary)


class Pulse(Table, table=True):
    """When something that runs for ever last did."""

    __table_args__ = BY_KEY
    name: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)


class SignalBatch(Table, table=True):
    """A signed batch of signs of life that was taken in, and what its sender was answered."""

    __tablename__ = "signal_batch"
    __table_args__ = BY_KEY
    batch_hash: str = Field(primary_key=True)
    seen_on: int
    result: str
