"""Random histories: signs, silence, pauses, officers, downtime, jumps of the clock, crashes, two sweeps.

Beside the sweep runs a witness that knows every true sign of life and nothing of the planner. 0 alerts
for people who gave one within the threshold, 0 doubled, 0 missed.
"""

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.care.outcomes import settle
from data.store import AlertView, Keyring, Store
from tests.care.crashes import Crash, Fuse, fuse
from tests.care.district import DAY, HOUR, MINUTE, START, District
from tests.store.conftest import SECRET, _migrated

PEOPLE = ("ann", "bob", "cho")
STEP = 10 * MINUTE
SLACK = 32 * HOUR
"""A question a day, its time to answer, and what moves it out of the night: then somebody is told."""
QUICK = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
THOROUGH = settings(QUICK, max_examples=150, stateful_step_count=60)


@dataclass
class Witness:
    """What truly happened to one person."""

    who: str
    days: int
    seen: int = START
    tight: tuple[int, int] = (0, 0)
    """Days, and until when."""
    watched: bool = True
    paused_until: int = 0
    up_since: int = START
    """Since when nothing has been in the way: we ran, the channel worked, nobody changed the rules."""
    alerts: list[tuple[int, int]] = field(default_factory=list)
    """When each alert was opened, and the last true sign before it."""

    def threshold(self, now: int) -> int:
        days, until = self.tight
        return min(self.days, days) if until > now else self.days

    @property
    def since(self) -> int:
        return max(self.seen, self.paused_until)


@dataclass
class Town(District):
    """Nobody is told the same twice at once. Deliveries do not crash: what they send again is not the sweep's."""

    fuse: Fuse = field(default_factory=Fuse)

    def deliver(self) -> None:
        left, self.fuse.left = self.fuse.left, 0
        before = len(self.sent)
        super().deliver()
        self.fuse.left = left
        told = Counter((one.to, one.text) for one in self.sent[before:])
        assert all(count == 1 for count in told.values()), told.most_common(1)


