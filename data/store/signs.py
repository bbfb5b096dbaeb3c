"""Signs of life that come by themselves, how deliveries do, and when a loop last ran."""

from collections.abc import Sequence

from sqlalchemy import bindparam, case, func, literal_column, or_, select

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
_sent = outbox.c.state == "sent"
_failing = or_(outbox.c.state == "dead", outbox.c.error.is_not(None))
DELIVERIES = Query(
    select(
        outbox.c.channel,
        func.sum(case((_sent, 1), else_=0)),
        func.sum(case((_sent, 0), (_failing, 1), else_=0)),
    )
    .where(
        one_of(outbox.c.state, "queued", "claimed", "sent", "dead"),
        one_of(outbox.c.priority, ALERT, REPLY, REMINDER, BROADCAST),
        outbox.c.due_at >= bindparam("since"),
    )
    .group_by(outbox.c.channel)
)
"""States and priorities are all named, so that the index leads to what is recent."""
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

    def deliveries(self, since: int) -> dict[str, Deliveries]:
        """A channel's messages that were due since then (or will be tried again).

        Without `WEBPUSH`: what it tells of stands on the chat page, however it does.
        """
        self.flush()
        return {
            channel: Deliveries(int(sent), int(failing))
            for channel, sent, failing in self._all(DELIVERIES, since=since)
            if channel != WEBPUSH
        }

    def pulse(self, name: str) -> int | None:
        """When `beat` was last called for the name."""
        row = self._one(PULSE, of=name)
        return None if row is None else row[0]

    def beat(self, name: str, at: int) -> None:
        self._run(BEAT, name=name, at=at)
