"""A small district: residents, staff, a clock, and somebody who empties the outbox."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.care.sweep import Sweep, Swept
from bot.chance import SeededChance
from bot.clock import SEOUL, milliseconds
from bot.outbox import decode
from bot.undelivered import undelivered
from data.store import AlertView, Checkin, Parcel, StaffMember, Store
from tests.talk import content

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DONG = "대구광역시 남구 봉덕1동"
COUNTED = ("asked", "nudged", "alerted", "flagged", "held", "told", "cleared")
PUSH = ("telegram", "sms", "email")


def at(text: str) -> int:
    """ "11-23 10:00" in Seoul, 2026."""
    return milliseconds(datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SEOUL))


START = at("11-23 10:20")
"""A Monday, after the hour of the question; no full hour, for times of signs that are may be cut."""


@dataclass
class Sent:
    at: int
    channel: str
    to: str
    text: str
    priority: int
    person_id: str | None
    payloads: tuple[str, ...]


@dataclass
class District:
    store: Store
    now: int = START
    seed: int = 1
    push: tuple[str, ...] = PUSH
    sent: list[Sent] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Channels that take nothing; "dead": they give up at once."""
    dead: set[str] = field(default_factory=set)
    care: Any = None
    left: bool = False
    """Whether something may wait to be sent."""

    def __post_init__(self) -> None:
        self.care = self.care or content().care
        self.sweep = self.new_sweep()

    def new_sweep(self, store: Store | None = None, **more: Any) -> Sweep:
        self.seed += 1
        return Sweep(
            store or self.store, self.care, SeededChance(self.seed), push=self.push, **more
        )

    # --- people ---

    def resident(
        self,
        name: str = "kim",
        *,
        channels: tuple[str, ...] = ("telegram",),
        days: int = 1,
        hour: int = 10,
        profile: dict[str, Any] | None = None,
        **more: Any,
    ) -> str:
        who = f"person-{name}"
        with self.store.write() as tx:
            first, *rest = channels
            tx.new_person(who, f"{name}-{first}", first, f"{name}@{first}", "ko", self.now)
            for channel in rest:
                tx.add_address(f"{name}-{channel}", who, channel, f"{name}@{channel}")
            tx.save_profile(who, profile or {"region": DONG, "checkin_phone": "010-1234-5678"})
            tx.touch(who, self.now)
            entry = Checkin(
                person_id=who,
                state="active",
                hour=hour,
                threshold_days=days,
                created_at=self.now,
                channels=channels,
                region=DONG,
                next_due_at=self.now,
            )
            tx.keep_checkin(replace(entry, **more))
        return who

    def officer(
        self, name: str = "lee", role: str = "officer", region: str = DONG, **contacts: str
    ) -> str:
        with self.store.write() as tx:
            tx.add_staff(StaffMember(name, name, role, region, "", self.now))  # type: ignore[arg-type]
            for channel, key in (contacts or {"telegram": f"{name}@telegram"}).items():
                tx.set_staff_contact(name, channel, key)
        return name

    def sign(self, who: str, when: int | None = None) -> None:
        with self.store.write() as tx:
            tx.touch(who, self.now if when is None else when)

    def entry(self, who: str) -> Checkin:
        with self.store.read() as tx:
            found = tx.checkin(who)
        assert found is not None
        return found

    def change(self, who: str, **changes: Any) -> None:
        with self.store.write() as tx:
            found = tx.checkin(who)
            assert found is not None
            tx.keep_checkin(replace(found, next_due_at=self.now, **changes))

    # --- time ---

    def once(self) -> Swept:
        """Sweeps until nothing is due; deliveries go out in between."""
        total: dict[str, int] = {}
        for _ in range(100):
            swept = self.sweep.once(self.now)
            for name in COUNTED:
                total[name] = total.get(name, 0) + getattr(swept, name)
            if not swept.more:
                if any(total.values()) or self.left:
                    self.deliver()
                return replace(swept, **total)
        raise AssertionError("the sweep never comes to rest")

    def until(self, then: int, every: int = 5 * MINUTE) -> None:
        """Time passes, with a sweep every so often."""
        self.once()
        while self.now < then:
            self.now = min(then, self.now + every)
            self.once()

    def deliver(self) -> None:
        """What waits goes out, except on channels that are broken."""
        self.left = bool(self.broken)
        with self.store.write() as tx:
            tx.requeue_expired(self.now)
        for channel in self.push:
            if channel in self.broken:
                continue
            with self.store.write() as tx:
                parcels = tx.claim_outbox(channel, self.now, 1000, MINUTE)
                for parcel in parcels:
                    if channel in self.dead:
                        tx.mark_failed(parcel.id, "dead", None)
                        undelivered(frozenset(self.push))(tx, parcel, "dead", self.now)
                    else:
                        tx.mark_sent(parcel.id, self.now)
                        self.sent.append(self._sent(parcel))

    def _sent(self, parcel: Parcel) -> Sent:
        reply, _ = decode(parcel.body)
        payloads = tuple(button.payload for button in reply.buttons)
        return Sent(
            self.now,
            parcel.channel,
            parcel.key,
            reply.text,
            parcel.priority,
            parcel.person_id,
            payloads,
        )

    # --- what happened ---

    def to(self, key: str) -> list[Sent]:
        return [one for one in self.sent if one.to == key]

    def alerts(self, *kinds: str, ended: bool = True) -> list[AlertView]:
        states = ["held", "open", "acknowledged", *(["ended"] if ended else [])]
        with self.store.read() as tx:
            return tx.alerts(None, states=states, kinds=kinds, limit=10_000)[::-1]
