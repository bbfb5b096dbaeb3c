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
from dataclasses import dataclass, field

import orjson

from bot.actions.base import Action, Ask
from bot.chance import Chance
from bot.clock import Clock, day_number, milliseconds, seoul_day
from bot.effects import Desk, apply
from bot.inbound import Inbound
from bot.office import Office
from bot.outbox import encode
from bot.understanding import Understander
from data.kinds import Content
from data.store import HOUR_MS, Door, OutboxItem, Store, Thread, Tx
from flows.engine.advance import advance, is_private
from flows.engine.definition import Library
from flows.engine.payload import parse_payload
from flows.engine.session import Session
from flows.types import (
    Done,
    Event,
    Fail,
    Lang,
    Location,
    Photo,
    Press,
    Reply,
    RunAction,
    Say,
    StaffResult,
    Text,
    Timeout,
)

MAX_BATCH = 256
"""Turns that share one commit at the most."""
MAX_TEXT = 4_000
MAX_ACTIONS = 20
"""Actions that one turn may run."""

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


@dataclass(frozen=True, slots=True)
class House:
    """What a turn needs beside the message."""

    store: Store
    library: Library
    content: Content
    actions: Mapping[str, Action]
    office: Office
    clock: Clock
    chance: Chance
    push: frozenset[str] = frozenset()
    """Channels whose answers go through the outbox."""
    kept: frozenset[str] = frozenset({"web"})
    """Channels whose history we keep, because they have none of their own."""


@dataclass(slots=True)
class _Open:
    """A turn being made."""

    thread: Thread
    session: Session
    replies: list[Reply] = field(default_factory=list)
    forgotten: bool = False
    private: bool = False
    order: int = 0
    """Grows with every turn of this process."""


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
        if isinstance(job.event, Tick):
            return self._timers(tx)
        if job.inbound is None:
            return self._told(tx, job.to, job.event)
        now = self._house.clock()
        inbound = job.inbound
        if inbound.message_id and not tx.fresh(
            inbound.channel, inbound.message_id, day_number(now)
        ):
            return Turned(None)
        thread = self._thread_of(tx, inbound, milliseconds(now))
        return self._run(tx, thread, job.event, inbound)

    def _told(self, tx: Tx, to: ToPerson | None, event: Event) -> Turned:
        thread = tx.thread_of(to.person_id) if to else None
        return Turned(None) if thread is None else self._run(tx, thread, event, None)

    def _timers(self, tx: Tx) -> Turned:
        for due in tx.claim_timers(milliseconds(self._house.clock()), MAX_BATCH):
            thread = tx.thread_of(due.person_id)
            if thread is not None:
                self._run(tx, thread, Timeout(due.kind, due.token), None)
        return Turned(None)

    def _run(self, tx: Tx, thread: Thread, event: Event, inbound: Inbound | None) -> Turned:
        self._order += 1
        opened = _Open(thread, _session(thread), order=self._order)
        opened.private = is_private(self._house.library, opened.session)
        self._move(tx, opened, event, inbound)
        self._keep(tx, opened, inbound)
        return Turned(opened.replies, opened.session)

    def _thread_of(self, tx: Tx, inbound: Inbound, now_ms: int) -> Thread:
        thread = tx.thread(inbound.channel, inbound.address)
        if thread is not None:
            return thread
        lang = "en" if inbound.lang == "en" else "ko"
        ids = self._house.chance
        return tx.new_person(ids.id(), ids.id(), inbound.channel, inbound.address, lang, now_ms)

    def _move(self, tx: Tx, opened: _Open, event: Event, inbound: Inbound | None) -> None:
        """Advance, and run the actions that the conversation asks for until it waits."""
        now = self._house.clock()
        desk = Desk(
            tx, opened.thread.person_id, dict(opened.session.facts), now, self._house.chance
        )
        for _ in range(MAX_ACTIONS):
            opened.session, effects = advance(self._house.library, opened.session, event, now)
            pending: RunAction | None = None
            for effect in effects:
                if isinstance(effect, Say):
                    opened.replies.append(effect.reply)
                elif isinstance(effect, RunAction):
                    pending = effect
                else:
                    apply(desk, effect)
            if pending is None:
                break
            event = self._act(tx, opened, desk, pending, inbound)
        else:
            apply(desk, Fail("too many actions in one turn"))
        desk.close(opened.session.lang)
        opened.forgotten = desk.forgotten

    def _act(
        self, tx: Tx, opened: _Open, desk: Desk, wanted: RunAction, inbound: Inbound | None
    ) -> Done:
        session = opened.session
        private = is_private(self._house.library, session)
        ask = Ask(
            slots={**session.facts, **session.slots},
            facts=desk.facts,
            skipped=frozenset(session.skipped),
            args=wanted.args,
            lang=session.lang,
            person_id=opened.thread.person_id,
            channel=inbound.channel if inbound else "",
            address=inbound.address if inbound else "",
            anonymous=private,
            tx=tx,
            content=self._house.content,
            office=self._house.office,
            now=self._house.clock(),
            chance=self._house.chance,
        )
        result = self._house.actions[wanted.action](ask)
        for reply in result.replies:
            opened.replies.append(
                Reply(reply.text, reply.buttons, reply.image, private) if private else reply
            )
            if reply.buttons:
                session.buttons = list(reply.buttons)
        for effect in result.effects:
            apply(desk, effect)
        if desk.forgotten:
            session.facts.clear()
            session.slots.clear()
        return Done(wanted.action, result.slots)

    def _keep(self, tx: Tx, opened: _Open, inbound: Inbound | None) -> None:
        """Session, sign of life, history and outbox."""
        thread, session = opened.thread, opened.session
        now = milliseconds(self._house.clock())
        private = opened.private or is_private(self._house.library, session)
        if not opened.forgotten:
            tx.save_session(thread.person_id, orjson.dumps(session.to_json()), now)
            if inbound is not None:
                tx.touch(thread.person_id, now - now % HOUR_MS if private else now)
            if session.lang != thread.lang:
                tx.set_lang(thread.person_id, session.lang)
        if inbound is None:
            return
        if inbound.channel in self._house.kept and not opened.forgotten:
            self._history(tx, opened, inbound, now)
        if inbound.channel in self._house.push:
            send_later(tx, self._house.chance, thread, inbound, opened, now)

    def _history(self, tx: Tx, opened: _Open, inbound: Inbound, now: int) -> None:
        who = opened.thread.person_id
        replies = [r for r in opened.replies if not r.private]
        private = opened.private or len(replies) < len(opened.replies)
        if not private:
            said = {"text": inbound.text or inbound.title or "…", "of": inbound.message_id}
            tx.history_add(who, now, "in", orjson.dumps(said))
        for reply in replies:
            tx.history_add(who, now, "out", reply_bytes(reply, of=inbound.message_id))


