"""The check-in among a million people: who is due, what nobody's being due costs, a feed's signs of life.

Beside each its peer, measured in the same run on the same file: the bare statements, and looking
for who is due in Python.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from aiohttp import ClientSession, web

from bot.bench.district import KEY, NOW, District, ref
from bot.care.sweep import BATCH, PULSE, Sweep
from bot.chance import SeededChance
from bot.clock import from_milliseconds
from bot.signals import MAX_ROWS, PATH, SIGNATURE, TIMESTAMP, add_signals, sign_batch
from data.care import CareRules
from data.load import load_content
from data.store import ACTIVITY, DAY_MS

FEW, MANY = 10_000, 1_000_000
ROUNDS = 5
IDLE_BLOCKS, IDLE_SWEEPS = 20, 50
SECRET = KEY.decode()
LATER = NOW + DAY_MS
DUE = (
    "SELECT checkin.person_id, state, hour, threshold_days, last_seen_at, lang FROM checkin"
    " JOIN person ON person.id = checkin.person_id WHERE next_due_at <= ?"
    " ORDER BY next_due_at LIMIT ?"
)
ALL = "SELECT person_id, next_due_at FROM checkin"
CLAIM = "UPDATE checkin SET next_due_at = ? WHERE person_id = ?"
SEEN = (
    "UPDATE person SET last_seen_at = ? WHERE last_seen_at < ? AND id ="
    " (SELECT person_id FROM address WHERE channel = ? AND key_hash = ?)"
)


def measure(seconds: float, many: int = MANY) -> dict[str, Any]:
    """A group of the district, which is a hundredth of it, is due in each round."""
    with tempfile.TemporaryDirectory() as folder:
        _care()
        few = District(Path(folder) / "few.db", min(FEW, many // 2))
        district = District(Path(folder) / "many.db", many, pushed=range(ROUNDS))
        figures = {
            "enrolled": many,
            "due": len(district.group(0)),
            **_claims(district),
            "asked_ms": _rounds(district, _ask, range(ROUNDS)),
            **_idle(few, district),
            **asyncio.run(_activity(district, seconds)),
        }
        few.close()
        district.close()
    return figures


# --- who is due -----------------------------------------------------------------------------


def _claims(district: District) -> dict[str, Any]:
    """Milliseconds to find all who are due and to give each their next time, in batches."""
    ways: Mapping[str, Callable[[District], int]] = {
        "claim": _claim,
        "raw": _claim_raw,
        "scan": _claim_by_scan,
    }
    groups = iter(range(ROUNDS, 100))
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, claim in ways.items():
            times[way].append(_timed(district, claim, next(groups)))
    medians = {way: statistics.median(taken) for way, taken in times.items()}
    return {
        "claim_seconds": round(medians["claim"] / 1000, 3),
        **{f"{way}_ms": round(median) for way, median in medians.items() if way != "claim"},
        "ratio_to_raw": round(medians["claim"] / medians["raw"], 2),
        "ratio_to_scan": round(medians["claim"] / medians["scan"], 2),
    }


def _rounds(district: District, work: Callable[[District], int], groups: range) -> int:
    return round(statistics.median(_timed(district, work, group) for group in groups))


def _timed(district: District, work: Callable[[District], int], group: int) -> float:
    wanted = district.make_due(group)
    begun = time.perf_counter()
    done = work(district)
    taken = (time.perf_counter() - begun) * 1000
    if done != wanted:
        raise RuntimeError(f"{wanted} were due, and {done} were found")
    return taken


def _claim(district: District) -> int:
    count = 0
    while True:
        with district.store.write() as tx:
            dues = tx.due_checkins(NOW, BATCH)
            tx.keep_checkins([replace(due.checkin, next_due_at=LATER) for due in dues])
        count += len(dues)
        if len(dues) < BATCH:
            return count


def _claim_raw(district: District) -> int:
    connection, count = district.raw(), 0
    while True:
        connection.execute("BEGIN IMMEDIATE")
        rows = connection.execute(DUE, (NOW, BATCH)).fetchall()
        _put_off(connection, [row[0] for row in rows])
        count += len(rows)
        if len(rows) < BATCH:
            connection.close()
            return count


def _claim_by_scan(district: District) -> int:
    connection = district.raw()
    connection.execute("BEGIN IMMEDIATE")
    due = sorted((at, who) for who, at in connection.execute(ALL) if at is not None and at <= NOW)
    _put_off(connection, [who for _, who in due])
    connection.close()
    return len(due)


def _put_off(connection: sqlite3.Connection, people: list[str]) -> None:
    connection.executemany(CLAIM, [(LATER, who) for who in people])
    connection.execute("COMMIT")


def _ask(district: District) -> int:
    """The whole of it: everybody who is due is planned and their question put into the outbox."""
    sweep, count = _sweep(district), 0
    while True:
        swept = sweep.once(NOW)
        count += swept.asked
        if not swept.more:
            return count


def _sweep(district: District) -> Sweep:
    """One that ran a moment ago, so that nothing has to be caught up."""
    with district.store.write() as tx:
        tx.beat(PULSE, NOW)
    return Sweep(district.store, _care(), SeededChance(1), ["telegram"])


@cache
def _care() -> CareRules:
    return load_content().care


# --- nobody is due --------------------------------------------------------------------------


def _idle(few: District, many: District) -> dict[str, Any]:
    """Microseconds of a sweep that finds nothing to do, by how many are enrolled."""
    sweeps = {each.people: _sweep(each) for each in (few, many)}
    times: dict[int, list[float]] = {people: [] for people in sweeps}
    for sweep in sweeps.values():
        sweep.once(NOW)
    for _ in range(IDLE_BLOCKS):
        for people, sweep in sweeps.items():
            begun = time.perf_counter()
            for _ in range(IDLE_SWEEPS):
                sweep.once(NOW)
            times[people].append((time.perf_counter() - begun) / IDLE_SWEEPS)
    medians = {people: statistics.median(taken) for people, taken in times.items()}
    return {
        "idle_us": {str(people): round(median * 1e6) for people, median in medians.items()},
        "idle_ratio": round(medians[many.people] / medians[few.people], 2),
    }


# --- a feed's signs of life -----------------------------------------------------------------


async def _activity(district: District, seconds: float) -> dict[str, Any]:
    """Rows a second: signed batches over HTTP, one after the other; and the bare statement."""
    app = web.Application()
    add_signals(app, district.store, SECRET, lambda: from_milliseconds(NOW))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        through = await _signed(district, f"http://127.0.0.1:{runner.addresses[0][1]}", seconds)
    finally:
        await runner.cleanup()
    raw = _raw_rows(district, seconds)
    return {
        "activity_rows_per_second": round(through),
        "activity_raw_rows_per_second": round(raw),
        "activity_ratio_to_raw": round(through / raw, 2),
    }


async def _signed(district: District, address: str, seconds: float) -> float:
    timestamp = str(NOW // 1000)
    rows, spent, batch = 0, 0.0, 0
    async with ClientSession() as session:
        while spent < seconds:
            people = _feed(district, batch)
            batch += 1
            body = orjson.dumps({"rows": [{"ref": ref(n), "at": NOW - 1} for n in people]})
            headers = {TIMESTAMP: timestamp, SIGNATURE: sign_batch(SECRET, timestamp, body)}
            begun = time.perf_counter()
            async with session.post(address + PATH, data=body, headers=headers) as answer:
                answer.raise_for_status()
                taken = (await answer.json())["taken"]
            spent += time.perf_counter() - begun
            if taken != len(people):
                raise RuntimeError(f"of {len(people)} signs of life {taken} were taken")
            rows += taken
    return rows / spent


def _raw_rows(district: District, seconds: float) -> float:
    connection = district.raw()
    rows, spent, batch = 0, 0.0, 0
    while spent < seconds:
        people = _feed(district, batch)
        batch += 1
        values = [(NOW, NOW, ACTIVITY, district.key_hash(ACTIVITY, ref(n))) for n in people]
        begun = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(SEEN, values)
        connection.execute("COMMIT")
        spent += time.perf_counter() - begun
        rows += len(people)
    connection.close()
    return rows / spent


def _feed(district: District, batch: int) -> list[int]:
    """Other people in every batch, from all over the tables."""
    step = max(1, district.people // MAX_ROWS)
    return list(range(batch % step, district.people, step))[:MAX_ROWS]
