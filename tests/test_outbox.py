"""The deliverers over the real store: committed rows go out, and what becomes of them is kept."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Delivered, Outgoing, SendError
from bot.delivery import DeadLetter, Delivery
from bot.limits import Backoff, Limits, Rate
from bot.outbox import StoreOutbox, encode
from data.store import Keyring, OutboxItem, Store, Tx
from flows.types import Button, Reply
from tests.fakes.outbox import FastTime, Recorder

GONE = SendError("blocked", {"ko": "", "en": ""}, permanent=True, blocked=True)
LATER = SendError("network", {"ko": "", "en": ""}, retryable=True)
NOW = 1_800_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", Keyring(b"x" * 32))
    store.migrate()
    with store.write() as tx:
        tx.new_person("p", "home", "telegram", "7", "ko", NOW)
    return store


def queue(store: Store, name: str, text: str, due_at: int = 1, to: str = "") -> None:
    with store.write() as tx:
        body = encode(Reply(text, (Button("네", "/affirm"),)))
        home = "" if to else "home"
        tx.queue(OutboxItem(name, "telegram", body, due_at, name, address_id=home, to=to))


@asynccontextmanager
async def sending(
    store: Store, answer: Callable[[Outgoing], Delivered | SendError]
) -> AsyncIterator[tuple[Recorder, list[DeadLetter]]]:
    channel, dead = Recorder(FastTime()), list[DeadLetter]()
    channel.answer = answer

    async def on_dead(letter: DeadLetter) -> None:
        dead.append(letter)

    roomy = Limits(Rate(1000, 1000), Rate(1000, 1000))
    backoff = Backoff(0.02, 0.1, 4)
    worker = Delivery(channel, StoreOutbox(store), roomy, on_dead=on_dead, backoff=backoff)
    task = asyncio.ensure_future(worker.run())
    try:
        yield channel, dead
    finally:
        worker.stop()
        await task
        store.close()


async def until(what: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not what():
            await asyncio.sleep(0.01)


def left(store: Store) -> int:
    return len(store.claim_outbox("telegram", 2**52, 100, 1))


async def test_rows_go_out_in_order_with_their_buttons_and_are_erased(store: Store) -> None:
    seen: list[Outgoing] = []

    def answer(outgoing: Outgoing) -> Delivered:
        seen.append(outgoing)
        return Delivered(("1",))

    for number in range(30):
        queue(store, f"r{number}", f"{number}", due_at=number)
    async with sending(store, answer):
        await until(lambda: len(seen) == 30)
        await asyncio.sleep(0.1)
        assert left(store) == 0
    assert [outgoing.reply.text for outgoing in seen] == [str(number) for number in range(30)]
    assert {outgoing.address for outgoing in seen} == {"7"}
    assert seen[0].reply.buttons == (Button("네", "/affirm"),)


async def test_a_blocked_person_is_known_as_blocked_from_then_on(store: Store) -> None:
    queue(store, "a", "하나")
    async with sending(store, lambda _: GONE) as (channel, dead):
        await until(lambda: dead)
        with store.read() as tx:
            thread = tx.thread("telegram", "7")
        assert thread is not None
        assert thread.blocked
        queue(store, "b", "둘")
        await until(lambda: len(dead) == 2)
        assert len(channel.tried) == 1
        assert left(store) == 0


async def test_tries_are_counted_in_the_store_and_end(store: Store) -> None:
    queue(store, "a", "하나")
    async with sending(store, lambda _: LATER) as (channel, dead):
        await until(lambda: dead)
        assert [(letter.row_id, letter.attempts) for letter in dead] == [("a", 4)]
        assert len(channel.tried) == 4
        assert left(store) == 0


async def test_a_row_without_a_stored_address_goes_where_it_says(store: Store) -> None:
    queue(store, "a", "하나", to="99")
    async with sending(store, lambda _: Delivered(("1",))) as (channel, _):
        await until(lambda: channel.sent)
        assert [where for _, where, _ in channel.sent] == ["99"]


class CountingOutbox(StoreOutbox):
    commits = 0

    def _write(self, calls: Sequence[Callable[[Tx], Any]]) -> list[Any]:
        self.commits += 1
        return super()._write(calls)


async def test_calls_that_come_together_share_a_commit(store: Store) -> None:
    for number in range(20):
        queue(store, f"r{number}", "하나")
    outbox = CountingOutbox(store)
    rows = await outbox.claim_outbox("telegram", NOW, 20, 60_000)
    await asyncio.gather(*(outbox.mark_sent(row.id, NOW) for row in rows))
    assert len(rows) == 20
    assert outbox.commits <= 3
    store.close()


async def test_calls_that_come_soon_after_a_commit_share_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox.GATHER_SECONDS", 0.5)
    outbox = CountingOutbox(store)
    await outbox.requeue_expired(NOW)
    calls = []
    for _ in range(20):
        calls.append(asyncio.ensure_future(outbox.requeue_expired(NOW)))
        await asyncio.sleep(0.005)
    await asyncio.gather(*calls)
    assert outbox.commits <= 5
    store.close()


async def test_a_failed_commit_is_an_error_for_each_call_that_shared_it(store: Store) -> None:
    outbox = StoreOutbox(store)

    def fail(_: Tx) -> None:
        raise OSError("the disk is full")

    calls = (outbox.requeue_expired(NOW), outbox._do(fail))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    assert await outbox.requeue_expired(NOW) == 0
    store.close()
