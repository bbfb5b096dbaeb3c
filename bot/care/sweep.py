"""The sweep: whoever is due is planned, and what is to be done is done in the same transaction.

Nothing is remembered between two sweeps but what the store holds, so that a crash at any statement,
a second worker or a day of downtime neither loses nor doubles anything.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.care.alarm import Alarm, Candidate
from bot.care.contacts import ask_contacts
from bot.care.phone import Teller
from bot.care.plan import (
    ALERTED,
    ASKED,
    OTHER,
    REROUTED,
    RETURNED,
    STUCK_AGAIN,
    Step,
    Watch,
    changed,
    key_of_question,
    keys_of,
    next_step,
    nudge_key,
    other_key,
    question_key,
    silent_since,
)
from bot.care.ringing import Bell
from bot.care.rules import MINUTE_MS, SEOUL_MS, Rules
from bot.care.words import Said
from bot.chance import Chance
from data.care import CareRules
from data.store import (
    DAY_MS,
    REMINDER,
    WEBPUSH,
    AddressView,
    Checkin,
    DueCheckin,
    OutboxItem,
    Store,
    Tx,
)

BATCH = 500
PULSE = "sweep"
BEAT_EVERY = 30_000
BACKWARDS = 2 * MINUTE_MS
"""A clock that goes back by less is being set right, and moves nothing."""
SENDS = frozenset({"ask", "nudge", "other", "alert", "flag", "resume_word"})
GONE_OUT = frozenset({"sent", ""})
"""States of a question that was asked; one of the chat page has no row in the outbox."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did. `more`: something is due already; else nothing is before `next_due`."""

    asked: int = 0
    nudged: int = 0
    alerted: int = 0
    flagged: int = 0
    held: int = 0
    told: int = 0
    cleared: int = 0
    more: bool = False
    next_due: int | None = None


