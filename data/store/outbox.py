"""What waits to be sent: claimed for a while, sent or given up, and erased once it is out."""

from dataclasses import replace

from sqlalchemy import (
    and_,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)

from data.store.base import Base
from data.store.records import REPLY, Parcel
from data.store.sql import Query, Row
from data.store.tables import metadata

ERROR_CHARACTERS = 200

outbox, address = metadata.tables["outbox"], metadata.tables["address"]

DUE_COLUMNS = (
    outbox.c.id,
    outbox.c.person_id,
    outbox.c.address_id,
    outbox.c.channel,
    outbox.c.priority,
    outbox.c.attempts,
    outbox.c.body,
    address.c.key_enc,
    address.c.blocked_at,
)
DUE = Query(
    select(*DUE_COLUMNS)
    .select_from(outbox.outerjoin(address, address.c.id == outbox.c.address_id))
    .where(
        outbox.c.state == "queued",
        outbox.c.channel == bindparam("channel"),
        outbox.c.due_at <= bindparam("now"),
    )
    .order_by(outbox.c.priority, outbox.c.due_at, outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
)
CLAIM = Query(
    update(outbox)
    .where(outbox.c.id == bindparam("of"))
    .values(state=literal_column("'claimed'"), attempts=outbox.c.attempts + literal_column("1")),
    ["claimed_until"],
    ["claimed_until", "of"],
)
"""Of rows that `DUE` gave in the same transaction, which nobody else has meanwhile."""
_out = (outbox.c.id == bindparam("of"), or_(outbox.c.state == "claimed", outbox.c.state == "sent"))
"""A report may come before we have noted that the message went out."""
ARRIVED = Query(
    update(outbox)
    .where(*_out, outbox.c.delivered_at.is_(None))
    .values(
        state="sent",
        body=None,
        claimed_until=None,
        error=None,
        sent_at=func.coalesce(outbox.c.sent_at, bindparam("now")),
        delivered_at=bindparam("now"),
    )
)
OUT = Query(
    select(*DUE_COLUMNS)
    .select_from(outbox.outerjoin(address, address.c.id == outbox.c.address_id))
    .where(*_out)
    .with_for_update(of=outbox)
)
_claimed = (outbox.c.id == bindparam("of"), outbox.c.state == "claimed")
SENT = Query(
    update(outbox).where(*_claimed).values(state="sent", body=None, claimed_until=None, error=None),
    ["sent_at"],
)
AGAIN = Query(
    update(outbox).where(*_claimed).values(state="queued", claimed_until=None), ["due_at", "error"]
)
_to_nobody = and_(outbox.c.person_id.is_(None), outbox.c.priority == REPLY)
"""A private answer: nothing leads to whom it was for but its body."""
DEAD = Query(
    update(outbox)
    .where(*_claimed)
    .values(state="dead", claimed_until=None, body=case((_to_nobody, null()), else_=outbox.c.body)),
    ["error"],
)
LOST = Query(
    update(outbox)
    .where(*_out)
    .values(
        state="dead",
        claimed_until=None,
        delivered_at=None,
        body=case((_to_nobody, null()), else_=outbox.c.body),
    ),
    ["error"],
)
RELEASE = Query(
    update(outbox)
    .where(*_claimed)
    .values(state="queued", claimed_until=None, attempts=outbox.c.attempts - 1),
    ["due_at"],
)
EXPIRED = Query(
    update(outbox)
    .where(outbox.c.state == "claimed", outbox.c.claimed_until < bindparam("now"))
    .values(state="queued", claimed_until=None)
)
DROP_ADDRESS = Query(delete(address).where(address.c.id == bindparam("of")))
BLOCK = Query(update(address).where(address.c.id == bindparam("of")), ["blocked_at"])


class OutboxTx(Base):
    def claim_outbox(self, channel: str, now: int, limit: int, lease: int) -> list[Parcel]:
        """What is due on a channel, alerts first, for `lease` milliseconds to send it in."""
        self.flush()
        rows = self._all(DUE, channel=channel, now=now, most=limit)
        self._many(CLAIM, [(now + lease, row[0]) for row in rows])
        return [self._parcel(row) for row in rows]

    def mark_sent(self, item_id: str, now: int) -> bool:
        """False where it was not claimed (any more)."""
        return self._run(SENT, of=item_id, sent_at=now) == 1

    def mark_failed(self, item_id: str, error: str, retry_at: int | None) -> bool:
        """Try again at `retry_at`, or never."""
        error = error[:ERROR_CHARACTERS]
        if retry_at is None:
            return self._run(DEAD, of=item_id, error=error) == 1
        return self._run(AGAIN, of=item_id, error=error, due_at=retry_at) == 1

    def mark_arrived(self, item_id: str, now: int) -> bool:
        """The channel reports that it reached them. False where it was given up, or known before."""
        return self._run(ARRIVED, of=item_id, now=now) == 1

    def mark_lost(self, item_id: str, error: str, key: str) -> Parcel | None:
        """The channel reports that it never will; what is left of it, None where it was given up before.

        `key` is whom it was for, where the row does not tell any more.
        """
        row = self._one(OUT, of=item_id)
        if row is None:
            return None
        parcel = self._parcel(row)
        self._run(LOST, of=item_id, error=error[:ERROR_CHARACTERS])
        return parcel if parcel.key else replace(parcel, key=key)

    def release_outbox(self, item_id: str, due_at: int) -> bool:
        """Give back what nobody tried to send; no attempt is counted."""
        return self._run(RELEASE, of=item_id, due_at=due_at) == 1

    def requeue_expired(self, now: int) -> int:
        """Give back what somebody claimed and never finished; how many."""
        return self._run(EXPIRED, now=now)

    def set_blocked(self, address_id: str, blocked_at: int | None) -> bool:
        """The channel says that this address cannot be reached; `None` where it can again."""
        self.flush()
        for place, spot in self._places.items():
            if spot.address_id == address_id:
                self._places[place] = spot._replace(blocked=blocked_at is not None)
        if self._memory is not None:
            self._memory.clear()
        return self._run(BLOCK, of=address_id, blocked_at=blocked_at) == 1

    def drop_address(self, address_id: str) -> bool:
        """Forget a way to reach somebody; what waits for it will be given up."""
        self.flush()
        self._places = {
            place: spot for place, spot in self._places.items() if spot.address_id != address_id
        }
        if self._memory is not None:
            self._memory.clear()
        return self._run(DROP_ADDRESS, of=address_id) == 1

    def _parcel(self, row: Row) -> Parcel:
        item_id, person_id, address_id, channel, priority, attempts, sealed, key_enc, blocked = row
        plain = self._keyring.open(sealed, f"outbox.body:{item_id}") if sealed else b""
        to, _, body = plain.partition(b"\0")
        if not to and key_enc:
            to = self._keyring.open(key_enc, f"address.key_enc:{address_id}")
        return Parcel(
            item_id,
            person_id,
            address_id,
            channel,
            to.decode(),
            body,
            priority,
            attempts + 1,
            blocked is not None,
        )
