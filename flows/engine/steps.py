"""Running steps: from one question to the next, into called flows and back. Pure."""

from datetime import timedelta

from flows.engine import answer
from flows.engine.definition import (
    END,
    MAX_DEPTH,
    MAX_STEPS_A_TURN,
    Flow,
    Step,
)
from flows.engine.hand import Hand
from flows.engine.session import Frame, Why
from flows.types import (
    CRISES,
    Fail,
    Journal,
    RunAction,
    SetTimer,
    Understanding,
    Value,
)

PRIVATE_FOR = timedelta(hours=1)
"""A private flow that nobody comes back to is forgotten after so long."""


class Steps(Hand):
    """Runs the steps of flows until somebody must answer or an action must end."""

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
        if len(self.session.stack) >= MAX_DEPTH:
            _, after = self._family(0)
            oldest, self.session.stack = self.session.stack[:after], self.session.stack[after:]
            for frame in oldest:
                self._forget_frame(frame)
        frame = Frame(flow.id, flow.version, flow.digest, flow.first, why)
        self.session.stack.append(frame)

    def _family(self, index: int) -> tuple[int, int]:
        """The frames around the one at `index` that called one another: the first, and behind the last."""
        stack, after = self.session.stack, index + 1
        while index > 0 and stack[index].why == "called":
            index -= 1
        while after < len(stack) and stack[after].why == "called":
            after += 1
        return index, after

    def _run(self) -> None:
        while self.session.stack:
            frame = self.session.stack[-1]
            self.steps += 1
            if self.steps > MAX_STEPS_A_TURN:
                self.effects.append(
                    Fail(f"{frame.flow}: more than {MAX_STEPS_A_TURN} steps a turn")
                )
                self._give_all_up()
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
            why: Why = "crisis" if self._is_crisis(step.value) else frame.why
            self.session.stack.pop()
            self._push(self.library.flows[step.value], why)
            self._forget_frame(frame)  # after the push: what the next flow uses stays
            return True
        for name, value in step.assignments.items():
            self._assign(frame, name, value)
        frame.step = self._after(step)
        return True

    def _is_crisis(self, flow: str) -> bool:
        return any(self.library.triggers.get(kind) == flow for kind in CRISES)

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
        rejected = self._rejected(step) if known else ""
        if known and not rejected and (answered or not step.ask_before_filling):
            frame.step = self._after(step)
            return True
        if rejected:
            self._say(rejected)
        self._ask(frame, step)
        return False

    def _rejected(self, step: Step) -> str:
        """What is said against the value that the step's slot has; "" where it may stand."""
        view, context = self._view(), self._context()
        found = (r.utter for r in step.rejections if r.condition(view, context) is True)
        return next(found, "")

    def _ask(self, frame: Frame, step: Step, simple: bool = False) -> None:
        frame.waiting = step.value
        frame.token = f"{frame.flow}:{self.session.turn}"
        self._stop_timer()
        self._say_reply(self.voice.question(step, simple=simple), asking=True)
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
        """Back to the question of the flow below; `quiet` leaves the last buttons standing.

        While an officer has the conversation nothing is asked.
        """
        below = self._top()
        if below and below.waiting and not quiet and not self.session.handoff:
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

    def _end_root(self) -> None:
        """End what is under way, with the flows that it called; then the one below goes on."""
        while self.session.stack:
            called = self.session.stack[-1].why == "called"
            self._drop_frame()
            if not called:
                break
        self._resume()

    def _watch_private(self) -> None:
        """What was said to a report is wiped also where another flow, or an officer, came between."""
        for frame in self.session.stack:
            if frame.flow in self.library.private and frame.token:
                due = self.now + PRIVATE_FOR
                self.session.timer = "silence"
                self.effects.append(SetTimer("silence", due, frame.token))
                return

    def _wipe_private(self, token: str) -> None:
        """End the report that nobody came back to, without a word: something else is going on."""
        for index, frame in enumerate(self.session.stack):
            if frame.token == token and frame.flow in self.library.private:
                self.session.timer = ""
                first, after = self._family(index)
                gone = self.session.stack[first:after]
                del self.session.stack[first:after]
                for each in gone:
                    self._forget_frame(each)
                return

    def _rewind(self, frame: Frame, step: str) -> None:
        frame.step, frame.waiting, frame.called, frame.tries = step, "", False, 0

    def _mend_stack(self) -> None:
        """After an edit of a definition: go on where possible, else end politely and say so."""
        for frame in self.session.stack:
            flow = self.library.flows.get(frame.flow)
            lost = flow is None or (frame.step != END and frame.step not in flow.steps)
            if lost or (frame.waiting and frame.waiting not in self.library.slots):
                self.effects.append(Fail(f"{frame.flow} lost its step {frame.step}"))
                self._give_all_up()
                self._say("utter_flow_changed")
                return
            if flow and flow.digest != frame.digest:
                frame.digest, frame.version = flow.digest, flow.version
                self.effects.append(Journal("definition_changed", {"flow": flow.id}))
