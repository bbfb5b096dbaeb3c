"""What the store takes and gives. Times are milliseconds since 1970 (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

ALERT: Final = 0
REPLY: Final = 1
REMINDER: Final = 2
BROADCAST: Final = 3

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
ANONYMOUS_MS: Final = 600_000
"""Nothing about an anonymous report is kept more finely than ten minutes."""
ACTIVITY: Final = "activity"
"""The channel of addresses that a signed feed reports about; nothing can be sent there."""

Role = Literal["officer", "lead", "desk", "admin", "auditor"]
Grade = Literal["fine", "unwell", "help"]
Direction = Literal["in", "out", "officer"]


class NotAllowed(PermissionError):
    """This member of staff may not see or change this."""


class NotFound(LookupError):
    """No such case, person or member of staff."""


class Door(NamedTuple):
    """Where a message came in: `key` is the channel's own name for the sender."""

    channel: str
    key: str
    message_id: str = ""


class Thread(NamedTuple):
    """A person as met at one address. A named tuple, because one is made in every turn."""

    person_id: str
    address_id: str
    lang: str
    profile: dict[str, Any]
    state: bytes | None
    last_seen_at: int
    consent_version: str | None
    updated_at: int | None
    blocked: bool


@dataclass(frozen=True, slots=True)
class AddressView:
    id: str
    channel: str
    key: str
    blocked_at: int | None


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """`to` is the channel's key where no address is stored (staff, somebody just forgotten)."""

    id: str
    channel: str
    body: bytes
    due_at: int
    idempotency_key: str
    priority: int = REPLY
    person_id: str | None = None
    address_id: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed line of the outbox. An empty `key` means that the address is gone."""

    id: str
    person_id: str | None
    address_id: str
    channel: str
    key: str
    body: bytes
    priority: int
    attempts: int
    blocked: bool


@dataclass(frozen=True, slots=True)
class TimerDue:
    person_id: str
    kind: str
    token: str
    due_at: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    id: int
    at: int
    direction: str
    body: bytes


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """`receipt` is the code in the clear, `household` any text that two reports of one home share.

    Without `person_id` the case is anonymous.
    """

    id: str
    kind: str
    urgency: str
    region: str
    opened_at: int
    body: Mapping[str, Any]
    person_id: str | None = None
    receipt: str = ""
    household: str = ""


@dataclass(frozen=True, slots=True)
class CaseEventView:
    id: int
    at: int
    actor: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """`body` and `events` are empty in lists; a reporter's view has no body and no inner notes."""

    id: str
    number: int
    kind: str
    state: str
    urgency: str
    region: str
    person_id: str | None
    household_key: str | None
    opened_at: int
    acknowledged_at: int | None
    closed_at: int | None
    outcome: str | None
    assignee: str | None
    body: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[CaseEventView] = ()


@dataclass(slots=True)
class Checkin:
    """Somebody who wants to be asked every day. Nobody changes one: see `dataclasses.replace`.

    Not frozen only because making a frozen one takes ten times as long, and a sweep makes thousands.

    `hour` and `minute` are Seoul's. `stage`, `asked_at` (the last question) and `nudges` (reminders
    since) are the sweep's own. `tight_days` holds until `tight_until`; `override_days` is an
    officer's, for `override_reason`. `rhythm` is the median of minutes from question to answer. `covert`
    is a phrase that looks like "fine" and means "help". `undelivered_at`: the last question never
    arrived. `resumed_word_at`: told that a pause ends. `stamps` are days answered.
    """

    person_id: str
    state: Literal["active", "paused", "ended"]
    hour: int
    threshold_days: int
    created_at: int
    reasons: Sequence[str] = ()
    channels: Sequence[str] = ()
    next_due_at: int | None = None
    paused_until: int | None = None
    ended_at: int | None = None
    minute: int = 0
    stage: str = ""
    asked_at: int | None = None
    nudges: int = 0
    tight_days: int | None = None
    tight_until: int | None = None
    override_days: int | None = None
    override_reason: str = ""
    rhythm: int | None = None
    region: str = ""
    covert: str = ""
    easy: bool = False
    undelivered_at: int | None = None
    resumed_word_at: int | None = None
    stamps: int = 0


class DueCheckin(NamedTuple):
    checkin: Checkin
    last_seen_at: int
    lang: str


AlertKind = Literal["silence", "delivery", "outage"]
AlertState = Literal["held", "open", "acknowledged", "ended"]


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """`cause` is text of the one who raises it, unique for ever; kept as a hash only.

    `sign_at` is the last sign of life before it, `deadline_at` when somebody had to be told.
    """

    id: str
    cause: str
    kind: AlertKind
    opened_at: int
    next_due_at: int
    person_id: str | None = None
    state: AlertState = "open"
    sign_at: int | None = None
    deadline_at: int | None = None


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert beside its case and its person; those fields are none or empty where there is neither.

    `told` are ids of staff. A silence whose person asked to be forgotten has no `person_id`.
    """

    id: str
    kind: AlertKind
    state: AlertState
    person_id: str | None
    case_number: int | None
    rung: int
    tellings: int
    told: Sequence[str]
    sign_at: int | None
    opened_at: int
    deadline_at: int | None
    next_due_at: int | None
    ended_at: int | None = None
    ended_by: str | None = None
    case_state: str | None = None
    urgency: str | None = None
    region: str = ""
    assignee: str | None = None
    acknowledged_at: int | None = None
    closed_at: int | None = None
    outcome: str | None = None
    last_seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class StaffContact:
    staff_id: str
    channel: str
    key: str


@dataclass(frozen=True, slots=True)
class Duty:
    """`weekdays` has bit 0 for Monday. Minutes of Seoul's day; a night's `to_minute` is the smaller."""

    id: str
    staff_id: str
    region: str
    weekdays: int
    from_minute: int
    to_minute: int
    rank: int = 0
    holidays: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    id: str
    staff_id: str
    from_at: int
    until_at: int
    deputy: str | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """Somebody whom `person_id` trusts; the lowest rank first. `contact_person_id`: who agreed to it."""

    id: str
    person_id: str
    rank: int
    name: str
    phone: str
    asked_at: int
    contact_person_id: str | None = None
    state: Literal["asked", "agreed", "refused"] = "asked"
    agreed_at: int | None = None
    held_until: int | None = None


@dataclass(frozen=True, slots=True)
class VisitCard:
    body: Mapping[str, Any]
    updated_at: int


@dataclass(frozen=True, slots=True)
class CardOpening:
    """`staff` is the name of who read the card."""

    at: int
    staff: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deliveries:
    """How a channel does: what was sent, and what failed once or for good."""

    sent: int
    failing: int


@dataclass(frozen=True, slots=True)
class CheckinReply:
    person_id: str
    at: int
    grade: Grade


@dataclass(frozen=True, slots=True)
class Screening:
    """A range of scores, because an answer may be missing."""

    id: str
    instrument: str
    version: str
    score_low: int
    score_high: int
    band: str
    at: int
    person_id: str | None = None
    answers: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class QuizEntry:
    id: str
    person_id: str
    quiz_id: str
    correct: bool
    at: int


@dataclass(frozen=True, slots=True)
class StaffMember:
    id: str
    name: str
    role: Role
    region: str
    team: str
    created_at: int
    ended_at: int | None = None
