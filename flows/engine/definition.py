"""Flows, slots and texts as they were defined: read once, never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flows.engine.conditions import Condition
from flows.engine.payload import Payload
from flows.types import Lang, Owner, Reply, Value

END = "END"
MAX_STEPS_A_TURN = 200
MAX_DEPTH = 8
MAX_TRIES = 3
MAX_TEXT = 1000

StepKind = Literal["collect", "action", "set_slots", "link", "call", "noop"]
STEP_KINDS: tuple[StepKind, ...] = ("collect", "action", "set_slots", "link", "call", "noop")
SlotType = Literal["text", "bool", "categorical", "float", "any", "list"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition stands, for messages: `flows/menu/flow.yml:12`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Branch:
    """`if` (None: `else`) and the step that follows."""

    condition: Condition | None
    target: str


@dataclass(frozen=True, slots=True)
class Rejection:
    condition: Condition
    utter: str


@dataclass(frozen=True, slots=True)
class Step:
    id: str
    kind: StepKind
    value: str
    next: Sequence[Branch]
    place: Place
    utter: str = ""
    ask_before_filling: bool = False
    reset_after_flow_ends: bool = True
    rejections: Sequence[Rejection] = ()
    silence_timeout: float = 0
    assignments: Mapping[str, Value] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flow:
    """One conversation. `owner` says whose the answers are, where `owners` names no slot."""

    id: str
    version: str
    digest: str
    names: Mapping[Lang, str]
    description: str
    steps: Mapping[str, Step]
    first: str
    place: Place
    guard: Condition | None = None
    triggers: Mapping[str, float] = field(default_factory=dict)
    persisted: frozenset[str] = frozenset()
    owner: Owner = "session"
    owners: Mapping[str, Owner] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def private(self) -> bool:
        """Its answers belong to a case alone; nothing of it is kept with the person."""
        return self.owner == "case"


@dataclass(frozen=True, slots=True)
class Slot:
    name: str
    type: SlotType
    place: Place
    values: Sequence[Value] = ()
    initial: Value = None
    entity: str = ""
    """The entity that fills it, or "" (mapping `from_entity`)."""


@dataclass(frozen=True, slots=True)
class Title:
    """A button as defined."""

    texts: Mapping[Lang, str]
    payload: str
    meaning: Payload | None
    line: int


@dataclass(frozen=True, slots=True)
class Variation:
    """One wording of a response; shown where its slot conditions and channel hold."""

    texts: Mapping[Lang, str]
    buttons: Sequence[Title]
    place: Place
    conditions: Sequence[tuple[str, Value]] = ()
    channel: str = ""
    image: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    ready: Mapping[Lang, Reply] = field(default_factory=dict)
    """The whole reply, where nothing is to be put in."""


@dataclass(frozen=True, slots=True)
class Response:
    name: str
    variations: Sequence[Variation]
    place: Place


@dataclass(frozen=True, slots=True)
class Library:
    """All that was defined, with look-ups made once."""

    flows: Mapping[str, Flow]
    slots: Mapping[str, Slot]
    responses: Mapping[str, Response]
    actions: Mapping[str, Place]
    intents: frozenset[str]
    triggers: Mapping[str, str] = field(default_factory=dict)
    """Intent → flow."""
    owners: Mapping[str, Owner] = field(default_factory=dict)
    """Slot → whose it is (default: session)."""
    reach: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Flow → slots collected by it and by the flows that it calls."""
    listening: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    """Flow → steps, its own and of the flows that it calls, that hear the message which began it."""
    forgotten: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Flow → slots that are forgotten when it ends."""
    private: frozenset[str] = frozenset()
    """Flows whose answers belong to a case alone."""
    wishes: Mapping[str, str] = field(default_factory=dict)
    """Words of a private flow's button that begins something, folded → its payload. The session does
    not keep such buttons when the flow is over."""
    labels: Mapping[tuple[str, Value], Mapping[Lang, str]] = field(default_factory=dict)
    """(slot, value) → the words of its button."""

    def owner(self, slot: str) -> Owner:
        return self.owners.get(slot, "session")
