"""Answers taken, skipped, corrected and taken back. Pure."""

from flows.engine import answer
from flows.engine.answer import Ambiguous, Skipped
from flows.engine.payload import set_slot
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
