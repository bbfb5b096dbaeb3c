"""The outbox for the deliverers: the store's calls, each on a thread of its own."""

import asyncio
from collections.abc import Sequence

from bot.outbox import Row
from data.store import Parcel, Store


class StoreOutbox:
    """Implements `bot.outbox.OutboxStore`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def claim_outbox(
        self, channel: str, now: int, limit: int, lease: int
    ) -> Sequence[Parcel]:
        return await asyncio.to_thread(self._store.claim_outbox, channel, now, limit, lease)

    async def mark_sent(self, row_id: str, now: int) -> None:
        await asyncio.to_thread(self._store.mark_sent, row_id, now)

    async def mark_failed(
        self, row: Row, error: str, retry_at: int | None, blocked: bool, now: int
    ) -> None:
        address = row.address_id if isinstance(row, Parcel) else ""

        def write() -> None:
            with self._store.write() as tx:
                tx.mark_failed(row.id, error, retry_at)
                if blocked and address:
                    tx.set_blocked(address, now)

        await asyncio.to_thread(write)

    async def release_outbox(self, row_id: str, due_at: int) -> None:

        def write() -> None:
            with self._store.write() as tx:
                tx.release_outbox(row_id, due_at)

        await asyncio.to_thread(write)

    async def requeue_expired(self, now: int) -> int:
        return await asyncio.to_thread(self._store.requeue_expired, now)
