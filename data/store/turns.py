"""The path of every turn: seen before? who is it? what changed?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from data.store.base import (
    NEW_ADDRESS,
    NEW_INBOUND,
    NEW_JOURNAL,
    NEW_MESSAGE,
    NEW_OUTBOX,
    NEW_PERSON,
    Base,
)
from data.store.known import Known, Place, Spot
from data.store.locks import lock_doors, lock_people, taken_messages
from data.store.records import ANONYMOUS_MS, HOUR_MS, Direction, Door, OutboxItem, Thread
from data.store.sql import Query, Row, count_up
from data.store.statements import THREAD, THREAD_OF
from data.store.tables import metadata

ADDRESS = "address"
_unanswered = metadata.tables["unanswered"]
GAPS = Query(
    select(_unanswered.c.kind, func.sum(_unanswered.c.count))
    .where(_unanswered.c.day >= bindparam("since"))
    .group_by(_unanswered.c.kind)
    .order_by(func.sum(_unanswered.c.count).desc(), _unanswered.c.kind)
)
COUNT_THROTTLE = count_up("throttle", ["key_hash", "day"], returning=True)


class TurnTx(Base):
    def prefetch(self, doors: Iterable[Door]) -> None:
        """On PostgreSQL: lock the people of a batch, so that no other worker runs their turns.

        What `thread` and `fresh` will ask for these doors is read at the same time.
        """
        if self._locking:
            doors = list(doors)
            self._lock_places([(door.channel, self._key_hash(*door[:2])) for door in doors])
            numbers = [self._number(door.channel, door.message_id) for door in doors]
            taken = taken_messages(self._cursor, numbers)
            self._fresh = {number: number not in taken for number in numbers} | self._fresh

    def fresh(self, channel: str, message_id: str, day: int) -> bool:
        """False where the message was taken in before; else it is remembered."""
        number = self._number(channel, message_id)
        if number in self._fresh:
            if self._fresh[number]:
                self._rows[NEW_INBOUND].append((number, day))
            fresh, self._fresh[number] = self._fresh[number], False
            return fresh
        self._cursor.execute(NEW_INBOUND.on(self._dialect).sql, (number, day))
        return self._cursor.rowcount == 1

    def _number(self, channel: str, message_id: str) -> int:
        return self._keyring.number("inbound", f"{channel}\0{message_id}")

    def thread(self, channel: str, key: str) -> Thread | None:
        place = (channel, self._key_hash(channel, key))
        spot = self._places.get(place) or self._meet(place)
        return self._thread(spot) if spot else None

    def stopped(self, channel: str, key: str) -> bool:
        """Whether somebody met in this transaction takes nothing from us at this address."""
        spot = self._places.get((channel, self._key_hash(channel, key)))
        return spot is not None and spot.blocked

    def thread_of(self, person_id: str) -> Thread | None:
        """The person at an address that is not blocked, if there is one."""
        self.flush()
        self._lock([person_id])
        row = self._one(THREAD_OF, person_id=person_id)
        return None if row is None else self._thread(self._take(row))

    def _thread(self, spot: Spot) -> Thread:
        known = self._people[spot.person_id]
        return Thread(
            spot.person_id,
            spot.address_id,
            known.lang,
            orjson.loads(known.facts) if known.facts else {},
            known.state,
            known.last_seen_at,
            known.consent_version,
            known.updated_at,
            spot.blocked,
        )

    def _meet(self, place: Place) -> Spot | None:
        """Whoever is at this address, from the memory or from the tables."""
        met = self._memory.get(place) if self._memory else None
        if met is not None and met[0].person_id not in self._unmet | self._forgotten:
            spot, known = met
            self._people.setdefault(spot.person_id, known)
            self._places[place] = spot
            return spot
        if self._locking:
            if place not in self._locked:
                self._lock_places([place])
            return self._places.get(place)
        if self._unmet:
            self.flush()
        self._cursor.execute(THREAD.on(self._dialect).sql, place)
        row = self._cursor.fetchone()
        if row is None:
            return None
        spot = self._places[place] = self._take(row)
        return spot

    def _take(self, row: Row) -> Spot:
        who, address_id, blocked_at, lang, facts, last_seen_at, consent, state, updated_at = row
        if who not in self._people:
            self._unmet.discard(who)
            self._people[who] = Known(
                lang,
                facts and self._keyring.open(facts, f"person.profile:{who}"),
                last_seen_at,
                consent,
                state and self._keyring.open(state, f"session.state:{who}"),
                updated_at,
            )
        return Spot(who, address_id, blocked_at is not None)

    def _key_hash(self, channel: str, key: str) -> str:
        return self._keyring.lookup(ADDRESS, f"{channel}\0{key}")

    def _lock_places(self, places: Sequence[Place]) -> None:
        self.flush()
        for place, row in lock_doors(self._cursor, places):
            self._places[place] = self._take(row)
        self._locked.update(places)

    def _lock(self, people: Sequence[str]) -> None:
        if self._locking:
            lock_people(self._cursor, people)

    def new_person(
        self, person_id: str, address_id: str, channel: str, key: str, lang: str, now: int
    ) -> Thread:
        self._rows[NEW_PERSON].append((person_id, lang, now, now))
        self._people[person_id] = Known(lang, None, now, None, None, None)
        return self._thread(self._add_address(address_id, person_id, channel, key))

    def add_address(self, address_id: str, person_id: str, channel: str, key: str) -> None:
        """A further way to reach somebody."""
        self.thread_of(person_id)
        self._add_address(address_id, person_id, channel, key)
        self.flush()

    def _add_address(self, address_id: str, person_id: str, channel: str, key: str) -> Spot:
        key_hash = self._key_hash(channel, key)
        sealed = self._keyring.seal(key.encode(), f"address.key_enc:{address_id}")
        self._rows[NEW_ADDRESS].append((channel, key_hash, address_id, person_id, sealed))
        spot = self._places[channel, key_hash] = Spot(person_id, address_id, False)
        return spot

    # --- changes; those of somebody forgotten in this transaction come to nothing ---

    def _change(self, person_id: str) -> Known | None:
        """What is known of the person, to be changed too; a scrap where it was never read."""
        known = self._people.get(person_id)
        if known is not None or person_id in self._forgotten:
            return known
        self._unmet.add(person_id)
        return Known("", None, 0, None, None, None)

    def save_session(self, person_id: str, state: bytes, now: int) -> None:
        known = self._change(person_id)
        if known is not None:
            known.state = state
            known.updated_at = hour = now - now % HOUR_MS
            self._states[person_id] = (state, hour)

    def save_profile(self, person_id: str, profile: Mapping[str, Any]) -> None:
        known = self._change(person_id)
        if known is not None:
            known.facts = self._profiles[person_id] = orjson.dumps(profile)

    def set_lang(self, person_id: str, lang: str) -> None:
        known = self._change(person_id)
        if known is not None:
            known.lang = self._langs[person_id] = lang

    def set_consent(self, person_id: str, version: str | None, now: int) -> None:
        """`None` takes the consent back."""
        known = self._change(person_id)
        if known is not None:
            known.consent_version = version
            self._consents[person_id] = (version, None if version is None else now)

    def touch(self, person_id: str, now: int) -> None:
        """Seen at `now`; an earlier time than the one that is known changes nothing."""
        known = self._change(person_id)
        if known is not None and now > known.last_seen_at:
            known.last_seen_at = now
            self._seen[person_id] = max(now, self._seen.get(person_id, 0))

    def history_add(self, person_id: str, at: int, direction: Direction, body: bytes) -> None:
        if person_id not in self._forgotten:
            sealed = self._keyring.seal(body, f"message.body:{person_id}")
            self._rows[NEW_MESSAGE].append((person_id, at, direction, sealed))

    def queue(self, item: OutboxItem) -> None:
        """Send after the commit; a second item of the same `idempotency_key` comes to nothing."""
        if item.person_id in self._forgotten:
            return
        plain = item.to.encode() + b"\0" + item.body
        row = (
            item.id,
            item.person_id,
            item.address_id,
            item.channel,
            item.priority,
            self._keyring.seal(plain, f"outbox.body:{item.id}"),
            "queued",
            0,
            item.due_at,
            self._keyring.lookup("outbox", item.idempotency_key),
        )
        self._rows[NEW_OUTBOX].append(row)

    def set_timer(self, person_id: str, kind: str, token: str, due_at: int) -> None:
        if person_id not in self._forgotten:
            self._timers[person_id, kind] = (token, due_at)

    def cancel_timer(self, person_id: str, kind: str) -> None:
        self._timers[person_id, kind] = None

    def journal(self, kind: str, data: Mapping[str, Any], at: int) -> None:
        """A line without personal data. Its time is cut, so that it leads to no one's message."""
        row = (at - at % ANONYMOUS_MS, kind, orjson.dumps(data).decode())
        self._rows[NEW_JOURNAL].append(row)

    def unanswered(self, day: int, kind: str) -> None:
        self._unanswered[day, kind] += 1

    def gaps(self, since: int) -> dict[str, int]:
        """What was asked and not understood from a day on, and how often; most often first. No words of anybody."""
        self.flush()
        return {kind: int(count) for kind, count in self._all(GAPS, since=since)}

    def throttle(self, key: str, day: int, limit: int) -> bool:
        """True for the first `limit` calls of a key and day. The hash of one day says nothing of the next."""
        key_hash = self._keyring.lookup("throttle", f"{day}\0{key}")
        row = self._one(COUNT_THROTTLE, key_hash=key_hash, day=day, count=1)
        return row is not None and row[0] <= limit
