"""Whether every promise of the check-in was kept, known from the world alone.

Nothing here is told by the code under test, nor computed by it: signs of life come from the world's
people as the service took them in, questions and alerts from what reached a gateway or a page. Times
are true ones, milliseconds since 1970; figures are those of care.md, written down once more.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

import holidays

from bot.care.simulate.faults import Plan

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SEOUL = 9 * HOUR
EPOCH = date(1970, 1, 1).toordinal()
AT_ONCE = MINUTE
ANSWER = 6 * HOUR
"""Nobody is alerted for who had less to answer the question."""
CATCH_UP = 30 * MINUTE
SPREAD = 2 * HOUR
WHATEVER = 9 * HOUR
"""So long after the threshold somebody knows, whether a question went out or not."""
FRESH = 30 * MINUTE
HOLD = 3 * HOUR
LOOK = 6 * MINUTE
QUIET_TO, HOLIDAY_FROM = 7, 10
ELSEWHERE = 2 * HOUR + HOUR // 2
"""What did not arrive in the evening is tried again in the morning, then elsewhere, and told when that failed as
well: an hour of tries each, more or less."""
CLIMB = 31 * MINUTE
"""An alert that nobody takes is told again, or higher up, within this."""
AGAIN = 5 * MINUTE
LEAST_HELD, SHARE_HELD = 10, 0.05
KINDS = ("silence", "delivery")
"""Alerts that are judged here: outages are the operator's, and cases have clocks of their own."""
KEPT = 200
"""Broken promises that are told one by one."""
NEVER = 1 << 62

Promise = Literal[
    "missed",
    "doubled",
    "false",
    "untold",
    "unclimbed",
    "uncleared",
    "told_twice",
    "held",
    "unasked",
    "misasked",
    "unflagged",
]
PROMISES: dict[Promise, str] = {
    "missed": "a silence beyond the threshold without an alert",
    "doubled": "a second alert for the same silence",
    "false": "an alert about somebody who gave a sign of life, rests, or had no time to answer",
    "untold": "an alert that nobody of the staff was told of at once",
    "unclimbed": "an alert that nobody took, and nobody was told of again",
    "uncleared": "staff who were told of a silence and not of its end",
    "told_twice": "the same word twice to the same member of staff",
    "held": "an alert held without an outage, or for too long",
    "unasked": "a day without its question",
    "misasked": "two questions on one day, or one to somebody who rests",
    "unflagged": "a question that never arrived, and nobody was told",
}


class Broken(NamedTuple):
    promise: Promise
    at: int
    who: str
    words: str


@dataclass(slots=True)
class Silence:
    """One alert as the world sees it. `told`: who of the staff was."""

    id: str
    who: str
    kind: str
    number: int | None
    held: bool
    raised_at: int
    open_at: int
    told: set[str] = field(default_factory=set)
    told_at: int = 0
    taken: bool = False
    over_at: int = 0
    cleared: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Subject:
    """What is true of one person. `since`: the last sign of life, enrolment or the end of a pause.

    `tried_at` and `asked_at`: when the last question was first tried, and when the last one arrived.
    """

    id: str
    days: int
    hour: int
    minute: int
    since: int
    active: bool = True
    resumes_at: int = 0
    grain: int = 0
    tight: tuple[int, int, int] = (0, 0, 0)
    tried_at: int = 0
    asked_at: int = 0
    other_at: int = 0
    failing_since: int = 0
    alert: Silence | None = None
    flag: Silence | None = None
    alerts: int = 0
    flags: int = 0
    missed: bool = False
    check_at: int = 0

    def first(self, now: int) -> int:
        """When the silence is beyond the threshold; not before it was tightened."""
        begin, until, days = self.tight
        usual = self.since + self.days * DAY
        return min(usual, max(begin, self.since + days * DAY)) if begin <= now < until else usual


class Raised(NamedTuple):
    """A row of the table of alerts."""

    id: str
    who: str | None
    kind: str
    state: str
    number: int | None


