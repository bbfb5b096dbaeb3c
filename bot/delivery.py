"""From the outbox to the channels: in order a person, within each channel's limits, and never lost.

Rows are claimed for a while (a lease). What was not sent when a process dies is claimed again after
it, so a reply goes out at least once; channels know what they have sent under an idempotency key.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile

from bot.channels.base import Channel, Delivered, Outgoing, Priority, SendError
from bot.limits import Backoff, Bucket, Buckets, Limits, SystemTime, Timekeeper
from bot.outbox import OutboxStore, Row, decode

LEASE_SECONDS = 60.0
LEASE_MARGIN = 15.0
"""A row is not begun this near to the end of its lease: another worker may take it over."""
LANE_LIMIT = 10
"""Rows of one address that are held in memory."""
POLL_SECONDS = 1.0
EXPIRY_SECONDS = 10.0
STOP_SECONDS = 10.0
STEP = 0.002
"""Seconds between rows that are given back, so that they keep their order in milliseconds."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A row that will not be sent any more. `attempts` counts the last one."""

    channel: str
    row_id: str
    address: str
    priority: int
    attempts: int
    error: SendError


OnDead = Callable[[DeadLetter], Awaitable[object]]
Awake = Callable[[int], int]
"""The first moment from this one on at which people may be written to without being asked (milliseconds)."""
OnMoved = Callable[[str, str, str], Awaitable[object]]
"""Channel, old address, new address."""

GONE = SendError(
    "gone",
    {"ko": "보낼 곳이 지워졌어요.", "en": "The address has been erased."},
    permanent=True,
)
UNREADABLE = SendError(
    "unreadable",
    {"ko": "보낼 내용을 읽지 못했어요.", "en": "The message could not be read."},
    permanent=True,
)
BLOCKED = SendError(
    "blocked",
    {"ko": "받는 분이 더 받지 않으세요.", "en": "They take no more messages here."},
    permanent=True,
    blocked=True,
)
BROKEN = SendError(
    "broken",
    {"ko": "보내는 중에 우리 쪽 문제가 생겼어요.", "en": "Something on our side broke."},
    retryable=True,
)


def _always(at: int) -> int:
    return at


