"""Where a conversation stands. Plain JSON between any two turns."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from flows.types import Button, Lang, Value

COARSE = 600
"""Seconds. What is kept of the last message's time leads to no anonymous report."""
Why = Literal["asked", "called", "digression", "crisis"]
"""How a flow came to the top: the person asked for it, a flow called it, it interrupts another."""


@dataclass(slots=True)
class Frame:
    """One flow under way.

    `waiting` is the slot that was asked for ("": none). `trail` holds [step, slot] for each answer
    taken, so that one can go back. `called` is true while a flow called from `step` runs.
    """

    flow: str
    version: str
    digest: str
    step: str
    why: Why = "asked"
    waiting: str = ""
    token: str = ""
    tries: int = 0
    called: bool = False
    trail: list[list[str]] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """One person's conversation.

    `facts` (what the person let us keep) comes from the store with each turn and is not part of
    the session's JSON. `pending` names the action whose end is awaited. `misses` counts texts in a
    row that no flow could use.
    """

    lang: Lang = "ko"
    stack: list[Frame] = field(default_factory=list)
    slots: dict[str, Value] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    turn: int = 0
    misses: int = 0
    pending: str = ""
    handoff: str = ""
    timer: str = ""
    at: datetime | None = None
    facts: dict[str, Value] = field(default_factory=dict)

    def get(self, slot: str) -> Value:
        """The slot's value: said in this conversation, or known of the person."""
        value = self.slots.get(slot)
        return self.facts.get(slot) if value is None else value

    def to_json(self) -> dict[str, Any]:
        return {
            "lang": self.lang,
            "stack": [
                [
                    *(f.flow, f.version, f.digest, f.step, f.why, f.waiting, f.token),
                    *(f.tries, f.called, f.trail),
                ]
                for f in self.stack
            ],
            "slots": self.slots,
            "skipped": self.skipped,
            "buttons": [[b.title, b.payload] for b in self.buttons],
            "turn": self.turn,
            "misses": self.misses,
            "pending": self.pending,
            "handoff": self.handoff,
            "timer": self.timer,
            "at": int(self.at.timestamp()) // COARSE * COARSE if self.at else None,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any], facts: dict[str, Value] | None = None) -> "Session":
        at = data["at"]
        return cls(
            lang=data["lang"],
            stack=[Frame(*f) for f in data["stack"]],
            slots=data["slots"],
            skipped=data["skipped"],
            buttons=[Button(t, p) for t, p in data["buttons"]],
            turn=data["turn"],
            misses=data["misses"],
            pending=data["pending"],
            handoff=data["handoff"],
            timer=data["timer"],
            at=None if at is None else datetime.fromtimestamp(at, UTC),
            facts=facts or {},
        )

    def copy(self) -> "Session":
        """A copy that shares nothing that a turn changes."""
        return Session(
            self.lang,
            [
                Frame(
                    f.flow,
                    f.version,
                    f.digest,
                    f.step,
                    f.why,
                    f.waiting,
                    f.token,
                    f.tries,
                    f.called,
                    [list(t) for t in f.trail],
                )
                for f in self.stack
            ],
            dict(self.slots),
            list(self.skipped),
            list(self.buttons),
            self.turn,
            self.misses,
            self.pending,
            self.handoff,
            self.timer,
            self.at,
            dict(self.facts),
        )
