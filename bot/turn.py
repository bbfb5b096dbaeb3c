"""One message in, one committed turn out.

Texts are understood first, outside the transaction; then turns that arrive together share one
transaction on one thread: seen before? who is it? one step, effects to rows, commit. Only then does
anybody get an answer.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.clock import day_number, milliseconds, seoul_day
from bot.inbound import Inbound
from bot.shorthand import spelled_out
from bot.step import House, Step
from bot.understanding import Understander
from data.store import HOUR_MS, Door, Thread, TimerDue, Tx
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
"""Characters of a text that are read: its beginning, and `MAX_END` of its end."""
MAX_END = 1_000

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
    future: asyncio.Future[Turned] | None
    result: Turned | None = None
    error: Exception | None = None


class Turns:
    """Takes messages from every door; one writer thread commits them in the order of arrival."""

    def __init__(self, house: House, understander: Understander, *, batch: int = MAX_BATCH) -> None:
        self._house = house
        self._understander = understander
        self._batch = batch
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._last: dict[tuple[str, str], asyncio.Future[None]] = {}
        self._thread: threading.Thread | None = None
        self._ended = self._closed = False
        self._order = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="turns", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """After the turns that are under way; those that come later are refused."""
        self._closed = True
        self._queue.put(None)
        if self._thread:
            await asyncio.to_thread(self._thread.join)

    async def take(self, inbound: Inbound) -> list[Reply] | None:
        """The replies, after the commit; None where the message had been taken before.

        Raises Unavailable where the store could not keep the turn.
        """
        return (await self.turn(inbound)).replies

    async def turn(self, inbound: Inbound) -> Turned:
        inbound = tidy(inbound)
        waits = (inbound.channel, inbound.address) in self._last
        if not waits and not needs_understanding(inbound):
            return await self._enqueue(inbound, _event(inbound), None)
        return await self._in_order(inbound)

    async def tick(self) -> None:
        """Give the timers that are due to their conversations."""
        await self._enqueue(None, Tick(), None)

    def take_now(self, inbounds: Sequence[Inbound], tick: bool = False) -> list[Turned]:
        """The same turns without waiting, for a caller who has no event loop and has not called `start`.

        Buttons and commands alone; with `tick`, timers that are due come after them. Raises Unavailable.
        """
        assert self._thread is None
        assert not any(map(needs_understanding, inbounds))
        jobs = [Job(each, _event(each), None, None) for each in map(tidy, inbounds)]
        if tick:
            jobs.append(Job(None, Tick(), None, None))
        for first in range(0, len(jobs), self._batch):
            self._commit(jobs[first : first + self._batch])
        for job in jobs:
            if job.error is not None:
                raise job.error
        return [job.result for job in jobs[: len(inbounds)] if job.result is not None]

    async def tell(self, to: ToPerson) -> Turned:
        return await self._enqueue(None, to.event, to)

    async def _in_order(self, inbound: Inbound) -> Turned:
        """Understanding takes time; a later message of the same person waits for an earlier one."""
        door = (inbound.channel, inbound.address)
        before = self._last.get(door)
        mine = self._last[door] = asyncio.get_running_loop().create_future()
        mine.add_done_callback(lambda _: self._passed(door, mine))
        try:
            event = await self._understood(inbound)
            if before is not None:
                await asyncio.wait((before,))
            future = self._enqueue(inbound, event, None)
        finally:
            if before is None or before.done():
                mine.set_result(None)
            else:
                before.add_done_callback(lambda _: mine.set_result(None))
        return await future

    def _passed(self, door: tuple[str, str], mine: "asyncio.Future[None]") -> None:
        if self._last.get(door) is mine:
            del self._last[door]

    async def _understood(self, inbound: Inbound) -> Event:
        if not needs_understanding(inbound):
            return _event(inbound)
        today = seoul_day(self._house.clock())
        return Text(await self._understander.understand(inbound.text, today))

    def _enqueue(
        self, inbound: Inbound | None, event: Event | Tick, to: ToPerson | None
    ) -> asyncio.Future[Turned]:
        if self._closed:
            raise Unavailable("the service is ending")
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
        """All in one transaction; where one of them fails, each in its own."""
        error = self._write(jobs, self._one)
        if error is not None and len(jobs) > 1 and not self._house.store.is_outage(error):
            for job in jobs:
                self._give_up(job, self._write([job], self._one))
        else:
            for job in jobs:
                self._give_up(job, error)
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._resolve, jobs)

    def _write(self, jobs: Sequence[Job], run: Callable[[Tx, Job], Turned]) -> Exception | None:
        """Commit the jobs' turns; nothing of any is kept where an error comes back."""
        try:
            with self._house.store.write() as tx:
                tx.prefetch(_doors(jobs))
                for job in jobs:
                    job.result = run(tx, job)
        except Exception as error:
            log.exception("%d turns were not committed", len(jobs))
            return error
        return None

    def _give_up(self, job: Job, error: Exception | None) -> None:
        """A turn that is at fault itself answers politely; another one may be sent again."""
        if error is not None and not self._house.store.is_outage(error):
            error = self._write([job], self._sorry)
        if error is not None:
            job.error = Unavailable(str(error))

    def _resolve(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.future is None or job.future.done():
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            elif job.result is not None:
                job.future.set_result(job.result)

    def _sorry(self, tx: Tx, job: Job) -> Turned:
        now = self._house.clock()
        tx.journal("failed", {}, milliseconds(now))
        if job.inbound is None or not self._fresh(tx, job.inbound, now):
            return Turned(None)
        thread = self._met(tx, job.inbound, now)
        self._order += 1
        step = Step(self._house, tx, thread, job.inbound, now, self._order)
        step.say(Reply(SORRY[step.session.lang]))
        return Turned(step.replies)

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
        door = _door(inbound)
        return not door.message_id or tx.fresh(door.channel, door.message_id, day_number(now))

    def _met(self, tx: Tx, inbound: Inbound, now: datetime) -> Thread:
        thread = tx.thread(inbound.channel, inbound.address)
        if thread is not None:
            return thread
        ids, lang = self._house.chance, "en" if inbound.lang == "en" else "ko"
        channel, key, at = inbound.channel, inbound.address, milliseconds(now)
        # By the hour: the first thing that somebody does may be a report that nobody must trace.
        return tx.new_person(ids.id(), ids.id(), channel, key, lang, at - at % HOUR_MS)

    def _step(self, tx: Tx, thread: Thread, job: Job, now: datetime) -> Turned:
        assert not isinstance(job.event, Tick)
        self._order += 1
        step = Step(self._house, tx, thread, job.inbound, now, self._order)
        step.run(job.event)
        return Turned(step.replies, step.session)

    def _timers(self, tx: Tx, now: datetime) -> Turned:
        for due in tx.claim_timers(milliseconds(now), MAX_BATCH):
            try:
                self._time_out(tx, due, now)
            except Exception:
                log.exception("a timer failed; the others go on")
                tx.journal("failed", {}, milliseconds(now))
        return Turned(None)

    def _time_out(self, tx: Tx, due: TimerDue, now: datetime) -> None:
        thread = tx.thread_of(due.person_id)
        if thread is not None:
            self._order += 1
            step = Step(self._house, tx, thread, None, now, self._order)
            step.run(Timeout(due.kind, due.token))


def tidy(inbound: Inbound) -> Inbound:
    """Without control characters and broken letters, and no longer than a turn takes."""
    text, payload, title = clean(inbound.text), clean(inbound.payload), clean(inbound.title)
    if (text, payload, title) != (inbound.text, inbound.payload, inbound.title):
        inbound = replace(inbound, text=text, payload=payload, title=title)
    return spelled_out(inbound)


def clean(text: str) -> str:
    """What is too long keeps its end, where a cry for help may stand."""
    if len(text) > MAX_TEXT:
        text = f"{text[: MAX_TEXT - MAX_END - 1]} {text[-MAX_END:]}"
    if text.isprintable():
        return text.strip()
    return "".join(map(_readable, text)).strip()


def _readable(char: str) -> str:
    if char in "\n\t" or char.isprintable():
        return char
    return " " if char.isspace() else ""


def needs_understanding(inbound: Inbound) -> bool:
    """Free text; a button, a command or a place needs no model."""
    if not inbound.text:
        return not (inbound.payload or inbound.location or inbound.photo)
    return parse_payload(inbound.text) is None


def _event(inbound: Inbound) -> Event:
    if inbound.payload or inbound.text:
        return Press(inbound.payload or inbound.text)
    if inbound.location:
        return Location(*inbound.location)
    return Photo(inbound.photo)


def _door(inbound: Inbound) -> Door:
    """A message is known by its sender and its own id: two people may number theirs alike."""
    ident = inbound.message_id and f"{inbound.address}\0{inbound.message_id}"
    return Door(inbound.channel, inbound.address, ident)


def _doors(jobs: Sequence[Job]) -> list[Door]:
    return [_door(job.inbound) for job in jobs if job.inbound is not None]
