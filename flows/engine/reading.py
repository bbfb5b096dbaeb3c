"""What a person meant: buttons, plain commands, answers, corrections, other wishes. Pure."""

from flows.engine import answer
from flows.engine.definition import (
    MAX_TRIES,
    Slot,
    Step,
)
from flows.engine.mending import Mending
from flows.engine.payload import Payload, is_hint, parse_payload
from flows.engine.session import Frame
from flows.types import (
    CRISES,
    Button,
    Journal,
    Press,
    Understanding,
    Value,
)

SURE = 0.999
"""Confidence of an exact phrase or a button: it settles the turn."""
DIGRESS = 0.7
"""A text that answers nothing starts another flow from this confidence on, in the middle of one …"""
START = 0.4
"""… and from this one when nothing is under way."""
LIKELY = 0.15
"""A reading at least so likely is offered when nothing was understood …"""
OFFERED = 3
"""… and no more of them than this."""
NEAR = 0.1
"""Two wishes so close to each other are both offered, where nothing is under way and neither is plain."""
PLAIN = 0.7
"""From this confidence on a wish is plain, however near the next one."""
FALLBACK = "fallback"
ASK = "crisis_ask"
"""The one question where a text may be a cry for help."""
FIRST = "first_meeting"
LANGUAGE = "change_language"
"""Who asks for another language is greeted in that language, by its flow."""
_ALIASES = {
    "start": "show_menu",
    "menu": "show_menu",
    "help": "show_menu",
    "stop": "cancel",
    "language": "change_language",
    "english": "change_language",
    "korean": "change_language",
}
"""Commands that messengers know by other names."""


class Reading(Mending):
    """Finds out what a person meant by a text or a button, in the order that is the promise."""

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
            value = self._hinted(event) if is_hint(slots[frame.waiting]) else slots[frame.waiting]
            fitting = answer.typed(value, self.library.slots[frame.waiting])
            if fitting is None:
                self._stale(event)
            else:
                self._answer(frame, frame.waiting, fitting)
                self._run()
        elif not any(self._correct(name, value) for name, value in slots.items()):
            self._stale(event)

    def _hinted(self, event: Press) -> str | None:
        shown = self.session.buttons
        return next((b.title for b in shown if b.payload == event.payload), None)

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
        if sure is None and answer.is_number(meaning) and self._note(meaning):
            self._noted(frame, step)
            return
        if sure is None:
            sure = answer.likely(meaning, step, slot)
        if sure is not None:
            if slot.entity in meaning.entities:
                self._note(meaning)
            self._take_answer(frame, sure)
        elif meaning.confidence >= DIGRESS and self._command(meaning):
            return
        elif self._note(meaning):
            self._noted(frame, step)
        else:
            self._not_understood(frame, step, away)

    def _noted(self, frame: Frame, step: Step) -> None:
        """What was told ahead is taken; the question still stands."""
        self._say("utter_noted")
        self._ask(frame, step)

    def _named_button(self, meaning: Understanding, slot: Slot) -> bool:
        """A number or title that names a button with a wish, as "담당자와 이야기"."""
        if slot.type == "float":
            return False
        button = self._button_of(meaning)
        payload = parse_payload(button.payload) if button else None
        if payload is None or not payload.intent or button is None:
            return False
        self._press(Press(button.payload), new=False)
        return True

    def _between(self, meaning: Understanding, new: bool) -> None:
        button = self._button_of(meaning)
        payload = button.payload if button else self.library.wishes.get(answer.fold(meaning.text))
        if payload is not None:
            self._press(Press(payload), new)
            return
        self._intent(meaning, new)

    def _button_of(self, meaning: Understanding) -> Button | None:
        buttons = self.session.buttons
        return answer.chosen_button(meaning.text, buttons) or answer.agreed_button(meaning, buttons)

    def _intent(self, meaning: Understanding, new: bool) -> None:
        """A wish by button, or by words when nothing is asked."""
        flow = self.library.triggers.get(meaning.intent)
        known = flow is not None and meaning.confidence >= START
        if new and meaning.intent != LANGUAGE:
            self._say("utter_first_words")
        if new and (not known or meaning.intent in ("greet", "show_menu", "out_of_scope")):
            self._start_named(FIRST)
        elif self._torn(meaning) or not self._command(meaning):
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
        stack = self.session.stack
        first, after = self._family(next(i for i, f in enumerate(stack) if f.flow == flow))
        if after == len(stack):
            return False
        del stack[first:after]
        return True

    def _not_understood(self, frame: Frame, step: Step, away: bool) -> None:
        if away:
            self._say("utter_welcome_back")
            self._ask(frame, step)
            return
        frame.tries += 1
        self.effects.append(Journal("not_understood", {"flow": frame.flow, "slot": frame.waiting}))
        if frame.tries >= MAX_TRIES:
            self._give_up(frame, step)
            return
        simple = frame.tries == MAX_TRIES - 1
        choices = len(self.voice.question(step, simple=True).buttons) if simple else 0
        self._say("utter_choose_simply" if choices > 1 else "utter_not_understood")
        self._ask(frame, step, simple=simple)

    def _give_up(self, frame: Frame, step: Step) -> None:
        """No question is asked for ever: what may be skipped is skipped, else people help."""
        frame.tries = 0
        if step.metadata.get("optional"):
            self._say("utter_skip_this")
            self._skip(frame)
            self._run()
        else:
            self._say("utter_offer_human")

    def _miss(self, meaning: Understanding) -> None:
        self.session.misses += 1
        self.effects.append(Journal("unanswered", {"intent": meaning.intent}))
        self.session.slots["guesses"] = self._guesses(meaning)
        self._start_named(FALLBACK)

    def _guesses(self, meaning: Understanding) -> Value:
        """Buttons of the wishes that it may have been, likeliest first; never of a crisis."""
        flows = {
            intent: self.library.triggers[intent]
            for intent, chance in meaning.ranking
            if intent in self.library.triggers and intent not in CRISES and chance >= LIKELY
        }
        names = {flow: intent for intent, flow in reversed(flows.items())}
        return [
            {"title": self.library.flows[flow].names[self.session.lang], "payload": f"/{intent}"}
            for intent, flow in flows.items()
            if names[flow] == intent
        ][:OFFERED]

    def _torn(self, meaning: Understanding) -> bool:
        """Whether two different wishes are so near each other that one must ask."""
        if meaning.confidence >= PLAIN or meaning.intent in CRISES:
            return False
        wishes = [(self.library.triggers.get(i), p) for i, p in meaning.ranking if i not in CRISES]
        first = next((flow for flow, _ in wishes), None)
        return first is not None and any(
            flow not in (None, first) and chance >= START and meaning.confidence - chance < NEAR
            for flow, chance in wishes
        )

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
