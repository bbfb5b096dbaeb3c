"""What the deliverers need of the store, and how a reply lies in it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import orjson

from data.store import Parcel, Store, Tx
from flows.types import Button, Lang, Reply

GATHER_SECONDS = 0.01
"""Commits begin no nearer to one another; the first after a pause waits for nothing."""


class Row(Protocol):
    """A claimed row. `key` is the channel's own address ("" where it is gone), `address_id` names it
    in the store; `attempts` counts the one that is now to be made."""

    @property
    def id(self) -> str: ...
    @property
    def address_id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def priority(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def blocked(self) -> bool: ...


class OutboxStore(Protocol):
    """Times are milliseconds since 1970 (UTC). Each call is committed when it returns."""

    async def claim_outbox(self, channel: str, now: int, limit: int, lease: int) -> Sequence[Row]:
        """Rows that are due, by priority and then by `due_at`; nobody else gets them for `lease` ms."""

    async def mark_sent(self, row_id: str, now: int) -> None: ...

    async def mark_failed(
        self, row: Row, error: str, retry_at: int | None, blocked: bool, now: int
    ) -> None:
        """`retry_at` None: dead. `blocked`: the address takes nothing more."""

    async def release_outbox(self, row_id: str, due_at: int) -> None:
        """Gives a row back that nobody tried to send; no attempt is counted."""

    async def requeue_expired(self, now: int) -> int: ...


OnBuried = Callable[[Tx, Parcel, str, int], None]
"""What a dead row means for others; in the transaction that gives it up. Error's code, and now."""


def _nothing(*_: object) -> None:
    return None


class StoreOutbox:
    """The store's outbox. Calls that come together share one transaction, on one thread."""

    def __init__(self, store: Store, on_buried: OnBuried = _nothing) -> None:
        self._store = store
        self._on_buried = on_buried
        self._calls: list[tuple[Callable[[Tx], Any], asyncio.Future[Any]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._next_commit = 0.0

    async def claim_outbox(self, channel: str, now: int, limit: int, lease: int) -> Sequence[Row]:
        rows: Sequence[Row] = await self._do(lambda tx: tx.claim_outbox(channel, now, limit, lease))
        return rows

    async def mark_sent(self, row_id: str, now: int) -> None:
        await self._do(lambda tx: tx.mark_sent(row_id, now))

    async def mark_failed(
        self, row: Row, error: str, retry_at: int | None, blocked: bool, now: int
    ) -> None:
        def write(tx: Tx) -> None:
            marked = tx.mark_failed(row.id, error, retry_at)
            if marked and retry_at is None:
                self._on_buried(tx, cast(Parcel, row), error, now)
            if blocked and row.address_id:
                tx.set_blocked(row.address_id, now)

        await self._do(write)

    async def release_outbox(self, row_id: str, due_at: int) -> None:
        await self._do(lambda tx: tx.release_outbox(row_id, due_at))

    async def requeue_expired(self, now: int) -> int:
        count: int = await self._do(lambda tx: tx.requeue_expired(now))
        return count

    async def _do(self, call: Callable[[Tx], Any]) -> Any:
        """After the commit: what the call gave, or what went wrong with all that shared it."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls.append((call, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.ensure_future(self._write_all())
        return await future

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._calls:
            await asyncio.sleep(self._next_commit - loop.time())
            self._next_commit = loop.time() + GATHER_SECONDS
            batch, self._calls = self._calls, []
            try:
                results = await asyncio.to_thread(self._write, [call for call, _ in batch])
            except Exception as error:
                outcomes: list[Any] = [error] * len(batch)
            else:
                outcomes = results
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                _settle(future, outcome)

    def _write(self, calls: Sequence[Callable[[Tx], Any]]) -> list[Any]:
        with self._store.write() as tx:
            return [call(tx) for call in calls]


def _settle(future: asyncio.Future[Any], outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def encode(reply: Reply, lang: Lang = "ko") -> bytes:
    body: dict[str, Any] = {"text": reply.text, "lang": lang}
    if reply.buttons:
        body["buttons"] = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    if reply.image:
        body["image"] = reply.image
    if reply.private:
        body["private"] = True
    return orjson.dumps(body)


def decode(body: bytes) -> tuple[Reply, Lang]:
    """Raises ValueError, KeyError or TypeError where the body is none of ours."""
    data = orjson.loads(body)
    buttons = tuple(Button(b["title"], b["payload"]) for b in data.get("buttons", ()))
    reply = Reply(data["text"], buttons, data.get("image", ""), data.get("private", False))
    return reply, "en" if data.get("lang") == "en" else "ko"
