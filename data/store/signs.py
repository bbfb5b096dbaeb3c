"""Signs of life that come by themselves, how deliveries do, and when a loop last ran."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, literal_column, or_, select

from data.store.records import (
    ACTIVITY,
    ALERT,
    BROADCAST,
    REMINDER,
    REPLY,
    WEBPUSH,
    AddressView,
    Deliveries,
)
from data.store.sql import Query, among, one_of, upsert
from data.store.tables import metadata
from data.store.turns import TurnTx

AHEAD_MS = 300_000
"""How far a clock that reports may be ahead of ours."""

T = metadata.tables
address, outbox, pulse = T["address"], T["outbox"], T["pulse"]

KNOWN_REFS = among(
    select(address.c.key_hash, address.c.person_id).where(
        address.c.channel == literal_column(f"'{ACTIVITY}'")
    ),
    address.c.key_hash,
)
ADDRESSES = among(
    select(
        address.c.person_id,
        address.c.id,
        address.c.channel,
        address.c.key_enc,
        address.c.blocked_at,
    ),
    address.c.person_id,
)
_recent = (
    one_of(outbox.c.priority, ALERT, REPLY, REMINDER, BROADCAST),
    outbox.c.due_at >= bindparam("since"),
)
"""Priorities are all named, so that the index leads to what is recent."""
FAILING = Query(
    select(outbox.c.channel, func.count())
    .where(
        one_of(outbox.c.state, "queued", "claimed", "dead"),
        or_(outbox.c.state == "dead", outbox.c.error.is_not(None)),
        *_recent,
    )
    .group_by(outbox.c.channel)
)
SENT = Query(
    select(outbox.c.channel, func.count())
    .where(outbox.c.state == "sent", *_recent)
    .group_by(outbox.c.channel)
)
ANY_SENT = Query(
    select(outbox.c.id)
    .where(outbox.c.state == "sent", outbox.c.channel == bindparam("channel"), *_recent)
    .limit(1)
)
PULSE = Query(select(pulse.c.at).where(pulse.c.name == bindparam("of")))
BEAT = upsert("pulse", ["name"], "at")


class SignTx(TurnTx):
    def activity(self, rows: Sequence[tuple[str, int]], now: int) -> list[bool]:
        """Refs of a feed and when each was seen to do something; True where somebody has the ref.

        A time up to `AHEAD_MS` from now counts as now; one beyond is a broken clock's and no sign
        of life: False. An older one than what is known changes nothing.
        """
        self.flush()
        hashes = [self._key_hash(ACTIVITY, ref) for ref, _ in rows]
        known: dict[str, str] = dict(self._among(KNOWN_REFS, sorted(set(hashes))))
        seen: dict[str, int] = {}
        taken = []
        for key_hash, (_, at) in zip(hashes, rows, strict=True):
            who = known.get(key_hash)
            taken.append(who is not None and at <= now + AHEAD_MS)
            if who is not None and taken[-1]:
                seen[who] = max(seen.get(who, 0), min(at, now))
        self._lock(sorted(seen))
        for who in sorted(seen):
            self.touch(who, seen[who])
        return taken

    def addresses_of(self, people: Sequence[str]) -> dict[str, list[AddressView]]:
        """Where each of many is reached; `ACTIVITY` is left out, for nothing is sent there."""
        self.flush()
        found: dict[str, list[AddressView]] = {who: [] for who in people}
        for who, address_id, channel, sealed, blocked_at in sorted(
            set(self._among(ADDRESSES, list(found)))
        ):
            if channel != ACTIVITY:
                key = self._open_text(sealed, f"address.key_enc:{address_id}")
                found[who].append(AddressView(address_id, channel, key, blocked_at))
        return found

    def deliveries(self, since: int, least: int) -> dict[str, Deliveries]:
        """Of messages that were due since then (or will be tried again), by channels of which at least `least` fail.

        Without `WEBPUSH`: what it tells of stands on the chat page, however it does.
        """
        self.flush()
        failing = {
            channel: count
            for channel, count in self._all(FAILING, since=since)
            if count >= least and channel != WEBPUSH
        }
        sent: dict[str, int] = dict(self._all(SENT, since=since)) if failing else {}
        return {
            channel: Deliveries(sent.get(channel, 0), count) for channel, count in failing.items()
        }

    def any_sent(self, channel: str, since: int) -> bool:
        """Whether a message of the channel that was due since then went out."""
        self.flush()
        return self._one(ANY_SENT, channel=channel, since=since) is not None

    def pulse(self, name: str) -> int | None:
        """When `beat` was last called for the name."""
        row = self._one(PULSE, of=name)
        return None if row is None else row[0]

    def beat(self, name: str, at: int) -> None:
        self._run(BEAT, name=name, at=at)