async def _ignore(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class _Again:
    """When an address may be tried again. `booked`: the store knows it of the first row already."""

    at: float
    booked: bool = False


@dataclass(slots=True)
class _Claim:
    row: Row
    until: float


class Delivery:
    """Empties the outbox of one channel, in one process. `run` ends some time after `stop`."""

    def __init__(
        self,
        channel: Channel,
        store: OutboxStore,
        limits: Limits,
        *,
        on_dead: OnDead = _ignore,
        on_moved: OnMoved = _ignore,
        awake: Awake = _always,
        backoff: Backoff | None = None,
        clock: Timekeeper | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._channel = channel
        self._store = store
        self._limits = limits
        self._on_dead = on_dead
        self._on_moved = on_moved
        self._awake = awake
        self._backoff = backoff or Backoff()
        self._clock = clock or SystemTime()
        self._chance = chance or random.Random()
        start = self._clock.monotonic()
        self._overall = Bucket(limits.overall, start)
        self._chats = Buckets(limits.each)
        self._lanes: dict[str, deque[_Claim]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: dict[str, dict[str, float]] = {}
        """Address → rows that were given back → when they are due, in the order of sending."""
        self._paused_until = start
        self._tidied_at = start
        self._nudged = asyncio.Event()
        self._stopping = False

    def nudge(self) -> None:
        """There may be something to send. From other threads: `loop.call_soon_threadsafe`."""
        self._nudged.set()

    def stop(self) -> None:
        """Finish what is being sent, give the rest back."""
        self._stopping = True
        self.nudge()

    async def run(self) -> None:
        try:
            while not self._stopping:
                self._nudged.clear()
                try:
                    await self._round()
                except Exception as error:
                    log.error("%s: no rows of the outbox (%s)", self._channel.name, _kind(error))
                await self._rest()
        finally:
            await self._wind_up()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._nudged.wait(), self._pause())
        except TimeoutError:
            return

    def _pause(self) -> float:
        """Until something that had to wait may go on; for rows that others queue, `POLL_SECONDS`."""
        now = self._clock.monotonic()
        dues = (due for rows in self._waiting.values() for due in rows.values())
        waits = (at - now for at in (*dues, self._paused_until) if at > now)
        return min(POLL_SECONDS, min(waits, default=POLL_SECONDS) + STEP)

    async def _wind_up(self) -> None:
        self._stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        for task in self._tasks:
            task.cancel()

    # --- claiming; times within are monotonic, so that a jump of the clock moves no lease ---

    def _wall(self, at: float) -> int:
        """A time within as the store knows it."""
        return round((self._clock.time() + at - self._clock.monotonic()) * 1000)

    async def _round(self) -> None:
        now = self._clock.monotonic()
        if now >= self._tidied_at:
            self._tidied_at = now + EXPIRY_SECONDS
            self._forget_waiting(now)
            await self._store.requeue_expired(self._wall(now))
        free = self._limits.parallel - len(self._lanes)
        if free <= 0 or now < self._paused_until:
            return
        name, lease = self._channel.name, round(LEASE_SECONDS * 1000)
        rows = await self._store.claim_outbox(name, self._wall(now), free, lease)
        for row in rows:
            await self._put(_Claim(row, now + LEASE_SECONDS))
        if len(rows) == free:
            self.nudge()

    def _forget_waiting(self, now: float) -> None:
        """Rows that never came back have been erased, or went to another process."""
        for key, rows in list(self._waiting.items()):
            kept = {name: due for name, due in rows.items() if due > now - LEASE_SECONDS}
            self._waiting[key] = kept
            if not kept:
                del self._waiting[key]

    async def _put(self, claim: _Claim) -> None:
        """Into the lane of its address, or back where others go first or the lane is full.

        An alert waits for none but the row that is being sent.
        """
        row, now = claim.row, self._clock.monotonic()
        if await self._sleeps(row, self._wall(now)):
            return
        lane = self._lanes.get(row.key)
        alert = row.priority == Priority.ALERT
        due = None if alert else self._after(row)
        if lane is not None and len(lane) >= LANE_LIMIT and not alert:
            due = max(due or 0.0, now + LANE_LIMIT / self._limits.each.per_second)
        if due is not None:
            self._waiting.setdefault(row.key, {})[row.id] = due
            await self._store.release_outbox(row.id, self._wall(due))
            return
        self._waiting.get(row.key, {}).pop(row.id, None)
        if lane is None:
            self._open_lane(row.key, claim)
        else:
            lane.insert(1 if alert else len(lane), claim)

    async def _sleeps(self, row: Row, wall: int) -> bool:
        """What nobody waits for does not ring at night, however late it became; it holds nothing else up."""
        if row.priority < Priority.REMINDER or (morning := self._awake(wall)) <= wall:
            return False
        self._waiting.get(row.key, {}).pop(row.id, None)
        await self._store.release_outbox(row.id, morning)
        return True

    def _after(self, row: Row) -> float | None:
        """When a row may come after those that go before it; None where none does.

        Rows come by their time: those that were due earlier are gone, others would be overtaken.
        """
        rows = self._waiting.get(row.key, {})
        before = [rows[name] for name in takewhile(lambda name: name != row.id, rows)]
        if row.id in rows:
            before = [due for due in before if due > rows[row.id]]
        return max(before) + STEP if before else None

    def _open_lane(self, key: str, claim: _Claim) -> None:
        self._lanes[key] = deque([claim])
        task = asyncio.ensure_future(self._drain(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- sending ---

    async def _drain(self, key: str) -> None:
        """The rows of one address, one after the other, until one must wait."""
        lane = self._lanes[key]
        try:
            again = await self._work(lane)
        except Exception as error:
            log.error("%s: a row was not booked (%s)", self._channel.name, _kind(error))
            again = _Again(self._clock.monotonic() + POLL_SECONDS, booked=True)
        del self._lanes[key]
        try:
            await self._give_back(key, lane, again)
        except Exception as error:
            log.error("%s: rows wait for their lease (%s)", self._channel.name, _kind(error))
        self.nudge()

    async def _work(self, lane: deque[_Claim]) -> _Again:
        while lane:
            again = await self._deliver(lane[0])
            if again is not None:
                return again
            lane.popleft()
        return _Again(self._clock.monotonic())

    async def _give_back(self, key: str, lane: Iterable[_Claim], again: _Again) -> None:
        """Each is due a moment after the one before it, and all before what waited already."""
        dues = {claim.row.id: again.at + STEP * n for n, claim in enumerate(lane)}
        if not dues:
            return
        waiting = self._waiting.get(key, {})
        self._waiting[key] = dues | {name: waiting[name] for name in waiting if name not in dues}
        for row_id in list(dues)[1 if again.booked else 0 :]:
            await self._store.release_outbox(row_id, self._wall(dues[row_id]))

    async def _deliver(self, claim: _Claim) -> _Again | None:
        """None where the row is settled."""
        row = claim.row
        outgoing = _outgoing(row, self._channel)
        if isinstance(outgoing, SendError):
            await self._bury(row, outgoing)
            return None
        cost = max(1, len(outgoing.rendered or ()))
        if not await self._pass(row.key, cost, claim.until - LEASE_MARGIN):
            return _Again(max(self._paused_until, self._clock.monotonic()))
        return await self._book(row, await self._send(outgoing))

    async def _pass(self, key: str, cost: int, latest: float) -> bool:
        """Waits for the limits of channel and address; False where that takes too long."""
        now = self._clock.monotonic()
        if now < self._paused_until:
            return False
        wait = max(self._overall.take(now, cost), self._chats.take(key, now, cost))
        if wait:
            await self._clock.sleep(wait)
        return self._paused_until <= self._clock.monotonic() < latest and not self._stopping

    async def _send(self, outgoing: Outgoing) -> Delivered | SendError:
        try:
            return await self._channel.send(outgoing)
        except Exception as error:
            log.error("%s: sending broke (%s)", self._channel.name, _kind(error))
            return BROKEN

    async def _book(self, row: Row, outcome: Delivered | SendError) -> _Again | None:
        if isinstance(outcome, SendError):
            last = row.attempts >= self._backoff.attempts
            if outcome.permanent or last:
                await self._bury(row, outcome)
                return None
            return await self._postpone(row, outcome)
        await self._store.mark_sent(row.id, self._wall(self._clock.monotonic()))
        if outcome.moved_to:
            await self._on_moved(self._channel.name, row.key, outcome.moved_to)
        return None

    async def _postpone(self, row: Row, error: SendError) -> _Again:
        now = self._clock.monotonic()
        again_at = now + self._backoff.after(row.attempts - 1, self._chance)
        if error.retry_after is not None:
            again_at = self._paused_until = max(self._paused_until, now + error.retry_after)
        await self._store.mark_failed(row, error.code, self._wall(again_at), False, self._wall(now))
        return _Again(again_at, booked=True)

    async def _bury(self, row: Row, error: SendError) -> None:
        now = self._wall(self._clock.monotonic())
        await self._store.mark_failed(row, error.code, None, error.blocked, now)
        name = self._channel.name
        await self._on_dead(DeadLetter(name, row.id, row.key, row.priority, row.attempts, error))


def _outgoing(row: Row, channel: Channel) -> Outgoing | SendError:
    if not row.key:
        return GONE
    if row.blocked:
        return BLOCKED
    try:
        reply, lang = decode(row.body)
    except (ValueError, KeyError, TypeError):
        return UNREADABLE
    rendered = channel.render(reply, lang)
    return Outgoing(row.key, reply, row.id, Priority(row.priority), lang, rendered)


def _kind(error: Exception) -> str:
    """Errors of databases may quote what they were given; the books get their kind alone."""
    return type(error).__name__