def send_later(
    tx: Tx, chance: Chance, thread: Thread, inbound: Inbound, opened: "_Open", now: int
) -> None:
    """Replies to the outbox. Their ids sort in the order in which they were said."""
    cause = inbound.message_id or chance.id()
    for number, reply in enumerate(opened.replies):
        tx.queue(
            OutboxItem(
                id=f"{now:014d}{opened.order:08d}{number:03d}{chance.id()}",
                channel=inbound.channel,
                body=encode(reply, opened.session.lang),
                due_at=now,
                idempotency_key=f"{inbound.channel}:{cause}:{number}",
                person_id=None if opened.forgotten else thread.person_id,
                address_id="" if opened.forgotten else thread.address_id,
                to=inbound.address if opened.forgotten else "",
            )
        )


def reply_bytes(reply: Reply, **more: str) -> bytes:
    buttons = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
    return orjson.dumps({"text": reply.text, "buttons": buttons, "image": reply.image, **more})


def clean(text: str) -> str:
    """Without control characters, and no longer than a turn takes."""
    kept = text[:MAX_TEXT].encode("utf-8", "ignore").decode("utf-8", "ignore")
    return "".join(c for c in kept if c in "\n\t" or (c.isprintable() or c == " ")).strip()


def _session(thread: Thread) -> Session:
    if thread.state is None:
        return Session(lang="en" if thread.lang == "en" else "ko", facts=dict(thread.profile))
    return Session.from_json(orjson.loads(thread.state), dict(thread.profile))


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