class Sweep:
    """`push` are channels that send from the outbox, `kept` those whose history we keep."""

    def __init__(
        self,
        store: Store,
        care: CareRules,
        chance: Chance,
        push: Iterable[str] = (),
        kept: Iterable[str] = ("web",),
        batch: int = BATCH,
    ) -> None:
        self._store, self._batch = store, batch
        self.chance, self.rules, self.said = chance, Rules.of(care), Said(care.voice)
        self.push, self.kept = frozenset(push), frozenset(kept)
        teller = Teller(chance, self.push)
        self.alarm = Alarm(self.rules, chance, Bell(care, self.rules, teller, self.kept))

    def once(self, now: int) -> Swept:
        """One batch in one transaction; nothing is written where nothing is due."""
        with self._store.read() as tx:
            due, pulse = tx.next_due(), tx.pulse(PULSE)
            idle = (due is None or due > now) and not tx.any_sign()
        if idle and pulse is not None and -BACKWARDS < now - pulse < BEAT_EVERY:
            return Swept(next_due=due)
        done: Counter[str] = Counter()
        with self._store.write() as tx:
            rows = self._sweep(tx, now, done)
            due = tx.next_due()
        return Swept(more=rows > 0 and due is not None and due <= now, next_due=due, **done)

    def _sweep(self, tx: Tx, now: int, done: "Counter[str]") -> int:
        """How many rows were looked at."""
        returned_at = self._pulse(tx, now)
        rows = self.alarm.clear(tx, now, returned_at, done)
        rows += self.alarm.climb(tx, now, done)
        dues = tx.due_checkins(now, self._batch)
        if dues:
            tx.keep_checkins(Round(self, tx, now, returned_at, done).run(dues))
        return rows + len(dues)

    def _pulse(self, tx: Tx, now: int) -> int:
        """When we were last back from being away. Notices a gap, and a clock that went back."""
        last, returned = tx.pulse(PULSE), tx.pulse(RETURNED) or 0
        if last is not None and now <= last - BACKWARDS:
            log.warning("the clock went back by %d seconds", (last - now) // 1000)
            tx.rewind(now, last, key_of_question)
        elif last is not None and now - last <= self.rules.away_after:
            if now - last >= BEAT_EVERY:
                tx.beat(PULSE, now)
            return returned
        tx.beat(PULSE, now)
        tx.beat(RETURNED, now)
        return now


class Round:
    """One batch of people who are due."""

    def __init__(
        self, sweep: Sweep, tx: Tx, now: int, returned_at: int, done: "Counter[str]"
    ) -> None:
        self._sweep, self._tx, self._now, self._done = sweep, tx, now, done
        self._returned_at = returned_at
        self._places: dict[str, list[AddressView]] = {}
        self._sent: dict[str, tuple[str, int | None]] = {}
        self._heard: dict[str, int] = {}
        self._candidates: list[Candidate] = []
        self._stale: dict[str, list[str]] = {}

    def run(self, dues: Sequence[DueCheckin]) -> list[Checkin]:
        """The check-ins as they are afterwards."""
        kept: list[Checkin] = []
        loud: list[tuple[DueCheckin, Step]] = []
        for due in dues:
            step = self._next(due, due.checkin)
            if step.kind in SENDS or (step.kind == "wait" and _failed(due.checkin)):
                loud.append((due, step))
            else:
                kept.append(self._rest(due, step))
        if loud:
            self._look_up(loud)
            kept += filter(None, [self._act(due) for due, _ in loud])
            self._tx.withdraw(self._stale)
            kept += self._sweep.alarm.sound(self._tx, self._now, self._candidates, self._done)
        return kept

    def _next(self, due: DueCheckin, entry: Checkin, other: bool = True) -> Step:
        return next_step(self._watch(due, entry, other), self._sweep.rules, self._now)

    def _watch(self, due: DueCheckin, entry: Checkin, other: bool) -> Watch:
        heard = self._heard.get(entry.person_id, 0) if _failed(entry) else 0
        return Watch(entry, due.last_seen_at, self._returned_at, other, heard_at=heard)

    def _look_up(self, loud: Sequence[tuple[DueCheckin, Step]]) -> None:
        """Where they are reached, and what became of the questions, in a statement each."""
        self._places = self._tx.addresses_of([due.checkin.person_id for due, _ in loud])
        asked = [question_key(due.checkin) for due, step in loud if step.kind != "ask"]
        self._sent = self._tx.sent(asked) if asked else {}
        for due, _ in loud:
            if _failed(due.checkin):
                since = silent_since(self._watch(due, due.checkin, other=False))
                self._heard[due.checkin.person_id] = self._tx.heard(due.checkin.person_id, since)

    # --- what becomes of one person -------------------------------------------------------

    def _rest(self, due: DueCheckin, step: Step) -> Checkin:
        entry = due.checkin
        if step.kind == "resume":
            return self._later(due, changed(entry, state="active", stage="", nudges=0))
        silent = (entry.asked_at or 0) > due.last_seen_at
        if entry.stage == ALERTED and silent and not self._tx.open_alert_of(entry.person_id):
            entry = changed(entry, stage=ASKED)
        return changed(entry, next_due_at=max(step.at, self._now + 1))

    def _later(self, due: DueCheckin, entry: Checkin, other: bool = True) -> Checkin:
        """The check-in with the time at which it is looked at next."""
        step = self._next(due, entry, other)
        at = max(step.at, self._now + 1) if step.kind == "wait" else self._now
        return changed(entry, next_due_at=at)

    def _act(self, due: DueCheckin) -> Checkin | None:
        """None for those that an alert is about."""
        entry, places = due.checkin, self._usable(due.checkin)
        other = len(places) > 1
        step = self._next(due, entry, other)
        if step.kind in ("nudge", "other", "alert") and not _failed(entry):
            unheard = self._unheard(entry, step)
            if unheard is not None:
                return unheard if unheard.next_due_at else self._later(due, unheard, other)
        if step.kind in ("alert", "flag"):
            watch = self._watch(due, entry, other)
            self._candidates.append(Candidate(due, watch, step, tuple(places)))
            return None
        if step.kind not in SENDS:
            return self._rest(due, step)
        return self._later(due, self._send(due, step, places), other)

    def _unheard(self, entry: Checkin, step: Step) -> Checkin | None:
        """The check-in of somebody whom the question has not reached, or only just; else None.

        Without `next_due_at` where it is to be planned anew.
        """
        now, answer = self._now, self._sweep.rules.answer
        state, sent_at = self._sent.get(question_key(entry), ("", None))
        if state in GONE_OUT:
            if step.kind != "alert" or sent_at is None or sent_at + answer <= now:
                return None
            return changed(entry, next_due_at=sent_at + answer)
        stuck = step.kind == "alert" and now >= step.at + answer
        if state == "dead" or stuck:
            return changed(entry, undelivered_at=now, next_due_at=None)
        return changed(entry, next_due_at=now + STUCK_AGAIN)

    # --- sending --------------------------------------------------------------------------

    def _send(self, due: DueCheckin, step: Step, places: Sequence[AddressView]) -> Checkin:
        entry, now = due.checkin, self._now
        who = entry.person_id
        place = places[0] if places else None
        if step.kind == "ask":
            self._done["asked"] += 1
            if entry.asked_at != now:
                self._stale[who] = keys_of(entry)
            lost = None if place else now
            entry = changed(entry, stage=ASKED, asked_at=now, nudges=0, undelivered_at=lost)
            self._put(due, place, "ask", question_key(entry))
            return entry
        self._done["nudged"] += 1
        if step.kind == "resume_word":
            self._put(due, place, "resume_word", f"resume:{who}:{entry.paused_until}")
            return changed(entry, resumed_word_at=now)
        if step.kind == "nudge":
            kind = "last" if step.nudges > 1 else "nudge"
            if kind == "last":
                seen = due.last_seen_at
                ask_contacts(self._tx, self._sweep.chance, who, seen, now, first=True)
            if entry.stage == REROUTED and len(places) > 1:
                place = places[1]
            self._put(due, place, kind, nudge_key(entry, step.nudges))
            return changed(entry, nudges=step.nudges)
        if not _failed(entry):
            self._put(due, places[1], "other", other_key(entry))
            return changed(entry, stage=OTHER)
        entry = changed(entry, stage=REROUTED, asked_at=now, nudges=0, undelivered_at=None)
        self._put(due, places[1], "other", question_key(entry))
        return entry

    def _put(self, due: DueCheckin, place: AddressView | None, kind: str, key: str) -> None:
        """Into the outbox, or into the history of the chat page."""
        if place is None:
            return
        entry, now, sweep = due.checkin, self._now, self._sweep
        day = (now + SEOUL_MS) // DAY_MS
        body, line = sweep.said.body(kind, entry.person_id, day, due.lang, entry.easy)
        if place.channel not in sweep.push:
            self._tx.history_add(entry.person_id, now, "out", line)
            for bell in self._bells(entry):
                self._queue(entry, bell, body, f"bell:{bell.id}:{key}")
            return
        self._queue(entry, place, body, key)

    def _queue(self, entry: Checkin, place: AddressView, body: bytes, key: str) -> None:
        now = self._now
        self._tx.queue(
            OutboxItem(
                id=f"{now:014d}{self._sweep.chance.id()}",
                channel=place.channel,
                body=body,
                due_at=now,
                idempotency_key=key,
                priority=REMINDER,
                person_id=entry.person_id,
                address_id=place.id,
            )
        )

    def _bells(self, entry: Checkin) -> list[AddressView]:
        """Browsers that tell of something new on the chat page."""
        if WEBPUSH not in self._sweep.push:
            return []
        return [p for p in self._places.get(entry.person_id, ()) if p.channel == WEBPUSH]

    def _usable(self, entry: Checkin) -> list[AddressView]:
        """Where messages reach the person, in the order of the channels that they chose."""
        known = (self._sweep.push | self._sweep.kept) - {WEBPUSH}
        places = [
            place
            for place in self._places.get(entry.person_id, ())
            if place.blocked_at is None and place.channel in known
        ]
        if len(places) > 1:
            order = {channel: number for number, channel in enumerate(entry.channels)}
            places.sort(key=lambda place: (order.get(place.channel, len(order)), place.id))
        return places


def _failed(entry: Checkin) -> bool:
    if entry.undelivered_at is None or entry.asked_at is None:
        return False
    return entry.undelivered_at >= entry.asked_at
