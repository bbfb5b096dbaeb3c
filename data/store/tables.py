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
    """What is to be sent. `state` is queued, claimed, sent or dead; `body` is erased once sent.

    `delivered_at` is known only where the channel reports it; a sent row that never arrived is dead.
    """

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
    delivered_at: int | None = Field(default=None, sa_type=BigInteger)


class Timer(Table, table=True):
    __table_args__ = BY_KEY
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    kind: str = Field(primary_key=True)
    token: str
    due_at: int = Field(index=True, sa_type=BigInteger)


class CaseFile(Table, table=True):
    """Something that people must see to. Without `person_id` nothing here leads to anybody.

    `erase_on_close` is 1 where the person was forgotten while the case was open. `reopened` counts how
    often; `began_at` is when it last became new again; `moved_at` when somebody of the staff last did
    something; `given_at` when it was given to somebody who has not been told yet. `stops` is a JSON
    list of (from, until) in which its clock stood; `due_at` is when the next move of the staff is due.
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
    reopened: int = Field(default=0, sa_column_kwargs=ZERO)
    began_at: int | None = Field(default=None, sa_type=BigInteger)
    moved_at: int | None = Field(default=None, sa_type=BigInteger)
    given_at: int | None = Field(default=None, sa_type=BigInteger)
    wait_until: int | None = Field(default=None, sa_type=BigInteger)
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    stops: str = Field(default="", sa_column_kwargs=EMPTY)
    rating: int | None = None
    merged_into: int | None = Field(default=None, index=True)


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
    __table_args__ = (Index(None, "person_id", "at"), {"sqlite_autoincrement": True})
    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    person_id: str
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


class Credential(Table, table=True):
    """How somebody of the staff signs in: `password_hash` is argon2's, `totp` the sealed second factor.

    A password of `one_time_until` only leads to setting one's own. `totp_step` is the last half minute
    whose code was used.
    """

    __table_args__ = BY_KEY
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    password_hash: str
    set_at: int = Field(sa_type=BigInteger)
    one_time_until: int | None = Field(default=None, sa_type=BigInteger)
    totp: bytes | None = Field(default=None, sa_type=LargeBinary)
    totp_step: int = Field(sa_type=BigInteger)


class StaffSession(Table, table=True):
    """`stage` is first (a password of one's own is to be set), code (the second factor is missing) or in."""

    __tablename__ = "staff_session"
    __table_args__ = BY_KEY
    token_hash: str = Field(primary_key=True)
    staff_id: str = Field(index=True, foreign_key="staff.id")
    stage: str
    created_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    ends_at: int = Field(sa_type=BigInteger)
    device: str


class SigninFailure(Table, table=True):
    """Wrong tries of an account or from an address, forgotten at `until_at`."""

    __tablename__ = "signin_failure"
    __table_args__ = BY_KEY
    key_hash: str = Field(primary_key=True)
    count: int
    until_at: int = Field(sa_type=BigInteger)


class Audit(Table, table=True):
    """What staff did and looked at; lines are added and never changed.

    `chain` is a keyed hash of the line and of the chain before it. `body` holds address and detail.
    """

    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True, sa_type=COUNTER)
    at: int = Field(index=True, sa_type=BigInteger)
    staff_id: str = Field(index=True)
    act: str
    case_number: int | None = Field(default=None, index=True)
    body: bytes = Field(sa_type=LargeBinary)
    chain: str


class StaffLink(Table, table=True):
    """An account of somebody of the staff on a channel, proven by a one-time code."""

    __tablename__ = "staff_link"
    __table_args__ = (UniqueConstraint("channel", "staff_id"), BY_KEY)
    channel: str = Field(primary_key=True)
    key_hash: str = Field(primary_key=True)
    staff_id: str = Field(index=True, foreign_key="staff.id")
    key_enc: bytes = Field(sa_type=LargeBinary)
    linked_at: int = Field(sa_type=BigInteger)


class LinkCode(Table, table=True):
    __tablename__ = "link_code"
    __table_args__ = BY_KEY
    staff_id: str = Field(primary_key=True, foreign_key="staff.id")
    code_hash: str = Field(unique=True)
    until_at: int = Field(sa_type=BigInteger)


class StaffRoom(Table, table=True):
    """A group chat of staff, opened for a region by somebody who sees to it."""

    __tablename__ = "staff_room"
    __table_args__ = BY_KEY
    channel: str = Field(primary_key=True)
    key_hash: str = Field(primary_key=True)
    key_enc: bytes = Field(sa_type=LargeBinary)
    region: str
    opened_by: str
    opened_at: int = Field(sa_type=BigInteger)


class CannedAnswer(Table, table=True):
    """A text that officers send often; `team` empty: everybody's. Nothing of a resident is in it."""

    __tablename__ = "canned_answer"
    __table_args__ = BY_KEY
    team: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    text: str
    author: str
    at: int = Field(sa_type=BigInteger)


class Mention(Table, table=True):
    """Somebody of the staff was called to a case by a note; `by` is who called."""

    __table_args__ = BY_KEY
    staff_id: str = Field(primary_key=True)
    event_id: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    case_number: int
    by: str
    at: int = Field(sa_type=BigInteger)
    seen_at: int | None = Field(default=None, sa_type=BigInteger)


class CaseSeen(Table, table=True):
    """Up to which event somebody of the staff has read a case, and when."""

    __tablename__ = "case_seen"
    __table_args__ = BY_KEY
    case_id: str = Field(primary_key=True, foreign_key="case_file.id")
    staff_id: str = Field(primary_key=True)
    event_id: int = Field(sa_type=BigInteger)
    at: int = Field(sa_type=BigInteger)


