"""The district in motion: people and staff act, the service's own code runs, the judge looks on.

The code is the service's: real turns (`bot.turn.Turns`) on a real SQLite file, `Sweep.once`, the
outbox's own calls, `outcomes.settle`. Only time, the gateways and the people are made up. Time goes
from one thing that happens to the next, in steps of a minute; five minutes where nothing does.
"""

import heapq
import random
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.actions import ACTIONS
from bot.care.budget import everybody, foretell
from bot.care.outcomes import settle
from bot.care.roster import Roster
from bot.care.rules import MINUTE_MS, SEOUL_MS, Rules
from bot.care.simulate.courier import Courier, Letter, Outcome
from bot.care.simulate.eye import Eye
from bot.care.simulate.faults import Fault, Killed, Plan, QuickSqlite, doomed, plan_of
from bot.care.simulate.judge import NEVER, Judge, Subject
from bot.care.simulate.population import (
    GU,
    Person,
    Worker,
    answer_after,
    answers,
    lines_used,
    populate,
    silent,
    staff_of,
    trouble_of,
)
from bot.care.simulate.report import Tally
from bot.care.sweep import Sweep
from bot.chance import QuickChance
from bot.clock import SEOUL, from_milliseconds, milliseconds
from bot.inbound import Inbound
from bot.office import Office
from bot.step import House
from bot.turn import Turns
from bot.understanding import Understander, gazetteer
from data.care import CareRules
from data.kinds import Content
from data.store import (
    ACTIVITY,
    DAY_MS,
    HOUR_MS,
    Absence,
    Checkin,
    Duty,
    Keyring,
    NotAllowed,
    StaffMember,
    Store,
)
from flows.engine.load import load_library
from nlu import EmbeddedEngine

START = milliseconds(datetime(2026, 11, 30, tzinfo=SEOUL))
"""A Monday; Christmas and New Year lie within the next weeks."""
GRID = MINUTE_MS
PHASE = 7_000
"""Ticks are seven seconds after the minute, so that no sign falls on the full hour, which means more."""
REST = 5 * MINUTE_MS
PUSH = ("telegram", "sms", "email")
KEY = b"a key for the time machine, not secret at all"
COMMAND = re.compile(r"/(?:take|outcome) (\d+)")
ALL_CLEAR = re.compile(r"(\d+)번 안심하세요")
RESTS = "안부를 쉴게요"
LATER = 20 * MINUTE_MS
MET = frozenset({"reached_well", "reached_care", "visited"})
"""Outcomes by which somebody has seen or heard the person."""


class SweepLike(Protocol):
    def once(self, now: int) -> Any: ...


MakeSweep = Callable[[Store, CareRules, int], SweepLike]
"""Of a store, the rules and a seed. Tests put in sweeps that break promises."""


