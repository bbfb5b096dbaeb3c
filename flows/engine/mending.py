"""Answers taken, skipped, corrected and taken back. Pure."""

from flows.engine import answer
from flows.engine.answer import Ambiguous, Skipped
from flows.engine.payload import is_hint, set_to_title
from flows.engine.session import Frame
from flows.engine.steps import Steps
from flows.types import (
    Button,
    Journal,
    Understanding,
    Value,
)


class Mending(Steps):
    """Takes answers, and takes them back: skipping, corrections, going back, stopping."""

    def _answer(self, frame: Frame, slot: str, value: Value) -> None:
        step = self._step(frame)
        self._fill(slot, value)
        if rejected := self._rejected(step):
            self._unset(slot)
            frame.tries += 1
            self._say(rejected)
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

    def _take_answer(self, frame: Frame, value: answer.Reading) -> None:
        if isinstance(value, Ambiguous):
            self._which(frame, value)
            return
        if isinstance(value, Skipped):
            self._skip(frame)
        else:
            self._answer(frame, frame.waiting, value)
        self._run()

    def _note(self, meaning: Understanding) -> bool:
        """Take what a text tells beside the question, or ahead of it: "종로구 사는 서른넷 남자요".

        What could answer several questions, or the one that is asked, answers none of them here.
        """
        asked = self.library.slots[self.session.stack[-1].waiting].entity
        flow = self._root(len(self.session.stack) - 1).flow
        found = answer.by_entities(self.library, flow, meaning)
        entities = [self.library.slots[name].entity for name in found]
        told = {
            name: value
            for name, value in found.items()
            if (entity := self.library.slots[name].entity) != asked
            and entities.count(entity) == 1
            and self.session.get(name) is None
        }
        for name, value in told.items():
            self._fill(name, value)
        return bool(told)

    def _root(self, index: int) -> Frame:
        """The frame that called, over as many flows as there are between, the one at `index`."""
        while index > 0 and self.session.stack[index].why == "called":
            index -= 1
        return self.session.stack[index]

    def _which(self, frame: Frame, choice: Ambiguous) -> None:
        buttons = [Button(o, set_to_title(frame.waiting, o)) for o in choice.options]
        self._say("utter_which_one", buttons)

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
            if fitting is None or is_hint(value):
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

    def _cancel(self) -> None:
        if not self.session.stack:
            self._say("utter_nothing_to_cancel")
            self._start_named("menu")
            return
        self.effects.append(Journal("cancelled", {"flow": self.session.stack[-1].flow}))
        self._say("utter_cancelled")
        self._end_root()
