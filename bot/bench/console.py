"""The console under 20 officers and 2,000 open cases, over HTTP, the service in a process of its own.

Every officer sees every case. How long the queue takes, one at a time and 20 at once; and how long it
takes from a resident's message (through a whole turn) to the page of the officer who talks with them,
while every officer has a queue open too: as a browser does it, by the stream of events and the page
fetched again.
"""

import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from bot.bench.processes import free_port, process
from bot.chance import TrueChance
from bot.clock import milliseconds, system_clock
from bot.staff.console.gate import COOKIE, LIVE, LONGEST_MS
from bot.staff.talk import open_line
from data.store import CaseDraft, Keyring, StaffMember, Store, Tx

OFFICERS, CASES, PEOPLE, LINES = 20, 2_000, 400, 4
REGION = "대구광역시 남구"
KEY = "a key for the benchmark of the console"
LOOKS = 100
"""Times that the queue is asked for."""
A_SECOND = 8
"""Messages of residents."""
LEAST_SECONDS = 15.0
SETTLES = 8.0
"""Seconds until the sweep has planned all cases."""
QUEUE_EVERY = 3.0
"""As console.js: a page of many cases is not fetched more often."""
GIVE_UP = 10.0
SYLLABLES = "가나다라마바사아자차카타파하"
"""What residents say here: nothing that means anything, so that nothing is done about it."""


def measure(seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), max(seconds, LEAST_SECONDS)))


async def _measure(folder: Path, seconds: float) -> dict[str, Any]:
    url, port = f"sqlite:///{folder / 'console.db'}", free_port()
    with Store.open(url, Keyring([KEY.encode()])) as store:
        store.migrate()
        tokens = _fill(store)
    settings = {
        "ANBU_DATABASE_URL": url,
        "ANBU_SECRET_KEY": KEY,
        "ANBU_LOG_LEVEL": "ERROR",
    }
    here = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
    async with process(command, settings, f"{here}/healthz"):
        officers = [Officer(here, number, token) for number, token in tokens]
        try:
            return await _figures(here, officers, seconds)
        finally:
            await asyncio.gather(*(officer.close() for officer in officers))


async def _figures(here: str, officers: Sequence["Officer"], seconds: float) -> dict[str, Any]:
    await asyncio.gather(*(officer.listens() for officer in officers))
    await asyncio.sleep(SETTLES)
    alone = [await officers[at % OFFICERS].looks() for at in range(LOOKS)]
    rounds = [await asyncio.gather(*(one.looks() for one in officers)) for _ in range(3)]
    seen, lost = await _talk(here, officers, seconds)
    return {
        "officers": OFFICERS,
        "open_cases": CASES,
        "queue": _cut(alone),
        "queue_twenty_at_once": _cut([each for one in rounds for each in one]),
        "queue_bytes": officers[0].size,
        "message_to_screen": _cut(seen),
        "messages": len(seen) + lost,
        "lost": lost,
    }


