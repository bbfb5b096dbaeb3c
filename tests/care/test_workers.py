"""Two workers sweep one store at once, and die: exactly one alert a cause."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import pytest

from bot.chance import TrueChance
from data.store import Store
from tests.care.district import DAY, HOUR, MINUTE, START, District, at
from tests.store.conftest import SECRET

PEOPLE = 40
WORKER = """
import sys, time
from bot.care.sweep import Sweep
from bot.chance import TrueChance
from data.load import load_care
from data.store import Keyring, Store
url, clock = sys.argv[1], sys.argv[2]
store = Store.open(url, Keyring(bytes.fromhex(sys.argv[3])))
sweep = Sweep(store, load_care(), TrueChance(), push=("telegram", "sms", "email"), batch=7)
while True:
    try:
        now = int(open(clock).read() or 0)
        if not now or not sweep.once(now).more:
            time.sleep(0.002)
    except Exception as error:
        if not store.is_outage(error):
            print(type(error).__name__, file=sys.stderr)
        time.sleep(0.01)
"""


def _district(store: Store) -> District:
    district = District(store)
    for number in range(3):
        district.officer(f"lee{number}")
    district.officer("desk", "desk", "대구광역시 남구", email="desk@mail")
    for number in range(PEOPLE):
        district.resident(f"p{number}", days=1 + number % 5, minute=number % 60)
    return district


def _exactly_one(district: District, expected: int) -> None:
    alerts = district.alerts("silence")
    assert Counter(Counter(one.person_id for one in alerts).values()) == {1: expected}
    cases = district.store.cases(kinds=["checkin_alert"], limit=1000)
    assert Counter(one.person_id for one in cases).keys() <= {one.person_id for one in alerts}
    assert len(cases) == len({one.case_number for one in alerts if one.case_number})


def test_two_sweeps_at_once_raise_each_alert_once(store: Store, url: str) -> None:
    district = _district(store)
    errors: list[Exception] = []
    with Store.open(url, store._keyring) as second:
        sweeps = [
            district.new_sweep(batch=7),
            district.new_sweep(second, batch=5),
        ]
        for sweep in sweeps:
            sweep.chance = TrueChance()
            sweep.alarm._chance = sweep.chance

        def work(sweep: object) -> None:
            for _ in range(40):
                try:
                    if not sweep.once(district.now).more:  # type: ignore[attr-defined]
                        return
                except Exception as error:
                    errors.append(error)

        for moment in range(START, at("11-29 18:00"), 2 * HOUR):
            for now in range(moment, moment + 2 * HOUR, 10 * MINUTE):
                district.now = now
                if now % HOUR:
                    district.sweep.once(now)
            threads = [threading.Thread(target=work, args=(each,)) for each in sweeps]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            district.deliver()
    assert [error for error in errors if "deadlock" not in str(error)] == []
    _exactly_one(district, PEOPLE)


def _swept(district: District, now: int) -> None:
    """Some worker has seen this moment: a clock that runs away from them would be downtime."""
    for _ in range(20_000):
        with district.store.read() as tx:
            if (tx.pulse("sweep") or 0) >= now - MINUTE:
                return
        time.sleep(0.002)
    raise AssertionError("no worker sweeps")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"], indirect=True)
def test_two_processes_and_kill_nine_for_ten_days(
    store: Store, url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    district = _district(store)
    clock = tmp_path_factory.mktemp("clock") / "now"
    clock.write_text("")
    chance = random.Random(1)
    command = [sys.executable, "-c", WORKER, url, str(clock), SECRET.hex()]
    workers = [subprocess.Popen(command, cwd=os.getcwd()) for _ in range(2)]
    kills = 0
    try:
        for now in range(START, START + 10 * DAY, 9 * MINUTE):
            clock.with_suffix(".new").write_text(str(now))
            os.replace(clock.with_suffix(".new"), clock)
            district.now = now
            if chance.random() < 0.02:
                victim = chance.randrange(2)
                workers[victim].send_signal(signal.SIGKILL)
                workers[victim].wait()
                workers[victim] = subprocess.Popen(command, cwd=os.getcwd())
                kills += 1
            _swept(district, now)
            if now % (3 * HOUR) < 9 * MINUTE:
                district.deliver()
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    district.once()
    assert kills > 10
    _exactly_one(district, PEOPLE)
