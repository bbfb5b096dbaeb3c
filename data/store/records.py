"""What the store takes and gives. Times are milliseconds since 1970 (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from flows.types import Lang

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
WEBPUSH: Final = "webpush"
"""The channel of browsers that may be told that the chat page has something new; nobody writes from there."""

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
class LinkOffer:
    """Who asked for a code to go on elsewhere, and at which address."""

    person_id: str
    address_id: str


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

    Without `person_id` the case is anonymous. Only a case with an alert of another kind does not ring.
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
    rings: bool = True


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
    due_at: int | None = None
    wait_until: int | None = None
    rating: int | None = None
    merged_into: int | None = None
    reopened: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[CaseEventView] = ()


Stop = tuple[int, int | None]
"""A clock stood from the first moment to the second; none: it stands still."""


class CaseClock(NamedTuple):
    """What the ladder of a case looks at.

    `began_at` is when it last became new, `moved_at` when the staff last did something, `given_at`
    when it was given to somebody who has not been told yet.
    """

    id: str
    number: int
    kind: str
    state: str
    urgency: str
    region: str
    person_id: str | None
    assignee: str | None
    opened_at: int
    began_at: int
    acknowledged_at: int | None
    moved_at: int | None
    given_at: int | None
    wait_until: int | None
    due_at: int | None
    closed_at: int | None
    outcome: str | None
    reopened: int
    stops: Sequence[Stop] = ()


class CaseWait(NamedTuple):
    """A case that is not closed, as a queue shows it.

    `due_at` is when the staff's next move is due (`waiting`: until when it waits); none in the
    second after a move. `last_actor` is who did the last thing, as in `CaseEventView`.
    """

    case: CaseView
    due_at: int | None
    late: bool
    last_event: int
    last_at: int
    last_actor: str
    last_kind: str


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


AlertKind = Literal["silence", "delivery", "outage", "case"]
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


@dataclass(frozen=True, slots=True)
class Room:
    """A group chat of staff. `key` is the channel's own name for it."""

    channel: str
    key: str
    region: str


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer kept ready, with variables in braces; `team` empty: everybody's."""

    name: str
    text: str
    team: str = ""


@dataclass(frozen=True, slots=True)
class MentionView:
    """`by` is the name of who called."""

    number: int
    event_id: int
    by: str
    at: int


BroadcastState = Literal["draft", "released", "sent", "recalled"]


@dataclass(frozen=True, slots=True)
class BroadcastView:
    """One message to all residents of a region. People are ids of staff; `after` and `reached` see the table."""

    id: str
    number: int
    region: str
    ko: str
    en: str
    state: BroadcastState
    author: str
    created_at: int
    tested_at: int | None = None
    released_by: str | None = None
    released_at: int | None = None
    recalled_by: str | None = None
    ended_at: int | None = None
    after: str = ""
    reached: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whom a broadcast may go to. `channels` are in the order of their wish, empty where there is none."""

    person_id: str
    lang: str
    region: str
    channels: Sequence[str] = ()


ApplicationState = Literal[
    "incomplete",
    "waiting",
    "offered",
    "held",
    "granted",
    "lapsed",
    "withdrawn",
    "refused",
    "ended",
]
SEATED: Final = ("offered", "held", "granted")
"""States of an application that has one of the seats of its service."""


@dataclass(frozen=True, slots=True)
class IntakeLine:
    """Who waits for one service in one area. `seats` is the office's own figure."""

    key: str
    service: str
    area: str
    seats: int | None = None
    seats_by: str | None = None
    seats_at: int | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """What a person applied for with the case `number`.

    `title` and what it wants of papers (`wanted`: id → name) are in Korean and English; `papers` is what
    is there of them: id → "ready" (they say so), "photo:REF" (sent) or "seen" (by an officer).
    `check` is what the conditions said of the person when they applied: status, and sentences under
    passed, failed and missing. `period` is the one whose seat it has or had.
    """

    id: str
    number: int
    case_id: str
    person_id: str
    line_key: str
    state: ApplicationState
    service: str
    area: str
    asked_at: int
    period: str = ""
    completed_at: int | None = None
    offer_until: int | None = None
    decided_at: int | None = None
    title: tuple[str, str] = ("", "")
    wanted: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    papers: Mapping[str, str] = field(default_factory=dict)
    check: Mapping[str, Any] = field(default_factory=dict)
    lang: Lang = "ko"
    case_state: str = "new"
    region: str = ""

    @property
    def missing(self) -> list[str]:
        """Ids of papers that are still to come."""
        return [name for name in self.wanted if name not in self.papers]


VolunteerState = Literal["screening", "ready", "paused", "ended"]
PairingState = Literal["asked", "joined", "ended"]
VisitState = Literal["planned", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class Check:
    """One step of the screening: when, by whom of the staff, and whether all was well."""

    at: int
    by: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Volunteer:
    """Somebody who offered help with the case `number`.

    `gifts` is what they can do, `checks` the steps of the screening that are done.
    """

    id: str
    number: int
    case_id: str
    person_id: str
    region: str
    state: VolunteerState
    created_at: int
    gifts: Sequence[str] = ()
    when: str = ""
    phone: str = ""
    words: str = ""
    checks: Mapping[str, Check] = field(default_factory=dict)
    paused_until: int | None = None
    lang: Lang = "ko"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A resident (`person_id`, with the case `number`) and a volunteer (with the case `volunteer_number`).

    Not brought together again before `cool_until`.
    """

    id: str
    person_id: str
    volunteer_id: str
    case_id: str
    asked_at: int
    state: PairingState = "asked"
    resident_yes: bool = False
    volunteer_yes: bool = False
    joined_at: int | None = None
    ended_at: int | None = None
    cool_until: int | None = None
    reason: str = ""
    number: int = 0
    volunteer_number: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """A volunteer at a resident's; beside them a second volunteer, or a member of staff."""

    id: str
    pairing_id: str
    at: int
    state: VisitState = "planned"
    with_volunteer_id: str | None = None
    with_staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A picture, as JPEG without anything beside the picture. `case_number` is None until a case names it."""

    ref: str
    case_number: int | None
    kept_at: int
    width: int
    height: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Presence:
    """The chat page of a person has shown what was said up to `shown_until`, last at `shown_at`; 0: nothing."""

    shown_until: int = 0
    shown_at: int = 0
    typing_until: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetterView:
    """A message that was given up. `resident`: it was for one; `left`: it could be sent again."""

    id: str
    channel: str
    priority: int
    error: str
    attempts: int
    due_at: int
    resident: bool
    left: bool
