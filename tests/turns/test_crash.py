"""kill -9 at random moments under load: no acknowledged turn is lost, and none is applied twice."""

import asyncio
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import orjson
import pytest

from data.store import Keyring, Store
from tests.talk import KEY

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 40
SCRIPT = (
    "/find_policy", "/SetSlots(need_now=none)", "서울 종로구", "34살", "/skip", "뒤로", "그만", "/show_menu",
    "/idea", "골목에 긴 의자를 놓아 주세요", "/cancel", "고마워요",
)  # fmt: skip
"""What each person says, round and round; nothing of it is private, so that all of it stands in the history."""
ANSWER_SECONDS = 30
CHANNEL = "rest"


@dataclass
class Person:
    """`said` messages were sent for the first time; the last of them may have had no answer.

    `unheard` of them had been applied when they were sent again: the answer was lost with the kill.
    """

    name: str
    said: int = 0
    unheard: int = 0
    acknowledged: set[int] = field(default_factory=set)

    def next(self) -> int:
        return self.said - 1 if self.said and self.said - 1 not in self.acknowledged else self.said


@dataclass
class Service:
    """What serves, started anew after each kill."""

    port: int
    start: Callable[[], int]
    pid: int = 0

    def begin(self) -> None:
        self.pid = self.start()

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "crash.db"


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def forked(database: Path, port: int) -> Iterator[Service]:
    """The turns behind the REST door, with all but the model."""
    command = [sys.executable, "-m", "tests.turns.service", f"sqlite:///{database}", str(port)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as nursery:
        orders, answers = nursery.stdin, nursery.stdout
        assert orders is not None
        assert answers is not None

        def start() -> int:
            orders.write("\n")
            orders.flush()
            return int(answers.readline())

        service = Service(port, start)
        yield service
        nursery.kill()
        with suppress(ProcessLookupError):
            service.kill()


@pytest.fixture
def whole(database: Path, port: int) -> Iterator[Service]:
    """The service as `anbu run` starts it."""
    environment = {
        **os.environ,
        "ANBU_DATABASE_URL": f"sqlite:///{database}",
        "ANBU_SECRET_KEY": KEY.decode(),
        "ANBU_VAR_DIR": str(ROOT / "var"),
        "ANBU_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
    running: list[subprocess.Popen[bytes]] = []

    def start() -> int:
        for process in running:
            process.wait()
        running.append(
            subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        )
        for _ in range(3000):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return running[-1].pid
            time.sleep(0.1)
        raise TimeoutError("the service did not start")

    yield Service(port, start)
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize("rounds", [4, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.timeout(300)
async def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    forked: Service, database: Path, rounds: int
) -> None:
    people = await _killed_again_and_again(forked, database, rounds)
    applied = _history(database, people)
    acknowledged = {(p.name, n) for p in people for n in p.acknowledged}
    lost = acknowledged - set(applied)
    doubled = [message for message, times in applied.items() if times > 1]
    summary = (
        f"{rounds} kills: {len(acknowledged)} turns acknowledged, {len(lost)} lost, "
        f"{len(doubled)} doubled, {sum(p.unheard for p in people)} applied whose answer the kill took"
    )
    print(summary)
    assert len(acknowledged) > rounds * PEOPLE, summary
    assert not lost, summary
    assert not doubled, summary
    for person in people:
        numbers = [number for name, number in applied if name == person.name]
        assert numbers == list(range(person.said)), f"{person.name}: out of order; {summary}"
    assert _turns(database, people) == {p.name: p.said for p in people}, summary


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_the_whole_service_loses_and_doubles_nothing(whole: Service, database: Path) -> None:
    people = await _killed_again_and_again(whole, database, rounds=10)
    print(f"10 kills of the service: {sum(len(p.acknowledged) for p in people)} acknowledged")
    assert _turns(database, people) == {p.name: p.said for p in people}


async def _killed_again_and_again(service: Service, database: Path, rounds: int) -> list[Person]:
    """People who talk on after every kill; at the end each message has its answer."""
    chance = random.Random(rounds)
    people = [Person(f"person-{number}") for number in range(PEOPLE)]
    for _ in range(rounds):
        service.begin()
        await _until_killed(service, people, chance)
        assert _integrity(database) == "ok"
    service.begin()
    async with _client(service) as client:
        await asyncio.gather(*(_once(client, person, chance) for person in people))
    service.kill()
    return people


async def _until_killed(service: Service, people: list[Person], chance: random.Random) -> None:
    async with _client(service) as client:
        talks = [asyncio.ensure_future(_talk(client, person, chance)) for person in people]
        before = sum(person.said for person in people)
        while sum(person.said for person in people) < before + PEOPLE:
            await asyncio.sleep(0.005)
        await asyncio.sleep(chance.uniform(0, 0.4))
        service.kill()
        await asyncio.gather(*talks)


async def _talk(client: aiohttp.ClientSession, person: Person, chance: random.Random) -> None:
    with suppress(aiohttp.ClientError, ConnectionError):
        while True:
            await _once(client, person, chance)


async def _once(client: aiohttp.ClientSession, person: Person, chance: random.Random) -> None:
    """The next message, or the last one again where nobody answered it; sometimes an old one too."""
    number = person.next()
    again = number < person.said
    person.said = number + 1
    answer = await _send(client, person, number)
    assert answer or again, "a new message had no answer"
    person.unheard += not answer
    person.acknowledged.add(number)
    if chance.random() < 0.1:
        old = chance.choice(sorted(person.acknowledged))
        assert await _send(client, person, old) == [], "an old message was answered again"


async def _send(client: aiohttp.ClientSession, person: Person, number: int) -> object:
    message = SCRIPT[number % len(SCRIPT)]
    body = {"sender": person.name, "message": message, "message_id": str(number)}
    async with client.post("/webhooks/rest/webhook", json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


def _client(service: Service) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        f"http://127.0.0.1:{service.port}",
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(ANSWER_SECONDS),
    )


# --- what the store says ------------------------------------------------------------------


def _integrity(database: Path) -> str:
    connection = sqlite3.connect(database)
    answer: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return answer


def _history(database: Path, people: list[Person]) -> Counter[tuple[str, int]]:
    """How often each message was applied, a person's in the order in which they were."""
    applied: Counter[tuple[str, int]] = Counter()
    with Store.open(f"sqlite:///{database}", Keyring([KEY])) as store, store.read() as tx:
        for person in people:
            thread = tx.thread(CHANNEL, person.name)
            assert thread is not None
            for line in tx.history(thread.person_id, 0, 1_000_000):
                if line.direction == "in":
                    applied[person.name, int(orjson.loads(line.body)["of"])] += 1
    return applied


def _turns(database: Path, people: list[Person]) -> dict[str, int]:
    """The counter of turns in each person's session."""
    counted: dict[str, int] = {}
    with Store.open(f"sqlite:///{database}", Keyring([KEY])) as store, store.read() as tx:
        for person in people:
            thread = tx.thread(CHANNEL, person.name)
            counted[person.name] = orjson.loads(thread.state or b"")["turn"] if thread else 0
    return counted
