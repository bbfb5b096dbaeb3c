"""Signed batches that were taken in, so that one that comes again is answered and not taken again."""

from sqlalchemy import bindparam, select, update

from data.store.base import Base
from data.store.records import DAY_MS
from data.store.sql import Query, insert_new
from data.store.tables import metadata

batch = metadata.tables["signal_batch"]

OPEN = insert_new("signal_batch", "batch_hash", "seen_on", "result")
CLOSE = Query(
    update(batch).where(batch.c.batch_hash == bindparam("of")), ["result"], ["result", "of"]
)
RESULT = Query(select(batch.c.result).where(batch.c.batch_hash == bindparam("of")))


class BatchTx(Base):
    def open_batch(self, signature: str, now: int) -> str | None:
        """`None` where the batch is new; else the result it was given.

        Of two that come at once the second waits here for the first one's commit.
        """
        of = self._keyring.lookup("signal_batch", signature)
        if self._run(OPEN, batch_hash=of, seen_on=now // DAY_MS, result="") == 1:
            return None
        row = self._one(RESULT, of=of)
        return str(row[0]) if row else ""

    def close_batch(self, signature: str, result: str) -> None:
        """In the transaction that opened it. `result` names nobody."""
        self._run(CLOSE, of=self._keyring.lookup("signal_batch", signature), result=result)
