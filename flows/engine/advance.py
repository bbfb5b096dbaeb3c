"""One step of a conversation: `advance(library, session, event, now) -> (session', effects)`.

Pure: no clock, no randomness, no I/O. The order in which a message is read is the promise:
crisis, handoff, buttons, plain commands, an answer, a correction, another wish, not understood.
"""

from datetime import datetime, timedelta

from flows.engine import answer
from flows.engine.definition import (
    Library,
)
from flows.engine.hand import CONSENT, is_private
from flows.engine.payload import parse_payload
from flows.engine.reading import ASK, Reading
from flows.engine.session import Session
from flows.types import (
    Done,
    Effect,
    Event,
    Fail,
    Handover,
    Location,
    Photo,
    Press,
    StaffResult,
    Text,
    Timeout,
    ToStaff,
    Understanding,
)

__all__ = ["advance", "is_private"]

UNWORDED = "낱말 없이, 말 전체에서"
"""Stands for the words that led to an alarm, where the model heard it without any."""
TOLD = 0.4
"""Silence after the question is told to people where a word of danger stood, or from this confidence on."""
AWAY = timedelta(hours=12)
"""After so long a pause we say where we were before we ask again."""


def advance(
    library: Library, session: Session, event: Event, now: datetime
) -> tuple[Session, list[Effect]]:
    """Move a conversation by one event. The given session is left as it was."""
    turn = _Turn(library, session.copy(), now)
    turn.take(event)
    return turn.session, turn.effects


class _Turn(Reading):
    """One call of `advance`."""

    def take(self, event: Event) -> None:
        self._mend_stack()
        self._take(event)
        if not self.session.pending and not self.session.timer:
            self._watch_private()

    def _take(self, event: Event) -> None:
        if isinstance(event, Done):
            self._done(event)
            return
        if isinstance(event, Timeout):
            self._timeout(event)
            return
        if isinstance(event, StaffResult):
            self._staff(event)
            return
        away = self.session.at is not None and self.now - self.session.at > AWAY
        new = self.session.turn == 0
        if away and not self.session.facts.get(CONSENT):
            self._forget_unconsented()
        self.session.turn += 1
        self.session.at = self.now
        self._stop_timer()
        self._person(event, new, away)

    def _person(self, event: Text | Press | Location | Photo, new: bool, away: bool) -> None:
        meaning = event.meaning if isinstance(event, Text) else None
        told = meaning and not answer.is_title(meaning.text, self.session.buttons)
        if told and meaning and meaning.crisis and not meaning.asks:
            self._crisis(meaning)
        elif told and meaning and meaning.asks and self._may_ask(meaning):
            if self.session.handoff:
                self._to_staff(event)
            self._ask_about(meaning)
        elif self.session.handoff:
            self._to_staff(event)
            self._asked_beside(event)
        elif isinstance(event, Press):
            self._press(event, new)
        elif meaning:
            self._text(meaning, new, away)
        elif isinstance(event, Location):
            self._given("location", f"{event.latitude:.5f},{event.longitude:.5f}")
        elif isinstance(event, Photo):
            self._given("photo", event.ref)

    def _crisis(self, meaning: Understanding) -> None:
        flow = self.library.triggers[meaning.crisis or "emergency"]
        while (frame := self._top()) and (frame.why == "crisis" or frame.flow == ASK):
            self._drop_frame()
        self.session.misses = 0
        self._note_crisis(meaning)
        self._start(flow, meaning, why="crisis")

    def _note_crisis(self, meaning: Understanding) -> None:
        self.session.slots["crisis_words"] = meaning.text
        self.session.slots["crisis_signs"] = " · ".join(meaning.crisis_words) or UNWORDED

    def _may_ask(self, meaning: Understanding) -> bool:
        """Not in the middle of a crisis, and a slight doubt not again where it was denied."""
        frame = self._top()
        if frame and (frame.why == "crisis" or frame.flow == ASK):
            return False
        return bool(meaning.crisis) or not self.session.slots.get("crisis_denied")

    def _ask_about(self, meaning: Understanding) -> None:
        """It may be a cry: one question, before anything else."""
        self._note_crisis(meaning)
        told = meaning.crisis_words
        self.session.slots |= {
            "crisis_kind": meaning.asks,
            "crisis_believed": bool(meaning.crisis) and bool(told or meaning.confidence >= TOLD),
            "guesses": [] if self.session.stack else self._guesses(meaning),
        }
        self._start_named(ASK)

    def _asked_beside(self, event: Text | Press | Location | Photo) -> None:
        """An officer has the conversation; but our own question, where it waits, takes its answer."""
        frame = self._top()
        if frame is None or frame.flow != ASK or not frame.waiting:
            return
        value: answer.Reading = None
        if isinstance(event, Press):
            payload = parse_payload(event.payload)
            value = payload.slots.get(frame.waiting) if payload else None
        elif isinstance(event, Text):
            slot = self.library.slots[frame.waiting]
            value = answer.certain(event.meaning, self._step(frame), self.session, slot)
        if isinstance(value, str):
            self._answer(frame, frame.waiting, value)
            self._run()

    def _to_staff(self, event: Text | Press | Location | Photo) -> None:
        case = self.session.handoff
        if isinstance(event, Press):
            if event.payload == "/end_handoff":
                self._end_handoff()
                return
            title = next((b.title for b in self.session.buttons if b.payload == event.payload), "")
            self.effects.append(ToStaff(case, title or event.payload))
        elif isinstance(event, Text):
            self.effects.append(ToStaff(case, event.meaning.text))
        elif isinstance(event, Photo):
            self.effects.append(ToStaff(case, "", event.ref))
        else:
            self.effects.append(ToStaff(case, f"{event.latitude:.5f},{event.longitude:.5f}"))

    def _end_handoff(self) -> None:
        self.session.handoff = ""
        self.effects.append(Handover(""))
        self._say("utter_handoff_ended")
        self._resume()

    def _timeout(self, event: Timeout) -> None:
        frame = self._top()
        if frame is None or frame.token != event.token or not frame.waiting or self.session.handoff:
            self._wipe_private(event.token)
            return
        self.session.timer = ""
        step = self._step(frame)
        target = step.metadata.get("on_timeout")
        if target:
            frame.waiting, frame.step = "", target
            self._run()
            return
        self._say("utter_timed_out")
        self._end_root()

    def _done(self, event: Done) -> None:
        if self.session.pending != event.action:
            self.effects.append(Fail(f"{event.action} ended, but {self.session.pending!r} was due"))
            return
        self.session.pending = ""
        for name, value in event.slots.items():
            if name == "language":
                self.session.lang = "en" if value == "en" else "ko"
            if name == "handoff":
                self.session.handoff = str(value or "")
                continue
            if value is None:
                self._unset(name)
            else:
                self._fill(name, value)
        frame = self._top()
        if frame:
            frame.step = self._after(self._step(frame))
            self._run()

    def _staff(self, event: StaffResult) -> None:
        if event.kind == "took":
            self.session.handoff = event.case_id
            self.effects.append(Handover(event.case_id))
        elif self.session.handoff == event.case_id:
            self._end_handoff()
