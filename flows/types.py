"""The words that the rooms share: what came in, what it means, what is to happen.

Everything here is immutable and plain, so that a turn can be replayed from JSON.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Value = str | int | float | bool | None | list[Any] | dict[str, Any]
"""What a slot may hold. A range of numbers is text: "30-39", "65+"."""

Crisis = Literal["emergency", "suicide_risk"]
CRISES: tuple[Crisis, ...] = ("emergency", "suicide_risk")
Owner = Literal["person", "session", "case"]
Lang = Literal["ko", "en"]

INTENTS: tuple[str, ...] = (
    "greet",
    "goodbye",
    "thank",
    "affirm",
    "deny",
    "cancel",
    "go_back",
    "show_menu",
    "find_policy",
    "find_program",
    "find_place",
    "self_diagnosis",
    "ask_help",
    "report_neighbor",
    "report_status",
    "checkin_start",
    "checkin_ok",
    "checkin_unwell",
    "checkin_pause",
    "checkin_stop",
    "emergency",
    "suicide_risk",
    "counsel",
    "talk_to_staff",
    "volunteer",
    "apply_service",
    "quiz",
    "idea",
    "update_profile",
    "privacy",
    "change_language",
    "out_of_scope",
)

ENTITIES: tuple[str, ...] = (
    "region",
    "age",
    "gender",
    "category",
    "duration_days",
    "phone",
    "receipt_code",
)

AMBIGUOUS = "ambiguous:"
"""Prefix of an entity's value that has several readings: "ambiguous:중구"."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What one text means.

    `entities` maps an entity's name to its value; where a value begins with `AMBIGUOUS`,
    `options` holds the readings. `ranking` is the likeliest intents, best first. Where `asks` names a
    crisis, the person is asked before anybody is told; `crisis` is empty where that doubt is slight.
    `crisis_words` are the words that led to either.
    """

    text: str
    intent: str
    confidence: float
    crisis: Crisis | None = None
    entities: Mapping[str, Value] = field(default_factory=dict)
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ranking: Sequence[tuple[str, float]] = ()
    asks: Crisis | None = None
    crisis_words: Sequence[str] = ()


# --- events: what may move a conversation -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    meaning: Understanding


@dataclass(frozen=True, slots=True)
class Press:
    """A button, by its payload: `/SetSlots(slot=value)`, `/intent`, `/intent{"entity": "value"}`."""

    payload: str


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that the shell has stored; `ref` names it there."""

    ref: str


@dataclass(frozen=True, slots=True)
class Timeout:
    """A timer came due; `token` tells whether the conversation still waits for it."""

    kind: str
    token: str


@dataclass(frozen=True, slots=True)
class Done:
    """An action ended: the slots that it found, and whether it could do its work."""

    action: str
    slots: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaffResult:
    """An officer did something that the conversation must know: `took` or `returned` it."""

    case_id: str
    kind: Literal["took", "returned"]


Event = Text | Press | Location | Photo | Timeout | Done | StaffResult


# --- what people see ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    buttons: tuple[Button, ...] = ()
    image: str = ""
    private: bool = False
    """True where the text belongs to a case alone: it is never kept with the person."""


# --- effects: what the shell must do ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    reply: Reply


@dataclass(frozen=True, slots=True)
class SaveFact:
    """Keep a fact of the person (only ever given after consent)."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class RunAction:
    """Run a named action of the shell; its end comes back as `Done`. `args` is the step's metadata."""

    action: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SetTimer:
    kind: str
    due: datetime
    token: str


@dataclass(frozen=True, slots=True)
class CancelTimer:
    kind: str


@dataclass(frozen=True, slots=True)
class ToStaff:
    """What the resident says while an officer holds the conversation."""

    case_id: str
    text: str
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """From now on the bot is silent and the officer of `case_id` talks; or, empty, the bot talks again."""

    case_id: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A line for the books, without personal data: flow ended, not understood, stale button …"""

    kind: str
    data: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fail:
    """Something in a definition or a session is wrong; the person got a polite answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The person was deleted in this turn: nothing of them is kept after it."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Whoever writes here is somebody whom we know from another channel: it is their turn from now on."""

    person_id: str


Effect = (
    Say
    | SaveFact
    | RunAction
    | SetTimer
    | CancelTimer
    | ToStaff
    | Handover
    | Journal
    | Fail
    | Forgotten
    | Linked
)
