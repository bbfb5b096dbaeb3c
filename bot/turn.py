"""One message in, one committed turn out.

Texts are understood first, outside the transaction; then turns that arrive together share one
transaction on one thread: seen before? who is it? one step, effects to rows, commit. Only then does
anybody get an answer.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import day_number, milliseconds, seoul_day
from bot.inbound import Inbound
from bot.step import House, Step
from bot.understanding import Understander
from data.store import Door, Thread, Tx
from flows.engine.payload import parse_payload
from flows.engine.session import Session
from flows.types import (
    Event,
    Lang,
    Location,
    Photo,
    Press,
    Reply,
    StaffResult,
    Text,
    Timeout,
)

MAX_BATCH = 256
"""Turns that share one commit at the most."""
MAX_TEXT = 4_000

log = logging.getLogger(__name__)
SORRY: Mapping[Lang, str] = {
    "ko": "제 쪽에 문제가 생겼어요. 미안해요. 잠시 뒤 다시 말씀해 주세요. 급하면 119로 전화하세요.",
    "en": "Something went wrong on my side. I'm sorry. Please try again soon. If it is urgent, call 119.",
}


class Unavailable(RuntimeError):
    """The turn could not be committed; nothing of it is kept, and it may be sent again."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A committed turn. `replies` is None where the message had been taken before."""

    replies: list[Reply] | None
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class ToPerson:
    """An event that did not come in by a door: a timer, an officer. For somebody known by id."""

    person_id: str
    event: Timeout | StaffResult


class Tick:
    """Time for the timers that are due."""


@dataclass(slots=True)
class Job:
    """One turn on its way through the writer's thread."""

    inbound: Inbound | None
    event: Event | Tick
    to: ToPerson | None
    future: asyncio.Future[Turned]
    result: Turned | None = None
    error: Exception | None = None


