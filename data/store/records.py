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


@dataclass(frozen=True, slots=True)
class Checkin:
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


@dataclass(frozen=True, slots=True)
class DueCheckin:
    checkin: Checkin
    last_seen_at: int
    lang: str


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
