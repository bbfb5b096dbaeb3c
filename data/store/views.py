"""What the console is shown: rows that hold no more of a resident than a list needs.

Times are milliseconds since 1970 (UTC).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from data.store.records import AlertState, CardOpening, CaseView, Checkin, CheckinReply, Trusted

CheckinStatus = Literal["alerted", "late", "undelivered", "waiting", "paused", "fine"]
"""alerted: somebody is told; late: beyond the threshold; undelivered: the question never arrived;
waiting: asked and not answered yet."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One enrolled person on the board; `over_at` is when the silence is beyond the threshold.

    `name` and `phone` are masked. `handle` finds the person again, for the same viewer alone.
    """

    handle: str
    name: str
    phone: str
    region: str
    status: CheckinStatus
    seen_at: int
    since: int
    over_at: int
    days: int
    asked_at: int | None
    paused_until: int | None
    case_number: int | None
    alert_state: AlertState | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a region have a status."""

    region: str
    status: CheckinStatus
    count: int


@dataclass(frozen=True, slots=True)
class ResidentRow:
    """One resident in the list, masked. `state` is the check-in's, "" without one."""

    handle: str
    name: str
    phone: str
    region: str
    state: str
    seen_at: int
    open_cases: int


@dataclass(frozen=True, slots=True)
class ResidentCard:
    """A resident as the page shows them before anybody opens the record; `mark` is the audit log's."""

    handle: str
    mark: str
    name: str
    phone: str
    region: str
    lang: str
    seen_at: int
    created_at: int
    checkin: Checkin | None
    cases: Sequence[CaseView]
    trusted: int
    has_card: bool
    openings: Sequence[CardOpening]


@dataclass(frozen=True, slots=True)
class ResidentRecord:
    """What stands in the record once it was opened."""

    card: ResidentCard
    facts: Mapping[str, Any]
    channels: Sequence[str]
    trusted: Sequence[Trusted]
    replies: Sequence[CheckinReply]


@dataclass(frozen=True, slots=True)
class DailyRow:
    """One enrolled person on the printed list, in the clear."""

    name: str
    phone: str
    address: str
    region: str
    status: CheckinStatus
    seen_at: int
    over_at: int
    days: int
    trusted: Sequence[Trusted]


@dataclass(frozen=True, slots=True)
class CaseTime:
    """A case by its times alone."""

    number: int
    kind: str
    state: str
    urgency: str
    region: str
    opened_at: int
    acknowledged_at: int | None
    closed_at: int | None
    outcome: str | None
    assignee: str | None
