"""What goes wrong: when, and how a process dies in the middle of its writing."""

import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy.engine import make_url

from bot.care.rules import MINUTE_MS
from data.store import DAY_MS, HOUR_MS, Keyring, Store
from data.store.connections import Cursor, Sqlite

Fault = Literal["gateway-down", "crash-hourly", "two-workers", "clock-jump", "downtime-24h"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
READS = ("SELECT", "PRAGMA", "BEGIN")
CACHE_KIB = 262_144
"""A month of a district stays in memory."""
MOST_WRITES = 40
"""A process dies at one of so many writes; where it has done fewer, at a later sweep."""


@dataclass(slots=True)
class Plan:
    """Spans are (from, until) in true time, milliseconds; a jump is (from, until, how far off)."""

    outages: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    downtimes: list[tuple[int, int]] = field(default_factory=list)
    jumps: list[tuple[int, int, int]] = field(default_factory=list)
    crashes: list[int] = field(default_factory=list)
    two: bool = False

    def offset(self, now: int) -> int:
        """How far the service's clock is off."""
        return sum(off for begin, end, off in self.jumps if begin <= now < end)

    def down(self, now: int) -> int:
        """Until when nothing of ours runs; 0 while it does."""
        return max((end for begin, end in self.downtimes if begin <= now < end), default=0)

    def failing(self, channel: str, now: int) -> int:
        """Until when a gateway takes nothing; 0 while it does."""
        spans = self.outages.get(channel, ())
        return max((end for begin, end in spans if begin <= now < end), default=0)


def plan_of(faults: Sequence[Fault], start: int, days: int, chance: random.Random) -> Plan:
    plan = Plan(two="two-workers" in faults)
    if "gateway-down" in faults:
        plan.outages = _outages(start, days)
    if "downtime-24h" in faults:
        begin = start + days // 2 * DAY_MS + 9 * HOUR_MS + 30 * MINUTE_MS
        plan.downtimes = [(begin, begin + DAY_MS)]
    if "clock-jump" in faults:
        plan.jumps = list(_jumps(start, days))
    if "crash-hourly" in faults:
        hours = range(start, start + days * DAY_MS, HOUR_MS)
        plan.crashes = [at + chance.randrange(HOUR_MS) for at in hours]
    return plan


def _outages(start: int, days: int) -> dict[str, list[tuple[int, int]]]:
    """Telegram for a working day, SMS and e-mail for a morning, all of them for three hours."""
    first, second, third = (start + days * n // 4 * DAY_MS for n in (1, 2, 3))
    day = (first + 8 * HOUR_MS, first + 17 * HOUR_MS)
    morning = (second + 6 * HOUR_MS, second + 13 * HOUR_MS)
    all_of_us = (third + 9 * HOUR_MS, third + 12 * HOUR_MS)
    return {
        "telegram": [day, all_of_us],
        "sms": [morning, all_of_us],
        "email": [morning, all_of_us],
    }


def _jumps(start: int, days: int) -> Iterator[tuple[int, int, int]]:
    """Every second day the clock is wrong for some hours: forwards, backwards, by little, by much."""
    for number, day in enumerate(range(1, days, 2)):
        off = (5, -5, 45, -30, 120, -180, 24 * 60, -24 * 60)[number % 8] * MINUTE_MS
        begin = start + day * DAY_MS + (9 + number % 5) * HOUR_MS + 17 * MINUTE_MS
        yield begin, begin + (2 + number % 3) * HOUR_MS, off


class Killed(BaseException):
    """The process is gone. No `except Exception` of the code under test sees it."""


class _DyingCursor:
    """Counts what is written, and dies at one of them, before or after it was done."""

    def __init__(self, cursor: Cursor, database: "DyingSqlite") -> None:
        self._cursor, self._database = cursor, database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, sql: str, *row: Any) -> Any:
        return self._watch(sql, lambda: self._cursor.execute(sql, *row))

    def executemany(self, sql: str, rows: Any) -> Any:
        return self._watch(sql, lambda: self._cursor.executemany(sql, rows))

    def _watch(self, sql: str, run: Any) -> Any:
        """After death nothing is done any more, not even undone: the connection just ends."""
        mine = self._database
        if mine.died or sql.lstrip().startswith(READS):
            return None if mine.died else run()
        mine.left -= 1
        if mine.left > 0:
            return run()
        mine.died = True
        if mine.after:
            run()
        raise Killed


class QuickSqlite(Sqlite):
    """Does not wait for the disk: what a power cut would lose is a simulation. A killed process loses nothing."""

    def __init__(self, url: str) -> None:
        super().__init__(make_url(url))

    def connect(self) -> sqlite3.Connection:
        connection = super().connect()
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        return connection


class DyingSqlite(QuickSqlite):
    """A store's database whose process dies at the `left`-th write."""

    def __init__(self, url: str, left: int, after: bool) -> None:
        super().__init__(url)
        self.left, self.after, self.died = left, after, False

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        with super().transaction() as cursor:
            dying: Any = _DyingCursor(cursor, self)
            yield dying


def doomed(url: str, keyring: Keyring, chance: random.Random) -> tuple[Store, DyingSqlite]:
    """Another process on the same store, soon to die."""
    database = DyingSqlite(url, chance.randint(1, MOST_WRITES), chance.random() < 0.5)
    return Store(database, keyring), database
