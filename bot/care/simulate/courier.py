"""The world's gateways, and whoever empties the outbox into them, by the store's own calls.

In place of `bot.delivery`, which waits in real time: the same rows, leases, tries, quiet hours and burials.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from bot.care.simulate.faults import Plan
from bot.limits import Backoff
from bot.outbox import decode
from bot.undelivered import undelivered
from data.store import REMINDER, REPLY, Parcel, Store

LEASE = 60_000
BATCH = 500
Outcome = Literal["sent", "later", "dead"]


class Letter(NamedTuple):
    """What came to a gateway. `new`: it had not been tried before. Answers in a talk have no `text` here."""

    channel: str
    key: str
    person_id: str | None
    text: str
    arrived: bool
    new: bool


Hear = Callable[[Letter], None]
Broken = Callable[[str, str], Outcome]
"""Person and channel: what their telephone does."""


class Courier:
    def __init__(
        self,
        push: Iterable[str],
        plan: Plan,
        broken: Broken,
        hear: Hear,
        awake: Callable[[int], int],
        chance: random.Random,
    ) -> None:
        self._plan, self._broken = plan, broken
        self._hear, self._awake, self._chance = hear, awake, chance
        self._backoff = Backoff()
        self._bury = undelivered(frozenset(push))
        self._tried: set[str] = set()
        self.handed = self.retried = self.given_up = 0

    def run(
        self, store: Store, now: int, stamp: int, channels: Sequence[str], dies: bool = False
    ) -> None:
        """`stamp` is what the service's clock says. `dies`: before it could book what it sent."""
        while True:
            heard: list[Letter] = []
            morning = self._awake(stamp)
            with store.write() as tx:
                tx.requeue_expired(stamp)
                parcels = [
                    parcel
                    for channel in channels
                    for parcel in tx.claim_outbox(channel, stamp, BATCH, LEASE)
                ]
                for parcel in parcels:
                    if parcel.priority >= REMINDER and morning > stamp:
                        tx.release_outbox(parcel.id, morning)
                        continue
                    outcome = self._send(parcel, now)
                    heard.append(self._letter(parcel, outcome, booked=not dies))
                    if dies:
                        continue
                    if outcome == "sent":
                        tx.mark_sent(parcel.id, stamp)
                    elif outcome == "later" and parcel.attempts < self._backoff.attempts:
                        wait = self._backoff.after(parcel.attempts - 1, self._chance)
                        tx.mark_failed(parcel.id, "network", stamp + round(wait * 1000))
                        self.retried += 1
                    else:
                        tx.mark_failed(parcel.id, outcome, None)
                        self._bury(tx, parcel, outcome, stamp)
                        self.given_up += 1
            for letter in heard:
                self._hear(letter)
            if dies or len(parcels) < BATCH:
                return

    def _send(self, parcel: Parcel, now: int) -> Outcome:
        if self._plan.failing(parcel.channel, now):
            return "later"
        if parcel.blocked or not parcel.key:
            return "dead"
        if parcel.person_id is not None:
            return self._broken(parcel.person_id, parcel.channel)
        return "sent"

    def _letter(self, parcel: Parcel, outcome: Outcome, booked: bool) -> Letter:
        new = parcel.id not in self._tried
        if outcome == "sent" and booked:
            self._tried.discard(parcel.id)
            self.handed += 1
        else:
            self._tried.add(parcel.id)
        text = "" if parcel.priority == REPLY else decode(parcel.body)[0].text
        sent = outcome == "sent"
        return Letter(parcel.channel, parcel.key, parcel.person_id, text, sent, new)