class Turns:
    """Takes messages from every door; one writer thread commits them in the order of arrival."""

    def __init__(self, house: House, understander: Understander, *, batch: int = MAX_BATCH) -> None:
        self._house = house
        self._understander = understander
        self._batch = batch
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._last: dict[tuple[str, str], asyncio.Event] = {}
        self._thread: threading.Thread | None = None
        self._ended = False
        self._order = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="turns", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """After the turns that are under way."""
        self._queue.put(None)
        if self._thread:
            await asyncio.to_thread(self._thread.join)

    async def take(self, inbound: Inbound) -> list[Reply] | None:
        """The replies, after the commit; None where the message had been taken before.

        Raises Unavailable where the store could not keep the turn.
        """
        return (await self.turn(inbound)).replies

    async def turn(self, inbound: Inbound) -> Turned:
        waits = (inbound.channel, inbound.address) in self._last
        if not waits and not needs_understanding(inbound):
            return await self._enqueue(inbound, _event(inbound), None)
        return await self._in_order(inbound)

    async def tick(self) -> None:
        """Give the timers that are due to their conversations."""
        await self._enqueue(None, Tick(), None)

    async def tell(self, to: ToPerson) -> Turned:
        return await self._enqueue(None, to.event, to)

    async def _in_order(self, inbound: Inbound) -> Turned:
        """Understanding takes time; a later message of the same person waits for an earlier one."""
        door = (inbound.channel, inbound.address)
        before = self._last.get(door)
        mine = self._last[door] = asyncio.Event()
        try:
            event = await self._understood(inbound)
            if before is not None:
                await before.wait()
            future = self._enqueue(inbound, event, None)
        finally:
            mine.set()
            if self._last.get(door) is mine:
                del self._last[door]
        return await future

    async def _understood(self, inbound: Inbound) -> Event:
        if not needs_understanding(inbound):
            return _event(inbound)
        text = clean(inbound.text)
        return Text(await self._understander.understand(text, seoul_day(self._house.clock())))

    def _enqueue(
        self, inbound: Inbound | None, event: Event | Tick, to: ToPerson | None
    ) -> asyncio.Future[Turned]:
        future: asyncio.Future[Turned] = asyncio.get_running_loop().create_future()
        self._queue.put(Job(inbound, event, to, future))
        return future

    # --- the writer's thread ----------------------------------------------------------

    def _work(self) -> None:
        while True:
            jobs = self._gather()
            if jobs:
                self._commit(jobs)
            if not jobs or self._ended:
                return

    def _gather(self) -> list[Job]:
        """All that waits, at least one; the end is marked by `_ended`."""
        jobs: list[Job] = []
        item = self._queue.get()
        while item is not None:
            jobs.append(item)
            if len(jobs) >= self._batch:
                return jobs
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return jobs
        self._ended = True
        return jobs

    def _commit(self, jobs: list[Job]) -> None:
        try:
            with self._house.store.write() as tx:
                tx.prefetch(_doors(jobs))
                for job in jobs:
                    job.result = self._safely(tx, job)
        except Exception as error:
            log.exception("a batch of %d turns was not committed", len(jobs))
            for job in jobs:
                job.error = Unavailable(str(error))
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._resolve, jobs)

    def _resolve(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.future.done():
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            elif job.result is not None:
                job.future.set_result(job.result)

    def _safely(self, tx: Tx, job: Job) -> Turned:
        """A turn that fails answers politely, and takes nobody else's turn with it."""
        try:
            return self._one(tx, job)
        except Exception:
            log.exception("a turn failed")
            tx.journal("failed", {}, milliseconds(self._house.clock()))
            lang: Lang = "en" if job.inbound and job.inbound.lang == "en" else "ko"
            return Turned([Reply(SORRY[lang])])

    def _one(self, tx: Tx, job: Job) -> Turned:
        now = self._house.clock()
        if isinstance(job.event, Tick):
            return self._timers(tx, now)
        if job.inbound is None:
            thread = tx.thread_of(job.to.person_id) if job.to else None
        elif self._fresh(tx, job.inbound, now):
            thread = self._met(tx, job.inbound, now)
        else:
            thread = None
        return Turned(None) if thread is None else self._step(tx, thread, job, now)

    def _fresh(self, tx: Tx, inbound: Inbound, now: datetime) -> bool:
        ident = inbound.message_id
        return not ident or tx.fresh(inbound.channel, ident, day_number(now))

    def _met(self, tx: Tx, inbound: Inbound, now: datetime) -> Thread:
        thread = tx.thread(inbound.channel, inbound.address)
        if thread is not None:
            return thread
        ids, lang = self._house.chance, "en" if inbound.lang == "en" else "ko"
        channel, key = inbound.channel, inbound.address
        return tx.new_person(ids.id(), ids.id(), channel, key, lang, milliseconds(now))

    def _step(self, tx: Tx, thread: Thread, job: Job, now: datetime) -> Turned:
        assert not isinstance(job.event, Tick)
        self._order += 1
        step = Step(self._house, tx, thread, job.inbound, now, self._order)
        step.run(job.event)
        return Turned(step.replies, step.session)

    def _timers(self, tx: Tx, now: datetime) -> Turned:
        for due in tx.claim_timers(milliseconds(now), MAX_BATCH):
            thread = tx.thread_of(due.person_id)
            if thread is not None:
                self._order += 1
                step = Step(self._house, tx, thread, None, now, self._order)
                step.run(Timeout(due.kind, due.token))
        return Turned(None)


def clean(text: str) -> str:
    """Without control characters, and no longer than a turn takes."""
    kept = text[:MAX_TEXT].encode("utf-8", "ignore").decode("utf-8", "ignore")
    return "".join(c for c in kept if c in "\n\t" or (c.isprintable() or c == " ")).strip()


def needs_understanding(inbound: Inbound) -> bool:
    """Free text; a button, a command or a place needs no model."""
    return bool(inbound.text) and parse_payload(inbound.text.strip()) is None


def _event(inbound: Inbound) -> Event:
    if inbound.payload or inbound.text:
        return Press(inbound.payload or inbound.text.strip())
    if inbound.location:
        return Location(*inbound.location)
    return Photo(inbound.photo)


def _doors(jobs: Sequence[Job]) -> list[Door]:
    return [
        Door(j.inbound.channel, j.inbound.address, j.inbound.message_id)
        for j in jobs
        if j.inbound is not None
    ]