class CaseLine(Table, table=True):
    """Where the person of a case wrote to its officer last: there they are answered."""

    __tablename__ = "case_line"
    __table_args__ = BY_KEY
    case_id: str = Field(primary_key=True, foreign_key="case_file.id")
    address_id: str = Field(index=True)


class Broadcast(Table, table=True):
    """One message to all residents of a region. `state` is draft, released, sent or recalled.

    `after` is the id of the last person whose letter was written, `reached` how many letters there are.
    """

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    number: int = Field(unique=True)
    region: str
    ko: str
    en: str
    state: str = Field(index=True)
    author: str
    created_at: int = Field(sa_type=BigInteger)
    tested_at: int | None = Field(default=None, sa_type=BigInteger)
    released_by: str | None = None
    released_at: int | None = Field(default=None, sa_type=BigInteger)
    recalled_by: str | None = None
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    after: str
    reached: int


class IntakeLine(Table, table=True):
    """Who waits for one service in one area stands in one line; the row is what its changes lock.

    `seats` is the office's own figure (none: the content's), `touched` only counts the changes.
    """

    __tablename__ = "intake_line"
    __table_args__ = BY_KEY
    line_key: str = Field(primary_key=True)
    service: str
    area: str
    seats: int | None = None
    seats_by: str | None = None
    seats_at: int | None = Field(default=None, sa_type=BigInteger)
    touched: int = 0


class Application(Table, table=True):
    """What somebody applied for with a case, and where it stands.

    `line_key` is a keyed hash: which service it is stands in `body` alone. `period` is the one whose
    seat it has. `state` is incomplete, waiting, offered, held, granted, lapsed, withdrawn, refused or ended.
    """

    __table_args__ = (Index(None, "line_key", "state", "completed_at"), BY_KEY)
    id: str = Field(primary_key=True)
    person_id: str = Field(index=True, foreign_key="person.id")
    case_id: str = Field(unique=True, foreign_key="case_file.id")
    line_key: str
    period: str
    state: str
    asked_at: int = Field(sa_type=BigInteger)
    completed_at: int | None = Field(default=None, sa_type=BigInteger)
    offer_until: int | None = Field(default=None, index=True, sa_type=BigInteger)
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)


class Volunteer(Table, table=True):
    """Somebody who offered help, known by the case of the offer. `state` is screening, ready, paused or ended.

    What they can do, their number and what the screening found stand in `body`.
    """

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    person_id: str = Field(unique=True, foreign_key="person.id")
    case_id: str = Field(unique=True, foreign_key="case_file.id")
    region: str
    state: str = Field(index=True)
    created_at: int = Field(sa_type=BigInteger)
    paused_until: int | None = Field(default=None, sa_type=BigInteger)
    body: bytes = Field(sa_type=LargeBinary)


class Pairing(Table, table=True):
    """A resident and a volunteer, one row for ever: `state` is asked, joined or ended.

    `cool_until`: not matched again before; `asked_at` is when they were last brought together.
    """

    __table_args__ = (UniqueConstraint("person_id", "volunteer_id"), BY_KEY)
    id: str = Field(primary_key=True)
    person_id: str = Field(index=True, foreign_key="person.id")
    volunteer_id: str = Field(index=True, foreign_key="volunteer.id")
    case_id: str = Field(index=True, foreign_key="case_file.id")
    state: str
    resident_yes: int = 0
    volunteer_yes: int = 0
    asked_at: int = Field(sa_type=BigInteger)
    joined_at: int | None = Field(default=None, sa_type=BigInteger)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    cool_until: int | None = Field(default=None, sa_type=BigInteger)
    reason: bytes | None = Field(default=None, sa_type=LargeBinary)


class Visit(Table, table=True):
    """A volunteer at a resident's. `state` is planned, done or cancelled.

    The first one has a second volunteer, or a member of staff, beside.
    """

    __table_args__ = BY_KEY
    id: str = Field(primary_key=True)
    pairing_id: str = Field(index=True, foreign_key="pairing.id")
    with_volunteer_id: str | None = Field(default=None, index=True, foreign_key="volunteer.id")
    with_staff_id: str | None = None
    at: int = Field(sa_type=BigInteger)
    state: str


class Photo(Table, table=True):
    """A picture as we made it anew. Without `case_number` it waits for the case that will name it.

    Only a case that has a person gives it `person_id`; `kept_at` is cut to ten minutes.
    """

    __table_args__ = BY_KEY
    ref: str = Field(primary_key=True)
    person_id: str | None = Field(default=None, index=True)
    case_number: int | None = Field(default=None, index=True)
    kept_at: int = Field(index=True, sa_type=BigInteger)
    width: int
    height: int
    body: bytes = Field(sa_type=LargeBinary)


class Presence(Table, table=True):
    """What the chat page has shown (up to `shown_line`, said at `shown_until`), and who is writing."""

    __table_args__ = BY_KEY
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    shown_line: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    shown_until: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    shown_at: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    typing_until: int = Field(sa_type=BigInteger, sa_column_kwargs=ZERO)
    officer_until: int = Field(index=True, sa_type=BigInteger, sa_column_kwargs=ZERO)


class DoorCode(Table, table=True):
    """Shown to somebody at one address, to be entered at another one of theirs; good for minutes, once."""

    __tablename__ = "door_code"
    __table_args__ = BY_KEY
    code_hash: str = Field(primary_key=True)
    person_id: str = Field(unique=True, foreign_key="person.id")
    address_id: str
    until_at: int = Field(index=True, sa_type=BigInteger)
