"""The hand that writes one turn: it says, fills slots, keeps facts, forgets. Pure."""

from collections.abc import Mapping
from datetime import datetime

from flows.engine.definition import (
    Library,
    Step,
)
from flows.engine.session import Frame, Session
from flows.engine.voice import Voice
from flows.types import (
    Button,
    CancelTimer,
    Effect,
    Reply,
    SaveFact,
    Say,
    Value,
)

CONSENT = "consent"
"""The slot that allows us to keep what the person said."""


def is_private(library: Library, session: Session) -> bool:
    """What is said now belongs to a case alone: it must not be kept with the person."""
    return not library.private.isdisjoint([frame.flow for frame in session.stack])


class Hand:
    """The hand that writes one turn: session, effects, and what is said."""

    def __init__(self, library: Library, session: Session, now: datetime) -> None:
        self.library = library
        self.session = session
        self.now = now
        self.effects: list[Effect] = []
        self.voice = Voice(library, session)
        self.steps = 0

    def _top(self) -> Frame | None:
        return self.session.stack[-1] if self.session.stack else None

    def _step(self, frame: Frame) -> Step:
        return self.library.flows[frame.flow].steps[frame.step]

    def _view(self) -> Mapping[str, Value]:
        return {**self.session.facts, **self.session.slots}

    def _context(self) -> Mapping[str, Value]:
        return {
            "lang": self.session.lang,
            "misses": self.session.misses,
            "turn": self.session.turn,
            "consented": self.session.facts.get(CONSENT) is True,
            "interrupting": len(self.session.stack) > 1,
        }

    def _say(self, name: str, buttons: list[Button] | None = None, value: str = "") -> None:
        self._say_reply(self.voice.reply(name, buttons or [], value))

    def _say_reply(self, reply: Reply, asking: bool = False) -> None:
        """Where a question waits below, words without buttons leave its buttons standing."""
        if is_private(self.library, self.session):
            reply = Reply(reply.text, reply.buttons, reply.image, private=True)
        if reply.buttons or asking or not any(f.waiting for f in self.session.stack[:-1]):
            self.session.buttons = list(reply.buttons)
        self.effects.append(Say(reply))

    def _fill(self, slot: str, value: Value) -> None:
        self.session.slots[slot] = value
        if slot in self.session.skipped:
            self.session.skipped.remove(slot)
        if self.library.owner(slot) != "person":
            return
        if slot == CONSENT:
            self._consent(value)
        elif self.session.facts.get(CONSENT):
            self._save(slot, value)

    def _consent(self, value: Value) -> None:
        self._save(CONSENT, value)
        if value is not True:
            self._take_back()
        else:
            for name, said in list(self.session.slots.items()):
                if name != CONSENT and self.library.owner(name) == "person" and said is not None:
                    self._save(name, said)

    def _take_back(self) -> None:
        """Without consent nothing stays kept; what was said lives on in this conversation."""
        for name, known in list(self.session.facts.items()):
            if name != CONSENT:
                self.session.slots.setdefault(name, known)
                del self.session.facts[name]
                self.effects.append(SaveFact(name, None))

    def _save(self, slot: str, value: Value) -> None:
        self.session.facts[slot] = value
        self.session.slots.pop(slot, None)
        self.effects.append(SaveFact(slot, value))

    def _unset(self, slot: str) -> None:
        self.session.slots.pop(slot, None)
        if slot in self.session.facts and slot != CONSENT:
            self.session.facts.pop(slot)
            self.effects.append(SaveFact(slot, None))

    def _forget_unconsented(self) -> None:
        """Without consent, what was said lives no longer than the conversation."""
        if self.session.stack:
            return
        self.session.slots.clear()
        self.session.skipped.clear()

    def _drop_frame(self) -> None:
        self._forget_frame(self.session.stack.pop())

    def _forget_frame(self, frame: Frame) -> None:
        """A flow's answers are forgotten when it ends, unless a flow below still uses them."""
        flow = self.library.flows.get(frame.flow)
        if flow is None:
            return
        names = self.library.forgotten[flow.id]
        for other in self.session.stack:
            names = names - self.library.forgotten.get(other.flow, frozenset())
        for name in names:
            self.session.slots.pop(name, None)
        if self.session.skipped:
            self.session.skipped = [s for s in self.session.skipped if s not in names]
        if flow.private and not is_private(self.library, self.session):
            self.session.buttons = []

    def _give_all_up(self) -> None:
        """Nothing goes on; only what the person told of themselves stays."""
        self.session.stack.clear()
        self.session.buttons, self.session.skipped, self.session.pending = [], [], ""
        self.session.slots = {
            name: value
            for name, value in self.session.slots.items()
            if self.library.owner(name) == "person"
        }

    def _stop_timer(self) -> None:
        if self.session.timer:
            self.effects.append(CancelTimer(self.session.timer))
            self.session.timer = ""
