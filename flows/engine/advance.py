"""One step of a conversation: `advance(library, session, event, now) -> (session', effects)`.

Pure: no clock, no randomness, no I/O. The order in which a message is read is the promise:
crisis, handoff, buttons, plain commands, an answer, a correction, another wish, not understood.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flows.engine import answer
from flows.engine.answer import Ambiguous, Skipped
from flows.engine.definition import (
    END,
    MAX_DEPTH,
    MAX_STEPS_A_TURN,
    MAX_TRIES,
    Flow,
    Library,
    Slot,
    Step,
)
from flows.engine.payload import Payload, parse_payload, set_slot
from flows.engine.session import Frame, Session, Why
from flows.engine.voice import Voice
from flows.types import (
    Button,
    CancelTimer,
    Done,
    Effect,
    Event,
    Fail,
    Handover,
    Journal,
    Location,
    Photo,
    Press,
    Reply,
    RunAction,
    SaveFact,
    Say,
    SetTimer,
    StaffResult,
    Text,
    Timeout,
    ToStaff,
    Understanding,
    Value,
)

SURE = 0.999
"""Confidence of an exact phrase or a button: it settles the turn."""
DIGRESS = 0.7
"""A text that answers nothing starts another flow from this confidence on, in the middle of one …"""
START = 0.5
"""… and from this one when nothing is under way."""
AWAY = timedelta(hours=12)
"""After so long a pause we say where we were before we ask again."""
LIKELY = 0.15
"""A reading at least so likely is offered when nothing was understood …"""
OFFERED = 3
"""… and no more of them than this."""
SAYS: frozenset[str] = frozenset(
    {
        "utter_already_here",
        "utter_back_to_question",
        "utter_broken",
        "utter_cancelled",
        "utter_choose_simply",
        "utter_corrected",
        "utter_empty",
        "utter_first_question",
        "utter_first_words",
        "utter_flow_changed",
        "utter_handoff_ended",
        "utter_not_now",
        "utter_not_understood",
        "utter_nothing_to_cancel",
        "utter_offer_human",
        "utter_old_button",
        "utter_timed_out",
        "utter_unasked_location",
        "utter_unasked_photo",
        "utter_welcome_back",
        "utter_whenever_ready",
        "utter_which_one",
    }
)
"""Responses that the engine says by itself; `flows/patterns` has their words."""
FALLBACK = "fallback"
FIRST = "first_meeting"
CONSENT = "consent"
_ALIASES = {"start": "show_menu", "menu": "show_menu", "help": "show_menu"}
"""Commands that messengers know by other names."""


def advance(
    library: Library, session: Session, event: Event, now: datetime
) -> tuple[Session, list[Effect]]:
    """Move a conversation by one event. The given session is left as it was."""
    turn = _Turn(library, session.copy(), now)
    turn.take(event)
    return turn.session, turn.effects


def is_private(library: Library, session: Session) -> bool:
    """What is said now belongs to a case alone: it must not be kept with the person."""
    return any(frame.flow in library.private for frame in session.stack)


class _Turn:
    """The hand that writes one turn; lives for one call of `advance`."""

    def __init__(self, library: Library, session: Session, now: datetime) -> None:
        self.library = library
        self.session = session
        self.now = now
        self.effects: list[Effect] = []
        self.voice = Voice(library, session)
        self.steps = 0

    # --- reading an event -------------------------------------------------------------

    def take(self, event: Event) -> None:
        self._mend_stack()
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
        if meaning and meaning.crisis and not answer.is_title(meaning.text, self.session.buttons):
            self._crisis(meaning)
        elif self.session.handoff:
            self._to_staff(event)
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
        while self.session.stack and self.session.stack[-1].why == "crisis":
            self._drop_frame()
        self.session.misses = 0
        self.session.slots["crisis_words"] = meaning.text
        self._start(flow, meaning, why="crisis")

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

    # --- buttons ----------------------------------------------------------------------

    def _press(self, event: Press, new: bool) -> None:
        payload = parse_payload(event.payload)
        if payload is None:
            self._stale(event)
        elif payload.slots:
            self._press_slots(event, payload)
        elif payload.intent == "skip":
            self._press_skip(event)
        elif payload.intent == "again":
            if not self._ask_again():
                self._stale(event)
        else:
            intent = _ALIASES.get(payload.intent, payload.intent)
            meaning = Understanding("", intent, 1.0, entities=payload.entities)
            self._intent(meaning, new)

    def _press_slots(self, event: Press, payload: Payload) -> None:
        frame = self._top()
        slots = payload.slots
        if frame and frame.waiting in slots:
            fitting = answer.typed(slots[frame.waiting], self.library.slots[frame.waiting])
            if fitting is None:
                self._stale(event)
            else:
                self._answer(frame, frame.waiting, fitting)
                self._run()
        elif not any(self._correct(name, value) for name, value in slots.items()):
            self._stale(event)

    def _press_skip(self, event: Press) -> None:
        frame = self._top()
        step = self._step(frame) if frame else None
        if frame and step and frame.waiting and step.metadata.get("optional"):
            self._skip(frame)
            self._run()
        else:
            self._stale(event)

    def _stale(self, event: Press) -> None:
        self.effects.append(Journal("stale_button", {"payload": event.payload[:80]}))
        self._say("utter_old_button")
        if not self._ask_again():
            self._start_named("menu")

    # --- texts ------------------------------------------------------------------------

    def _text(self, meaning: Understanding, new: bool, away: bool) -> None:
        if not meaning.text.strip():
            self._say("utter_empty")
            self._ask_again()
            return
        payload = parse_payload(meaning.text.strip())
        if payload is not None:
            self._press(Press(meaning.text.strip()), new)
            return
        frame = self._top()
        if frame and frame.waiting:
            self._in_flow(frame, meaning, away)
        else:
            self._between(meaning, new)

    def _in_flow(self, frame: Frame, meaning: Understanding, away: bool) -> None:
        step = self._step(frame)
        slot = self.library.slots[frame.waiting]
        sure = answer.certain(meaning, step, self.session, slot)
        if sure is None and self._named_button(meaning, slot):
            return
        if sure is None and self._correction(frame, meaning):
            return
        if sure is None and meaning.confidence >= SURE and self._command(meaning):
            return
        if sure is None:
            sure = answer.likely(meaning, step, slot)
        if sure is not None:
            self._take_answer(frame, sure)
        elif meaning.confidence >= DIGRESS and self._command(meaning):
            return
        else:
            self._not_understood(frame, step, away)

    def _named_button(self, meaning: Understanding, slot: Slot) -> bool:
        """A number or title that names a button with a wish, as "담당자와 이야기"."""
        if slot.type == "float":
            return False
        button = answer.chosen_button(meaning.text, self.session.buttons)
        payload = parse_payload(button.payload) if button else None
        if payload is None or not payload.intent or button is None:
            return False
        self._press(Press(button.payload), new=False)
        return True

    def _take_answer(self, frame: Frame, value: answer.Reading) -> None:
        if isinstance(value, Ambiguous):
            self._which(frame, value)
            return
        if isinstance(value, Skipped):
            self._skip(frame)
        else:
            self._answer(frame, frame.waiting, value)
        self._run()

    def _which(self, frame: Frame, choice: Ambiguous) -> None:
        buttons = [Button(o, set_slot(frame.waiting, o)) for o in choice.options]
        self._say("utter_which_one", buttons)

    def _between(self, meaning: Understanding, new: bool) -> None:
        button = answer.chosen_button(meaning.text, self.session.buttons)
        if button is not None:
            self._press(Press(button.payload), new)
            return
        self._intent(meaning, new)

    def _intent(self, meaning: Understanding, new: bool) -> None:
        """A wish by button, or by words when nothing is asked."""
        flow = self.library.triggers.get(meaning.intent)
        known = flow is not None and meaning.confidence >= START
        if new:
            self._say("utter_first_words")
        if new and (not known or meaning.intent in ("greet", "show_menu", "out_of_scope")):
            self._start_named(FIRST)
        elif not self._command(meaning):
            self._miss(meaning)

    def _command(self, meaning: Understanding) -> bool:
        """Do what the intent asks for, if it asks for anything."""
        if meaning.intent == "cancel":
            self._cancel()
            return True
        if meaning.intent == "go_back":
            self._go_back()
            return True
        flow = self.library.triggers.get(meaning.intent)
        least = self.library.flows[flow].triggers[meaning.intent] if flow else 1.0
        if flow is None or meaning.confidence < max(least, START):
            return False
        if any(f.flow == flow for f in self.session.stack) and not self._may_restart(flow):
            self._say("utter_already_here")
            self._ask_again()
            return True
        self.session.misses = 0
        self._start(flow, meaning, why="digression" if self.session.stack else "asked")
        return True

    def _may_restart(self, flow: str) -> bool:
        """A flow below the top is brought up anew; the one on top goes on."""
        if (
            self.session.stack[-1].flow == flow
            or self._root(len(self.session.stack) - 1).flow == flow
        ):
            return False
        self.session.stack = [f for f in self.session.stack if f.flow != flow]
        return True

    def _root(self, index: int) -> Frame:
        while index > 0 and self.session.stack[index].why == "called":
            index -= 1
        return self.session.stack[index]

    def _not_understood(self, frame: Frame, step: Step, away: bool) -> None:
        if away:
            self._say("utter_welcome_back")
            self._ask(frame, step)
            return
        frame.tries += 1
        self.effects.append(Journal("not_understood", {"flow": frame.flow, "slot": frame.waiting}))
        if frame.tries >= MAX_TRIES:
            frame.tries = 0
            self._say("utter_offer_human")
        elif frame.tries == MAX_TRIES - 1:
            self._say("utter_choose_simply")
            self._ask(frame, step, simple=True)
        else:
            self._say("utter_not_understood")
            self._ask(frame, step)

    def _miss(self, meaning: Understanding) -> None:
        self.session.misses += 1
        self.effects.append(Journal("unanswered", {"intent": meaning.intent}))
        likely = [i for i, p in meaning.ranking if i in self.library.triggers and p >= LIKELY][
            :OFFERED
        ]
        self.session.slots["guesses"] = [
            {
                "title": self.library.flows[self.library.triggers[i]].names[self.session.lang],
                "payload": f"/{i}",
            }
            for i in likely
        ]
        self._start_named(FALLBACK)

    # --- answers ----------------------------------------------------------------------

    def _answer(self, frame: Frame, slot: str, value: Value) -> None:
        step = self._step(frame)
        self._fill(slot, value)
        for rejection in step.rejections:
            if rejection.condition(self._view(), self._context()) is True:
                self._unset(slot)
                frame.tries += 1
                self._say(rejection.utter)
                return
        frame.tries = 0
        frame.waiting = ""
        frame.trail.append([step.id, slot])
        frame.step = self._after(step)

    def _skip(self, frame: Frame) -> None:
        step = self._step(frame)
        slot = frame.waiting
        self._unset(slot)
        self.session.skipped.append(slot)
        frame.waiting, frame.tries = "", 0
        frame.trail.append([step.id, slot])
        frame.step = self._after(step)

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

    def _correction(self, frame: Frame, meaning: Understanding) -> bool:
        """ "아니 서른넷이요", said while something else is being asked."""
        if not answer.mends(meaning.text):
            return False
        slots = [self.library.slots[s] for f in reversed(self.session.stack) for _, s in f.trail]
        for slot in slots:
            if slot.entity and slot.entity in meaning.entities:
                value = answer.entity_value(meaning, slot)
                if not isinstance(value, Ambiguous | Skipped) and value is not None:
                    return self._correct(slot.name, value)
        return False

    def _correct(self, slot: str, value: Value) -> bool:
        """Change an earlier answer and go through the steps behind it again."""
        for depth in range(len(self.session.stack) - 1, -1, -1):
            frame = self.session.stack[depth]
            place = next((i for i, (_, s) in enumerate(frame.trail) if s == slot), None)
            if place is None:
                if frame.why == "crisis":
                    return False
                continue
            fitting = answer.typed(value, self.library.slots[slot])
            if fitting is None:
                return False
            while len(self.session.stack) > depth + 1:
                self._drop_frame()
            step = frame.trail[place][0]
            self._rewind(frame, step)
            self._fill(slot, fitting)
            self._say("utter_corrected", value=self.voice.word(slot, fitting))
            self._run()
            return True
        return False

    def _rewind(self, frame: Frame, step: str) -> None:
        frame.step, frame.waiting, frame.called, frame.tries = step, "", False, 0

    def _go_back(self) -> None:
        while self.session.stack:
            frame = self.session.stack[-1]
            if frame.waiting and frame.trail:
                step, slot = frame.trail.pop()
                self._unset(slot)
                if slot in self.session.skipped:
                    self.session.skipped.remove(slot)
                self._rewind(frame, step)
                self._run()
                return
            if frame.why != "called":
                break
            self.session.stack.pop()
            self.session.stack[-1].waiting = "-"
        frame_left = self._top()
        if frame_left:
            self._say("utter_first_question")
            self._rewind(frame_left, frame_left.step)
            self._run()
        else:
            self._start_named("menu")

    def _given(self, kind: str, value: str) -> None:
        """A place or a picture: the answer where one was asked for."""
        frame = self._top()
        step = self._step(frame) if frame and frame.waiting else None
        takes = step.metadata.get("takes", []) if step else []
        if frame and step and kind in takes:
            self._answer(frame, frame.waiting, f"{kind}:{value}")
            self._run()
            return
        self._say(f"utter_unasked_{kind}")
        self._ask_again()

    # --- timers, actions, staff -------------------------------------------------------

    def _timeout(self, event: Timeout) -> None:
        frame = self._top()
        if frame is None or not frame.waiting or frame.token != event.token:
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

    def _stop_timer(self) -> None:
        if self.session.timer:
            self.effects.append(CancelTimer(self.session.timer))
            self.session.timer = ""

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

    # --- running steps ----------------------------------------------------------------

    def _start_named(self, flow: str) -> None:
        self._start(flow, None, why="digression" if self.session.stack else "asked")

    def _start(self, flow: str, meaning: Understanding | None, why: Why) -> None:
        definition = self.library.flows[flow]
        if definition.guard and definition.guard(self._view(), self._context()) is False:
            self._say("utter_not_now")
            self._ask_again()
            return
        if meaning:
            for name, value in answer.prefill(self.library, flow, meaning).items():
                self._fill(name, value)
        self._push(definition, why)
        self._run()

    def _push(self, flow: Flow, why: Why) -> None:
        while len(self.session.stack) >= MAX_DEPTH:
            self._forget_frame(self.session.stack.pop(0))
        frame = Frame(flow.id, flow.version, flow.digest, flow.first, why)
        self.session.stack.append(frame)

    def _run(self) -> None:
        while self.session.stack:
            frame = self.session.stack[-1]
            self.steps += 1
            if self.steps > MAX_STEPS_A_TURN:
                self.effects.append(
                    Fail(f"{frame.flow}: more than {MAX_STEPS_A_TURN} steps a turn")
                )
                self.session.stack.clear()
                self._say("utter_broken")
                return
            if frame.step == END:
                if not self._end():
                    return
                continue
            if not self._do(frame, self._step(frame)):
                return

    def _do(self, frame: Frame, step: Step) -> bool:
        """One step; False where the turn ends with it."""
        if step.kind == "collect":
            return self._collect(frame, step)
        if step.kind == "action":
            return self._action(frame, step)
        if step.kind == "call":
            frame.called = True
            self._push(self.library.flows[step.value], "called")
            return True
        if step.kind == "link":
            why = frame.why
            self._drop_frame()
            self._push(self.library.flows[step.value], why)
            return True
        for name, value in step.assignments.items():
            self._assign(frame, name, value)
        frame.step = self._after(step)
        return True

    def _assign(self, frame: Frame, name: str, value: Value) -> None:
        if value is None:
            self._unset(name)
            frame.trail = [t for t in frame.trail if t[1] != name]
            if name in self.session.skipped:
                self.session.skipped.remove(name)
        else:
            self._fill(name, value)

    def _collect(self, frame: Frame, step: Step) -> bool:
        answered = any(t[0] == step.id for t in frame.trail)
        known = self.session.get(step.value) is not None or step.value in self.session.skipped
        if known and (answered or not step.ask_before_filling):
            frame.step = self._after(step)
            return True
        self._ask(frame, step)
        return False

    def _ask(self, frame: Frame, step: Step, simple: bool = False) -> None:
        frame.waiting = step.value
        frame.token = f"{frame.flow}:{self.session.turn}"
        self._stop_timer()
        self._say_reply(self.voice.question(step, simple=simple))
        seconds = step.silence_timeout
        if seconds:
            due = self.now + timedelta(seconds=seconds)
            self.session.timer = "silence"
            self.effects.append(SetTimer("silence", due, frame.token))

    def _action(self, frame: Frame, step: Step) -> bool:
        if step.value.startswith("utter_"):
            self._say(step.value, self.voice.options(step))
            frame.step = self._after(step)
            return True
        self.session.pending = step.value
        self.effects.append(RunAction(step.value, step.metadata))
        return False

    def _after(self, step: Step) -> str:
        for branch in step.next:
            if branch.condition is None or branch.condition(self._view(), self._context()) is True:
                return branch.target
        return END

    def _end(self) -> bool:
        """A flow is over; True where the one below goes on at once."""
        frame = self.session.stack[-1]
        self.effects.append(Journal("flow_ended", {"flow": frame.flow}))
        if frame.why == "called":
            self._return_to_caller()
            return True
        self._drop_frame()
        if frame.why == "crisis":
            self._after_crisis()
            return False
        return self._resume(quiet=bool(self.library.flows[frame.flow].metadata.get("quiet")))

    def _return_to_caller(self) -> None:
        child = self.session.stack.pop()
        parent = self.session.stack[-1]
        step = self._step(parent)
        parent.trail.extend([step.id, slot] for _, slot in child.trail)
        parent.called = False
        parent.step = self._after(step)

    def _resume(self, quiet: bool = False) -> bool:
        """Back to the question of the flow below; `quiet` leaves the last buttons standing."""
        if self.session.stack and self.session.stack[-1].waiting and not quiet:
            self._say("utter_back_to_question")
            self._ask_again()
        return False

    def _after_crisis(self) -> None:
        """No form is pushed at somebody in danger: the question waits in silence."""
        if self.session.stack:
            self._say("utter_whenever_ready")

    def _ask_again(self) -> bool:
        frame = self._top()
        if frame is None or not frame.waiting:
            return False
        self._ask(frame, self._step(frame))
        return True

    def _cancel(self) -> None:
        if not self.session.stack:
            self._say("utter_nothing_to_cancel")
            self._start_named("menu")
            return
        self.effects.append(Journal("cancelled", {"flow": self.session.stack[-1].flow}))
        self._say("utter_cancelled")
        self._end_root()

    def _end_root(self) -> None:
        """End what is under way, with the flows that it called; then the one below goes on."""
        while self.session.stack:
            called = self.session.stack[-1].why == "called"
            self._drop_frame()
            if not called:
                break
        self._resume()

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

    def _mend_stack(self) -> None:
        """After an edit of a definition: go on where possible, else end politely and say so."""
        for frame in self.session.stack:
            flow = self.library.flows.get(frame.flow)
            lost = flow is None or (frame.step != END and frame.step not in flow.steps)
            if lost or (frame.waiting and frame.waiting not in self.library.slots):
                self.effects.append(Fail(f"{frame.flow} lost its step {frame.step}"))
                self.session.stack.clear()
                self.session.pending = ""
                self._say("utter_flow_changed")
                return
            if flow and flow.digest != frame.digest:
                frame.digest, frame.version = flow.digest, flow.version
                self.effects.append(Journal("definition_changed", {"flow": flow.id}))

    # --- small things -----------------------------------------------------------------

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

    def _say_reply(self, reply: Reply) -> None:
        if is_private(self.library, self.session):
            reply = Reply(reply.text, reply.buttons, reply.image, private=True)
        self.session.buttons = list(reply.buttons)
        self.effects.append(Say(reply))