class Histories(RuleBasedStateMachine):
    template: Path

    def __init__(self) -> None:
        super().__init__()
        if not hasattr(Histories, "template"):
            Histories.template = Path(tempfile.mkdtemp()) / "template.db"
            _migrated(f"sqlite:///{Histories.template}")
        self.folder = Path(tempfile.mkdtemp())
        path = shutil.copy(Histories.template, self.folder / "anbu.db")
        self.store = Store.open(f"sqlite:///{path}", Keyring(SECRET))
        with self.store._database.transaction() as cursor:
            cursor.execute("COMMIT")
            cursor.execute("PRAGMA synchronous=OFF")
        self.fuse = fuse(self.store)
        self.district = Town(self.store, fuse=self.fuse)
        self.known: set[str] = set()
        self.writes = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @initialize(
        days=st.lists(st.integers(1, 5), min_size=3, max_size=3),
        hours=st.lists(st.integers(0, 23), min_size=3, max_size=3),
    )
    def people(self, days: list[int], hours: list[int]) -> None:
        self.district.officer("lee")
        self.district.officer("desk", "desk", "대구광역시 남구", sms="desk@sms")
        self.witness: dict[str, Witness] = {}
        for name, threshold, hour in zip(PEOPLE, days, hours, strict=True):
            channels = ("telegram", "sms") if name == "bob" else ("telegram",)
            who = self.district.resident(
                name, days=threshold, hour=hour, channels=channels, minute=hour
            )
            self.witness[who] = Witness(who, threshold)

    # --- time ---

    @rule(steps=st.integers(1, 150))
    def time_passes(self, steps: int) -> None:
        for _ in range(steps):
            self.district.now += STEP
            self._sweep()

    @rule(hours=st.integers(1, 40))
    def we_are_down(self, hours: int) -> None:
        self.district.now += hours * HOUR
        self._disturb()
        self._sweep()

    @rule(ahead=st.integers(1, 9 * 24), sweeps=st.integers(1, 2))
    def the_clock_jumps_and_comes_back(self, ahead: int, sweeps: int) -> None:
        now = self.district.now
        self.district.now += ahead * HOUR
        self._disturb()
        for _ in range(sweeps):
            self.district.now += STEP
            self._sweep()
        self.district.now = now + (sweeps + 1) * STEP
        for one in self.witness.values():
            one.up_since = self.district.now
        self._sweep()

    @rule(late=st.integers(1, 9))
    def a_sweep_is_late(self, late: int) -> None:
        self.district.now += late * MINUTE
        self._sweep()

    # --- people ---

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_writes(self, who: str) -> None:
        one = self.witness[f"person-{who}"]
        one.seen = self.district.now
        self.district.sign(one.who)

    @rule(who=st.sampled_from(PEOPLE), ago=st.integers(1, 30))
    def a_feed_tells_of_a_sign(self, who: str, ago: int) -> None:
        one = self.witness[f"person-{who}"]
        then = max(one.seen, self.district.now - ago * HOUR)
        one.seen = then
        self.district.sign(one.who, then)

    @rule(who=st.sampled_from(PEOPLE))
    def an_anonymous_turn_is_kept_by_the_hour(self, who: str) -> None:
        one = self.witness[f"person-{who}"]
        one.seen = self.district.now
        self.district.sign(one.who, self.district.now - self.district.now % HOUR + HOUR)

    @rule(who=st.sampled_from(PEOPLE), days=st.integers(1, 5))
    def a_pause(self, who: str, days: int) -> None:
        one = self.witness[f"person-{who}"]
        if not one.watched or self.district.entry(one.who).state != "active":
            return
        one.seen = self.district.now
        one.paused_until = self.district.now + days * DAY
        one.up_since = one.paused_until
        self.district.sign(one.who)
        self.district.change(
            one.who, state="paused", paused_until=one.paused_until, resumed_word_at=None
        )

    @rule(who=st.sampled_from(PEOPLE), days=st.integers(1, 4), lasting=st.integers(1, 6))
    def tightened(self, who: str, days: int, lasting: int) -> None:
        one = self.witness[f"person-{who}"]
        if one.watched:
            one.tight = (days, self.district.now + lasting * DAY)
            one.up_since = self.district.now
            self.district.change(one.who, tight_days=days, tight_until=one.tight[1])

    @rule(broken=st.booleans())
    def the_gateway(self, broken: bool) -> None:
        self.district.broken = {"telegram"} if broken else set()
        self._disturb()

    @rule(dead=st.booleans())
    def messages_are_given_up(self, dead: bool) -> None:
        self.district.dead = {"telegram"} if dead else set()
        self._disturb()

    # --- officers ---

    @precondition(lambda self: self._open())
    @rule(data=st.data())
    def an_officer_takes_it(self, data: st.DataObject) -> None:
        alert = data.draw(st.sampled_from(self._open()))
        self.store.acknowledge(alert.case_number, "lee", self.district.now)

    @precondition(lambda self: self._open())
    @rule(
        data=st.data(),
        code=st.sampled_from(["reached_well", "visited", "hospital", "wrong_number", "refused"]),
    )
    def an_officer_gives_an_outcome(self, data: st.DataObject, code: str) -> None:
        alert = data.draw(st.sampled_from(self._open()))
        one = self.witness[alert.person_id or ""]
        rules, now = self.district.sweep.rules, self.district.now
        settle(self.store, alert.case_number or 0, "lee", now, code, "", rules)
        if code in ("reached_well", "visited"):
            one.seen = max(one.seen, now)
        elif code == "hospital":
            one.paused_until = one.up_since = now + rules.pause_most
        elif code == "refused":
            one.watched = False

    def _open(self) -> list[AlertView]:
        return [one for one in self.district.alerts(ended=False) if one.case_number]

    # --- crashes and workers ---

    @rule(writes=st.integers(1, 60))
    def a_crash_is_coming(self, writes: int) -> None:
        self.writes = writes

    @rule()
    def another_worker(self) -> None:
        self.district.sweep = self.district.new_sweep(batch=2)

    def _sweep(self) -> None:
        self.fuse.left, burning = self.writes, True
        while burning:
            try:
                self.district.once()
                burning = False
            except Crash:
                self.writes = 0
                # What was committed before it waits to be sent, whether the next sweep finds anything or not.
                self.district.left = True
                self.district.sweep = self.district.new_sweep()
        self.writes, self.fuse.left = self.fuse.left, 0
        self._look()

    def _disturb(self) -> None:
        for one in self.witness.values():
            one.up_since = self.district.now

    # --- what must hold ---

    def _look(self) -> None:
        """After every sweep: each new silence alert was right, and the only one of its silence."""
        now = self.district.now
        if self.district.broken or self.district.dead:
            self._disturb()
        for alert in self.district.alerts("silence"):
            if alert.id in self.known:
                continue
            self.known.add(alert.id)
            one = self.witness[alert.person_id or ""]
            assert one.watched, "alerted for somebody who left"
            due = one.since + one.threshold(now) * DAY
            assert now >= due, f"alerted {(due - now) / HOUR:.1f} hours too early"
            assert all(since != one.since for _, since in one.alerts), "two alerts of one silence"
            one.alerts.append((now, one.since))

    def _stands(self, who: str) -> bool:
        """Whether an open alert knows of the last sign: one that came late, and ended no silence."""
        with self.store.read() as tx:
            alert = tx.open_alert_of(who)
        return alert is not None and alert.state != "held" and alert.sign_at == alert.last_seen_at

    @invariant()
    def nobody_is_missed(self) -> None:
        if not hasattr(self, "witness"):
            return
        now = self.district.now
        for one in self.witness.values():
            entry = self.district.entry(one.who)
            told = any(since == one.since for _, since in one.alerts) or self._stands(one.who)
            if not one.watched or entry.state != "active" or told:
                continue
            due = max(one.since + one.threshold(now) * DAY, one.up_since) + SLACK
            assert now <= due, f"{one.who} is missed for {(now - due) / HOUR:.1f} hours"

    @invariant()
    def an_alert_has_one_case_and_open_ones_are_due(self) -> None:
        alerts = self.district.alerts()
        cases = Counter(one.case_number for one in alerts if one.case_number)
        assert all(count == 1 for count in cases.values())
        opened = self.store.cases(kinds=["checkin_alert"], limit=1000)
        assert {one.number for one in opened} == set(cases)
        for one in alerts:
            assert (one.state == "ended") == (one.next_due_at is None)
            mute = one.state in ("held", "ended") or one.kind == "outage"
            assert mute or one.case_number is not None


class _Plain(Histories):
    pass


_Plain.TestCase.settings = QUICK


@pytest.mark.timeout(400)
class TestRandomHistories(_Plain.TestCase):
    pass


@pytest.mark.slow
@pytest.mark.timeout(3000)
class TestManyRandomHistories(Histories.TestCase):
    settings = THOROUGH
