"""From the threshold to the alert in real time, in a whole service, while others talk with it.

The service in a process of its own, with 10,000 people enrolled. In the measured time hundreds of them fall
silent beyond their threshold (as many as are no outage yet to the guard) and the questions of a busy hour
go out; some people talk all the while without a pause. Another process looks into the store.
"""

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

from bot.bench.telegram import KEY, WITHOUT_LIMITS, fake_api, telegram_service
from bot.care.rules import MINUTE_MS, SEOUL_MS
from bot.care.sweep import PULSE
from bot.clock import milliseconds, system_clock
from data.load import load_content
from data.store import DAY_MS, HOUR_MS, Checkin, Keyring, StaffMember, Store, Tx

ENROLLED, SILENT, ASKED_AN_HOUR, TALKERS = 10_000, 400, 3_000, 16
LEAST_SECONDS = 60.0
QUIET = 5.0
"""Seconds at the beginning and at the end in which nobody's threshold lies."""
PATIENCE = 60.0
"""Seconds after the end in which alerts are waited for."""
LOOK = 0.05
"""Seconds between two looks into the store; a delay is told too long by as much."""
DAYS = 3
DONG = "대구광역시 남구 대명동"
SAID = ("/checkin_ok", "/show_menu", "/find_policy", "/cancel")
TOLD = "SELECT person_id FROM alert WHERE kind = 'silence' AND tellings > 0"
ASKED = "SELECT count(*) FROM checkin WHERE asked_at >= ?"


def measure(seconds: float) -> dict[str, Any]:
    """Seconds from the threshold until the officer's message lies in the outbox; turns meanwhile.

    `early`: told before the threshold. By night there are no questions.
    """
    return asyncio.run(_measure(max(seconds, LEAST_SECONDS)))


async def _measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "anbu.db"
        with Store.open(f"sqlite:///{path}", Keyring([KEY.encode()])) as store:
            store.migrate()
            _enrol(store)
            async with (
                fake_api(0) as gateway,
                telegram_service(Path(name), gateway, WITHOUT_LIMITS) as root,
            ):
                begun = _now()
                end = begun + round(seconds * 1000)
                deadlines = _fall_silent(store, begun, end)
                _become_due(store, begun, end)
                told, latencies = await asyncio.gather(
                    _watch(path, len(deadlines), end), _talk(root, end)
                )
        with closing(sqlite3.connect(path)) as connection:
            asked: int = connection.execute(ASKED, (begun,)).fetchone()[0]
    delays = [(told[who] - at) / 1000 for who, at in deadlines.items() if who in told]
    return {
        "enrolled": ENROLLED,
        "seconds": seconds,
        "silences": len(deadlines),
        "alerts": len(told),
        "missed": len(deadlines) - len(delays),
        "early": sum(delay < 0 for delay in delays),
        "alert_delay_seconds": _spread(delays),
        "questions": asked,
        "turns_per_second": round(len(latencies) / seconds),
        "turn_ms": _spread([each * 1000 for each in latencies]),
    }


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values) or [0.0]
    most = len(ordered) - 1
    ranks = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[round(rank * most)], 3) for name, rank in ranks.items()}


def _now() -> int:
    return milliseconds(system_clock())


# --- the district -------------------------------------------------------------------------


def _who(number: int) -> str:
    return f"p{number:07d}"


def _enrol(store: Store) -> None:
    """Every 25th has been silent for days; the others wrote an hour ago. Nobody is due within hours."""
    now = _now()
    with store.write() as tx:
        for number in range(ENROLLED):
            channel = "rest" if number < TALKERS else "telegram"
            seen = now - (2 * DAYS * DAY_MS if number in _silent() else HOUR_MS)
            tx.new_person(_who(number), f"a{number}", channel, str(number + 1), "ko", seen)
            tx.keep_checkin(_entry(number, channel, now))
        tx.add_staff(StaffMember("officer", "officer", "officer", DONG, "", now))
        tx.set_staff_contact("officer", "telegram", str(ENROLLED + 1))
        tx.beat(PULSE, now)


def _silent() -> range:
    return range(TALKERS, ENROLLED, (ENROLLED - TALKERS) // SILENT)


def _entry(number: int, channel: str, now: int) -> Checkin:
    return Checkin(
        person_id=_who(number),
        state="active",
        hour=(now + SEOUL_MS - 6 * HOUR_MS) % DAY_MS // HOUR_MS,
        minute=number % 60,
        threshold_days=DAYS,
        created_at=now - 30 * DAY_MS,
        channels=(channel,),
        region=DONG,
        stage="asked",
        asked_at=now - 2 * HOUR_MS,
        nudges=2,
        next_due_at=now + HOUR_MS,
    )


def _fall_silent(store: Store, begun: int, end: int) -> dict[str, int]:
    """Person and threshold: when the time to answer their last question is over."""
    answer = load_content().care.answer_minutes * MINUTE_MS
    quiet = round(QUIET * 1000)
    numbers = _silent()
    step = (end - begun - 2 * quiet) / len(numbers)
    found = {}
    with store.write() as tx:
        for place, number in enumerate(numbers):
            deadline = found[_who(number)] = begun + quiet + round(place * step)
            _change(tx, number, asked_at=deadline - answer, next_due_at=deadline)
    return found


def _become_due(store: Store, begun: int, end: int) -> None:
    """At every full minute the questions of a busy hour."""
    others = iter([n for n in range(TALKERS, ENROLLED) if n not in _silent()])
    with store.write() as tx:
        for at in range(begun - begun % MINUTE_MS + MINUTE_MS, end, MINUTE_MS):
            of_day = (at + SEOUL_MS) % DAY_MS
            hour, minute = divmod(of_day // MINUTE_MS, 60)
            for _, number in zip(range(ASKED_AN_HOUR // 60), others, strict=False):
                asked = {"hour": hour, "minute": minute, "asked_at": at - DAY_MS}
                _change(tx, number, **asked, next_due_at=at)


def _change(tx: Tx, number: int, **changes: int) -> None:
    entry = tx.checkin(_who(number))
    assert entry is not None
    tx.keep_checkin(replace(entry, **changes))  # type: ignore[arg-type]


# --- what goes on -------------------------------------------------------------------------


async def _watch(path: Path, wanted: int, end: int) -> dict[str, int]:
    """Person and the time at which the store was first seen to have told somebody of them."""
    found: dict[str, int] = {}
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        while len(found) < wanted and _now() < end + PATIENCE * 1000:
            for (who,) in connection.execute(TOLD).fetchall():
                found.setdefault(who, _now())
            await asyncio.sleep(LOOK)
    return found


async def _talk(root: str, end: int) -> list[float]:
    """Seconds of each turn."""
    latencies: list[float] = []
    async with aiohttp.ClientSession() as client:
        people = (_person(client, root, number, end, latencies) for number in range(TALKERS))
        await asyncio.gather(*people)
    return latencies


async def _person(
    client: aiohttp.ClientSession, root: str, number: int, end: int, latencies: list[float]
) -> None:
    for turn in count():
        begun = time.perf_counter()
        if _now() >= end:
            return
        said = {"sender": str(number + 1), "message": SAID[turn % len(SAID)]}
        async with client.post(f"{root}/webhooks/rest/webhook", json=said) as answer:
            answer.raise_for_status()
            await answer.read()
        latencies.append(time.perf_counter() - begun)