def real_sweep(store: Store, care: CareRules, seed: int) -> Sweep:
    return Sweep(store, care, QuickChance(seed), PUSH)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in the world at a time."""

    kind: str
    person: Person | None = None
    worker: Worker | None = None
    number: int = 0
    word: str = ""


class World:
    def __init__(
        self,
        folder: Path,
        people: int,
        days: int,
        seed: int,
        faults: Sequence[Fault] = (),
        *,
        content: Content,
        make_sweep: MakeSweep = real_sweep,
    ) -> None:
        self.chance = random.Random(seed)
        self.days, self.now, self.end = days, START + PHASE, START + days * DAY_MS
        self.plan: Plan = plan_of(faults, START, days, random.Random(f"faults {seed}"))
        self.people = populate(people, random.Random(f"people {seed}"))
        self.staff = staff_of(people, days, START, random.Random(f"staff {seed}"))
        self.tally = Tally(self.people, self.staff, START)
        self.judge = Judge(self.plan, lambda: time.perf_counter() - self._begun)
        self._begun = time.perf_counter()
        self._content, self._make = content, make_sweep
        self._by_id = {one.id: one for one in self.people}
        self._by_key = {one.key(channel): one for one in self.people for channel in one.channels}
        self._workers = {worker.id: worker for worker in self.staff}
        self._events: list[tuple[int, int, Event]] = []
        self._order = self._message = 0
        self._offset = 0
        self._due: int | None = None
        self._crash_at = iter([*self.plan.crashes, NEVER])
        self._next_crash = next(self._crash_at)
        self._open(folder, seed)

    # --- beginning ------------------------------------------------------------------------

    def _open(self, folder: Path, seed: int) -> None:
        self.keyring = Keyring([KEY])
        self.url = f"sqlite:///{folder / 'district.db'}"
        self.store = Store(QuickSqlite(self.url), self.keyring)
        self.store.migrate()
        self._stores = [self.store]
        if self.plan.two:
            self._stores.append(Store(QuickSqlite(self.url), self.keyring))
        self._seed = seed
        care = self._content.care
        self._rules = Rules.of(care)
        self._sweeps = [self._sweep(store) for store in self._stores]
        self._eye = Eye(folder / "district.db", self.keyring)
        self._courier = Courier(
            PUSH, self.plan, self._phone, self._heard, self._rules.awake, self.chance
        )
        voice = care.voice
        self._asks = {
            text for each in (*voice.questions, *voice.easy) for text in (each.ko, each.en)
        }
        nudges = (*voice.nudges, *voice.easy_nudges, *voice.last)
        self._nudges = {text for each in nudges for text in (each.ko, each.en)}
        self._others = {voice.other.ko, voice.other.en}
        house = House(
            store=self.store,
            library=load_library(),
            content=self._content,
            actions=ACTIONS,
            office=Office(),
            clock=lambda: from_milliseconds(self.stamp),
            chance=QuickChance(seed),
            push=frozenset(PUSH),
        )
        engine = EmbeddedEngine(None, None, gazetteer(self._content.regions))
        self._turns = Turns(house, Understander(engine))
        self._enrol()
        self._employ()

    def _sweep(self, store: Store) -> SweepLike:
        self._seed += 1
        return self._make(store, self._content.care, self._seed)

    def close(self) -> None:
        self._eye.close()
        for store in self._stores:
            store.close()

    def _enrol(self) -> None:
        with self.store.write() as tx:
            for one in self.people:
                first, *rest = one.channels
                tx.new_person(one.id, f"{one.id}{first}", first, one.key(first), "ko", self.now)
                for channel in rest:
                    tx.add_address(f"{one.id}{channel}", one.id, channel, one.key(channel))
                if one.habit == "feed":
                    tx.add_address(f"{one.id}feed", one.id, ACTIVITY, one.ref)
                tx.keep_checkin(self._entry(one))
                self.judge.enrol(Subject(one.id, one.days, one.hour, one.minute, self.now))

    def _entry(self, one: Person) -> Checkin:
        return Checkin(
            person_id=one.id,
            state="active",
            hour=one.hour,
            threshold_days=one.days,
            created_at=self.now,
            reasons=one.reasons,
            channels=one.channels,
            next_due_at=self.now,
            minute=one.minute,
            region=one.region,
        )

    def _employ(self) -> None:
        with self.store.write() as tx:
            for worker in self.staff:
                tx.add_staff(
                    StaffMember(
                        worker.id, worker.id, worker.role, worker.region, worker.team, self.now
                    )
                )
                for channel in PUSH if worker.role == "officer" else ("telegram", "sms"):
                    tx.set_staff_contact(worker.id, channel, f"{channel}:{worker.id}")
                if worker.role == "officer":
                    rank = int(worker.id[-1])
                    duty = Duty(f"duty-{worker.id}", worker.id, worker.region, 31, 540, 1080, rank)
                    tx.set_duty(duty)
                    self._maybe_away(tx, worker)

    def _maybe_away(self, tx: Any, worker: Worker) -> None:
        """Some are away and say so; those who fall ill (`hears`) do not."""
        if self.chance.random() < 0.2:
            begin = self.now + self.chance.randrange(self.days) * DAY_MS
            until = begin + self.chance.randint(1, 5) * DAY_MS
            deputy = f"{worker.id[:-1]}{1 - int(worker.id[-1])}"
            tx.add_absence(Absence(f"away-{worker.id}", worker.id, begin, until, deputy))

    # --- time -----------------------------------------------------------------------------

    @property
    def stamp(self) -> int:
        """What the service's clock says."""
        return self.now + self._offset

    def run(self, stop: Callable[[], bool], progress: Callable[[int], None]) -> None:
        """Until the end, or until `stop` says so."""
        self._at(self.now, Event("day"))
        while self.now < self.end and not stop():
            down = self.plan.down(self.now)
            if down:
                self._sleep(down)
            self._tick()
            progress(self.now - START)
            self.now = self._next()

    def _sleep(self, until: int) -> None:
        """Nothing of ours runs; what people write waits at the providers."""
        while self._events and self._events[0][0] <= until:
            at, _, event = heapq.heappop(self._events)
            if event.kind == "day":
                self.now = at
                self._day()
            elif event.kind == "say":
                later = until + self.chance.randrange(10 * MINUTE_MS)
                self._at(later, event)
            elif event.kind != "tick":
                self._at(until + self.chance.randrange(LATER), event)
        self.now = until + PHASE
        self.judge.returned(self.now)
        self.tally.returned.append(self.now)

    def _next(self) -> int:
        """The next tick: the minute in which something happens, or the very second of a deadline."""
        due = self._due if self._due is not None else NEVER
        happens = min(self._events[0][0] if self._events else NEVER, due, self.now + REST)
        grid = self.now + max(1, -(-(happens - self.now) // GRID)) * GRID
        grid -= (grid - PHASE) % GRID
        if grid <= self.now:
            grid += GRID
        alarm = self.judge.due()
        alarm += -alarm % 1000
        return min(grid, max(alarm, self.now + 1000))

    def _tick(self) -> None:
        self._begun = time.perf_counter()
        offset = self.plan.offset(self.now)
        if offset != self._offset:
            self._offset = offset
            self.judge.returned(self.now)
            self.tally.returned.append(self.now)
        self._happen()
        self._begun = time.perf_counter()
        self._care()
        self.judge.look(self._eye.alerts(), self.now)
        self._post()
        self.judge.tick(self.now)
        self.tally.ticks += 1

    def _at(self, at: int, event: Event) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, event))

    # --- the service ----------------------------------------------------------------------

    def _care(self) -> None:
        """Sweeps until nothing is due; under faults, some of them die or come twice."""
        if self.now >= self._next_crash:
            self._crash()
        begun = time.perf_counter()
        if self.plan.two:
            self._both()
        for sweep in self._sweeps[:1]:
            while (swept := sweep.once(self.stamp)).more:
                self.tally.sweeps += 1
        self.tally.sweeps += 1
        self._due = None if swept.next_due is None else swept.next_due - self._offset
        self.tally.slowest = max(self.tally.slowest, time.perf_counter() - begun)

    def _crash(self) -> None:
        """A process dies at a random write; another begins anew on the same store."""
        store, database = doomed(self.url, self.keyring, self.chance)
        try:
            while self._sweep(store).once(self.stamp).more:
                pass
        except Killed:
            self.tally.crashes += 1
            self._next_crash = next(self._crash_at)
            if self.chance.random() < 0.5:
                self.judge.look(self._eye.alerts(), self.now)
                self._courier.run(self.store, self.now, self.stamp, PUSH, dies=True)
        finally:
            store.close()
        if database.died:
            self._sweeps = [self._sweep(each) for each in self._stores]

    def _both(self) -> None:
        """Two workers take turns; now and then they sweep at the very same time."""
        if self.chance.random() < 0.1:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda sweep: sweep.once(self.stamp), self._sweeps))
        self.chance.shuffle(self._sweeps)

    def _post(self) -> None:
        waiting = self._eye.mail(self.stamp)
        if waiting:
            self._courier.run(self.chance.choice(self._stores), self.now, self.stamp, waiting)
        for who, text in self._eye.page():
            self._reads(self._by_id[who], text, new=True, arrived=True)

    def _phone(self, who: str, channel: str) -> Outcome:
        one = self._by_id[who]
        if not one.broken:
            return "sent"
        return "later" if one.number % 2 else "dead"

    # --- what arrives ---------------------------------------------------------------------

    def _heard(self, letter: Letter) -> None:
        if letter.person_id is None:
            worker = self._workers.get(letter.key.partition(":")[2])
            if worker is not None:
                self._staff_reads(worker, letter)
        elif letter.person_id in self._by_id:
            self._reads(self._by_id[letter.person_id], letter.text, letter.new, letter.arrived)

    def _reads(self, one: Person, text: str, new: bool, arrived: bool) -> None:
        if text in self._asks:
            self.judge.asked(one.id, self.now, arrived, new)
            if new:
                self.tally.asked(self.now)
            if arrived:
                self._maybe_answer(one, answers(one, self._weekend(), self.chance))
        elif text in self._others:
            self.judge.asked_elsewhere(one.id, self.now, arrived)
            if arrived:
                self._maybe_answer(one, self.chance.random() < 0.2)
        elif text in self._nudges and arrived:
            self.tally.nudged += 1
            likely = {"": 0.35, "ill": 0.3}.get(one.trouble, 0.05)
            self._maybe_answer(one, self.chance.random() < likely)

    def _weekend(self) -> bool:
        return ((self.now + SEOUL_MS) // DAY_MS + 3) % 7 >= 5

    def _maybe_answer(self, one: Person, will: bool) -> None:
        if not will or silent(one) or one.pending > self.now:
            return
        at = self.now + answer_after(one, self.chance)
        of_day = (at + SEOUL_MS) % DAY_MS
        if of_day < 6 * HOUR_MS:
            at += 7 * HOUR_MS - of_day + self.chance.randrange(HOUR_MS)
        one.pending = at
        unwell = one.trouble == "ill" and self.chance.random() < 0.4
        self._at(at, Event("say", one, word="/checkin_unwell" if unwell else "/checkin_ok"))

    # --- what people do -------------------------------------------------------------------

    def _happen(self) -> None:
        """Everything of the world until now; what people say goes in as one batch of turns."""
        said: list[Event] = []
        lines: list[tuple[Person, int]] = []
        tick = False
        while self._events and self._events[0][0] <= self.now:
            at, _, event = heapq.heappop(self._events)
            match event.kind:
                case "day":
                    self._day()
                case "say":
                    self._speaks(event, said)
                case "line":
                    assert event.person is not None
                    lines.append((event.person, at))
                case "tick":
                    tick = True
                case "well":
                    self._recovers(event)
                case "foretell":
                    self._foretell()
                case _:
                    self._staff_acts(event)
        if lines:
            self._feed(lines)
        if said or tick:
            self._take(said, tick)

    def _day(self) -> None:
        """Midnight: what begins today, who talks, whose line is used; timers every ten minutes."""
        midnight = self.now - (self.now + SEOUL_MS) % DAY_MS
        chance = self.chance
        for one in self.people:
            if one.trouble == "" and trouble_of(one, midnight, chance):
                self._begins(one, midnight)
            if one.habit == "talks" and not silent(one) and chance.random() < 0.6:
                at = midnight + chance.randrange(7 * HOUR_MS, 22 * HOUR_MS)
                self._at(at, Event("say", one, word="/show_menu"))
            elif chance.random() < 0.001 and not silent(one):
                at = midnight + chance.randrange(7 * HOUR_MS, 22 * HOUR_MS)
                self._at(at, Event("say", one, word="/report_neighbor"))
            if one.habit == "feed":
                for at in lines_used(one, midnight, chance):
                    self._at(at, Event("line", one))
        for minute in range(10, 24 * 60, 10):
            self._at(midnight + minute * MINUTE_MS, Event("tick"))
        for hour in (10, 13, 16):
            self._at(midnight + hour * HOUR_MS, Event("rounds"))
        self._at(midnight + 18 * HOUR_MS, Event("foretell"))
        self._heat(midnight)
        self._at(midnight + DAY_MS, Event("day"))
        self.store.purge(self.stamp)
        self.judge.look(self._eye.alerts(ended=True), self.now)

    def _foretell(self) -> None:
        """What the alert-load budget says in the evening of the day to come."""
        with self.store.read() as tx:
            staff = tx.staff()
            roster = Roster(staff, tx.duties(), tx.absences(self.stamp), self._workers.keys())
            forecast = foretell(everybody(tx), self._rules, roster, self.stamp)
        self.tally.forecasts[(self.now - START) // DAY_MS + 1] = forecast.total

    def _begins(self, one: Person, midnight: int) -> None:
        """Some say beforehand that they will be away."""
        self.tally.troubles[one.trouble] += 1
        if one.trouble == "dead":
            one.since = midnight + self.chance.randrange(DAY_MS)
            one.pending = 0
        elif one.until < self.end:
            self._at(one.until + 8 * HOUR_MS, Event("well", one))
        if one.trouble in ("away", "hospital") and one.telling and one.until < self.end:
            days = max(1, (one.until - midnight) // DAY_MS)
            at = midnight + 7 * HOUR_MS
            for number, word in enumerate(
                ("/checkin_pause", f"/SetSlots(pause_days={days})", "/skip")
            ):
                self._at(at + number * MINUTE_MS, Event("say", one, number=days, word=word))

    def _recovers(self, event: Event) -> None:
        one = event.person
        assert one is not None
        one.trouble, one.until, one.broken = "", 0, False
        if self.chance.random() < 0.3:
            self._at(self.now + HOUR_MS, Event("say", one, word="/show_menu"))

    def _heat(self, midnight: int) -> None:
        """A cold spell: for a week the threshold of some is tighter."""
        if (midnight + SEOUL_MS) // DAY_MS % 10 != 5:
            return
        until = self.stamp + 5 * DAY_MS
        with self.store.write() as tx:
            for one in self.chance.sample(self.people, len(self.people) // 20):
                entry = tx.checkin(one.id)
                if entry is not None and entry.state == "active":
                    tx.keep_checkin(
                        replace(entry, tight_days=1, tight_until=until, next_due_at=self.stamp)
                    )
                    self.judge.tighten(one.id, self.now, self.now + 5 * DAY_MS, 1)

    def _speaks(self, event: Event, said: list[Event]) -> None:
        """What is on its way waits where the gateway is down, and is never sent by who cannot."""
        one = event.person
        assert one is not None
        if not self._can_speak(one, event):
            return
        down = self.plan.failing(one.door, self.now)
        if down:
            self._at(down + self.chance.randrange(10 * MINUTE_MS), event)
        elif any(one is other.person for other in said):
            self._at(self.now + 1, event)
        else:
            said.append(event)

    def _can_speak(self, one: Person, event: Event) -> bool:
        """Until the hour of death; and from the hospital only to say so at the beginning."""
        if one.trouble == "dead":
            return self.now < one.since
        return not silent(one) or (one.trouble == "hospital" and event.number > 0)

    def _take(self, said: Sequence[Event], tick: bool) -> None:
        """Real turns. Now and then a message comes twice, as providers send them."""
        inbounds = [self._inbound(event) for event in said]
        again = [each for each in inbounds if self.chance.random() < 0.01]
        taken = self._turns.take_now([*inbounds, *again], tick)
        for event, turned in zip(said, taken, strict=False):
            assert event.person is not None
            answer = " ".join(reply.text for reply in turned.replies or ())
            self._told_us(event.person, event, answer)
        self.tally.turns += len(said)

    def _inbound(self, event: Event) -> Inbound:
        one = event.person
        assert one is not None
        self._message += 1
        return Inbound(one.door, one.key(one.door), str(self._message), payload=event.word)

    def _told_us(self, one: Person, event: Event, answer: str) -> None:
        if event.word == "/report_neighbor":
            self.judge.subjects[one.id].grain = HOUR_MS
        self.judge.sign(one.id, self.now, self.now)
        if event.word in ("/checkin_ok", "/checkin_unwell"):
            self.tally.answered(self.now)
        if RESTS in answer:
            self.judge.rests(one.id, self.now + event.number * DAY_MS)
            self.tally.paused += 1

    def _feed(self, lines: Sequence[tuple[Person, int]]) -> None:
        """Signs of life of a carrier, taken in as a signed batch is."""
        rows = [(one.ref, at + self._offset) for one, at in lines]
        with self.store.write() as tx:
            taken = tx.activity(rows, self.stamp)
        for (one, at), known in zip(lines, taken, strict=True):
            if known:
                self.judge.sign(one.id, at, self.now)

    # --- what the staff do ----------------------------------------------------------------

    def _staff_reads(self, worker: Worker, letter: Letter) -> None:
        clear = ALL_CLEAR.search(letter.text)
        if clear is not None:
            self.judge.all_clear(worker.id, int(clear[1]))
            return
        found = COMMAND.search(letter.text)
        if found is None:
            return
        number = int(found[1])
        if letter.new:
            self.judge.told(worker.id, letter.channel, number, letter.text, self.now)
            self.tally.told(worker, number, self.now)
        if letter.arrived and worker.hears(self.now) and self._awake(worker):
            kind = "outcome" if "/outcome" in letter.text else "take"
            delay = self.chance.lognormvariate(0, 0.5) * worker.usual * MINUTE_MS
            self._at(self.now + round(delay), Event(kind, worker=worker, number=number))

    def _awake(self, worker: Worker) -> bool:
        hour = (self.now + SEOUL_MS) % DAY_MS // HOUR_MS
        return worker.role == "desk" or 7 <= hour < 22

    def _staff_acts(self, event: Event) -> None:
        if event.kind == "rounds":
            self._rounds()
            return
        worker = event.worker
        assert worker is not None
        if event.kind == "take":
            self._takes(worker, event.number)
        else:
            self._ends(worker, event.number)

    def _takes(self, worker: Worker, number: int) -> None:
        try:
            if not self.store.acknowledge(number, worker.id, self.stamp):
                return
        except NotAllowed:
            return
        self.judge.taken(number)
        self.tally.taken(number, self.now)
        if self.chance.random() > 0.05:
            delay = self.chance.lognormvariate(0, 0.6) * 50 * MINUTE_MS
            self._at(self.now + round(delay), Event("outcome", worker=worker, number=number))

    def _ends(self, worker: Worker, number: int) -> None:
        """The officer has called or visited."""
        with self.store.read() as tx:
            case = tx.case(number)
        if case is None or case.state == "closed" or case.person_id is None:
            return
        one = self._by_id[case.person_id]
        code = self._outcome(one, worker)
        try:
            done = settle(self.store, number, worker.id, self.stamp, code, "", self._rules)
        except NotAllowed:
            return
        if done == "search":
            self._at(self.now + 2 * HOUR_MS, Event("outcome", worker=worker, number=number))
        if done != "closed":
            return
        self.tally.closed(one, number, code, self.now)
        self.judge.closed(number)
        if code in ("hospital", "away"):
            self.judge.rests(one.id, self.now + 30 * DAY_MS)
        elif code in ("deceased", "moved"):
            self.judge.rests(one.id, NEVER)
        elif code in MET:
            self.judge.sign(one.id, self.now, self.now)

    def _outcome(self, one: Person, worker: Worker) -> str:
        if self.chance.random() < 0.03 and one.trouble != "dead":
            return "wrong_number"
        found = {
            "dead": "deceased",
            "hospital": "hospital",
            "away": "away" if one.until - self.now > 2 * DAY_MS else "reached_well",
            "ill": "reached_care",
        }
        if one.trouble == "dead" and self.now < one.since:
            return "reached_well"
        return found.get(one.trouble, "reached_well" if self.chance.random() < 0.8 else "visited")

    def _rounds(self) -> None:
        """Three times a day somebody sees to those who said that they were not well."""
        workers = {worker.region: worker for worker in self.staff if worker.role == "officer"}
        desk = next(
            worker for worker in self.staff if worker.region == GU and worker.role == "desk"
        )
        for number, _, region in self._eye.unwell():
            self._ends(workers.get(region, desk), number)