class Judge:
    """`now` of every call is true time and never goes back; `wall` gives seconds since the tick began."""

    def __init__(self, plan: Plan, wall: Callable[[], float] = lambda: 0.0) -> None:
        self._plan, self._wall = plan, wall
        self.subjects: dict[str, Subject] = {}
        self.silences: dict[str, Silence] = {}
        self.broken: list[Broken] = []
        self.counts: Counter[Promise] = Counter()
        self.silent = self.flagged = self.held = 0
        self.delays: list[float] = []
        """Seconds from the moment at which somebody had to be told to the alert."""
        self.raw_delays: list[float] = []
        """The same without what downtime and a wrong clock excuse."""
        self._active = 0
        self._returned_at = 0
        self._by_number: dict[int, Silence] = {}
        self._recent: deque[int] = deque()
        self._checks: list[tuple[int, int, str, str]] = []
        self._order = 0
        self._silences: list[tuple[int, str]] = []
        self._words: dict[tuple[str, str], tuple[str, int]] = {}

    # --- what is true of people -----------------------------------------------------------

    def enrol(self, subject: Subject) -> None:
        self.subjects[subject.id] = subject
        self._active += 1
        self._watch(subject, subject.first(subject.since))
        self._later(question_of(subject, subject.since) + AT_ONCE, "asked", subject.id)

    def sign(self, who: str, at: int, now: int) -> None:
        """A sign of life of `at` that the service took in now."""
        one = self.subjects[who]
        if at <= one.since:
            return
        one.since = at
        if one.active and max(one.first(now), one.asked_at + ANSWER) > now:
            self._anew(one, now)

    def rests(self, who: str, until: int) -> None:
        """A pause, or the end (`until` is NEVER)."""
        one = self.subjects[who]
        self._active -= one.active
        one.active, one.resumes_at = False, until
        if until < NEVER:
            self._later(until, "resume", who)

    def tighten(self, who: str, begin: int, until: int, days: int) -> None:
        one = self.subjects[who]
        one.tight = (begin, until, days)
        self._watch(one, max(begin, one.first(begin)))

    def returned(self, now: int) -> None:
        """We were away, or our clock was, and are back."""
        self._returned_at = now

    def _anew(self, one: Subject, now: int) -> None:
        """The silence is over: whoever was told of it is told so."""
        if one.alert is not None:
            one.alert.over_at = now
            self._later(now + AT_ONCE, "cleared", one.alert.id)
        if one.flag is not None:
            one.flag.over_at = now
        one.alert = one.flag = None
        one.alerts, one.flags, one.missed = 0, 0, False
        if one.check_at == 0:
            self._watch(one, one.first(now))

    # --- what the staff did ---------------------------------------------------------------

    def taken(self, number: int) -> None:
        if number in self._by_number:
            self._by_number[number].taken = True

    def closed(self, number: int) -> None:
        """With an outcome: the alert is over, and no word of it is needed."""
        silence = self._by_number.get(number)
        if silence is not None:
            silence.taken = True
            one = self.subjects[silence.who]
            if one.alert is silence:
                one.alert = None

    # --- what reached a gateway or a page -------------------------------------------------

    def asked(self, who: str, now: int, arrived: bool, new: bool) -> None:
        """The daily question: when it is first tried, and when it arrives."""
        one = self.subjects[who]
        if new:
            self._judge_question(one, now)
            one.tried_at = now
            one.failing_since = 0 if arrived else now
            if not arrived:
                self._later(now + ANSWER, "flagged", who)
        if arrived:
            one.asked_at, one.failing_since = now, 0
            if one.alert is None:
                self._watch(one, max(one.first(now), now + ANSWER))

    def asked_elsewhere(self, who: str, now: int, arrived: bool) -> None:
        """Another channel brought what had not arrived, or what had no answer."""
        one = self.subjects[who]
        one.other_at = now
        if arrived and one.failing_since:
            self.asked(who, now, arrived=True, new=False)

    def _judge_question(self, one: Subject, now: int) -> None:
        if not one.active and one.resumes_at > now + self._off(now - DAY, now):
            self._break("misasked", now, one.id, "rests")
        elif one.failing_since or self._disturbed(one.tried_at):
            return
        elif (
            one.tried_at and day_of(one.tried_at) == day_of(now) and not self._came_early(one, now)
        ):
            self._break(
                "misasked", now, one.id, f"asked {(now - one.tried_at) / HOUR:.1f} h before"
            )

    def _came_early(self, one: Subject, now: int) -> bool:
        """What was asked before its time may be asked once more at it.

        Where it was yesterday's (soon after a return), or the silence would be too long by tomorrow's.
        """
        begun, tried = self._returned_at, one.tried_at
        own = question_of(one, tried)
        if own > now + AT_ONCE or now - tried < ANSWER // 2:
            return False
        if one.since >= tried and one.first(now) < question_of(one, own):
            return True
        after_night = tried - begun < DAY / 2 and (tried + SEOUL) % DAY < HOLIDAY_FROM * HOUR + HOUR
        yesterdays = 0 < begun <= tried and (tried <= begun + SPREAD + LOOK or after_night)
        return yesterdays and now - tried >= ANSWER

    def told(self, staff: str, channel: str, number: int, words: str, now: int) -> None:
        """A member of the staff was told of an alert (or it was tried)."""
        silence = self._by_number.get(number)
        if silence is None:
            return
        silence.told_at = now
        silence.told.add(staff)
        before, at = self._words.get((staff, channel), ("", 0))
        if before == words and now - at < AGAIN and not self._disturbed(at):
            self._break("told_twice", now, silence.who, f"case {number} to {staff}")
        self._words[staff, channel] = words, now
        self._later(now + CLIMB, "climbed", silence.id)

    def all_clear(self, staff: str, number: int) -> None:
        if number in self._by_number:
            self._by_number[number].cleared.add(staff)

    # --- alerts ---------------------------------------------------------------------------

    def look(self, rows: Sequence[Raised], now: int) -> None:
        """The alerts of the table, as far as they have not ended."""
        about = [row for row in rows if row.kind in KINDS and row.who in self.subjects]
        fresh = [row for row in about if row.id not in self.silences]
        self._recent.extend([now] * len(fresh))
        for row in about:
            silence = self.silences.get(row.id) or self._raised(row, now)
            if silence.held and row.state not in ("held", "ended"):
                silence.held, silence.open_at = False, now
                self._later(now + AT_ONCE, "told", silence.id)
            if row.number is not None and silence.number is None:
                silence.number = row.number
            if silence.number is not None:
                self._by_number[silence.number] = silence

    def _raised(self, row: Raised, now: int) -> Silence:
        assert row.who is not None
        one, held = self.subjects[row.who], row.state == "held"
        silence = self.silences[row.id] = Silence(
            row.id, row.who, row.kind, row.number, held, now, now
        )
        if row.kind == "silence":
            self._judge_alert(one, silence, now)
        else:
            one.flag = silence
            one.flags += 1
            self.flagged += 1
            if one.flags > 1:
                self._break("doubled", now, one.id, "a second flag for the same silence")
        if held:
            self.held += 1
            self._later(now + HOLD + LOOK, "told", row.id)
            if not self._may_hold(now):
                self._break("held", now, one.id, "nothing of ours failed, and few were silent")
        else:
            self._later(now + AT_ONCE, "told", row.id)
        return silence

    def _judge_alert(self, one: Subject, silence: Silence, now: int) -> None:
        off = self._off(one.since, now)
        hours = f"{(now - one.since) / HOUR:.1f} h after a sign of life"
        if not one.active:
            self._break("false", now, one.id, "rests, or has ended")
        elif now < one.first(now) - off:
            self._break("false", now, one.id, hours)
        elif not one.since - off < one.asked_at <= now - ANSWER + off:
            self._break("false", now, one.id, f"{hours}, without time to answer a question")
        one.alerts += 1
        if one.alerts > 1:
            self._break("doubled", now, one.id, "a second alert for the same silence")
            return
        one.alert = silence
        self.silent += not one.missed
        if one.failing_since:
            return
        due = max(one.first(now), one.asked_at + ANSWER)
        self.raw_delays.append(max(0.0, (now - due) / 1000) + self._wall())
        self.delays.append(max(0.0, (now - self._excused(due) - off) / 1000) + self._wall())

    def _may_hold(self, now: int) -> bool:
        while self._recent and self._recent[0] <= now - HOUR:
            self._recent.popleft()
        if len(self._recent) > max(LEAST_HELD, SHARE_HELD * self._active):
            return True
        return self._failed_lately(now) or now - self._returned_at < CATCH_UP + HOUR

    # --- what has to have happened by now -------------------------------------------------

    def due(self) -> int:
        """When somebody may have to be told next."""
        while self._silences:
            at, who = self._silences[0]
            one = self.subjects[who]
            if one.check_at == at and one.active and one.alert is None and one.first(at) <= at:
                return at
            heapq.heappop(self._silences)
            if one.check_at == at:
                self._check_later(one, at)
        return NEVER

    def _check_later(self, one: Subject, at: int) -> None:
        one.check_at = 0
        if one.active and one.alert is None:
            self._watch(one, max(at + 1, one.first(at)))

    def tick(self, now: int) -> None:
        """Everything that had to happen by now. Called after the service had its turn."""
        while self._silences and self._silences[0][0] <= now:
            at, who = heapq.heappop(self._silences)
            one = self.subjects[who]
            if one.check_at == at:
                one.check_at = 0
                self._check(one, now)
        while self._checks and self._checks[0][0] <= now:
            at, _, kind, who = heapq.heappop(self._checks)
            if kind == "asked":
                self._check_asked(self.subjects[who], at - AT_ONCE, now)
            elif kind == "flagged":
                self._check_flagged(self.subjects[who], now)
            elif kind == "resume":
                self._check_resumed(self.subjects[who], at)
            else:
                self._check_alert(kind, self.silences[who], now)

    def _check(self, one: Subject, now: int) -> None:
        """A silence beyond the threshold has its alert."""
        if not one.active or one.alerts or one.missed:
            return
        first = one.first(now)
        if first > now:
            self._watch(one, first)
            return
        if one.asked_at > one.since and not one.failing_since:
            due = max(first, one.asked_at + ANSWER)
        elif one.flags:
            return
        else:
            due = first + WHATEVER + self._lost(one.since, now)
            due += _until_morning(due) if one.failing_since else 0
        latest = self._excused(due) + AT_ONCE + one.grain + self._off(one.since, now)
        if now <= latest:
            self._watch(one, latest + 1)
            return
        one.missed = True
        self.silent += 1
        self._break("missed", now, one.id, f"silent for {(now - one.since) / DAY:.2f} days")

    def _check_asked(self, one: Subject, at: int, now: int) -> None:
        """The question of the day was tried at its time."""
        if one.resumes_at < NEVER:
            self._later(question_of(one, at) + AT_ONCE, "asked", one.id)
        if not one.active or one.alert is not None or one.alerts or self._disturbed(at - DAY):
            return
        if max(one.since + FRESH + one.grain, one.tried_at + ANSWER, one.other_at + ANSWER) > at:
            return
        if day_of(one.tried_at) == day_of(at):
            return
        hour, minute = divmod((at + SEOUL) % DAY // MINUTE, 60)
        self._break("unasked", now, one.id, f"at {hour}:{minute:02}")

    def _check_flagged(self, one: Subject, now: int) -> None:
        """A question that did not arrive is told to somebody, or arrived after all."""
        begun = one.failing_since
        if not begun or one.since >= begun or not one.active or one.flags or one.alerts:
            return
        latest = self._excused(begun + ANSWER) + HOLD + LOOK + self._lost(begun, now)
        latest += _until_morning(latest)
        if now <= latest:
            self._later(latest + 1, "flagged", one.id)
        else:
            self._break("unflagged", now, one.id, f"tried first {(now - begun) / HOUR:.1f} h ago")

    def _check_resumed(self, one: Subject, until: int) -> None:
        if one.active or one.resumes_at != until:
            return
        one.active, one.since = True, max(one.since, until)
        self._active += 1
        self._anew(one, until)

    def _check_alert(self, kind: str, silence: Silence, now: int) -> None:
        number = f"case {silence.number}"
        if kind == "cleared":
            left = silence.told - silence.cleared
            if left and not self._wait("cleared", silence, silence.over_at + AT_ONCE, now):
                self._break("uncleared", now, silence.who, f"{number} to {', '.join(sorted(left))}")
        elif silence.over_at or silence.taken:
            return
        elif kind == "told":
            begun = silence.open_at + (HOLD + LOOK if silence.held else 0)
            if silence.told_at or self._wait("told", silence, begun + AT_ONCE, now):
                return
            self._break("held" if silence.held else "untold", now, silence.who, number)
        elif not self._wait("climbed", silence, silence.told_at + CLIMB, now):
            self._break("unclimbed", now, silence.who, number)

    def _wait(self, kind: str, silence: Silence, latest: int, now: int) -> bool:
        """Whether there is time left; then it is looked at again."""
        if self._returned_at >= latest - CLIMB - AT_ONCE:
            latest = max(latest, self._returned_at + CLIMB)
        latest += MINUTE + self._off(latest - CLIMB, now)
        if now <= latest:
            self._later(latest + 1, kind, silence.id)
        return now <= latest

    # --- excuses --------------------------------------------------------------------------

    def _excused(self, due: int) -> int:
        """Alerts wait for the first minutes after we are back."""
        return max(due, self._returned_at + CATCH_UP) if self._returned_at else due

    def _off(self, begin: int, end: int) -> int:
        """By how much a clock that jumped may have moved what happened in between."""
        jumps = [jump for jump in self._plan.jumps if jump[0] <= end and jump[1] >= begin]
        return sum(abs(off) for _, _, off in jumps) + (CATCH_UP if jumps else 0)

    def _lost(self, begin: int, end: int) -> int:
        """Time in which nothing could be asked, with what it takes to catch up."""
        spans: Iterable[tuple[int, int]] = [
            *self._plan.downtimes,
            *(span for each in self._plan.outages.values() for span in each),
        ]
        lost = sum(max(0, min(end, until) - max(begin, since)) for since, until in spans)
        if lost or self._off(begin, end):
            lost += SPREAD + ANSWER + DAY
        return lost

    def _disturbed(self, at: int) -> bool:
        return self._returned_at >= at > 0

    def _failed_lately(self, now: int) -> bool:
        spans = [span for each in self._plan.outages.values() for span in each]
        return any(begin <= now <= end + 3 * HOUR for begin, end in spans)

    # --- parts ----------------------------------------------------------------------------

    def _watch(self, one: Subject, at: int) -> None:
        if one.check_at == 0 or at < one.check_at:
            one.check_at = at
            heapq.heappush(self._silences, (at, one.id))

    def _later(self, at: int, kind: str, who: str) -> None:
        self._order += 1
        heapq.heappush(self._checks, (at, self._order, kind, who))

    def _break(self, promise: Promise, now: int, who: str, words: str) -> None:
        self.counts[promise] += 1
        if len(self.broken) < KEPT:
            self.broken.append(Broken(promise, now, who, words))


def _until_morning(at: int) -> int:
    begins = (HOLIDAY_FROM if is_holiday(day_of(at)) else QUIET_TO) * HOUR
    return max(0, begins + ELSEWHERE - (at + SEOUL) % DAY)


def day_of(at: int) -> int:
    """Seoul's day, counted from 1970."""
    return (at + SEOUL) // DAY


def question_of(one: Subject, after: int) -> int:
    """The first time after `after` at which the person is to be asked."""
    day = (after + SEOUL) // DAY - 1
    while True:
        hour, minute = one.hour, one.minute
        if hour < HOLIDAY_FROM and is_holiday(day):
            hour = HOLIDAY_FROM
        at = day * DAY - SEOUL + hour * HOUR + minute * MINUTE
        if at > after:
            return at
        day += 1


@lru_cache(maxsize=4096)
def is_holiday(day: int) -> bool:
    """`day` counts from 1970, in Seoul."""
    on = date.fromordinal(EPOCH + day)
    return on in holidays.country_holidays("KR", years=on.year)