def _cut(took: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(took, n=100)
    return {
        "p50_ms": round(cuts[49] * 1000, 1),
        "p99_ms": round(cuts[98] * 1000, 1),
        "max_ms": round(max(took) * 1000, 1),
    }


# --- officers and residents ---------------------------------------------------------------


@dataclass(eq=False)
class Officer:
    """A browser with two tabs: the queue, and the case of the resident who talks with them."""

    here: str
    number: int
    token: str
    size: int = 0
    waits: dict[str, "asyncio.Future[float]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cookies = {COOKIE: self.token}
        timeout = aiohttp.ClientTimeout(total=None)
        self._client = aiohttp.ClientSession(cookies=cookies, timeout=timeout)
        self._tasks: list[asyncio.Task[None]] = []
        self._again = asyncio.Event()

    async def listens(self) -> None:
        opened = asyncio.Event()
        self._tasks = [
            asyncio.create_task(self._stream(opened)),
            asyncio.create_task(self._queue_tab()),
        ]
        await opened.wait()

    async def looks(self) -> float:
        """Seconds that the queue took."""
        begun = time.perf_counter()
        async with self._client.get(f"{self.here}/staff/") as answer:
            body = await answer.read()
            if answer.status != 200 or b"row" not in body:
                raise RuntimeError(f"the queue answers {answer.status}")
        self.size = len(body)
        return time.perf_counter() - begun

    async def _stream(self, opened: asyncio.Event) -> None:
        async with self._client.get(f"{self.here}/staff/events") as answer:
            async for line in answer.content:
                opened.set()
                if line.startswith(b"data: {") and len(line) > len(b"data: {}\n"):
                    self._again.set()
                    if orjson.loads(line[6:])["number"] == self.number:
                        await self._case_tab()

    async def _case_tab(self) -> None:
        page = f"{self.here}/staff/cases/{self.number}"
        async with self._client.get(page, headers={LIVE: "1"}) as answer:
            text = await answer.text()
        now = time.perf_counter()
        for said in [each for each in self.waits if each in text]:
            self.waits.pop(said).set_result(now)

    async def _queue_tab(self) -> None:
        while True:
            await self._again.wait()
            self._again.clear()
            async with self._client.get(f"{self.here}/staff/", headers={LIVE: "1"}) as answer:
                await answer.read()
            await asyncio.sleep(QUEUE_EVERY)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.close()


async def _talk(here: str, officers: Sequence[Officer], seconds: float) -> tuple[list[float], int]:
    """Seconds from each message to the officer's page, and how many never came there."""
    numbers = count(1)
    async with aiohttp.ClientSession() as client:

        async def says() -> float:
            n = next(numbers)
            officer, said = (
                officers[n % OFFICERS],
                "".join(secrets.choice(SYLLABLES) for _ in "12345678"),
            )
            seen = officer.waits[said] = asyncio.get_running_loop().create_future()
            begun = time.perf_counter()
            body = {"sender": _key(n % OFFICERS), "message": said}
            async with client.post(f"{here}/webhooks/rest/webhook", json=body) as answer:
                await answer.read()
            at = await asyncio.wait_for(seen, GIVE_UP)
            return float(at) - begun

        tasks = []
        for _ in range(round(seconds * A_SECOND)):
            tasks.append(asyncio.create_task(says()))
            await asyncio.sleep(1 / A_SECOND)
        done = await asyncio.gather(*tasks, return_exceptions=True)
    return [each for each in done if isinstance(each, float)], sum(
        isinstance(each, BaseException) for each in done
    )


# --- the store ----------------------------------------------------------------------------


def _fill(store: Store) -> list[tuple[int, str]]:
    """Number of the case and token of the session of each officer."""
    now, chance = milliseconds(system_clock()), TrueChance()
    with store.write() as tx:
        for at in range(PEOPLE):
            tx.new_person(f"p{at}", f"a{at}", "rest", _key(at), "ko", now)
            tx.save_profile(f"p{at}", {"checkin_name": f"김주민{at}", "region": REGION})
        found = [_officer(tx, at, now) for at in range(OFFICERS)]
    for first in range(OFFICERS, CASES, 250):
        with store.write() as tx:
            for at in range(first, min(CASES, first + 250)):
                _case(tx, chance.id(), at % PEOPLE, "help", now - at * 60_000)
    return found


def _key(person: int) -> str:
    return f"bench-{person}"


def _officer(tx: Tx, at: int, now: int) -> tuple[int, str]:
    who, token = f"officer-{at}", secrets.token_urlsafe(32)
    tx.add_staff(StaffMember(who, f"담당 {at}", "officer", REGION, "", now))
    tx.add_session(token, who, "in", now, now + LONGEST_MS, "bench")
    number = _case(tx, f"talk-{at}", at, "handoff", now)
    tx.acknowledge(number, who, now)
    open_line(tx, f"p{at}", number, now)
    return number, token


def _case(tx: Tx, case_id: str, person: int, kind: str, at: int) -> int:
    body = {"help_words": "전구를 갈아 주세요"}
    draft = CaseDraft(case_id, kind, "soon", REGION, at, body, f"p{person}")
    number = tx.open_case(draft)
    for line in range(LINES):
        tx.case_event(number, at, "resident", "say", f"{line}번째 말")
    return number
